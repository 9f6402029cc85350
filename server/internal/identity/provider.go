package identity

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/zitadel/oidc/v3/pkg/client/rp"
	transport "github.com/zitadel/oidc/v3/pkg/http"
	"github.com/zitadel/oidc/v3/pkg/oidc"
	"golang.org/x/oauth2"

	"github.com/holdfast-platform/holdfast/server/internal/clock"
)

// The names of the providers, as in their paths.
const (
	OIDC      = "oidc"
	Microsoft = "microsoft"
)

// Provider is an OpenID provider that signs people in.
type Provider struct {
	// Name is OIDC or Microsoft.
	Name string
	// Label is what its button says.
	Label string
	// Issuer is the provider's exact name. With {tenantid} in it, it stands for every issuer that has a UUID there.
	Issuer string
	// Discovery is where its description is, when that is not under the issuer.
	Discovery string
	// ClientID and ClientSecret are ours with the provider. A client without a secret is protected by PKCE alone.
	ClientID, ClientSecret string
	// Scopes are asked for; openid is always among them.
	Scopes []string
}

// How the outside is treated.
const (
	askFor     = 10 * time.Second // one request
	askSize    = 1 << 20          // one answer, in bytes
	rememberIt = time.Hour        // a description and its keys; then both are fetched anew
	retryAfter = 5 * time.Second  // a provider that did not answer is left alone so long
	skew       = 30 * time.Second // how far the provider's clock may be from ours
	freshToken = 10 * time.Minute // how old an id_token may be
)

// algorithms are those that an id_token may be signed with: none that a client secret would do for.
var algorithms = []string{"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"}

// tenantID stands in the issuer of a provider that serves many directories.
const tenantID = "{tenantid}"

var uuidText = `[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}`

// provider is one that is configured, and what has been found out about it.
type provider struct {
	Provider
	redirect string         // our callback, exactly as the provider knows it
	many     *regexp.Regexp // the issuers, where there are many
	web      *http.Client

	gate chan struct{} // one at a time asks who it is

	mu     sync.Mutex
	known  *relying
	asked  time.Time // when known was made
	failed time.Time // when it last did not answer
}

// relying is a provider as its description shows it.
type relying struct {
	rp.RelyingParty
	named bool // it promises to name itself in every answer (RFC 9207)
}

func newProvider(p Provider, public string) (*provider, error) {
	if p.Issuer == "" || p.ClientID == "" || public == "" {
		return nil, fmt.Errorf("identity: single sign-on by %s needs an issuer, a client id and the public address", p.Name)
	}
	out := &provider{Provider: p, redirect: strings.TrimRight(public, "/") + "/api/v1/auth/" + p.Name + "/callback", gate: make(chan struct{}, 1)}
	if before, after, ok := strings.Cut(p.Issuer, tenantID); ok {
		out.many = regexp.MustCompile("^" + regexp.QuoteMeta(before) + "(" + uuidText + ")" + regexp.QuoteMeta(after) + "$")
	}
	if !slices.Contains(p.Scopes, oidc.ScopeOpenID) {
		out.Scopes = append([]string{oidc.ScopeOpenID}, p.Scopes...)
	}
	out.web = &http.Client{
		Timeout: askFor, Transport: bounded{http.DefaultTransport},
		// A secret must not follow to another place.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return out, nil
}

// bounded reads no more of an answer than makes sense.
type bounded struct{ next http.RoundTripper }

// RoundTrip sends a request.
func (b bounded) RoundTrip(r *http.Request) (*http.Response, error) {
	res, err := b.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	res.Body = struct {
		io.Reader
		io.Closer
	}{io.LimitReader(res.Body, askSize), res.Body}
	return res, nil
}

// description is what a provider says about itself.
type description struct {
	oidc.DiscoveryConfiguration
	Named bool `json:"authorization_response_iss_parameter_supported"`
}

// errAway is a provider that does not answer as one should.
var errAway = errors.New("identity: the provider does not answer")

// find is the provider with its present description, which is fetched when it is first needed and anew every hour. One
// that does not answer is asked again five seconds later; until it does, what was known of it holds on.
func (p *provider) find(ctx context.Context, log *slog.Logger) (*relying, error) {
	now := clock.Now(ctx)
	if r, done, err := p.remembered(now); done {
		return r, err
	}
	select {
	case p.gate <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	defer func() { <-p.gate }()
	if r, done, err := p.remembered(now); done { // somebody else has asked meanwhile
		return r, err
	}
	r, err := p.discover(ctx)
	p.mu.Lock()
	defer p.mu.Unlock()
	if err != nil {
		p.failed = now
		log.WarnContext(ctx, "the sign-in provider does not answer", slog.String("provider", p.Name), slog.String("error", plain(err)))
		if p.known != nil {
			return p.known, nil
		}
		return nil, errAway
	}
	p.known, p.asked, p.failed = r, now, time.Time{}
	return r, nil
}

// remembered is what needs no asking.
func (p *provider) remembered(now time.Time) (r *relying, done bool, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	silent := !p.failed.IsZero() && now.Sub(p.failed) < retryAfter
	switch {
	case p.known != nil && (silent || now.Sub(p.asked) < rememberIt):
		return p.known, true, nil
	case silent:
		return nil, true, errAway
	}
	return nil, false, nil
}

// discover asks the provider who it is.
func (p *provider) discover(ctx context.Context) (*relying, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), askFor)
	defer cancel()
	where := p.Discovery
	if where == "" {
		where = strings.TrimRight(p.Issuer, "/") + oidc.DiscoveryEndpoint
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, where, nil)
	if err != nil {
		return nil, err
	}
	var d description
	if err := transport.HttpRequest(p.web, req, &d); err != nil {
		return nil, err
	}
	places := map[string]string{"authorization_endpoint": d.AuthorizationEndpoint, "token_endpoint": d.TokenEndpoint, "jwks_uri": d.JwksURI}
	if d.UserinfoEndpoint != "" {
		places["userinfo_endpoint"] = d.UserinfoEndpoint
	}
	for name, place := range places {
		u, err := url.Parse(place)
		if err != nil || u.Host == "" || u.Scheme != "https" && (u.Scheme != "http" || !strings.HasPrefix(p.Issuer, "http://")) {
			return nil, fmt.Errorf("identity: the provider's %s is no https address", name)
		}
	}
	if len(d.CodeChallengeMethodsSupported) > 0 && !slices.Contains(d.CodeChallengeMethodsSupported, oidc.CodeChallengeMethodS256) {
		return nil, errors.New("identity: the provider does not do PKCE by S256")
	}
	style := oauth2.AuthStyleInHeader
	if methods := d.TokenEndpointAuthMethodsSupported; p.ClientSecret == "" || len(methods) > 0 && !slices.Contains(methods, oidc.AuthMethodBasic) {
		style = oauth2.AuthStyleInParams
	}
	options := []rp.VerifierOption{
		rp.WithSupportedSigningAlgorithms(algorithms...), rp.WithIssuedAtOffset(skew), rp.WithIssuedAtMaxAge(freshToken), rp.WithNonce(nonceOf),
	}
	if p.many != nil {
		options = append(options, rp.WithISSVerifier(p.ours))
	}
	// The library fetches the description itself and holds its issuer against ours.
	party, err := rp.NewRelyingPartyOIDC(ctx, p.Issuer, p.ClientID, p.ClientSecret, p.redirect, p.Scopes, rp.WithHTTPClient(p.web),
		rp.WithCustomDiscoveryUrl(where), rp.WithAuthStyle(style), rp.WithVerifierOpts(options...))
	if err != nil {
		return nil, err
	}
	return &relying{party, d.Named}, nil
}

// ours tells whether an issuer is the provider's.
func (p *provider) ours(issuer string) error {
	if p.many != nil && p.many.MatchString(issuer) || p.many == nil && issuer == p.Issuer {
		return nil
	}
	return oidc.ErrIssuerInvalid
}

type nonceKey struct{}

func nonceOf(ctx context.Context) string {
	nonce, _ := ctx.Value(nonceKey{}).(string)
	return nonce
}

// Check asks a provider for its description, for those who examine an installation.
func Check(ctx context.Context, p Provider, public string) error {
	found, err := newProvider(p, public)
	if err != nil {
		return err
	}
	if _, err = found.discover(ctx); err != nil {
		return errors.New(plain(err))
	}
	return nil
}

// plain is an error's text without what the provider sent, which may hold secrets.
func plain(err error) string {
	var answered *oauth2.RetrieveError
	var named *oidc.Error
	var network *url.Error
	switch {
	case errors.As(err, &answered):
		return fmt.Sprintf("the token endpoint answered %d %s", answered.Response.StatusCode, answered.ErrorCode)
	case errors.As(err, &named):
		return "the provider answered " + string(named.ErrorType)
	case errors.As(err, &network):
		return network.Error() // of what we asked for, in which there is no secret
	case errors.Is(err, oidc.ErrDiscoveryFailed):
		return oidc.ErrDiscoveryFailed.Error()
	}
	text, _, _ := strings.Cut(err.Error(), "\n")
	if len(text) > 200 {
		text = text[:200]
	}
	return strings.ToValidUTF8(text, "?")
}

// away tells that the provider could not be reached, or could not say what its keys are.
func away(err error) bool {
	var network net.Error
	return errors.As(err, &network) || errors.Is(err, context.DeadlineExceeded) || strings.Contains(err.Error(), "unable to fetch key")
}
