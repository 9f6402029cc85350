package identity

import (
	"context"
	"slices"

	entsql "entgo.io/ent/dialect/sql"
	"github.com/google/uuid"

	"github.com/holdfast-platform/holdfast/ent/viewer"
	"github.com/holdfast-platform/holdfast/gen/ent"
	"github.com/holdfast-platform/holdfast/gen/ent/customer"
	"github.com/holdfast-platform/holdfast/gen/ent/group"
	"github.com/holdfast-platform/holdfast/gen/ent/membership"
	"github.com/holdfast-platform/holdfast/gen/ent/membershipgroup"
	"github.com/holdfast-platform/holdfast/gen/ent/user"
	"github.com/holdfast-platform/holdfast/server/internal/clock"
	"github.com/holdfast-platform/holdfast/server/internal/db"
	"github.com/holdfast-platform/holdfast/server/internal/fault"
)

// groupsOf are the groups of a membership.
func groupsOf(ctx context.Context, id uuid.UUID) ([]uuid.UUID, error) {
	rows, err := db.From(viewer.As(ctx, viewer.Self)).MembershipGroup.Query().Where(membershipgroup.MembershipID(id)).All(viewer.As(ctx, viewer.Self))
	ids := make([]uuid.UUID, len(rows))
	for i, r := range rows {
		ids[i] = r.GroupID
	}
	return ids, err
}

// inGroups tells whether a member is in exactly these groups.
func inGroups(ctx context.Context, m *ent.Membership, want []uuid.UUID) (bool, error) {
	have, err := groupsOf(ctx, m.ID)
	return len(have) == len(want) && !slices.ContainsFunc(want, func(g uuid.UUID) bool { return !slices.Contains(have, g) }), err
}

// setGroups makes a member's groups those that are wanted. The caller must hold what they give.
func (s *Service) setGroups(ctx context.Context, m *ent.Membership, have, want []uuid.UUID) error {
	var add, remove []uuid.UUID
	for _, g := range want {
		if !slices.Contains(have, g) {
			add = append(add, g)
		}
	}
	for _, g := range have {
		if !slices.Contains(want, g) {
			remove = append(remove, g)
		}
	}
	if len(add)+len(remove) == 0 {
		return nil
	}
	if err := s.mayGive(ctx, m.TenantID, add); err != nil {
		return err
	}
	if len(remove) > 0 {
		if _, err := db.From(ctx).MembershipGroup.Delete().Where(membershipgroup.MembershipID(m.ID), membershipgroup.GroupIDIn(remove...)).Exec(ctx); err != nil {
			return err
		}
	}
	for _, g := range add {
		if err := db.From(ctx).MembershipGroup.Create().SetTenantID(m.TenantID).SetMembershipID(m.ID).SetGroupID(g).Exec(ctx); err != nil {
			return err
		}
	}
	// The member is another now though their row is not: its version says so, the lines of the groups say what.
	_, err := db.SQL(ctx).ExecContext(ctx, `UPDATE memberships SET version = version + 1, updated_at = $1 WHERE id = $2 AND tenant_id = $3`,
		clock.Now(ctx), m.ID, m.TenantID)
	return err
}

// mayGive refuses to hand on groups that grant more than the caller has themselves.
func (s *Service) mayGive(ctx context.Context, tenant uuid.UUID, groups []uuid.UUID) error {
	v := viewer.From(ctx)
	if len(groups) == 0 || v.Actor != "" {
		return nil
	}
	self := viewer.As(ctx, viewer.Self)
	rows, err := db.From(self).Group.Query().Where(group.TenantID(tenant), group.IDIn(groups...)).All(self)
	if err != nil {
		return err
	}
	for _, g := range rows {
		if p, ok := coveredBy(v.Permissions, s.Grants(g)); !ok {
			return fault.Denied("beyond_own_permissions", "the group %s grants %s, which you do not have", g.Name, p).With("permission", p)
		}
	}
	return nil
}

// assignable checks that groups and client are of the tenant and that members of the clients' group have a client;
// without any group it answers the tenant's default group. ctx is an actor's.
func (s *Service) assignable(ctx context.Context, tenant uuid.UUID, groups []uuid.UUID, client *uuid.UUID, field string) ([]uuid.UUID, error) {
	if client != nil {
		there, err := db.From(ctx).Customer.Query().Where(customer.TenantID(tenant), customer.ID(*client)).Exist(ctx)
		if err != nil {
			return nil, err
		}
		if !there {
			return nil, noRecord("client_id")
		}
	}
	if len(groups) == 0 {
		rules, err := policyOf(ctx, tenant)
		if err != nil || rules.defaultGroup == nil {
			return nil, err
		}
		groups = []uuid.UUID{*rules.defaultGroup}
	}
	rows, err := db.From(ctx).Group.Query().Where(group.TenantID(tenant), group.IDIn(groups...)).All(ctx)
	if err != nil {
		return nil, err
	}
	for _, id := range groups {
		if !slices.ContainsFunc(rows, func(g *ent.Group) bool { return g.ID == id }) {
			return nil, fault.Invalid(field, "no such group: %s", id)
		}
	}
	for _, g := range rows {
		if r := s.role(g); r != nil && r.ForClients && client == nil {
			return nil, fault.Invalid("client_id", "members of the group %s need a client", g.Name)
		}
	}
	return groups, nil
}

// bindable refuses to put a member who is bound to a client into groups that grant what such members never hold.
func (s *Service) bindable(ctx context.Context, tenant uuid.UUID, groups []uuid.UUID, client *uuid.UUID, field string) error {
	if client == nil || len(groups) == 0 {
		return nil
	}
	self := viewer.As(ctx, viewer.Self)
	rows, err := db.From(self).Group.Query().Where(group.TenantID(tenant), group.IDIn(groups...)).All(self)
	if err != nil {
		return err
	}
	for _, g := range rows {
		if p, ok := unbound(s.Grants(g)); ok {
			return fault.Invalid(field, "the group %s grants %s, which a member bound to a client never has", g.Name, p)
		}
	}
	return nil
}

// MayWiden refuses to give a group that has members bound to a client a permission that such members never hold. What
// the group has already stays.
func (s *Service) MayWiden(ctx context.Context, g *ent.Group, permissions []string) error {
	have := s.Grants(g)
	p, ok := unbound(slices.DeleteFunc(slices.Clone(permissions), func(p string) bool { return slices.Contains(have, p) }))
	if !ok {
		return nil
	}
	self := viewer.As(ctx, viewer.Self)
	bound, err := db.From(self).Membership.Query().Where(membership.TenantID(g.TenantID), membership.StatusNEQ(ended),
		membership.ClientIDNotNil(), memberOf(g.ID)).Exist(self)
	if err == nil && bound {
		err = fault.Invalid("permissions", "the group has members bound to a client, who never have %s", p)
	}
	return err
}

// unbound finds a permission, perhaps a wildcard, that members bound to a client never hold.
func unbound(permissions []string) (string, bool) {
	i := slices.IndexFunc(permissions, viewer.Unbound)
	if i < 0 {
		return "", false
	}
	return permissions[i], true
}

// MayMakeDefault refuses a default group that grants more than the caller has themselves: everybody new comes into it.
func (s *Service) MayMakeDefault(ctx context.Context, id uuid.UUID) error {
	return s.mayGive(ctx, viewer.From(ctx).TenantID, []uuid.UUID{id})
}

// noRecord is the answer to a reference that points nowhere, or at another tenant's record.
func noRecord(field string) error {
	e := fault.NotFound("record")
	e.Message, e.Fields = field+": no such record", map[string]string{field: "no such record"}
	return e
}

// keepAnAdministrator refuses what would leave a tenant without an Administrator who can sign in. It holds the group's
// row, so that two of them can't remove each other at once. It comes after the change.
func (s *Service) keepAnAdministrator(ctx context.Context, tenant uuid.UUID) error {
	ctx = viewer.As(ctx, viewer.Self)
	admins, err := db.From(ctx).Group.Query().Where(group.TenantID(tenant), group.BuiltinKey(s.cfg.Roles[0].Key), db.Locked).Only(ctx)
	if err != nil {
		return err
	}
	left, err := db.From(ctx).Membership.Query().Where(membership.TenantID(tenant), membership.Status(active), membership.ClientIDIsNil(),
		membership.HasUserWith(user.IsActive(true)), memberOf(admins.ID)).Exist(ctx)
	if err != nil {
		return err
	}
	if !left {
		return fault.Conflict("last_administrator", "a tenant needs an Administrator: make somebody else one first")
	}
	return nil
}

// memberOf limits memberships to those in a group.
func memberOf(groups ...uuid.UUID) func(*entsql.Selector) {
	return func(q *entsql.Selector) {
		t := entsql.Table(membershipgroup.Table)
		q.Where(entsql.In(q.C(membership.FieldID), entsql.Dialect(q.Dialect()).Select(t.C(membershipgroup.FieldMembershipID)).From(t).
			Where(entsql.In(t.C(membershipgroup.FieldGroupID), anys(groups)...))))
	}
}

// Members counts the members of a group of the caller's tenant, invitations that are open apart.
func (s *Service) Members(ctx context.Context, id uuid.UUID) (int, error) {
	ctx = viewer.As(ctx, viewer.Self)
	return db.From(ctx).MembershipGroup.Query().Where(membershipgroup.TenantID(viewer.From(ctx).TenantID), membershipgroup.GroupID(id)).Count(ctx)
}
