package db

import (
	"bytes"
	"context"
	"encoding/json"
	"iter"
	"reflect"
	"slices"
	"strings"
	"time"

	"entgo.io/ent"
	"entgo.io/ent/dialect"
	"entgo.io/ent/dialect/sql"
	"github.com/google/uuid"
	xtext "golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"

	"github.com/holdfast-platform/holdfast/ent/rule"
	"github.com/holdfast-platform/holdfast/ent/viewer"
	gen "github.com/holdfast-platform/holdfast/gen/ent"
	"github.com/holdfast-platform/holdfast/server/internal/clock"
	"github.com/holdfast-platform/holdfast/server/internal/fault"
	"github.com/holdfast-platform/holdfast/server/internal/searchindex"
)

// Expected is the version that the caller has seen of the record that the request names.
type Expected struct {
	// ID is the record as the request names it: a UUID or a short number; empty for the first that the request changes.
	ID string
	// Version is 0 where the caller did not say.
	Version int32
	// IfMatch is true where it came by If-Match: then the refusal is 412.
	IfMatch bool
	// Any of several versions will do (If-Match with a list).
	Any []int32
	// None is true where the record must not exist (If-None-Match: *); Not are versions that must not be the current
	// one.
	None bool
	Not  []int32
}

// Check refuses a change of a record whose current version is not as expected.
func (e *Expected) Check(current int32) error {
	switch {
	case e.None, slices.Contains(e.Not, current):
		return fault.Matched()
	case e.Version == 0 && len(e.Any) == 0, e.Version == current, slices.Contains(e.Any, current):
		return nil
	case e.IfMatch:
		return fault.StaleMatch()
	}
	return fault.Stale()
}

type expectKey struct{}

// Expect lets the transaction refuse to change the record when somebody else has changed it since.
func Expect(ctx context.Context, e *Expected) context.Context {
	return context.WithValue(ctx, expectKey{}, e)
}

func expected(ctx context.Context) *Expected {
	e, _ := ctx.Value(expectKey{}).(*Expected)
	return e
}

// check refuses a stale version of the record that the request is about.
func (u *unit) check(k *gen.Kind, before []gen.Record) error {
	if u.expect == nil {
		return nil
	}
	for _, b := range before {
		if u.expect.ID != "" && !strings.EqualFold(b.Key().String(), u.expect.ID) && (!k.Number || !strings.EqualFold(Short(k.Name, b.Num()), u.expect.ID)) {
			continue
		}
		e := u.expect
		u.expect = nil // later changes of the same request go by the first
		return e.Check(b.Seen())
	}
	return nil
}

// Key is how a unique text is compared: whatever its case and normal form.
func Key(text string) string { return xtext.Fold().String(norm.NFKC.String(strings.TrimSpace(text))) }

// shadows fills the columns that are made from others.
func shadows(m mutation, k *gen.Kind) error {
	for _, name := range k.Folded {
		if value, ok := m.Field(name); ok {
			if err := m.SetField(name+"_fold", searchindex.Fold(value.(string))); err != nil {
				return err
			}
		} else if m.FieldCleared(name) {
			if err := m.ClearField(name + "_fold"); err != nil {
				return err
			}
		}
	}
	for name, words := range k.Ranked {
		if value, ok := m.Field(name); ok {
			if err := m.SetField(name+"_rank", int32(slices.Index(words, value.(string))+1)); err != nil {
				return err
			}
		}
	}
	for _, name := range k.Keyed {
		if value, ok := m.Field(name); ok {
			if err := m.SetField(name+"_key", Key(value.(string))); err != nil {
				return err
			}
		} else if m.FieldCleared(name) {
			if err := m.ClearField(name + "_key"); err != nil {
				return err
			}
		}
	}
	return nil
}

// create gives id, times and a number, and keeps a place in the journal before going on: in CreateBulk each hook
// encloses the next one's, so what comes after the statement runs backwards.
func (u *unit) create(ctx context.Context, m mutation, k *gen.Kind, v *viewer.Viewer, next ent.Mutator) (ent.Value, error) {
	if err := u.people(ctx, m, k, nil); err != nil {
		return nil, err
	}
	now := clock.Now(ctx)
	m.SetVersion(1)
	m.SetID(newID(now))
	for _, f := range []string{"created_at", "updated_at"} {
		if err := m.SetField(f, now); err != nil {
			return nil, err
		}
	}
	if err := u.number(ctx, m, k, tenantOf(m, v)); err != nil {
		u.spoiled = err
		return nil, err
	}
	line := u.line(ctx, m, k, v)
	val, err := next.Mutate(ctx, m)
	if err != nil {
		u.spoiled = err
		return nil, err
	}
	r := val.(gen.Record)
	line.fill(k, nil, r)
	u.remember(ref{k.Name, r.Key()}, r)
	u.text(k, line.TenantID, nil, r)
	return val, nil
}

// newID is a UUIDv7 (RFC 9562) by the request's clock.
func newID(now time.Time) uuid.UUID {
	id := uuid.Must(uuid.NewV7())
	if ms := now.UnixMilli(); time.Since(now).Abs() > time.Second { //nolint:forbidigo // compares the request's clock with the machine's
		for i := range 6 {
			id[i] = byte(ms >> (40 - 8*i))
		}
	}
	return id
}

func tenantOf(m mutation, v *viewer.Viewer) uuid.UUID {
	if id, ok := m.Field("tenant_id"); ok {
		return id.(uuid.UUID)
	}
	return v.TenantID
}

// modify reads the rows before and after, and asks for the version if the caller named one.
func (u *unit) modify(ctx context.Context, m mutation, k *gen.Kind, v *viewer.Viewer, next ent.Mutator) (ent.Value, error) {
	before, err := u.before(ctx, m, k)
	if err != nil {
		return nil, err
	}
	if err := u.check(k, before); err != nil {
		return nil, err
	}
	_, one := m.ID()
	update := m.Op().Is(ent.OpUpdate | ent.OpUpdateOne)
	if update {
		if seen, ok := m.Version(); ok { // on an update, SetVersion(3) says: I have seen version 3
			m.ResetVersion()
			for _, b := range before {
				if b.Seen() != seen {
					return nil, fault.Stale()
				}
			}
		}
		if one && len(before) == 1 && same(m, before[0]) {
			return before[0], nil // nothing to change: same version, no line
		}
		if err := u.ended(ctx, m, k, before); err != nil {
			return nil, err
		}
		if err := u.people(ctx, m, k, before); err != nil {
			return nil, err
		}
		if !quiet(m, k) {
			m.AddVersion(1)
			if err := m.SetField("updated_at", clock.Now(ctx)); err != nil {
				return nil, err
			}
		} else if err := m.SetField("updated_at", before0(before)); err != nil {
			return nil, err
		}
	}
	val, err := next.Mutate(rule.Touching(ctx, shown(before)), m)
	if err != nil {
		return nil, err
	}
	after := map[uuid.UUID]gen.Record{}
	switch val := val.(type) {
	case gen.Record:
		after[val.Key()] = val
	case int: // the number of rows, of Update and of both deletes
		if val == 0 {
			return val, nil
		}
		if !update {
			u.forget(k, before)
			break
		}
		rows, err := u.client.Records(ctx, k.Name, among(before))
		if err != nil {
			return nil, err
		}
		for _, r := range rows {
			after[r.Key()] = r
		}
	}
	for _, b := range before {
		a := after[b.Key()]
		line := u.line(ctx, m, k, v)
		line.fill(k, b, a)
		if a != nil && !equal(b.Client(), a.Client()) {
			u.moved(ctx, line, k, a)
		}
		r := ref{k.Name, b.Key()}
		if a == nil {
			delete(u.seen, r)
		} else if u.seen[r] != nil {
			u.seen[r] = a
		}
		u.text(k, line.TenantID, b, a)
	}
	return val, nil
}

// shown are records as the policies look at them.
func shown(records []gen.Record) iter.Seq[rule.Row] {
	return func(yield func(rule.Row) bool) {
		for _, r := range records {
			if !yield(r) {
				return
			}
		}
	}
}

func before0(before []gen.Record) time.Time {
	if len(before) == 0 {
		return time.Unix(0, 0).UTC()
	}
	return before[0].Column("updated_at").(time.Time)
}

// before holds the rows that a change is about to touch and narrows the change to exactly these. m.OldField would ask
// once per mutation too, but trusts a stale struct in UpdateOne(struct), and does not exist for Update and Delete.
func (u *unit) before(ctx context.Context, m mutation, k *gen.Kind) ([]gen.Record, error) {
	ids, err := m.IDs(ctx) // no query when the id is known
	if err != nil || len(ids) == 0 {
		return nil, err
	}
	rows, err := u.client.Records(ctx, k.Name, OneOf("id", ids), func(s *sql.Selector) {
		s.OrderBy(s.C("id")) // two bulk updates do not deadlock
		Locked(s)
	})
	if _, one := m.ID(); !one && err == nil {
		m.WhereP(among(rows))
	}
	return rows, err
}

// among limits a statement to records.
func among(rs []gen.Record) func(*sql.Selector) {
	ids := make([]uuid.UUID, len(rs))
	for i, r := range rs {
		ids[i] = r.Key()
	}
	return OneOf("id", ids)
}

// several is how many ids are arguments of their own at most: a statement takes tens of thousands.
const several = 1000

// OneOf limits a statement to the rows with some ids in a column, however many.
func OneOf(column string, ids []uuid.UUID) func(*sql.Selector) {
	if len(ids) <= several {
		return sql.FieldIn(column, ids...)
	}
	return func(s *sql.Selector) {
		s.Where(sql.P(func(b *sql.Builder) {
			b.Ident(s.C(column))
			if s.Dialect() == dialect.Postgres {
				b.WriteString(" = ANY(").Arg(ids).WriteString(")")
				return
			}
			list, err := json.Marshal(ids)
			if err != nil {
				s.AddError(err)
			}
			b.WriteString(" IN (SELECT value FROM json_each(").Arg(string(list)).WriteString("))")
		}))
	}
}

// same tells that a mutation would change nothing.
func same(m mutation, b gen.Record) bool {
	for _, f := range m.Fields() {
		if f == "updated_at" || f == "version" { // ent's own default for updates
			continue
		}
		value, _ := m.Field(f)
		if !equal(value, b.Column(f)) {
			return false
		}
	}
	for _, f := range m.ClearedFields() {
		if value := b.Column(f); value != nil && !isNil(value) {
			return false
		}
	}
	return len(m.AddedFields()) == 0
}

// quiet tells that a mutation writes only the machinery's own notes.
func quiet(m mutation, k *gen.Kind) bool {
	for _, f := range append(m.Fields(), m.ClearedFields()...) {
		if f != "updated_at" && !slices.Contains(k.Quiet, f) {
			return false
		}
	}
	return len(k.Quiet) > 0
}

// equal compares a value with a column, which may be a pointer; JSON by meaning, times to the microsecond.
func equal(a, b any) bool {
	a, b = flat(a), flat(b)
	switch x := a.(type) {
	case json.RawMessage:
		y, _ := b.(json.RawMessage)
		return bytes.Equal(canonical(x), canonical(y))
	case time.Time:
		y, ok := b.(time.Time)
		return ok && x.Truncate(time.Microsecond).Equal(y.Truncate(time.Microsecond))
	}
	return reflect.DeepEqual(a, b)
}

// flat takes a pointer off, and makes an empty list or document none.
func flat(v any) any {
	r := reflect.ValueOf(v)
	if r.Kind() == reflect.Pointer {
		if r.IsNil() {
			return nil
		}
		return r.Elem().Interface()
	}
	if r.Kind() == reflect.Slice && r.Len() == 0 {
		return nil
	}
	return v
}

func isNil(v any) bool { return flat(v) == nil }

func canonical(raw json.RawMessage) []byte {
	var v any
	if len(raw) == 0 || json.Unmarshal(raw, &v) != nil {
		return raw
	}
	out, err := json.Marshal(v)
	if err != nil {
		return raw
	}
	return out
}
