package server

import (
	"context"
	"time"

	"github.com/holdfast-platform/holdfast/server/internal/identity"
)

// SignInProvider is an OpenID provider that signs people in.
type SignInProvider struct {
	// Label is what its button says.
	Label string
	// Issuer is its exact name; {tenantid} in it stands for every directory's UUID. Discovery is where its description is, when that is
	// not under the issuer.
	Issuer, Discovery string
	// ClientID and ClientSecret are this installation's with the provider.
	ClientID, ClientSecret string
	// Scopes are asked for; none means openid, profile and email.
	Scopes []string
}

// Domain says whose the addresses of an e-mail domain are, and how they sign in.
type Domain struct {
	// Name is such as "example.org", Tenant a slug or an id, Method "sso" or "password".
	Name, Tenant, Method string
}

// MicrosoftProvider is Entra ID for one directory, named by its id (a UUID), or for many: "organizations" for all of them, "common" for
// personal accounts too.
func MicrosoftProvider(directory, clientID, clientSecret string) *SignInProvider {
	const login = "https://login.microsoftonline.com/"
	p := &SignInProvider{Label: "Microsoft", Issuer: login + directory + "/v2.0", ClientID: clientID, ClientSecret: clientSecret}
	if directory == "common" || directory == "organizations" {
		p.Issuer, p.Discovery = login+"{tenantid}/v2.0", login+directory+"/v2.0/.well-known/openid-configuration"
	}
	return p
}

// providers are those that are set, in the order in which a client offers them.
func (c *Config) providers() []identity.Provider {
	var all []identity.Provider
	for _, p := range []struct {
		name, label string
		*SignInProvider
	}{{identity.OIDC, "Single sign-on", c.OIDC}, {identity.Microsoft, "Microsoft", c.Microsoft}} {
		if p.SignInProvider == nil {
			continue
		}
		label, scopes := p.Label, p.Scopes
		if label == "" {
			label = p.label
		}
		if len(scopes) == 0 {
			scopes = []string{"openid", "profile", "email"}
		}
		all = append(all, identity.Provider{
			Name: p.name, Label: label, Issuer: p.Issuer, Discovery: p.Discovery, ClientID: p.ClientID, ClientSecret: p.ClientSecret, Scopes: scopes,
		})
	}
	return all
}

func (c *Config) domains() []identity.Domain {
	all := make([]identity.Domain, len(c.Domains))
	for i, d := range c.Domains {
		all[i] = identity.Domain{Name: d.Name, Method: d.Method, Tenant: d.Tenant}
	}
	return all
}

// signIn looks whether the providers of single sign-on answer.
func (e *examination) signIn(ctx context.Context) {
	found := e.cfg.providers()
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
