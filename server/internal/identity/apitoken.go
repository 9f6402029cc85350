package identity

import (
	"context"
	"time"

	"entgo.io/ent/dialect/sql"
	"github.com/google/uuid"

	"github.com/holdfast-platform/holdfast/ent/viewer"
	"github.com/holdfast-platform/holdfast/gen/ent"
	"github.com/holdfast-platform/holdfast/gen/ent/apitoken"
	"github.com/holdfast-platform/holdfast/gen/ent/membership"
	"github.com/holdfast-platform/holdfast/server/internal/clock"
	"github.com/holdfast-platform/holdfast/server/internal/db"
	"github.com/holdfast-platform/holdfast/server/internal/fault"
)

// everybodysTokens is what it takes to see and end the API tokens of others.
const everybodysTokens = "settings:manage"

// IssueToken makes an API token for the caller, in the request's transaction, and gives the secret.
func (s *Service) IssueToken(ctx context.Context, name string, scopes []string, expires *time.Time) (*ent.ApiToken, string, error) {
	v := viewer.From(ctx)
	if len(scopes) == 0 {
		return nil, "", fault.Invalid("scopes", "must not be empty")
	}
	if err := MayGrant(ctx, "scopes", scopes); err != nil {
		return nil, "", err
	}
	if err := s.roomForToken(ctx); err != nil {
		return nil, "", err
	}
	create := db.From(ctx).ApiToken.Create().SetTenantID(v.TenantID).SetOwnerID(v.PersonID).SetName(name).SetScopes(scopes)
	if expires != nil {
		if !expires.After(clock.Now(ctx)) {
			return nil, "", fault.Invalid("expires_at", "must be in the future")
		}
		create.SetExpiresAt(expires.UTC().Truncate(time.Microsecond))
	}
	token := newToken(apiTokenPrefix)
	t, err := create.SetPrefix(token[:len(apiTokenPrefix)+shownPrefix]).SetTokenHash(hashToken(token)).Save(ctx)
	return t, token, err
}

// tokensAPerson is how many API tokens that work a person has at most in a tenant.
const tokensAPerson = 50

// roomForToken refuses one token too many. It holds the membership's row, so that many at once get no more.
func (s *Service) roomForToken(ctx context.Context) error {
	v, self := viewer.From(ctx), viewer.As(ctx, viewer.Self)
	if _, err := db.From(self).Membership.Query().Where(membership.TenantID(v.TenantID), membership.UserID(v.PersonID), db.Locked).Only(self); err != nil {
		return err
	}
	n, err := db.From(ctx).ApiToken.Query().Where(apitoken.TenantID(v.TenantID), apitoken.OwnerID(v.PersonID), apitoken.RevokedAtIsNil(),
		apitoken.Or(apitoken.ExpiresAtIsNil(), apitoken.ExpiresAtGT(clock.Now(ctx)))).Count(ctx)
	if err == nil && n >= tokensAPerson {
		err = fault.Conflict("too_many_tokens", "you have %d API tokens, which is all that one person may: revoke some first", n)
	}
	return err
}

// RevokeToken ends an API token at once, in the request's transaction. Somebody else's is not found unless the caller
// may see it.
func (s *Service) RevokeToken(ctx context.Context, id uuid.UUID) error {
	t, err := db.From(ctx).ApiToken.Get(ctx, id)
	if err != nil {
		return err
	}
	if err := s.MayActOn(ctx, t.OwnerID); err != nil {
		return err
	}
	if t.RevokedAt != nil {
		return nil
	}
	return db.From(ctx).ApiToken.UpdateOneID(id).SetRevokedAt(clock.Now(ctx)).Exec(ctx)
}

// OthersTokens refuses a look at everybody's tokens to whoever may not have it.
func OthersTokens(ctx context.Context) error {
	if !viewer.From(ctx).Has(everybodysTokens) {
		return fault.Forbidden(everybodysTokens)
	}
	return nil
}

// OwnTokens limits a list to the caller's tokens.
func OwnTokens(ctx context.Context) func(*sql.Selector) {
	return apitoken.OwnerID(viewer.From(ctx).PersonID)
}
