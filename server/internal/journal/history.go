package journal

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"entgo.io/ent/dialect"
	"github.com/google/uuid"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/holdfast-platform/holdfast/ent/rule"
	"github.com/holdfast-platform/holdfast/ent/viewer"
	gen "github.com/holdfast-platform/holdfast/gen/ent"
	typev1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/type/v1"
	"github.com/holdfast-platform/holdfast/server/internal/api"
	"github.com/holdfast-platform/holdfast/server/internal/db"
)

// whole is the condition for lines that are one entry of a history: the beginning and the end of a record, and what is
// said or linked. The others have an entry per field that changed.
const whole = `(j.action LIKE '%.created' OR j.action LIKE '%.deleted' OR j.kind IN ('link', 'attachment'))`

// History answers a record's history (ListXHistory): what changed, field by field, newest first, with the names of
// those who did it. in has page, per_page and cursor, out has items of Change and the envelope. Comments and links on
// the record are part of it; members with a client see the lines of their client only, and nothing internal. The caller
// has made sure that the record may be read.
func History(ctx context.Context, kind string, id uuid.UUID, in, out proto.Message) error {
	w, err := windowOf(in)
	if err != nil {
		return err
	}
	v, d := viewer.From(ctx), db.Of(ctx)
	c := &conditions{}
	c.add("j.tenant_id = ?", v.TenantID)
	c.about(v, kind, id)
	if v.Scoped() {
		c.add("j.client_id = ? AND NOT j.internal AND j.kind <> 'link'", v.ClientID)
	}
	fields, key := expansion(d.Kind == dialect.Postgres)
	total := -1
	if w.count {
		if total, err = count(ctx, `FROM journal j `+fields+` WHERE `+c.sql(), w, c.args); err != nil {
			return err
		}
	}
	if w.after != nil {
		c.add("(j.seq < ? OR j.seq = ? AND "+key+" > ?)", w.after.Seq, w.after.Seq, w.after.Key)
	}
	rows, err := db.SQL(ctx).QueryContext(ctx, historyQuery(fields, key, c.sql(), w.size, w.offset()), c.args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	refs := api.RefsOf(ctx)
	var items []*typev1.Change
	more, next := false, ""
	for rows.Next() {
		var l db.Line
		var field string
		if err := scan(rows, &l, &field); err != nil {
			return err
		}
		if more = len(items) == w.size; more {
			break
		}
		next = w.next(l.Seq, field)
		item := change(v, &l, field, id)
		refs.Want(&item.By, "User", l.PersonID)
		if from, target := pointer(&l, field, id); api.Sees(v, l.Kind, from) {
			refs.Want(&item.OldRef, target, idOf(l.Changes[from].Old))
			refs.Want(&item.NewRef, target, idOf(l.Changes[from].New))
		}
		items = append(items, item)
	}
	if err := rows.Err(); err != nil {
		return err
	}
	if err := rows.Close(); err != nil { // the names need the connection, where there is but one
		return err
	}
	if err := refs.Load(); err != nil {
		return err
	}
	m := out.ProtoReflect()
	list := m.Mutable(m.Descriptor().Fields().ByName("items")).List()
	for _, item := range items {
		list.Append(protoreflect.ValueOf(item.ProtoReflect()))
	}
	w.fill(out, total, more, next)
	return nil
}

// expansion is the join that makes an entry per field, and what the field is called.
func expansion(postgres bool) (fields, key string) {
	if postgres {
		return `LEFT JOIN LATERAL jsonb_object_keys(CASE WHEN ` + whole + ` OR j.changes IS NULL THEN '{}'::jsonb ELSE j.changes END) f (key) ON true`,
			`coalesce(f.key, '') COLLATE "C"`
	}
	return `LEFT JOIN json_each(CASE WHEN ` + whole + ` THEN '{}' ELSE j.changes END) f ON true`, `coalesce(f.key, '')`
}

func historyQuery(fields, key, where string, size, offset int) string {
	return `SELECT ` + prefixed("j.") + `, ` + key + ` AS field FROM journal j ` + fields + ` WHERE ` + where +
		fmt.Sprintf(` ORDER BY j.seq DESC, field LIMIT %d OFFSET %d`, size+1, offset)
}

// about limits lines to those of a record, of what is said or linked there, and of links that lead there from what the
// viewer may read. Each part has an index of its own; with a plain OR, SQLite would go through all of the tenant's
// lines.
func (c *conditions) about(v *viewer.Viewer, kind string, id uuid.UUID) {
	c.add(`j.seq IN (SELECT seq FROM journal WHERE tenant_id = ? AND record_id = ? AND kind = ?
		UNION ALL SELECT seq FROM journal WHERE tenant_id = ? AND on_id = ? AND on_kind = ? AND kind IN ('comment', 'link', 'attachment')
		UNION ALL SELECT seq FROM linked WHERE tenant_id = ? AND to_id = ? AND to_kind = ? AND from_kind IN (`+quoted(rule.Readable(v))+`))`,
		v.TenantID, id, kind, v.TenantID, id, kind, v.TenantID, id.String(), kind)
}

// change is one entry of a record's history: a field of a line, or the whole line where field is empty.
func change(v *viewer.Viewer, l *db.Line, field string, record uuid.UUID) *typev1.Change {
	c := &typev1.Change{At: api.At(l.At), Actor: l.Actor, Action: l.Action, Field: field, Reason: l.Reason}
	switch {
	case field != "":
		c.Old, c.New = Shown(v, l, field)
	case l.Kind == "comment":
		c.Field = "body"
		c.Old, c.New = Shown(v, l, "body")
	case l.Kind == "attachment":
		c.Field = "attachment"
		c.Old, c.New = objects(l, "file_name", "content_type", "size_bytes", "sha256")
	case l.Kind == "link":
		c.Field = "link"
		kind, other := End(l, record)
		c.Old, c.New = objects(l, "type", kind, other)
	}
	return c
}

// End names the fields of a link's line with the kind and the id of the other end than the record.
func End(l *db.Line, record uuid.UUID) (kind, id string) {
	if l.OnID != nil && *l.OnID == record {
		return "to_kind", "to_id"
	}
	return "from_kind", "from_id"
}

// pointer is the field of an entry that holds the id of a record, and ent's kind of that record; nothing where there is
// none.
func pointer(l *db.Line, field string, record uuid.UUID) (from, target string) {
	if l.Kind == "link" {
		kind, id := End(l, record)
		return id, db.ByKind(cmp.Or(textOf(l.Changes[kind].Old), textOf(l.Changes[kind].New)))
	}
	k := gen.Kinds[db.ByKind(l.Kind)]
	if slices.Contains(k.People, field) {
		return field, "User"
	}
	return field, k.Refs[field]
}

func textOf(raw []byte) string { return Value(raw).GetStringValue() }

// idOf is the id that a line's value is; nil where it is none.
func idOf(raw []byte) *uuid.UUID {
	id, err := uuid.Parse(textOf(raw))
	if err != nil {
		return nil
	}
	return &id
}

// objects are fields of a line in one value, before and after; nil where nothing was.
func objects(l *db.Line, fields ...string) (before, after *structpb.Value) {
	was, is := map[string]*structpb.Value{}, map[string]*structpb.Value{}
	for _, f := range fields {
		if v := Value(l.Changes[f].Old); v != nil {
			was[f] = v
		}
		if v := Value(l.Changes[f].New); v != nil {
			is[f] = v
		}
	}
	return object(was), object(is)
}

func object(fields map[string]*structpb.Value) *structpb.Value {
	if len(fields) == 0 {
		return nil
	}
	return structpb.NewStructValue(&structpb.Struct{Fields: fields})
}

// Value is a line's value in a message; nil where there was none.
func Value(raw []byte) *structpb.Value {
	if len(raw) == 0 || string(raw) == "null" {
		return nil
	}
	v := &structpb.Value{}
	if protojson.Unmarshal(raw, v) != nil {
		return nil
	}
	return v
}

// Shown are the values of a line's field before and after, nil where there was none, or the viewer may not see it.
func Shown(v *viewer.Viewer, l *db.Line, field string) (before, after *structpb.Value) {
	if !api.Sees(v, l.Kind, field) {
		return nil, nil
	}
	return Value(l.Changes[field].Old), Value(l.Changes[field].New)
}

// Fields are the fields of a line, alphabetically.
func Fields(l *db.Line) []string { return slices.Sorted(maps.Keys(l.Changes)) }

func (w *window) offset() int {
	if w.walks {
		return 0
	}
	return (w.page - 1) * w.size
}

// prefixed are the columns of a line with a table's name in front.
func prefixed(table string) string {
	return table + strings.ReplaceAll(db.Columns, ", ", ", "+table)
}

// count counts rows as far as the window wants.
func count(ctx context.Context, from string, w *window, args []any) (n int, err error) {
	q := `SELECT count(*) FROM (SELECT 1 ` + from + fmt.Sprintf(` LIMIT %d) AS counted`, api.CountedUpTo+1)
	if w.exact {
		q = `SELECT count(*) ` + from
	}
	err = db.SQL(ctx).QueryRowContext(ctx, q, args...).Scan(&n)
	return n, err
}

// conditions are joined by AND; each ? becomes the next placeholder.
type conditions struct {
	parts []string
	args  []any
}

func (c *conditions) add(part string, args ...any) {
	for _, a := range args {
		c.args = append(c.args, a)
		part = strings.Replace(part, "?", fmt.Sprintf("$%d", len(c.args)), 1)
	}
	c.parts = append(c.parts, part)
}

func (c *conditions) sql() string { return strings.Join(c.parts, " AND ") }
