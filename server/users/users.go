// Package users looks after the members of a tenant and the invitations to become one.
//
// Every person has one home tenant. There everything about them may be changed by whoever manages users; elsewhere only
// the membership. The last Administrator stays, and nobody changes their own groups.
package users

import (
	"context"
	"strings"

	"github.com/google/uuid"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/emptypb"

	"github.com/holdfast-platform/holdfast/ent/viewer"
	"github.com/holdfast-platform/holdfast/gen/ent"
	"github.com/holdfast-platform/holdfast/gen/ent/user"
	usersv1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/users/v1"
	"github.com/holdfast-platform/holdfast/server/internal/api"
	"github.com/holdfast-platform/holdfast/server/internal/db"
	"github.com/holdfast-platform/holdfast/server/internal/fault"
	"github.com/holdfast-platform/holdfast/server/internal/identity"
	"github.com/holdfast-platform/holdfast/server/internal/reviewer"
)

const kind = "User"

// Service looks after members and invitations.
type Service struct{ identity *identity.Service }

var listTable = api.Declare(api.Table{
	// of the membership
	Kind: kind, Request: (*usersv1.ListUsersRequest)(nil), Item: (*usersv1.User)(nil), Beside: []string{"status", "group_id", "client_id"},
	Filters: []api.Filter{{Name: "email", Match: api.Named, Where: identity.WithAddress}},
	Sorts:   api.Sorts{"": "full_name", "full_name": "full_name_fold", "last_login_at": "last_login_at"}, Find: identity.NamedLike,
})

// Those who may be named, wherever there is somebody to choose.
var (
	byName         = api.Sorts{"": "full_name", "full_name": "full_name_fold"}
	reviewerTable  = api.Declare(api.Table{Kind: kind, Request: (*usersv1.ListReviewersRequest)(nil), Sorts: byName, Find: identity.NamedLike})
	colleagueTable = api.Declare(api.Table{
		Kind: kind, Request: (*usersv1.ListColleaguesRequest)(nil), Beside: []string{"permission"}, Sorts: byName, Find: identity.NamedLike,
	})
)

// ListUsers answers one page of members.
func (s Service) ListUsers(ctx context.Context, in *usersv1.ListUsersRequest) (*usersv1.ListUsersResponse, error) {
	l, err := api.List(ctx, in, listTable)
	if err != nil {
		return nil, err
	}
	where, err := membersLike(ctx, in)
	if err != nil {
		return nil, err
	}
	l.Where(where)
	rows, err := api.All(ctx, l, db.From(ctx).User.Query().Where(l.Page()).All)
	if err != nil {
		return nil, err
	}
	items, err := s.identity.UserMessages(ctx, rows...)
	if err != nil {
		return nil, err
	}
	out := &usersv1.ListUsersResponse{Items: items}
	return out, l.Fill(ctx, out)
}

// CreateUser makes an account, or an invitation where the address has one.
func (s Service) CreateUser(ctx context.Context, in *usersv1.CreateUserRequest) (*usersv1.User, error) {
	n, err := newMember(in.GetUser())
	if err != nil {
		return nil, err
	}
	u, invite, err := s.identity.AddMember(ctx, n, in.GetValidateOnly())
	if err != nil {
		return nil, err
	}
	if invite != nil {
		id := invite.ID.String()
		return &usersv1.User{Email: &invite.Email, GroupIds: api.IDs(invite.GroupIds), ClientId: api.IDOpt(invite.ClientID), InviteId: &id}, nil
	}
	if in.GetValidateOnly() {
		return wouldBe(u, n), nil
	}
	return s.one(ctx, u, nil)
}

// ListReviewers lists who may lead a review session.
func (s Service) ListReviewers(ctx context.Context, in *usersv1.ListReviewersRequest) (*usersv1.ListReviewersResponse, error) {
	out := &usersv1.ListReviewersResponse{}
	err := s.named(ctx, in, reviewerTable, reviewer.Permission, out, func(u *ent.User) {
		out.Items = append(out.Items, &usersv1.Reviewer{Id: u.ID.String(), FullName: u.FullName})
	})
	return out, err
}

// ListColleagues lists the active members by name. Who is scoped to a client finds themselves only.
func (s Service) ListColleagues(ctx context.Context, in *usersv1.ListColleaguesRequest) (*usersv1.ListColleaguesResponse, error) {
	out := &usersv1.ListColleaguesResponse{}
	err := s.named(ctx, in, colleagueTable, in.GetPermission(), out, func(u *ent.User) {
		out.Items = append(out.Items, &usersv1.Colleague{Id: u.ID.String(), FullName: u.FullName})
	})
	return out, err
}

// named answers a page of the active members who hold a permission (any, where it is empty), by name alone.
func (s Service) named(ctx context.Context, in proto.Message, table *api.Table, permission string, out proto.Message, add func(*ent.User)) error {
	l, err := api.List(ctx, in, table)
	if err != nil {
		return err
	}
	resource, action, _ := strings.Cut(permission, ":")
	may, err := s.identity.MembersWho(ctx, resource, action)
	if err != nil {
		return err
	}
	l.Where(may)
	if who := viewer.From(ctx); who.Scoped() {
		l.Where(user.ID(who.PersonID))
	}
	names := viewer.As(ctx, viewer.Self) // names are open to every member, the records are not
	rows, err := api.All(names, l, db.From(names).User.Query().Where(l.Page()).All)
	if err != nil {
		return err
	}
	for _, u := range rows {
		add(u)
	}
	return l.Fill(names, out)
}

// GetOwnUser returns the caller's own record.
func (s Service) GetOwnUser(ctx context.Context, _ *usersv1.GetOwnUserRequest) (*usersv1.User, error) {
	u, _, err := identity.Member(ctx, viewer.From(ctx).PersonID)
	return s.one(ctx, u, err)
}

// UpdateOwnUser changes the caller's own record.
func (s Service) UpdateOwnUser(ctx context.Context, in *usersv1.UpdateOwnUserRequest) (*usersv1.User, error) {
	c, err := ownChange(in.GetUser(), api.MaskOf(in))
	if err != nil {
		return nil, err
	}
	u, err := s.identity.ChangeOwn(ctx, c, in.GetValidateOnly())
	return s.one(ctx, u, err)
}

// GetUser returns one member.
func (s Service) GetUser(ctx context.Context, in *usersv1.GetUserRequest) (*usersv1.User, error) {
	id, err := memberID(in.GetId())
	if err != nil {
		return nil, err
	}
	u, err := db.From(ctx).User.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	people, err := s.identity.UserMessages(ctx, u)
	if err == nil && len(people) == 0 { // the membership has ended
		return nil, fault.NotFound("user")
	}
	if err != nil {
		return nil, err
	}
	return people[0], nil
}

// UpdateUser changes a member.
func (s Service) UpdateUser(ctx context.Context, in *usersv1.UpdateUserRequest) (*usersv1.User, error) {
	id, err := memberID(in.GetUser().GetId())
	if err != nil {
		return nil, err
	}
	c, err := change(in.GetUser(), api.MaskOf(in))
	if err != nil {
		return nil, err
	}
	u, err := s.identity.ChangeMember(ctx, id, c, in.GetValidateOnly())
	return s.one(ctx, u, err)
}

// DeactivateUser ends a membership, or deactivates the account at home.
func (s Service) DeactivateUser(ctx context.Context, in *usersv1.DeactivateUserRequest) (*emptypb.Empty, error) {
	id, err := memberID(in.GetId())
	if err != nil {
		return nil, err
	}
	return &emptypb.Empty{}, s.identity.RemoveMember(ctx, id, in.GetValidateOnly())
}

// ResetMfa removes a member's second factor.
func (s Service) ResetMfa(ctx context.Context, in *usersv1.ResetMfaRequest) (*emptypb.Empty, error) {
	id, err := memberID(in.GetId())
	if err != nil {
		return nil, err
	}
	return &emptypb.Empty{}, s.identity.ResetMfa(ctx, id)
}

// RevokeSessions ends a member's sessions.
func (s Service) RevokeSessions(ctx context.Context, in *usersv1.RevokeSessionsRequest) (*usersv1.RevokeSessionsResponse, error) {
	id, err := memberID(in.GetId())
	if err != nil {
		return nil, err
	}
	n, err := s.identity.RevokeMember(ctx, id)
	if err != nil {
		return nil, err
	}
	return &usersv1.RevokeSessionsResponse{Revoked: int32(n)}, nil
}

// one is the answer about one person.
func (s Service) one(ctx context.Context, u *ent.User, err error) (*usersv1.User, error) {
	return api.Answer(ctx, s.identity.UserMessages)(u, err)
}

func memberID(text string) (uuid.UUID, error) {
	id, err := uuid.Parse(text)
	if err != nil {
		return uuid.Nil, fault.NotFound("user")
	}
	return id, nil
}

// wouldBe is an account that was checked and not made.
func wouldBe(u *ent.User, n identity.NewMember) *usersv1.User {
	return &usersv1.User{
		Id: u.ID.String(), Version: u.Version, CreatedAt: api.At(u.CreatedAt), UpdatedAt: api.At(u.UpdatedAt), Email: &u.Email,
		FullName: u.FullName, Username: u.Username, Locale: u.Locale, GroupIds: api.IDs(n.Groups), ClientId: api.IDOpt(n.Client),
		Status: "active", IsActive: &u.IsActive, IsHome: true,
	}
}
