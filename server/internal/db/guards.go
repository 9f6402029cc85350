package db

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"entgo.io/ent"
	"entgo.io/ent/dialect/sql"
	"github.com/google/uuid"

	"github.com/holdfast-platform/holdfast/ent/rule"
	"github.com/holdfast-platform/holdfast/ent/viewer"
	gen "github.com/holdfast-platform/holdfast/gen/ent"
	"github.com/holdfast-platform/holdfast/gen/ent/intercept"
	"github.com/holdfast-platform/holdfast/server/internal/fault"
)

// ErrNobody is what a query or change without a viewer gets.
var ErrNobody = errors.New("db: no viewer")

// guard puts the inner walls on the client. They hold for every entity, also for one that is added tomorrow.
func guard(c *gen.Client) {
	c.Intercept(intercept.TraverseFunc(own))
	c.Use(change)
}

// own limits every query, count, eager load and edge walk to what the viewer may see.
func own(ctx context.Context, q intercept.Query) error {
	v := viewer.From(ctx)
	if v == nil {
		return ErrNobody
	}
	if u := unitOf(ctx); v.Everywhere() && u != nil && !u.system {
		return errors.New("db: an actor that ranges over tenants needs a transaction of its own")
	}
	for _, p := range Visible(v, gen.Kinds[q.Type()]) {
		q.WhereP(p)
	}
	return nil
}

// Visible is what limits a kind's rows to those that the viewer may see. All paths to the rows go by it: the
// interceptor, and the few workshops that write SQL of their own.
func Visible(v *viewer.Viewer, k *gen.Kind) []func(*sql.Selector) {
	var ps []func(*sql.Selector)
	switch {
	case v.Everywhere():
		return nil
	case k.Tenant:
		ps = append(ps, sql.FieldEQ("tenant_id", v.TenantID))
	case k.Members != "":
		ps = append(ps, func(s *sql.Selector) {
			m := sql.Table(gen.Kinds["Membership"].Table)
			s.Where(sql.In(s.C(k.Members), sql.Dialect(s.Dialect()).Select(m.C("user_id")).From(m).Where(sql.EQ(m.C("tenant_id"), v.TenantID))))
		})
	default:
		ps = append(ps, sql.FieldEQ("id", v.TenantID)) // the tenant itself
	}
	if k.Own != "" && v.Actor == "" && (k.Unless == "" || !v.Has(k.Unless)) {
		mine := sql.FieldEQ(k.Own, v.PersonID)
		if k.Shared != "" && !v.Scoped() { // what is shared belongs to no client
			mine = sql.OrPredicates(mine, sql.FieldEQ(k.Shared, true))
		}
		ps = append(ps, mine)
	}
	if _, ok := k.Columns["record_kind"]; ok {
		ps = append(ps, readable(v, "record_kind"))
	}
	if _, ok := k.Columns["from_kind"]; ok {
		ps = append(ps, readable(v, "from_kind"), readable(v, "to_kind"))
	}
	if v.Scoped() {
		ps = append(ps, scoped(v, k)...)
	}
	return ps
}

// readable limits what hangs on records to the kinds that the viewer may read.
func readable(v *viewer.Viewer, column string) func(*sql.Selector) {
	var kinds []any
	all := true
	for kind, word := range rule.RecordKinds() {
		if v.Has(word + ":read") {
			kinds = append(kinds, kind)
		} else {
			all = false
		}
	}
	if all {
		return func(*sql.Selector) {}
	}
	return sql.FieldIn(column, kinds...)
}

// scoped limits a member with a client to that client's records, and to what belongs to themselves.
func scoped(v *viewer.Viewer, k *gen.Kind) []func(*sql.Selector) {
	var ps []func(*sql.Selector)
	if v.Actor != "" && !ofClients(k) { // what the actor may is for it alone to say
		return nil
	}
	switch {
	case k.Name == "User":
		return append(ps, sql.FieldEQ("id", v.PersonID))
	case k.Name == "Membership":
		return append(ps, sql.FieldEQ("user_id", v.PersonID))
	case k.Name == "Customer":
		return append(ps, sql.FieldEQ("id", v.ClientID))
	case k.Columns["client_id"] != "" && k.Columns["record_kind"] != "":
		ps = append(ps, sql.FieldEQ("client_id", v.ClientID))
	case k.Own != "" || k.Open:
		return nil
	case len(k.Through) > 0:
		for _, column := range k.Through {
			to := gen.Kinds[k.Refs[column]]
			ps = append(ps, func(s *sql.Selector) {
				t := sql.Table(to.Table)
				s.Where(sql.In(s.C(column), sql.Dialect(s.Dialect()).Select(t.C("id")).From(t).Where(sql.And(sql.EQ(t.C("tenant_id"), v.TenantID), sql.EQ(t.C("client_id"), v.ClientID)))))
			})
		}
	case k.Columns["client_id"] != "":
		ps = append(ps, sql.FieldEQ("client_id", v.ClientID))
	default:
		return append(ps, func(s *sql.Selector) { s.Where(sql.False()) })
	}
	if k.Columns["internal"] != "" && v.Actor == "" {
		ps = append(ps, sql.FieldEQ("internal", false))
	}
	return ps
}

// ofClients tells that a kind's records belong to clients: people, groups and settings do not.
func ofClients(k *gen.Kind) bool {
	return k.Name == "Customer" || k.Word != "users" && (k.Columns["client_id"] != "" || len(k.Through) > 0)
}

// mutation is what every generated mutation has.
type mutation interface {
	ent.Mutation
	WhereP(...func(*sql.Selector))
	ID() (uuid.UUID, bool)
	SetID(uuid.UUID)
	IDs(context.Context) ([]uuid.UUID, error)
	Version() (int32, bool)
	SetVersion(int32)
	ResetVersion()
	AddVersion(int32)
}

// change is the one way into the database. ent runs the hooks of the client outside those of the schema, so the policy
// is asked after these steps and before the statement; a denial rolls back what they did.
func change(next ent.Mutator) ent.Mutator {
	return ent.MutateFunc(func(ctx context.Context, em ent.Mutation) (ent.Value, error) {
		m, u, v := em.(mutation), unitOf(ctx), viewer.From(ctx)
		switch {
		case v == nil:
			return nil, ErrNobody
		case u == nil:
			return nil, errors.New("db: a change needs a transaction")
		case v.Everywhere() && !u.system:
			return nil, errors.New("db: an actor that ranges over tenants needs a transaction of its own")
		}
		k := gen.Kinds[m.Type()]
		if err := tenant(m, k, v); err != nil {
			return nil, err
		}
		if err := u.references(ctx, m, k); err != nil {
			return nil, err
		}
		if err := blanks(m); err != nil {
			return nil, err
		}
		if err := shadows(m, k); err != nil {
			return nil, err
		}
		if m.Op().Is(ent.OpCreate) {
			return u.create(ctx, m, k, v, next)
		}
		return u.modify(ctx, m, k, v, next)
	})
}

// blanks makes texts in which nobody sees anything what they are: none. The entity's own rules then refuse them where
// there must be one.
func blanks(m mutation) error {
	for _, name := range m.Fields() {
		value, _ := m.Field(name)
		if text, ok := value.(string); !ok || text == "" || !rule.Blank(text) {
			continue
		}
		if m.ClearField(name) == nil {
			continue
		}
		if err := m.SetField(name, ""); err != nil {
			return err
		}
	}
	return nil
}

// tenant overwrites a forged tenant on create, and aims everything else at the viewer's own rows.
func tenant(m mutation, k *gen.Kind, v *viewer.Viewer) error {
	if !m.Op().Is(ent.OpCreate) {
		if v.Scoped() && k.Open && k.Tenant && k.Own == "" { // it is open to be read
			return fault.Forbidden(k.Word + ":update")
		}
		for _, p := range Visible(v, k) {
			m.WhereP(p)
		}
		if v.Scoped() && ofClients(k) { // nothing leaves the client by a member who is bound to it
			client, ok := m.Field("client_id")
			if ok && client != v.ClientID || m.FieldCleared("client_id") {
				return fault.Forbidden(k.Word + ":update")
			}
		}
		if k.Shared != "" && v.Actor == "" { // others may read it, not change it
			m.WhereP(sql.FieldEQ(k.Own, v.PersonID))
		}
		return nil
	}
	if k.Own != "" && v.Actor == "" {
		if owner, ok := m.Field(k.Own); (!ok || owner != v.PersonID) && (k.Unless == "" || !v.Has(k.Unless)) {
			return fmt.Errorf("db: %s of somebody else", k.Name)
		}
	}
	if k.Tenant && !v.Everywhere() {
		if v.TenantID == uuid.Nil {
			return ErrNobody
		}
		m.(interface{ SetTenantID(uuid.UUID) }).SetTenantID(v.TenantID)
	}
	if v.Scoped() && k.Own == "" && (v.Actor == "" || k.Columns["client_id"] != "" && ofClients(k)) {
		if client, ok := m.Field("client_id"); !ok || client != v.ClientID {
			return fault.Forbidden(k.Word + ":create")
		}
	}
	return nil
}

// references looks up everything that this change points at, through the guards: it must be a record the viewer can
// see. Once per transaction is enough; the composite foreign key catches what changes in between.
func (u *unit) references(ctx context.Context, m mutation, k *gen.Kind) error {
	if m.Op().Is(ent.OpDelete | ent.OpDeleteOne) {
		return nil
	}
	for _, field := range m.Fields() {
		kind, person := k.Refs[field], slices.Contains(k.People, field)
		if kind == "" && !person {
			continue
		}
		value, _ := m.Field(field)
		id, ok := value.(uuid.UUID)
		if !ok {
			continue
		}
		if person {
			kind = "User"
		}
		if err := u.reference(ctx, m, k, field, ref{kind, id}); err != nil {
			return err
		}
	}
	for _, pair := range [][2]string{{"record_kind", "record_id"}, {"from_kind", "from_id"}, {"to_kind", "to_id"}} {
		kind, ok := m.Field(pair[0])
		if !ok {
			continue
		}
		id, _ := m.Field(pair[1])
		name := ByKind(kind.(string))
		if name == "" {
			return fault.Invalid(pair[0], "no such kind of record")
		}
		if err := u.reference(ctx, m, k, pair[1], ref{name, id.(uuid.UUID)}); err != nil {
			return err
		}
	}
	return nil
}

func (u *unit) reference(ctx context.Context, m mutation, k *gen.Kind, field string, r ref) error {
	if u.seen[r] != nil {
		return nil
	}
	found, err := u.lookup(ctx, m, k, r)
	if err != nil {
		return err
	}
	if found == nil {
		return fault.NoReference(field, "record")
	}
	u.remember(r, found)
	return nil
}

func (u *unit) remember(r ref, record gen.Record) {
	if u.seen == nil {
		u.seen = map[ref]gen.Record{}
	}
	u.seen[r] = record
}

// lookup reads one record as the viewer; people are looked up by name whatever the viewer may read of them, but for
// scoped members.
func (u *unit) lookup(ctx context.Context, m mutation, k *gen.Kind, r ref) (gen.Record, error) {
	v := viewer.From(ctx)
	if r.kind == "User" && !v.Everywhere() && !v.Scoped() && !v.Has("users:read") || r.kind == "User" && v.Scoped() && r.id == v.PersonID {
		ctx = viewer.As(ctx, viewer.Guard)
	}
	if !v.Everywhere() && v.Actor == "" && k.Word != gen.Kinds[r.kind].Word && gen.Kinds[r.kind].Name == "Group" {
		ctx = viewer.As(ctx, viewer.Guard) // teams are named by every member
	}
	rows, err := u.client.Records(ctx, r.kind, sql.FieldEQ("id", r.id))
	var denied rule.Denied
	if errors.As(err, &denied) {
		return nil, nil
	}
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	return rows[0], nil
}

// ByKind is ent's name of a kind that the API knows, such as "Customer" for "client"; empty for none.
func ByKind(kind string) string { return byKind[kind] }

var byKind = func() map[string]string {
	out := map[string]string{}
	for _, k := range gen.Kinds {
		out[k.API] = k.Name
	}
	return out
}()
