package operate

import (
	"context"
	"time"

	"github.com/holdfast-platform/holdfast/server/internal/identity"
)

// signIn looks whether the providers of single sign-on answer.
func (e *examination) signIn(ctx context.Context) {
	found := e.cfg.Providers()
	for _, p := range found {
		ctx, cancel := context.WithTimeout(ctx, 15*time.Second)
		if err := identity.Check(ctx, p, e.cfg.PublicURL); err != nil {
			e.note("sign-in", Failure, "%s by %s: %s", p.Name, p.Issuer, err)
		} else {
			e.note("sign-in", Good, "%s by %s answers; it must know our address %s/api/v1/auth/%s/callback", p.Name, p.Issuer, e.cfg.PublicURL, p.Name)
		}
		cancel()
	}
	switch {
	case len(found) == 0 && e.cfg.AuthPolicy == "restricted":
		e.note("sign-in", Failure, "auth_policy is restricted, but no provider is set: nobody can sign in")
	case len(found) > 0 && len(e.cfg.Domains) == 0 && e.cfg.DefaultTenant == "":
		e.note("sign-in", Warning, "neither auth_domains nor auth_default_tenant is set: single sign-on lets in nobody who is new")
	case len(found) > 0 && len(e.cfg.Domains) == 0 && e.cfg.AuthPolicy == "restricted":
		e.note("sign-in", Failure, "auth_policy is restricted, but auth_domains is empty: nobody can sign in")
	}
}
