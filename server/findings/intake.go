package findings

import (
	"context"
	"fmt"
	"log/slog"
	"strings"

	"github.com/google/uuid"

	"github.com/holdfast-platform/holdfast/gen/ent"
	"github.com/holdfast-platform/holdfast/gen/ent/finding"
	"github.com/holdfast-platform/holdfast/server/internal/clock"
	"github.com/holdfast-platform/holdfast/server/internal/cvss"
	"github.com/holdfast-platform/holdfast/server/internal/db"
	"github.com/holdfast-platform/holdfast/server/internal/fault"
	"github.com/holdfast-platform/holdfast/server/internal/scan"
	"github.com/holdfast-platform/holdfast/server/internal/vocabulary"
)

// What becomes of an entry.
const (
	actionCreate     = "create"
	actionUpdate     = "update"
	actionReopen     = "reopen"
	actionDuplicate  = "duplicate"
	actionSuppressed = "suppressed"
	actionError      = "error"
)

// batch is how many findings one transaction stores, weight up to how many bytes of text: their creators queue for
// numbers, and others wait no longer than for these.
const (
	batch  = 500
	weight = 1 << 20
)

// intake is a scanner's file on its way into a session.
type intake struct {
	session *ent.Session
	format  string
	log     *slog.Logger
	words   *vocabulary.Version
	rows    []row
	met     map[uuid.UUID]bool // findings that were there before, or that this file made
}

// row is an entry and what becomes of it. The texts are not kept: they are read again when they are stored.
type row struct {
	number int
	action string
	title  string
	error  string
	hash   [32]byte // of the second form
	before [32]byte // of the first
	order  [4]int
	place  string
	mark   string
	seen   []string  // its places
	id     uuid.UUID // the finding that was made of it, or that it is
	other  uuid.UUID // the finding that it is a duplicate of
	twin   int       // the place in rows of the entry that it is a duplicate of, where other is not known; -1 for none
	known  *ent.Finding
}

// plan reads the whole file and works out what becomes of each entry, without changing anything.
func (x *intake) plan(ctx context.Context, file *scan.File) (err error) {
	if x.words, err = vocabulary.Current(ctx); err != nil {
		return err
	}
	first := map[[32]byte]int{}
	for e, err := range file.Entries() {
		if err != nil {
			return err
		}
		r := row{number: e.Row, title: e.Title, action: actionError, error: x.flaw(e), twin: -1}
		switch twin, seen := first[e.Print()]; {
		case r.error != "":
		case e.Suppressed != "":
			r.action, r.error = actionSuppressed, e.Suppressed
		case seen: // equal in all that a person would see
			r.action, r.twin = actionDuplicate, twin
		default:
			r.action, r.order, r.place, r.seen = actionCreate, e.Order, e.Location, e.Instances
			r.mark = e.Fingerprint
			r.hash, r.before = digest(x.session.ID, e), unhex(hash(x.session.ID, e.Tool, e.Before.Rule, e.Before.Location, e.Before.Fingerprint))
			first[e.Print()] = len(x.rows)
		}
		x.rows = append(x.rows, r)
	}
	x.progress(ctx, "read", len(x.rows))
	return x.recognize(ctx)
}

// flaw is why an entry cannot become a finding.
func (x *intake) flaw(e *scan.Entry) string {
	switch {
	case e.Flaw != "":
		return e.Flaw
	case !x.words.Active(vocabulary.RiskLevel, e.Risk):
		return fmt.Sprintf("risk_level: %.100q is no active word of the taxonomy, which has %s", e.Risk, strings.Join(x.words.Words(vocabulary.RiskLevel), ", "))
	}
	return ""
}

// store reads the file again and stores what is to be created. What fails on the way is told in the rows, unless
// nothing has been stored yet.
func (x *intake) store(ctx context.Context, file *scan.File) error {
	var waiting []*scan.Entry
	var at []int
	stored, err := x.again(ctx)
	if err != nil {
		return x.failed(ctx, err, stored)
	}
	bytes := 0
	flush := func() error {
		if len(waiting) == 0 {
			return nil
		}
		if err := db.Tx(db.ByItself(ctx), func(ctx context.Context) error { return x.create(ctx, waiting, at) }); err != nil {
			for _, n := range at {
				x.rows[n].action, x.rows[n].id = actionCreate, uuid.Nil
			}
			return err
		}
		stored = true
		x.progress(ctx, "store", at[len(at)-1]+1)
		waiting, at, bytes = waiting[:0], at[:0], 0
		return nil
	}
	n := 0
	for e, err := range file.Entries() {
		if err == nil && x.rows[n].action == actionCreate {
			waiting, at = append(waiting, e), append(at, n)
			if bytes += len(e.Description) + len(e.Impact) + len(e.Recommendation); len(waiting) == batch || bytes >= weight {
				err = flush()
			}
		}
		if err != nil {
			return x.failed(ctx, err, stored)
		}
		n++
	}
	if err := flush(); err != nil {
		return x.failed(ctx, err, stored)
	}
	return nil
}

// failed makes errors of the rows that were not stored.
func (x *intake) failed(ctx context.Context, err error, stored bool) error {
	if !stored || ctx.Err() != nil {
		return err
	}
	why := "internal error"
	if f := fault.Of(db.Fault(err)); f != nil {
		why = f.Message
	} else if x.log != nil {
		x.log.LogAttrs(ctx, slog.LevelError, "an import of findings stopped on the way", slog.Any("error", err))
	}
	for i := range x.rows {
		if r := &x.rows[i]; r.action == actionCreate && r.id == uuid.Nil {
			r.action, r.error = actionError, "not stored, send the file again: "+why
		}
	}
	return nil
}

// create stores some entries in one statement, but for those that somebody else has stored meanwhile.
func (x *intake) create(ctx context.Context, entries []*scan.Entry, at []int) error {
	if err := lock(ctx, x.session.ID); err != nil {
		return err
	}
	hashes := make([]string, len(at))
	for i, e := range entries {
		hashes[i] = markHash(x.session.ID, e.Tool, e.Rule, e.Fingerprint)
	}
	there, err := db.From(ctx).Finding.Query().Where(finding.SessionID(x.session.ID), finding.DedupHashIn(hashes...)).Order(finding.ByID()).
		Select(finding.FieldID, finding.FieldDedupHash).All(ctx)
	if err != nil {
		return err
	}
	others := map[string][]uuid.UUID{}
	for _, f := range there {
		if !x.met[f.ID] {
			others[*f.DedupHash] = append(others[*f.DedupHash], f.ID)
		}
	}
	var builders []*ent.FindingCreate
	var made []int
	for i, n := range at {
		if same := others[hashes[i]]; len(same) > 0 {
			x.rows[n].action, x.rows[n].id, others[hashes[i]] = actionUpdate, same[0], same[1:]
			x.met[same[0]] = true
			continue
		}
		c := db.From(ctx).Finding.Create()
		x.fill(ctx, c, entries[i], hashes[i])
		builders, made = append(builders, c), append(made, n)
	}
	if len(builders) == 0 {
		return nil
	}
	rows, err := db.From(ctx).Finding.CreateBulk(builders...).Save(ctx)
	if err != nil {
		return err
	}
	for i, n := range made {
		x.rows[n].action, x.rows[n].id = actionCreate, rows[i].ID
		x.met[rows[i].ID] = true
	}
	return nil
}

// fill makes a finding of an entry.
func (x *intake) fill(ctx context.Context, c *ent.FindingCreate, e *scan.Entry, hash string) {
	c.SetSessionID(x.session.ID).SetAssetID(x.session.AssetID).SetNillableClientID(x.session.ClientID)
	c.SetTitle(e.Title).SetDescription(e.Description).SetRiskLevel(e.Risk).SetRiskRank(x.words.Rank(vocabulary.RiskLevel, e.Risk)).
		SetRemediationStatus(x.words.Default(vocabulary.RemediationStatus, open))
	c.SetSourceTool(e.Tool).SetDedupHash(hash).SetDedupForm(formMark).SetLastSeenAt(clock.Now(ctx)).SetInstances(places(nil, e.Instances))
	for text, set := range map[*string]func(string) *ent.FindingCreate{
		&e.Impact: c.SetImpact, &e.Recommendation: c.SetRecommendation, &e.Location: c.SetLocation, &e.Rule: c.SetSourceRule, &e.Fingerprint: c.SetSourceFingerprint,
	} {
		if *text != "" {
			set(*text)
		}
	}
	if len(e.References) > 0 {
		c.SetReferences(e.References)
	}
	if e.CWE != 0 {
		c.SetCwe(e.CWE)
	}
	if rating, err := cvss.Parse(e.Vector); e.Vector != "" && err == nil {
		c.SetCvssVector(e.Vector).SetCvssScore(rating.Score).SetCvssSeverity(rating.Severity)
	}
}

// outcome is what is answered.
func (x *intake) outcome() *outcome {
	out := &outcome{Rows: make([]rowDone, len(x.rows))}
	for i := range x.rows {
		r := &x.rows[i]
		d := rowDone{Row: r.number, Action: r.action, Title: r.title}
		switch r.action {
		case actionCreate:
			out.Summary.Create++
			d.ID = optional(r.id)
		case actionUpdate:
			out.Summary.Update++
			d.ID = optional(r.id)
		case actionReopen:
			out.Summary.Reopen++
			d.ID = optional(r.id)
		case actionSuppressed:
			out.Summary.Suppressed++
			d.Error = &r.error
		case actionDuplicate:
			out.Summary.Duplicate++
			d.DuplicateOf = optional(r.other)
			if r.twin >= 0 {
				twin := &x.rows[r.twin]
				d.DuplicateOf = optional(twin.id)
				if d.DuplicateOf == nil {
					text := fmt.Sprintf("row %d", twin.number)
					d.DuplicateOf = &text
				}
			}
		default:
			out.Summary.Error++
			d.Error = &r.error
		}
		out.Rows[i] = d
	}
	return out
}

func optional(id uuid.UUID) *string {
	if id == uuid.Nil {
		return nil
	}
	text := id.String()
	return &text
}

// outcome is the answer to an import.
type outcome struct {
	Summary summary   `json:"summary" about:"How many entries became what."`
	Rows    []rowDone `json:"rows" about:"The file's entries in their order."`
}

type summary struct {
	Create     int `json:"create" about:"Entries that are new: stored, or to be stored after the dry run."`
	Update     int `json:"update" about:"Entries that are seen again: when and where is noted, what people wrote and decided stays."`
	Reopen     int `json:"reopen" about:"Entries that are seen again though they were resolved: they are open again."`
	Duplicate  int `json:"duplicate" about:"Entries that say the same as another of this file: nothing is stored."`
	Suppressed int `json:"suppressed" about:"Entries that the tool itself passes over: nothing is stored."`
	Error      int `json:"error" about:"Entries that are refused."`
}

// rowDone is what became of one entry.
type rowDone struct {
	Row         int     `json:"row" about:"The entry's place in the file, from 1."`
	Action      string  `json:"action" words:"create,update,reopen,duplicate,suppressed,error" about:"What becomes of the entry."`
	ID          *string `json:"id" about:"The finding that was made of it, or is seen again; null for one that is not made yet."`
	Title       string  `json:"title" about:"The entry's title."`
	DuplicateOf *string `json:"duplicate_of" about:"The finding's id, or \"row 3\" for an entry of the same file that is not stored yet."`
	Error       *string `json:"error" about:"Why the entry is refused or passed over."`
}
