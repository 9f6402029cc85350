package notifications

import (
	"context"

	"github.com/google/uuid"

	"github.com/holdfast-platform/holdfast/ent/rule"
	"github.com/holdfast-platform/holdfast/ent/viewer"
	"github.com/holdfast-platform/holdfast/gen/ent"
	"github.com/holdfast-platform/holdfast/gen/ent/group"
	"github.com/holdfast-platform/holdfast/gen/ent/membership"
	"github.com/holdfast-platform/holdfast/gen/ent/membershipgroup"
	"github.com/holdfast-platform/holdfast/gen/ent/user"
	"github.com/holdfast-platform/holdfast/server/internal/db"
)

// reader is an active member, as far as it matters what they may read and how it reaches them.
type reader struct {
	viewer.Viewer
	wishes
}

// mayRead tells whether somebody may know the news: the kind, their client's records if they have a client, and nothing
// internal then.
func (r *reader) mayRead(x news, record ent.Record) bool {
	if r == nil || !r.Has(rule.Word(x.kind)+":read") {
		return false
	}
	return r.sees(record.Client()) && (!r.Scoped() || !x.line.Internal)
}

// sees tells whether somebody may know of a client's record, or of one that is nobody's.
func (r *reader) sees(client *uuid.UUID) bool {
	return !r.Scoped() || client != nil && *client == r.ClientID
}

// reached are those whom the news reaches or comes from. The latter may have left.
func reached(all []news) []uuid.UUID {
	var ids []uuid.UUID
	for _, x := range all {
		ids = append(ids, x.people...)
		if x.line.PersonID != nil {
			ids = append(ids, *x.line.PersonID)
		}
	}
	return ids
}

// readers are the active members among some people.
func (n notifier) readers(ctx context.Context, ids []uuid.UUID) (map[uuid.UUID]*reader, error) {
	members, err := db.From(ctx).Membership.Query().Where(membership.UserIDIn(ids...), membership.Status("active"), membership.HasUserWith(user.IsActive(true))).All(ctx)
	if err != nil || len(members) == 0 {
		return nil, err
	}
	out, byMembership := map[uuid.UUID]*reader{}, map[uuid.UUID]*reader{}
	in := make([]uuid.UUID, len(members))
	for i, m := range members {
		r := &reader{Viewer: viewer.Viewer{TenantID: m.TenantID, PersonID: m.UserID}}
		if m.ClientID != nil {
			r.ClientID = *m.ClientID
		}
		out[m.UserID], byMembership[m.ID], in[i] = r, r, m.ID
	}
	places, err := db.From(ctx).MembershipGroup.Query().Where(membershipgroup.MembershipIDIn(in...)).All(ctx)
	if err != nil {
		return nil, err
	}
	groups := map[uuid.UUID][]string{}
	for _, p := range places {
		groups[p.GroupID] = nil
	}
	rows, err := db.From(ctx).Group.Query().Where(group.IDIn(keys(groups)...)).All(ctx)
	if err != nil {
		return nil, err
	}
	for _, g := range rows {
		groups[g.ID] = n.grants(g)
	}
	for _, p := range places {
		r := byMembership[p.MembershipID]
		r.Permissions = append(r.Permissions, groups[p.GroupID]...)
	}
	return out, wishesOf(ctx, out)
}

// teamMembers fills in who is in each team.
func teamMembers(ctx context.Context, teams map[uuid.UUID][]uuid.UUID) error {
	if len(teams) == 0 {
		return nil
	}
	places, err := db.From(ctx).MembershipGroup.Query().Where(membershipgroup.GroupIDIn(keys(teams)...)).WithMembership().All(ctx)
	if err != nil {
		return err
	}
	for _, p := range places {
		if p.Edges.Membership != nil {
			teams[p.GroupID] = append(teams[p.GroupID], p.Edges.Membership.UserID)
		}
	}
	return nil
}

func keys[V any](m map[uuid.UUID]V) []uuid.UUID {
	out := make([]uuid.UUID, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	return out
}
