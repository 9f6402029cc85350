package journal

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"entgo.io/ent/dialect"
	"github.com/google/uuid"
	"google.golang.org/protobuf/proto"

	"github.com/holdfast-platform/holdfast/ent/viewer"
	gen "github.com/holdfast-platform/holdfast/gen/ent"
	"github.com/holdfast-platform/holdfast/gen/ent/user"
	"github.com/holdfast-platform/holdfast/server/internal/db"
	"github.com/holdfast-platform/holdfast/server/internal/fault"
)

// Filter says which lines of the tenant's journal are wanted; what is empty does not narrow.
type Filter struct {
	// Actors are people by id or e-mail address, and machine work by name.
	Actors []string
	// Actions are "asset.created" or "asset.*".
	Actions []string
	Kinds   []string
	Records []string
	// Since is the first moment, Until the first one that is too late.
	Since, Until time.Time
	// Q are words that the label, the number, the action, the reason or the machine's name have, all of them.
	Q string
	// Order is "-at" (also when empty) or "at".
	Order string
}

// Entry is a line with its seal, which is empty until the sealer has come by.
type Entry struct {
	db.Line
	Hash []byte
}

// Find answers a list over the journal: in is the request with its paging fields, out the response whose envelope is
// filled. Members with a client see the lines of their client only, and nothing internal.
func Find(ctx context.Context, f Filter, in, out proto.Message) ([]Entry, error) {
	w, err := windowOf(in)
	if err != nil {
		return nil, err
	}
	if f.Order != "" && f.Order != "-at" && f.Order != "at" {
		return nil, fault.Invalid("order_by", "must be at or -at")
	}
	c, err := f.conditions(ctx)
	if err != nil {
		return nil, err
	}
	total := -1
	if w.count {
		if total, err = count(ctx, `FROM journal j WHERE `+c.sql(), w, c.args); err != nil {
			return nil, err
		}
	}
	direction, sign := "DESC", "<"
	if f.Order == "at" {
		direction, sign = "", ">"
	}
	if w.after != nil {
		c.add("j.seq "+sign+" ?", w.after.Seq)
	}
	rows, err := db.SQL(ctx).QueryContext(ctx, `SELECT `+prefixed("j.")+`, s.hash FROM journal j LEFT JOIN seals s ON s.seq = j.seq AND s.tenant_id = j.tenant_id WHERE `+c.sql()+
		fmt.Sprintf(` ORDER BY j.seq %s LIMIT %d OFFSET %d`, direction, w.size+1, w.offset()), c.args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var entries []Entry
	for rows.Next() {
		var e Entry
		if err := scan(rows, &e.Line, &e.Hash); err != nil {
			return nil, err
		}
		entries = append(entries, e)
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	more, next := len(entries) > w.size, ""
	if more {
		entries = entries[:w.size]
		next = w.next(entries[w.size-1].Seq, "")
	}
	w.fill(out, total, more, next)
	return entries, rows.Close()
}

// recent is how far back Latest looks, in lines of the tenant: it bounds what is read for those who may see few of
// them.
const recent = 5000

// Latest are the newest lines about records of these kinds, at most limit of them. The caller has made sure that the
// kinds may be read; members with a client see the lines of their client only, and nothing internal.
func Latest(ctx context.Context, kinds []string, limit int) ([]db.Line, error) {
	v, c := viewer.From(ctx), &conditions{}
	c.in("j.kind", kinds)
	if v.Scoped() {
		c.add("j.client_id = ? AND NOT j.internal", v.ClientID)
	}
	rows, err := db.SQL(ctx).QueryContext(ctx, `SELECT `+prefixed("j.")+fmt.Sprintf(` FROM (SELECT * FROM journal WHERE tenant_id = $%d ORDER BY seq DESC LIMIT %d) j WHERE `,
		len(c.args)+1, recent)+c.sql()+fmt.Sprintf(` ORDER BY j.seq DESC LIMIT %d`, limit), append(c.args, v.TenantID)...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var lines []db.Line
	for rows.Next() {
		var l db.Line
		if err := scan(rows, &l); err != nil {
			return nil, err
		}
		lines = append(lines, l)
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	return lines, rows.Close()
}

func (f *Filter) conditions(ctx context.Context) (*conditions, error) {
	v, c := viewer.From(ctx), &conditions{}
	c.add("j.tenant_id = ?", v.TenantID)
	if v.Scoped() {
		c.add("j.client_id = ? AND NOT j.internal", v.ClientID)
	}
	if err := f.who(ctx, c); err != nil {
		return nil, err
	}
	var actions []string
	var args []any
	for _, a := range f.Actions {
		if kind, all := strings.CutSuffix(a, ".*"); all {
			actions, args = append(actions, `j.action LIKE ? ESCAPE '\'`), append(args, escape(kind)+".%")
		} else {
			actions, args = append(actions, "j.action = ?"), append(args, a)
		}
	}
	c.any(actions, args)
	c.in("j.kind", f.Kinds)
	c.in("j.record_id", f.Records)
	if !f.Since.IsZero() {
		c.add("j.at >= ?", f.Since.UTC().Truncate(time.Microsecond))
	}
	if !f.Until.IsZero() {
		c.add("j.at < ?", f.Until.UTC().Truncate(time.Microsecond))
	}
	f.words(db.Of(ctx).Kind, c)
	return c, nil
}

// who narrows to people and machines.
func (f *Filter) who(ctx context.Context, c *conditions) error {
	var parts []string
	var args []any
	for _, a := range f.Actors {
		if id, err := uuid.Parse(a); err == nil {
			parts, args = append(parts, "j.person_id = ?"), append(args, id)
			continue
		}
		if !strings.Contains(a, "@") {
			parts, args = append(parts, "j.actor = ?"), append(args, a)
			continue
		}
		ids, err := db.From(ctx).User.Query().Where(user.EmailKey(db.Key(a))).IDs(viewer.As(ctx, viewer.Guard))
		if err != nil {
			return err
		}
		if len(ids) == 0 {
			parts = append(parts, "false")
		}
		for _, id := range ids {
			parts, args = append(parts, "j.person_id = ?"), append(args, id)
		}
	}
	c.any(parts, args)
	return nil
}

var short = regexp.MustCompile(`^([A-Za-z]{2,5})-([0-9]{1,15})$`)

// words narrows to lines that have all words of q somewhere. SQLite, and PostgreSQL by its locale, may know the case of
// ASCII only: so each word is looked for in the usual forms.
func (f *Filter) words(kind string, c *conditions) {
	for _, word := range strings.Fields(f.Q) {
		var parts []string
		var args []any
		like := "LIKE"
		if kind == dialect.Postgres {
			like = "ILIKE"
		}
		forms := []string{word, strings.ToLower(word), strings.ToUpper(word), title(word)}
		slices.Sort(forms)
		for _, form := range slices.Compact(forms) {
			for _, column := range []string{"label", "action", "reason", "actor"} {
				parts, args = append(parts, `j.`+column+` `+like+` ? ESCAPE '\'`), append(args, "%"+escape(form)+"%")
			}
		}
		if m := short.FindStringSubmatch(word); m != nil {
			for _, k := range gen.Kinds {
				if k.Prefix != "" && strings.EqualFold(k.Prefix, m[1]) {
					n, _ := strconv.ParseInt(m[2], 10, 64)
					parts, args = append(parts, "j.kind = ? AND j.number = ?"), append(args, k.API, n)
				}
			}
		}
		c.any(parts, args)
	}
}

func title(word string) string {
	r, size := utf8.DecodeRuneInString(word)
	return string(unicode.ToUpper(r)) + strings.ToLower(word[size:])
}

var escaper = strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`)

func escape(text string) string { return escaper.Replace(text) }

// any adds alternatives; none narrows nothing.
func (c *conditions) any(parts []string, args []any) {
	if len(parts) > 0 {
		c.add("("+strings.Join(parts, " OR ")+")", args...)
	}
}

func (c *conditions) in(column string, values []string) {
	var parts []string
	var args []any
	for _, v := range values {
		parts, args = append(parts, column+" = ?"), append(args, v)
	}
	c.any(parts, args)
}

// ID is how the API names a line.
func ID(seq int64) string { return strconv.FormatInt(seq, 10) }
