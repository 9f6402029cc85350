package identity

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/holdfast-platform/holdfast/ent/viewer"
	"github.com/holdfast-platform/holdfast/gen/ent"
	"github.com/holdfast-platform/holdfast/gen/ent/customer"
	"github.com/holdfast-platform/holdfast/gen/ent/group"
	"github.com/holdfast-platform/holdfast/gen/ent/membership"
	"github.com/holdfast-platform/holdfast/gen/ent/membershipgroup"
	authv1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/auth/v1"
	tenantsv1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/tenants/v1"
	typev1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/type/v1"
	usersv1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/users/v1"
	"github.com/holdfast-platform/holdfast/server/internal/clock"
	"github.com/holdfast-platform/holdfast/server/internal/db"
)

// Several rooms show people and tenants; this is the one place that turns the records into messages.

// TenantMessage is a tenant as the API shows it.
func TenantMessage(ctx context.Context, t *ent.Tenant) *tenantsv1.Tenant {
	now := clock.Now(ctx)
	out := &tenantsv1.Tenant{
		Id: t.ID.String(), Version: t.Version, CreatedAt: timestamppb.New(t.CreatedAt), UpdatedAt: timestamppb.New(t.UpdatedAt),
		Slug: t.Slug, Name: t.Name, Status: State(t, now), Features: Features(t, now), LicenseExpiresAt: stamp(t.LicenseExpiresAt),
	}
	if t.Plan != "" {
		out.Plan = &t.Plan
	}
	return out
}

func stamp(t *time.Time) *timestamppb.Timestamp {
	if t == nil {
		return nil
	}
	return timestamppb.New(*t)
}

// UserMessages are people as members of the caller's tenant, in three statements however many they are.
func (s *Service) UserMessages(ctx context.Context, people ...*ent.User) ([]*usersv1.User, error) {
	v := viewer.From(ctx)
	return s.people(viewer.As(ctx, viewer.Self), v.TenantID, v.PersonID, people...)
}

// people are shown as members of a tenant to one of them; ctx is an actor's.
func (s *Service) people(ctx context.Context, tenant, self uuid.UUID, people ...*ent.User) ([]*usersv1.User, error) {
	if len(people) == 0 {
		return nil, nil
	}
	ids := make([]uuid.UUID, len(people))
	for i, u := range people {
		ids[i] = u.ID
	}
	members, err := db.From(ctx).Membership.Query().Where(membership.TenantID(tenant), membership.UserIDIn(ids...), membership.StatusNEQ(ended)).All(ctx)
	if err != nil {
		return nil, err
	}
	byUser := map[uuid.UUID]*ent.Membership{}
	var memberIDs, clientIDs []uuid.UUID
	for _, m := range members {
		byUser[m.UserID] = m
		memberIDs = append(memberIDs, m.ID)
		if m.ClientID != nil {
			clientIDs = append(clientIDs, *m.ClientID)
		}
	}
	groups, err := groupRefs(ctx, tenant, memberIDs)
	if err != nil {
		return nil, err
	}
	clients := map[uuid.UUID]*typev1.Ref{}
	if len(clientIDs) > 0 {
		rows, err := db.From(ctx).Customer.Query().Where(customer.TenantID(tenant), customer.IDIn(clientIDs...)).All(ctx)
		if err != nil {
			return nil, err
		}
		for _, c := range rows {
			clients[c.ID] = &typev1.Ref{Id: c.ID.String(), Label: c.Label()}
		}
	}
	out := make([]*usersv1.User, 0, len(people))
	for _, u := range people {
		m := byUser[u.ID]
		if m == nil {
			continue
		}
		msg := userMessage(u, m, tenant, u.ID == self)
		msg.Groups = groups[m.ID]
		for _, g := range msg.Groups {
			msg.GroupIds = append(msg.GroupIds, g.Id)
		}
		if m.ClientID != nil {
			id := m.ClientID.String()
			msg.ClientId, msg.Client = &id, clients[*m.ClientID]
		}
		out = append(out, msg)
	}
	return out, nil
}

// userMessage is a person without groups and client. What belongs to the person is shown at home and to themselves
// only.
func userMessage(u *ent.User, m *ent.Membership, tenant uuid.UUID, self bool) *usersv1.User {
	updated := u.UpdatedAt
	if m.UpdatedAt.After(updated) {
		updated = m.UpdatedAt
	}
	home := u.HomeTenantID == tenant
	out := &usersv1.User{
		Id: u.ID.String(), Version: Version(u, m), CreatedAt: timestamppb.New(m.CreatedAt), UpdatedAt: timestamppb.New(updated),
		FullName: u.FullName, Status: m.Status, IsHome: home,
	}
	if home || self {
		out.Email, out.Username, out.Locale, out.IsActive = &u.Email, u.Username, u.Locale, &u.IsActive
		out.MfaEnabled, out.EmailVerifiedAt, out.LastLoginAt = u.MfaEnabled, stamp(u.EmailVerifiedAt), stamp(u.LastLoginAt)
	}
	return out
}

// groupRefs are the groups of memberships by name.
func groupRefs(ctx context.Context, tenant uuid.UUID, members []uuid.UUID) (map[uuid.UUID][]*typev1.Ref, error) {
	joins, err := db.From(ctx).MembershipGroup.Query().Where(membershipgroup.TenantID(tenant), membershipgroup.MembershipIDIn(members...)).All(ctx)
	if err != nil || len(joins) == 0 {
		return nil, err
	}
	var ids []uuid.UUID
	for _, j := range joins {
		if !slices.Contains(ids, j.GroupID) {
			ids = append(ids, j.GroupID)
		}
	}
	rows, err := db.From(ctx).Group.Query().Where(group.TenantID(tenant), group.IDIn(ids...)).All(ctx)
	if err != nil {
		return nil, err
	}
	names := map[uuid.UUID]string{}
	for _, g := range rows {
		names[g.ID] = g.Name
	}
	out := map[uuid.UUID][]*typev1.Ref{}
	for _, j := range joins {
		out[j.MembershipID] = append(out[j.MembershipID], &typev1.Ref{Id: j.GroupID.String(), Label: names[j.GroupID]})
	}
	for _, refs := range out {
		slices.SortFunc(refs, func(a, b *typev1.Ref) int { return strings.Compare(a.Label, b.Label) })
	}
	return out, nil
}

// SignInMessage is the outcome of a sign-in, without the refresh token.
func (s *Service) SignInMessage(ctx context.Context, g *Grant) (*authv1.SignIn, error) {
	out := &authv1.SignIn{}
	if g.MfaToken != "" {
		out.MfaToken, out.MfaRequired, out.MfaEnrollmentRequired = &g.MfaToken, !g.Enroll, g.Enroll
		return out, nil
	}
	if g.Access != "" {
		kind, seconds := "Bearer", int32(g.ExpiresIn.Seconds())
		out.AccessToken, out.TokenType, out.ExpiresIn = &g.Access, &kind, &seconds
	}
	out.Tenant = TenantMessage(ctx, g.Tenant)
	people, err := s.people(s.system(ctx, viewer.SignIn), g.Tenant.ID, g.User.ID, g.User)
	if err != nil {
		return nil, err
	}
	if len(people) == 1 {
		out.User = people[0]
	}
	return out, nil
}
