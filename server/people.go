package server

import (
	"context"

	"github.com/holdfast-platform/holdfast/server/internal/identity"
)

// NewPerson is somebody whom the operator of the installation lets in: into a
// tenant that is there (Tenant), or as the first Administrator of a new one
// (NewTenant).
type NewPerson struct {
	Email, FullName, Password string
	Tenant                    string   // slug
	Groups                    []string // names; empty is the tenant's default group
	NewTenant                 string   // name
}

// CreatePerson makes an account, and the tenant where one is named. It answers
// the slug of the tenant.
func (s *Server) CreatePerson(ctx context.Context, p NewPerson) (slug string, err error) {
	if p.NewTenant != "" {
		t, _, err := s.house.identity.Found(ctx, identity.Founding{
			TenantName: p.NewTenant, FullName: p.FullName, Email: p.Email, Password: p.Password, Verified: true, Active: true,
		})
		if err != nil {
			return "", err
		}
		return t.Slug, nil
	}
	_, err = s.house.identity.CreateUser(ctx, identity.NewUser{
		Tenant: p.Tenant, FullName: p.FullName, Email: p.Email, Password: p.Password, Groups: p.Groups,
	})
	return p.Tenant, err
}

// ResetPassword sets somebody's password and ends all his sessions; with
// factor, his second factor goes too.
func (s *Server) ResetPassword(ctx context.Context, name, password string, factor bool) error {
	return s.house.identity.ResetPassword(ctx, name, password, factor)
}

// Unlink parts somebody from his identity of single sign-on and ends all his
// sessions; the next single sign-on joins the two anew.
func (s *Server) Unlink(ctx context.Context, name string) error {
	return s.house.identity.Unlink(ctx, name)
}

// Promote makes somebody an administrator of the whole installation, or no
// longer one.
func (s *Server) Promote(ctx context.Context, name string, platform bool) error {
	return s.house.identity.Promote(ctx, name, platform)
}
