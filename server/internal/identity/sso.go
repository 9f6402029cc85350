package identity

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/zitadel/oidc/v3/pkg/client/rp"
	"github.com/zitadel/oidc/v3/pkg/oidc"
	"golang.org/x/oauth2"

	"github.com/holdfast-platform/holdfast/ent/viewer"
	"github.com/holdfast-platform/holdfast/gen/ent"
	"github.com/holdfast-platform/holdfast/server/internal/clock"
	"github.com/holdfast-platform/holdfast/server/internal/db"
	"github.com/holdfast-platform/holdfast/server/internal/fault"
)

// Single sign-on is the authorization code flow of OpenID Connect with PKCE, as RFC 9700 wants it. What has to be
// remembered between the way out and the way back is in a cookie that only this installation can read or make, so that
// any of its servers can take the answer; that it is taken once is in the database.

// Refusal is why single sign-on let nobody in. The web client shows it; nothing in it is secret.
type Refusal struct{ Reason string }

func (r *Refusal) Error() string { return "identity: single sign-on refused: " + r.Reason }

// The reasons, as the sign-in page gets them.
const (
	NotConfigured     = "not_configured"       // there is no such provider here
	ProviderAway      = "provider_unavailable" // it does not answer
	ProviderRefused   = "provider_refused"     // it answered with an error, or would not take the code
	AccessDenied      = "access_denied"        // the person, or the provider's policy, said no
	StateInvalid      = "state_invalid"        // not begun in this browser, or changed on the way
	StateExpired      = "state_expired"        // begun more than ten minutes ago
	StateUsed         = "state_used"           // the same answer came before
	WrongProvider     = "wrong_provider"       // the answer is another provider's
	TokenInvalid      = "token_invalid"        // the id_token does not prove anything
	EmailUnverified   = "email_unverified"     // the provider does not vouch for the address
	DomainNotAllowed  = "domain_not_allowed"   // nobody with such an address is let in
	AccountExists     = "account_exists"       // the address has an account that may not be linked
	AccountInactive   = "account_inactive"
	NoMembership      = "no_membership"
	TenantPending     = "tenant_pending"
	TenantSuspended   = "tenant_suspended"
	TooManyAttempts   = "rate_limited"
	TenantUnavailable = "tenant_unavailable" // the settings name a tenant, or the tenant a group, that nobody can join
)

func refuse(reason string) error { return &Refusal{reason} }

// flowLife is how long somebody may take at the provider.
const flowLife = 10 * time.Minute

// proofSkew is how far ahead of ours a provider's clock may be.
const proofSkew = 5 * time.Minute

// flow is what is remembered while somebody is at the provider.
type flow struct {
	State    string `json:"s"`
	Nonce    string `json:"n"`
	Verifier string `json:"v"`
	Target   string `json:"t"`
	Until    int64  `json:"u"` // seconds since 1970
}

// Outward is the way to a provider.
type Outward struct {
	// URL is where the browser goes; Memory is what it keeps until it comes back, for Life.
	URL, Memory string
	Life        time.Duration
}

// Providers are those that sign people in here, in the order to offer them.
func (s *Service) Providers() []Provider {
	out := make([]Provider, len(s.providers))
	for i, p := range s.providers {
		out[i] = p.Provider
	}
	return out
}

func (s *Service) provider(name string) *provider {
	for _, p := range s.providers {
		if p.Name == name {
			return p
		}
	}
	return nil
}

// BeginSSO begins a single sign-on. The target is where it is to lead, a path that Target has answered; the hint is an
// address to suggest to the provider. What keeps it from happening is a *Refusal. With fresh the provider is to ask for
// the person's credentials whether or not they are signed in there, so that it proves anew who they are.
func (s *Service) BeginSSO(ctx context.Context, name, target, hint string, fresh bool) (*Outward, error) {
	p := s.provider(name)
	if p == nil {
		return nil, refuse(NotConfigured)
	}
	party, err := p.find(ctx, s.cfg.Log)
	if errors.Is(err, errAway) {
		return nil, refuse(ProviderAway)
	}
	if err != nil {
		return nil, err
	}
	v := flow{State: newToken(""), Nonce: newToken(""), Verifier: newToken(""), Target: target, Until: clock.Now(ctx).Add(flowLife).Unix()}
	memory, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	options := []rp.AuthURLOpt{
		rp.WithCodeChallenge(oidc.NewSHACodeChallenge(v.Verifier)), rp.AuthURLOpt(rp.WithURLParam("nonce", v.Nonce)),
	}
	if fresh {
		options = append(options, rp.AuthURLOpt(rp.WithURLParam("max_age", "0")))
	}
	if hint != "" {
		options = append(options, rp.AuthURLOpt(rp.WithURLParam("login_hint", hint)))
	}
	return &Outward{
		URL: rp.AuthURL(v.State, party, options...), Life: flowLife,
		Memory: base64.RawURLEncoding.EncodeToString(s.sealer.Seal(p.sealRow(), memory)),
	}, nil
}

// sealRow goes into the seal of a memory, so that one provider's is worth nothing at another's callback.
func (p *provider) sealRow() uuid.UUID {
	return uuid.NewSHA1(uuid.NameSpaceURL, []byte("holdfast sign-in "+p.Name+" "+p.Issuer))
}

// Return is what a browser brings back from a provider.
type Return struct {
	// Memory is what it was given to keep.
	Memory string
	// State, Code, Issuer and Error are the provider's answer.
	State, Code, Issuer, Error string
}

// FinishSSO ends a single sign-on. It answers the session, or the demand for a second factor, and the target. What
// keeps somebody out is a *Refusal; it is in the journal, and it counts against the limit of attempts.
func (s *Service) FinishSSO(ctx context.Context, name string, a Return) (g *Grant, target string, err error) {
	p := s.provider(name)
	if p == nil {
		return nil, "", refuse(NotConfigured)
	}
	try := s.attempt(ctx, "sso")
	if err := s.begin(ctx, try); err != nil {
		if fault.Of(err) != nil {
			return nil, "", refuse(TooManyAttempts)
		}
		return nil, "", err
	}
	e := entry{try: try, provider: p.Name}
	v, err := s.remember(ctx, p, a)
	var who *claimed
	if err == nil {
		who, err = s.proven(ctx, p, a, v)
	}
	var u *ent.User
	if err == nil {
		e.strong = who.strong
		if now := clock.Now(ctx); !who.at.IsZero() && who.at.After(now.Add(-viewer.ProofLife)) && who.at.Before(now.Add(proofSkew)) {
			e.proven = earliest(now, who.at)
		}
		if u, err = s.recognize(ctx, who); err == nil {
			g, err = s.welcome(ctx, u, e)
		}
	}
	var no *Refusal
	switch {
	case errors.As(err, &no):
		if lost := s.turnedAway(ctx, p, no.Reason, who, u, try); lost != nil {
			return nil, "", lost
		}
		return nil, "", err
	case err != nil:
		return nil, "", err
	}
	return g, v.Target, nil
}

// remember opens what the browser kept, holds the answer against it and uses it up.
func (s *Service) remember(ctx context.Context, p *provider, a Return) (*flow, error) {
	sealed, err := base64.RawURLEncoding.DecodeString(a.Memory)
	if err != nil || a.Memory == "" {
		return nil, refuse(StateInvalid)
	}
	memory, err := s.sealer.Open(p.sealRow(), sealed)
	if err != nil {
		return nil, refuse(StateInvalid)
	}
	var v flow
	if err := json.Unmarshal(memory, &v); err != nil {
		return nil, refuse(StateInvalid)
	}
	now := clock.Now(ctx)
	if subtle.ConstantTimeCompare([]byte(v.State), []byte(a.State)) != 1 {
		return nil, refuse(StateInvalid)
	}
	if !now.Before(time.Unix(v.Until, 0)) {
		return nil, refuse(StateExpired)
	}
	sum := sha256.Sum256([]byte(v.State))
	first, err := s.useOnce(ctx, viewer.SignIn, "sso:"+base64.RawURLEncoding.EncodeToString(sum[:]), now.Add(2*flowLife))
	if err != nil {
		return nil, err
	}
	if !first {
		return nil, refuse(StateUsed)
	}
	return &v, nil
}

// useOnce notes that something is used up, and tells whether it was not before, over all servers.
func (s *Service) useOnce(ctx context.Context, a viewer.Actor, what string, until time.Time) (first bool, err error) {
	err = s.tx(ctx, a, func(ctx context.Context) error {
		first, err = markUsed(ctx, what, until)
		return err
	})
	return first, err
}

// markUsed does so in the caller's transaction.
func markUsed(ctx context.Context, what string, until time.Time) (first bool, err error) {
	res, err := db.SQL(ctx).ExecContext(ctx, `INSERT INTO nonces (nonce, expires_at) VALUES ($1, $2) ON CONFLICT (nonce) DO NOTHING`, what, until)
	if err != nil {
		return false, err
	}
	n, err := res.RowsAffected()
	return n == 1, err
}

// claimed is what a provider says of somebody, after all that can be checked has been.
type claimed struct {
	issuer, subject string
	name            string
	email           string    // empty unless the provider vouches for it
	strong          bool      // more than one factor was asked for there
	at              time.Time // when the person showed there who they are; zero where that is not told
}

// proven trades the code for an id_token and checks that.
func (s *Service) proven(ctx context.Context, p *provider, a Return, v *flow) (*claimed, error) {
	// the state is used up: leaving would help nobody
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*askFor)
	defer cancel()
	party, err := p.find(ctx, s.cfg.Log)
	if err != nil {
		return nil, refuse(ProviderAway)
	}
	if a.Issuer != "" && p.ours(a.Issuer) != nil || a.Issuer == "" && party.named {
		return nil, refuse(WrongProvider)
	}
	switch {
	case a.Error == "access_denied":
		return nil, refuse(AccessDenied)
	case a.Error == "temporarily_unavailable":
		return nil, refuse(ProviderAway)
	case a.Error != "" || a.Code == "":
		return nil, refuse(ProviderRefused)
	}
	tokens, err := rp.CodeExchange[*oidc.IDTokenClaims](context.WithValue(ctx, nonceKey{}, v.Nonce), a.Code, party.RelyingParty, rp.WithCodeVerifier(v.Verifier))
	if err != nil {
		return nil, s.disproven(ctx, p, err)
	}
	c := tokens.IDTokenClaims
	if p.many != nil { // which of the many is said twice, and signed
		if at := p.many.FindStringSubmatch(c.Issuer); at == nil || at[1] != c.Claims["tid"] {
			return nil, s.disproven(ctx, p, oidc.ErrIssuerInvalid)
		}
	}
	if a.Issuer != "" && p.many != nil && a.Issuer != c.Issuer {
		return nil, refuse(WrongProvider)
	}
	about := &claimed{issuer: c.Issuer, subject: c.Subject, strong: slices.Contains(c.AuthenticationMethodsReferences, "mfa")}
	about.at = c.GetAuthTime()
	about.name, about.email = nameOf(c.UserInfoProfile), p.vouched(c.UserInfoEmail, c.Claims)
	if p.Name != Microsoft && about.email == "" && party.UserinfoEndpoint() != "" {
		info, err := rp.Userinfo[*oidc.UserInfo](ctx, tokens.AccessToken, oidc.BearerToken, c.Subject, party.RelyingParty)
		if err != nil {
			return nil, s.disproven(ctx, p, err)
		}
		about.email = p.vouched(info.UserInfoEmail, info.Claims)
		if about.name == "" {
			about.name = nameOf(info.UserInfoProfile)
		}
	}
	return about, nil
}

// disproven finds the reason of what went wrong, and tells the log.
func (s *Service) disproven(ctx context.Context, p *provider, err error) error {
	reason := TokenInvalid
	var answered *oauth2.RetrieveError
	switch {
	case errors.As(err, &answered) && answered.Response.StatusCode < 500:
		reason = ProviderRefused
	case errors.As(err, &answered), away(err):
		reason = ProviderAway
	}
	s.cfg.Log.WarnContext(ctx, "a single sign-on failed", slog.String("provider", p.Name), slog.String("reason", reason), slog.String("error", plain(err)))
	return refuse(reason)
}

// turnedAway writes down who was not let in, and why.
func (s *Service) turnedAway(ctx context.Context, p *provider, reason string, who *claimed, u *ent.User, try attempt) error {
	e := db.Event{Action: "login.failed", Kind: "user", Changes: noted("method", p.Name, "reason", reason)}
	if who != nil {
		e.Changes = noted("method", p.Name, "reason", reason, "issuer", who.issuer, "subject", who.subject)
	}
	if u != nil {
		e.RecordID, e.TenantID, e.Label = u.ID, u.HomeTenantID, u.FullName
	}
	return s.tx(context.WithoutCancel(ctx), viewer.SignIn, func(ctx context.Context) error {
		if reason == ProviderAway { // not the caller's fault
			if err := try.forgive(ctx); err != nil {
				return err
			}
		}
		return db.Note(ctx, e)
	})
}

// noted are facts about an event, in pairs.
func noted(pairs ...string) map[string]db.Values {
	out := map[string]db.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		text, err := json.Marshal(pairs[i+1])
		if err != nil {
			text = []byte(fmt.Sprintf("%q", err.Error()))
		}
		out[pairs[i]] = db.Values{New: text}
	}
	return out
}

// welcome lets in somebody whom the provider has shown to be one of us. The second factor is the provider's business
// where it says that it asked for one; otherwise ours, if there is one or the tenant demands one.
func (s *Service) welcome(ctx context.Context, u *ent.User, e entry) (*Grant, error) {
	if !u.IsActive {
		return nil, refuse(AccountInactive)
	}
	sys := s.system(ctx, viewer.SignIn)
	t, err := s.choose(sys, u, "")
	if fault.Of(err) != nil {
		return nil, refuse(NoMembership)
	}
	if err != nil {
		return nil, err
	}
	if err := tenantRefusal(t); err != nil {
		return nil, err
	}
	return s.admit(ctx, u, t, e)
}

func tenantRefusal(t *ent.Tenant) error {
	switch t.Status {
	case pending:
		return refuse(TenantPending)
	case suspended:
		return refuse(TenantSuspended)
	}
	return nil
}
