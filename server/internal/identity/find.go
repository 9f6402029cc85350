package identity

import (
	"context"
	"strings"

	entsql "entgo.io/ent/dialect/sql"
	"github.com/google/uuid"

	"github.com/holdfast-platform/holdfast/ent/viewer"
	"github.com/holdfast-platform/holdfast/gen/ent/group"
	"github.com/holdfast-platform/holdfast/gen/ent/membership"
	"github.com/holdfast-platform/holdfast/gen/ent/user"
	"github.com/holdfast-platform/holdfast/server/internal/db"
	"github.com/holdfast-platform/holdfast/server/internal/searchindex"
)

// MembersLike limits people to members of the caller's tenant in one of the states, groups and clients; an empty list
// means any. Those whose membership has ended are left out.
func MembersLike(ctx context.Context, states []string, groups, clients []uuid.UUID) func(*entsql.Selector) {
	tenant := viewer.From(ctx).TenantID
	return func(q *entsql.Selector) {
		m := entsql.Table(membership.Table)
		sub := entsql.Dialect(q.Dialect()).Select(m.C(membership.FieldUserID)).From(m).
			Where(entsql.And(entsql.EQ(m.C(membership.FieldTenantID), tenant), entsql.NEQ(m.C(membership.FieldStatus), ended)))
		if len(states) > 0 {
			sub.Where(entsql.In(m.C(membership.FieldStatus), anys(states)...))
		}
		if len(clients) > 0 {
			sub.Where(entsql.In(m.C(membership.FieldClientID), anys(clients)...))
		}
		if len(groups) > 0 {
			memberOf(groups...)(sub)
		}
		q.Where(entsql.In(q.C(user.FieldID), sub))
	}
}

func anys[T any](values []T) []any {
	out := make([]any, len(values))
	for i, v := range values {
		out[i] = v
	}
	return out
}

// MembersWho limits people to active members of the caller's tenant who may do something, such as "sessions", "update";
// without a resource to all active members.
func (s *Service) MembersWho(ctx context.Context, resource, action string) (func(*entsql.Selector), error) {
	if resource == "" {
		return activeIn(ctx, nil), nil
	}
	self := viewer.As(ctx, viewer.Self)
	rows, err := db.From(self).Group.Query().Where(group.TenantID(viewer.From(ctx).TenantID)).All(self)
	if err != nil {
		return nil, err
	}
	groups := []uuid.UUID{uuid.Nil} // nobody, where no group grants it
	for _, g := range rows {
		if _, ok := coveredBy(s.Grants(g), []string{resource + ":" + action}); ok {
			groups = append(groups, g.ID)
		}
	}
	return activeIn(ctx, groups), nil
}

// activeIn limits people to active members with an active account, in one of the groups; an empty list means any.
func activeIn(ctx context.Context, groups []uuid.UUID) func(*entsql.Selector) {
	members := MembersLike(ctx, []string{active}, groups, nil)
	return func(q *entsql.Selector) {
		members(q)
		q.Where(entsql.EQ(q.C(user.FieldIsActive), true))
	}
}

// TeamsFor limits groups to those whose names the caller may know: all of the tenant's, and none for members who are
// scoped to a client.
func TeamsFor(ctx context.Context) func(*entsql.Selector) {
	who := viewer.From(ctx)
	return func(q *entsql.Selector) {
		if who.Scoped() {
			q.Where(entsql.False())
			return
		}
		q.Where(entsql.EQ(q.C(group.FieldTenantID), who.TenantID))
	}
}

// NamedLike finds people by words: each must begin a word of the name, or at home be part of the user name or the
// address.
func NamedLike(ctx context.Context, q string) []func(*entsql.Selector) {
	home := viewer.From(ctx).TenantID
	var all []func(*entsql.Selector)
	for _, w := range strings.Fields(q) {
		name, key := searchindex.Fold(w), db.Key(w)
		all = append(all, func(s *entsql.Selector) {
			s.Where(entsql.Or(
				entsql.HasPrefix(s.C(user.FieldFullNameFold), name), entsql.Contains(s.C(user.FieldFullNameFold), " "+name),
				entsql.And(entsql.EQ(s.C(user.FieldHomeTenantID), home),
					entsql.Or(entsql.Contains(s.C(user.FieldUsernameKey), key), entsql.Contains(s.C(user.FieldEmailKey), key))),
			))
		})
	}
	return all
}

// WithAddress finds the people with some e-mail addresses. Addresses are known at home only.
func WithAddress(ctx context.Context, addresses []any) func(*entsql.Selector) {
	home, keys := viewer.From(ctx).TenantID, make([]any, len(addresses))
	for i, a := range addresses {
		keys[i] = db.Key(a.(string))
	}
	return entsql.AndPredicates(entsql.FieldEQ(user.FieldHomeTenantID, home), entsql.FieldIn(user.FieldEmailKey, keys...))
}
