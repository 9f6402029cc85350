package users

import (
	"context"

	"entgo.io/ent/dialect/sql"
	"github.com/google/uuid"
	"google.golang.org/protobuf/types/known/emptypb"

	"github.com/holdfast-platform/holdfast/gen/ent"
	"github.com/holdfast-platform/holdfast/gen/ent/invite"
	usersv1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/users/v1"
	"github.com/holdfast-platform/holdfast/server/internal/api"
	"github.com/holdfast-platform/holdfast/server/internal/clock"
	"github.com/holdfast-platform/holdfast/server/internal/db"
	"github.com/holdfast-platform/holdfast/server/internal/identity"
)

var inviteTable = api.Declare(api.Table{
	Kind: "Invite", Word: "invites", Request: (*usersv1.ListInvitesRequest)(nil), Item: (*usersv1.Invite)(nil),
	Filters: []api.Filter{{Name: "status", Match: api.Named, Where: inStates}},
	Sorts:   api.Sorts{"": "-created_at", "email": "email_key", "expires_at": "expires_at"},
	Find: func(_ context.Context, q string) []func(*sql.Selector) {
		return []func(*sql.Selector){invite.EmailKeyContains(db.Key(q))}
	},
})

// ListInvites answers one page of invitations.
func (Service) ListInvites(ctx context.Context, in *usersv1.ListInvitesRequest) (*usersv1.ListInvitesResponse, error) {
	l, err := api.List(ctx, in, inviteTable)
	if err != nil {
		return nil, err
	}
	rows, err := api.All(ctx, l, db.From(ctx).Invite.Query().Where(l.Page()).All)
	if err != nil {
		return nil, err
	}
	items, err := invites(ctx, rows...)
	if err != nil {
		return nil, err
	}
	out := &usersv1.ListInvitesResponse{Items: items}
	return out, l.Fill(ctx, out)
}

// inStates is the condition that InviteStatus answers by.
func inStates(ctx context.Context, states []any) func(*sql.Selector) {
	now := clock.Now(ctx)
	return func(s *sql.Selector) {
		claimed, revoked := sql.NotNull(s.C("claimed_at")), sql.NotNull(s.C("revoked_at"))
		unclaimed, unrevoked := sql.IsNull(s.C("claimed_at")), sql.IsNull(s.C("revoked_at"))
		var either []*sql.Predicate
		for _, state := range states {
			switch state {
			case "claimed":
				either = append(either, claimed)
			case "revoked":
				either = append(either, sql.And(unclaimed, revoked))
			case "expired":
				either = append(either, sql.And(unclaimed, unrevoked, sql.LTE(s.C("expires_at"), now)))
			default:
				either = append(either, sql.And(unclaimed, unrevoked, sql.GT(s.C("expires_at"), now)))
			}
		}
		s.Where(sql.Or(either...))
	}
}

// CreateInvite invites somebody and shows the token once.
func (s Service) CreateInvite(ctx context.Context, in *usersv1.CreateInviteRequest) (*usersv1.Invite, error) {
	k := api.MaskOf(in)
	var groups []uuid.UUID
	var client *uuid.UUID
	api.UUIDs(k, "group_ids", in.GetInvite().GetGroupIds(), func(ids []uuid.UUID) { groups = ids })
	api.UUID(k, "client_id", in.GetInvite().ClientId, func(id uuid.UUID) { client = &id }, func() {})
	if err := k.Err(); err != nil {
		return nil, err
	}
	row, token, err := s.identity.Invite(ctx, in.GetInvite().GetEmail(), groups, client, in.GetValidateOnly())
	if err != nil {
		return nil, err
	}
	out, err := api.Answer(ctx, invites)(row, nil)
	if err != nil {
		return nil, err
	}
	out.Token = &token
	return out, nil
}

// RevokeInvite withdraws an invitation.
func (s Service) RevokeInvite(ctx context.Context, in *usersv1.RevokeInviteRequest) (*emptypb.Empty, error) {
	row, err := db.From(ctx).Invite.Query().Where(api.ByID("Invite", in.GetId())).Only(ctx)
	if err != nil {
		return nil, err
	}
	return &emptypb.Empty{}, s.identity.RevokeInvite(ctx, row)
}

func invites(ctx context.Context, rows ...*ent.Invite) ([]*usersv1.Invite, error) {
	refs, now := api.RefsOf(ctx), clock.Now(ctx)
	out := make([]*usersv1.Invite, len(rows))
	for i, r := range rows {
		out[i] = &usersv1.Invite{
			Id: r.ID.String(), Version: r.Version, CreatedAt: api.At(r.CreatedAt), UpdatedAt: api.At(r.UpdatedAt), Email: r.Email,
			GroupIds: api.IDs(r.GroupIds), ClientId: api.IDOpt(r.ClientID), ExpiresAt: api.At(r.ExpiresAt), ClaimedAt: api.AtOpt(r.ClaimedAt),
			RevokedAt: api.AtOpt(r.RevokedAt), Status: identity.InviteStatus(r, now),
		}
		if r.InvitedBy != nil {
			out[i].InvitedBy = r.InvitedBy.String()
			refs.Want(&out[i].Inviter, "User", r.InvitedBy)
		}
	}
	return out, refs.Load()
}
