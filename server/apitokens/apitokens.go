// Package apitokens looks after the tokens that scripts use in place of a person's login. A token acts for its owner,
// within its scopes and never beyond what the owner may do at the time.
package apitokens

import (
	"context"
	"slices"
	"time"

	"entgo.io/ent/dialect/sql"
	"github.com/google/uuid"
	"google.golang.org/protobuf/types/known/emptypb"

	"github.com/holdfast-platform/holdfast/ent/viewer"
	"github.com/holdfast-platform/holdfast/gen/ent"
	"github.com/holdfast-platform/holdfast/gen/ent/apitoken"
	apitokensv1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/apitokens/v1"
	"github.com/holdfast-platform/holdfast/server/internal/api"
	"github.com/holdfast-platform/holdfast/server/internal/db"
	"github.com/holdfast-platform/holdfast/server/internal/identity"
)

const kind = "ApiToken"

// Service looks after API tokens.
type Service struct{ identity *identity.Service }

var listTable = api.Declare(api.Table{
	Kind: kind, Word: "apitokens", Request: (*apitokensv1.ListApiTokensRequest)(nil), Item: (*apitokensv1.ApiToken)(nil),
	Filters: api.Columns("owner_id", "name"),
	Sorts:   api.Sorts{"": "name", "name": "name", "expires_at": "expires_at", "last_used_at": "last_used_at"}, Beside: []string{"all"},
	Find: func(_ context.Context, q string) []func(*sql.Selector) {
		return []func(*sql.Selector){apitoken.NameContainsFold(q)}
	},
})

// ListApiTokens lists the caller's tokens, or everybody's.
func (Service) ListApiTokens(ctx context.Context, in *apitokensv1.ListApiTokensRequest) (*apitokensv1.ListApiTokensResponse, error) {
	me := viewer.From(ctx).PersonID.String()
	others := in.GetAll() || slices.ContainsFunc(in.GetOwnerId(), func(id string) bool { return id != me })
	if others {
		if err := identity.OthersTokens(ctx); err != nil {
			return nil, err
		}
	}
	l, err := api.List(ctx, in, listTable)
	if err != nil {
		return nil, err
	}
	if !others {
		l.Where(identity.OwnTokens(ctx))
	}
	rows, err := api.All(ctx, l, db.From(ctx).ApiToken.Query().Where(l.Page()).All)
	if err != nil {
		return nil, err
	}
	items, err := messages(ctx, rows...)
	if err != nil {
		return nil, err
	}
	out := &apitokensv1.ListApiTokensResponse{Items: items}
	return out, l.Fill(ctx, out)
}

// CreateApiToken makes a token and shows its secret once.
func (s Service) CreateApiToken(ctx context.Context, in *apitokensv1.CreateApiTokenRequest) (*apitokensv1.ApiToken, error) {
	var expires *time.Time
	if at := in.GetApiToken().GetExpiresAt(); at != nil {
		t := at.AsTime()
		expires = &t
	}
	row, token, err := s.identity.IssueToken(ctx, in.GetApiToken().GetName(), in.GetApiToken().GetScopes(), expires)
	if err != nil {
		return nil, err
	}
	out, err := api.Answer(ctx, messages)(row, nil)
	if err != nil {
		return nil, err
	}
	out.Token = &token
	return out, nil
}

// RevokeApiToken ends a token.
func (s Service) RevokeApiToken(ctx context.Context, in *apitokensv1.RevokeApiTokenRequest) (*emptypb.Empty, error) {
	id, err := uuid.Parse(in.GetId())
	if err != nil {
		id = uuid.Nil
	}
	return &emptypb.Empty{}, s.identity.RevokeToken(ctx, id)
}

func messages(ctx context.Context, rows ...*ent.ApiToken) ([]*apitokensv1.ApiToken, error) {
	refs := api.RefsOf(ctx)
	out := make([]*apitokensv1.ApiToken, len(rows))
	for i, t := range rows {
		out[i] = &apitokensv1.ApiToken{
			Id: t.ID.String(), Version: t.Version, CreatedAt: api.At(t.CreatedAt), UpdatedAt: api.At(t.UpdatedAt), Name: t.Name, Scopes: t.Scopes,
			ExpiresAt: api.AtOpt(t.ExpiresAt), Prefix: t.Prefix, LastUsedAt: api.AtOpt(t.LastUsedAt), RevokedAt: api.AtOpt(t.RevokedAt),
			OwnerId: t.OwnerID.String(),
		}
		refs.Want(&out[i].Owner, "User", &t.OwnerID)
	}
	return out, refs.Load()
}
