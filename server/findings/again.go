package findings

import (
	"bytes"
	"cmp"
	"context"
	"regexp"
	"slices"
	"strconv"

	"github.com/google/uuid"

	"github.com/holdfast-platform/holdfast/ent/viewer"
	"github.com/holdfast-platform/holdfast/gen/ent"
	"github.com/holdfast-platform/holdfast/gen/ent/finding"
	"github.com/holdfast-platform/holdfast/server/internal/clock"
	"github.com/holdfast-platform/holdfast/server/internal/db"
	"github.com/holdfast-platform/holdfast/server/internal/vocabulary"
)

// mostInstances is how many places a finding keeps.
const mostInstances = 50

// recognize pairs the entries with the findings that the session has: by the first form of the hash where a finding has
// that one still, else those of one mark in the order of their places, one to one.
func (x *intake) recognize(ctx context.Context) error {
	stored, err := db.From(ctx).Finding.Query().Where(finding.SessionID(x.session.ID), finding.DedupHashNotNil()).Order(finding.ByID()).
		Select(finding.FieldID, finding.FieldDedupHash, finding.FieldDedupForm, finding.FieldLocation, finding.FieldInstances, finding.FieldRemediationStatus).All(ctx)
	if err != nil {
		return err
	}
	x.met = make(map[uuid.UUID]bool, len(stored))
	byHash := map[[32]byte][]*ent.Finding{}
	for _, f := range stored {
		x.met[f.ID] = true
		byHash[unhex(*f.DedupHash)] = append(byHash[unhex(*f.DedupHash)], f)
	}
	for _, same := range byHash {
		slices.SortStableFunc(same, func(a, b *ent.Finding) int { return slices.Compare(placeOf(a.Location), placeOf(b.Location)) })
	}
	places := map[[32]byte][]int{}
	for i := range x.rows {
		r := &x.rows[i]
		if r.action != actionCreate {
			continue
		}
		if same := byHash[r.before]; len(same) > 0 {
			x.meet(r, same[0])
			byHash[r.before] = same[1:]
			continue
		}
		places[r.hash] = append(places[r.hash], i)
	}
	for h, rows := range places {
		slices.SortStableFunc(rows, func(a, b int) int { return slices.Compare(x.rows[a].order[:], x.rows[b].order[:]) })
		for i, f := range byHash[h] {
			if i < len(rows) {
				x.meet(&x.rows[rows[i]], f)
			}
		}
	}
	return nil
}

func (x *intake) meet(r *row, f *ent.Finding) {
	r.action, r.id, r.known = actionUpdate, f.ID, f
	if f.RemediationStatus == resolved {
		r.action = actionReopen
	}
}

var (
	lineAndColumn = regexp.MustCompile(`:([0-9]{1,9})(?::([0-9]{1,9}))?$`)
	offset        = regexp.MustCompile(`#(char|byte)=([0-9]{1,9})$`)
)

// placeOf are the numbers of a location, as an entry's order has them.
func placeOf(location *string) []int {
	out := []int{0, 0, -1, -1}
	if location == nil {
		return out
	}
	if m := lineAndColumn.FindStringSubmatch(*location); m != nil {
		out[0], _ = strconv.Atoi(m[1])
		out[1], _ = strconv.Atoi(m[2]) // empty is 0
	}
	if m := offset.FindStringSubmatch(*location); m != nil {
		n, _ := strconv.Atoi(m[2])
		out[map[string]int{"char": 2, "byte": 3}[m[1]]] = n
	}
	return out
}

// places are those that were known and those that are new.
func places(known, seen []string) []string {
	out := slices.Clone(known)
	for _, p := range seen {
		if len(out) < mostInstances && !slices.Contains(out, p) {
			out = append(out, p)
		}
	}
	return out
}

// again notes that findings are seen again, some hundred at a time. It tells whether anything was stored.
func (x *intake) again(ctx context.Context) (stored bool, err error) {
	var at []int
	for i := range x.rows {
		if x.rows[i].known != nil {
			at = append(at, i)
		}
	}
	slices.SortFunc(at, func(a, b int) int { return bytes.Compare(x.rows[a].id[:], x.rows[b].id[:]) })
	for part := range slices.Chunk(at, batch) {
		if err := db.Tx(db.ByItself(ctx), func(ctx context.Context) error { return x.refresh(ctx, part) }); err != nil {
			return stored, err
		}
		stored = true
		x.progress(ctx, "seen again", len(part))
	}
	return stored, nil
}

// refresh brings up to date when and where findings were seen. What a person wrote is left alone, a location too; what
// is resolved is open again.
func (x *intake) refresh(ctx context.Context, at []int) error {
	if err := lock(ctx, x.session.ID); err != nil {
		return err
	}
	ids := make([]uuid.UUID, len(at))
	for i, n := range at {
		ids[i] = x.rows[n].id
	}
	now, err := db.From(ctx).Finding.Query().Where(finding.IDIn(ids...), db.Locked).Order(finding.ByID()).All(ctx)
	if err != nil {
		return err
	}
	found := make(map[uuid.UUID]*ent.Finding, len(now))
	for _, f := range now {
		found[f.ID] = f
	}
	for _, n := range at {
		r := &x.rows[n]
		f := found[r.id]
		if f == nil { // deleted meanwhile
			continue
		}
		u, call := db.From(ctx).Finding.UpdateOneID(f.ID).SetLastSeenAt(clock.Now(ctx)), *viewer.CallOf(ctx)
		if all := places(f.Instances, r.seen); !slices.Equal(all, f.Instances) {
			u.SetInstances(all)
		}
		if f.DedupForm != formMark {
			u.SetDedupHash(hexOf(r.hash)).SetDedupForm(formMark)
			if r.mark != "" {
				u.SetSourceFingerprint(r.mark)
			}
		}
		byScanner := f.Location == nil || f.DedupForm != formMark || slices.Contains(f.Instances, *f.Location)
		if r.place != "" && byScanner && (f.Location == nil || *f.Location != r.place) {
			u.SetLocation(r.place)
		}
		r.action = actionUpdate
		if f.RemediationStatus == resolved {
			r.action, call.Reason = actionReopen, "seen again in a file of "+x.format
			u.SetRemediationStatus(cmp.Or(x.words.Default(vocabulary.RemediationStatus, open), open))
		}
		if err := u.Exec(viewer.WithCall(ctx, &call)); err != nil {
			return err
		}
	}
	return nil
}
