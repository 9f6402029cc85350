package operate

import (
	"context"

	"github.com/holdfast-platform/holdfast/server"
	"github.com/holdfast-platform/holdfast/server/internal/identity"
)

// NewPerson is somebody whom the operator of the installation lets in: into a tenant that is there (Tenant), or as the
// first Administrator of a new one (NewTenant).
type NewPerson struct {
	Email, FullName, Password string
	Tenant                    string   // slug
	Groups                    []string // names; empty is the tenant's default group
	NewTenant                 string   // name
}

// CreatePerson makes an account, and the tenant where one is named. It answers the slug of the tenant.
func CreatePerson(ctx context.Context, s *server.Server, p NewPerson) (slug string, err error) {
	if p.NewTenant != "" {
		t, _, err := s.Identity().Found(ctx, identity.Founding{
			TenantName: p.NewTenant, FullName: p.FullName, Email: p.Email, Password: p.Password, Verified: true, Active: true,
		})
		if err != nil {
			return "", err
		}
		return t.Slug, nil
	}
	_, err = s.Identity().CreateUser(ctx, identity.NewUser{
		Tenant: p.Tenant, FullName: p.FullName, Email: p.Email, Password: p.Password, Groups: p.Groups,
	})
	return p.Tenant, err
}

// ResetPassword sets somebody's password and ends all their sessions; with factor, their second factor goes too.
func ResetPassword(ctx context.Context, s *server.Server, name, password string, factor bool) error {
	return s.Identity().ResetPassword(ctx, name, password, factor)
}

// Unlink parts somebody from their identity of single sign-on and ends all their sessions; the next single sign-on
// joins the two anew.
func Unlink(ctx context.Context, s *server.Server, name string) error {
	return s.Identity().Unlink(ctx, name)
}

// Promote makes somebody an administrator of the whole installation, or no longer one.
func Promote(ctx context.Context, s *server.Server, name string, platform bool) error {
	return s.Identity().Promote(ctx, name, platform)
}
