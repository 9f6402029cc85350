package auth_test

import (
	"context"
	"crypto/ecdsa"
	"errors"
	"slices"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/google/uuid"
	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"
)

// What a provider keeps, and how it sees those who come to it.

// signer is a key of the provider's.
type signer struct {
	id      string
	private *ecdsa.PrivateKey
}

func (s *signer) SignatureAlgorithm() jose.SignatureAlgorithm { return jose.ES256 }
func (s *signer) Algorithm() jose.SignatureAlgorithm          { return jose.ES256 }
func (s *signer) Key() any                                    { return s.private }
func (s *signer) ID() string                                  { return s.id }
func (s *signer) Use() string                                 { return "sig" }

// published is what others see of it.
type published struct{ *signer }

func (p published) Key() any { return &p.private.PublicKey }

// asked is a request for a sign-in.
type asked struct {
	*oidc.AuthRequest
	id, subject string
	amr         []string
}

func (a *asked) GetID() string                      { return a.id }
func (a *asked) GetACR() string                     { return "" }
func (a *asked) GetAMR() []string                   { return a.amr }
func (a *asked) GetAudience() []string              { return []string{a.ClientID} }
func (a *asked) GetAuthTime() time.Time             { return time.Now() }
func (a *asked) GetClientID() string                { return a.ClientID }
func (a *asked) GetNonce() string                   { return a.Nonce }
func (a *asked) GetScopes() []string                { return a.Scopes }
func (a *asked) GetSubject() string                 { return a.subject }
func (a *asked) Done() bool                         { return a.subject != "" }
func (a *asked) GetResponseMode() oidc.ResponseMode { return a.ResponseMode }
func (a *asked) GetCodeChallenge() *oidc.CodeChallenge {
	if a.CodeChallenge == "" {
		return nil
	}
	return &oidc.CodeChallenge{Challenge: a.CodeChallenge, Method: a.CodeChallengeMethod}
}

func (p *issuer) CreateAuthRequest(_ context.Context, r *oidc.AuthRequest, _ string) (op.AuthRequest, error) {
	a := &asked{AuthRequest: r, id: uuid.NewString()}
	p.set(func(p *issuer) { p.requests[a.id] = a })
	return a, nil
}

func (p *issuer) AuthRequestByID(_ context.Context, id string) (op.AuthRequest, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	a := p.requests[id]
	if a == nil {
		return nil, errors.New("no such request")
	}
	if s := p.people[a.subject]; s != nil {
		a.amr = s.amr
	}
	return a, nil
}

func (p *issuer) AuthRequestByCode(ctx context.Context, code string) (op.AuthRequest, error) {
	p.mu.Lock()
	id := p.codes[code]
	p.mu.Unlock()
	return p.AuthRequestByID(ctx, id)
}

func (p *issuer) SaveAuthCode(_ context.Context, id, code string) error {
	p.set(func(p *issuer) { p.codes[code] = id })
	return nil
}

func (p *issuer) DeleteAuthRequest(_ context.Context, id string) error {
	p.set(func(p *issuer) { delete(p.requests, id) })
	return nil
}

func (p *issuer) CreateAccessToken(_ context.Context, r op.TokenRequest) (string, time.Time, error) {
	id := uuid.NewString()
	p.set(func(p *issuer) { p.tokens[id] = r.GetSubject() })
	return id, time.Now().Add(time.Hour), nil
}

func (p *issuer) SigningKey(context.Context) (op.SigningKey, error) { return p.key(), nil }

func (p *issuer) SignatureAlgorithms(context.Context) ([]jose.SignatureAlgorithm, error) {
	return []jose.SignatureAlgorithm{jose.ES256}, nil
}

func (p *issuer) KeySet(context.Context) ([]op.Key, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	all := make([]op.Key, len(p.keys))
	for i, k := range p.keys {
		all[i] = published{k}
	}
	return all, nil
}

func (p *issuer) GetClientByClientID(_ context.Context, id string) (op.Client, error) {
	if id != clientID {
		return nil, errors.New("no such client")
	}
	return p.client, nil
}

func (p *issuer) AuthorizeClientIDSecret(_ context.Context, id, secret string) error {
	if id != clientID || secret != clientSecret {
		return errors.New("wrong secret")
	}
	return nil
}

func (p *issuer) SetUserinfoFromScopes(_ context.Context, out *oidc.UserInfo, subject, _ string, scopes []string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	out.Subject = subject
	if s := p.people[subject]; s != nil && !s.elsewhere {
		s.tell(out, scopes)
	}
	return nil
}

func (p *issuer) SetUserinfoFromToken(_ context.Context, out *oidc.UserInfo, token, subject, _ string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := p.people[subject]
	if s == nil || p.tokens[token] != subject {
		return errors.New("no such token")
	}
	s.tell(out, []string{oidc.ScopeEmail, oidc.ScopeProfile})
	return nil
}

func (s *somebody) tell(out *oidc.UserInfo, scopes []string) {
	out.Subject = s.subject
	if slices.Contains(scopes, oidc.ScopeEmail) {
		out.Email, out.EmailVerified = s.email, oidc.Bool(s.verified)
	}
	if slices.Contains(scopes, oidc.ScopeProfile) {
		out.Name = s.name
	}
	for k, v := range s.more {
		out.AppendClaims(k, v)
	}
}

func (p *issuer) GetPrivateClaimsFromScopes(context.Context, string, string, []string) (map[string]any, error) {
	return nil, nil
}

func (p *issuer) Health(context.Context) error { return nil }

// application is our server, as the provider knows it.
type application struct {
	issuer    *issuer
	redirects []string
}

func (a *application) GetID() string                       { return clientID }
func (a *application) RedirectURIs() []string              { return a.redirects }
func (a *application) PostLogoutRedirectURIs() []string    { return nil }
func (a *application) ApplicationType() op.ApplicationType { return op.ApplicationTypeWeb }
func (a *application) AuthMethod() oidc.AuthMethod         { return oidc.AuthMethodBasic }
func (a *application) ResponseTypes() []oidc.ResponseType {
	return []oidc.ResponseType{oidc.ResponseTypeCode}
}
func (a *application) GrantTypes() []oidc.GrantType         { return []oidc.GrantType{oidc.GrantTypeCode} }
func (a *application) LoginURL(id string) string            { return "/login?id=" + id }
func (a *application) AccessTokenType() op.AccessTokenType  { return op.AccessTokenTypeBearer }
func (a *application) DevMode() bool                        { return false }
func (a *application) IsScopeAllowed(string) bool           { return false }
func (a *application) IDTokenUserinfoClaimsAssertion() bool { return true }
func (a *application) ClockSkew() time.Duration             { return 0 }
func (a *application) RestrictAdditionalIdTokenScopes() func([]string) []string {
	return func(s []string) []string { return s }
}
func (a *application) RestrictAdditionalAccessTokenScopes() func([]string) []string {
	return func(s []string) []string { return s }
}

func (a *application) IDTokenLifetime() time.Duration {
	a.issuer.mu.Lock()
	defer a.issuer.mu.Unlock()
	return a.issuer.life
}
