// Package holdfast is the Go client of a Holdfast server: a typed client for each word of its API, signed by an API
// token, a password or tokens that the program has kept. It renews access tokens before they end, repeats what may be
// repeated safely, and walks lists.
//
//	c, err := holdfast.New("https://holdfast.example.com", holdfast.WithAPIToken(token))
//	asset, err := c.Assets.GetAsset(ctx, &assetsv1.GetAssetRequest{Id: "AST-12"})
//
// Every writing call carries an Idempotency-Key that its repetitions keep, so that nothing is done twice. Reason and
// FieldErrors say what is wrong with a refused call.
package holdfast

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"connectrpc.com/connect"

	authv1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/auth/v1"
	"github.com/holdfast-platform/holdfast/gen/pb/holdfast/auth/v1/authv1connect"
)

// Client reaches one server. It is safe for concurrent use.
type Client struct {
	Services

	url, agent string
	http       *http.Client
	carry      *carry
}

// options are what New was told.
type options struct {
	http     *http.Client
	protocol connect.ClientOption
	retries  int
	agent    string

	static string
	login  *authv1.LoginRequest
	factor func(context.Context) (string, error)
	start  Tokens
	notify func(Tokens)
}

// Option changes how a client works.
type Option func(*options)

// WithAPIToken signs every call with an API token (hf_pat_…).
func WithAPIToken(token string) Option { return func(o *options) { o.static = token } }

// WithPassword signs in when the first call is made, by e-mail address or user name. The tenant is a slug; empty takes
// the one that was last used.
func WithPassword(email, password, tenant string) Option {
	return func(o *options) {
		o.login = &authv1.LoginRequest{Email: email, Password: password, ReturnRefreshToken: true}
		if tenant != "" {
			o.login.Tenant = &tenant
		}
	}
}

// WithSecondFactor gives the code that WithPassword needs for an account with a second factor: six digits, or a
// recovery code.
func WithSecondFactor(code func(context.Context) (string, error)) Option {
	return func(o *options) { o.factor = code }
}

// WithTokens goes on with a session that the program has kept. Tokens change as they are renewed: keep gets each new
// pair, in order, and must be quick; nil keeps none.
func WithTokens(t Tokens, keep func(Tokens)) Option {
	return func(o *options) { o.start, o.notify = t, keep }
}

// WithHTTPClient makes all calls go through a client of the program's own; the default is http.DefaultClient.
func WithHTTPClient(h *http.Client) Option { return func(o *options) { o.http = h } }

// WithRetries says how often a failed call is repeated, at most; the default is 4, 0 never repeats. Only what is safe
// is repeated: reading, and writing under an idempotency key.
func WithRetries(n int) Option { return func(o *options) { o.retries = max(0, n) } }

// WithGRPC speaks gRPC in place of the Connect protocol. The HTTP client must speak HTTP/2.
func WithGRPC() Option { return func(o *options) { o.protocol = connect.WithGRPC() } }

// WithUserAgent says who calls; the server shows it beside sessions and in its journal.
func WithUserAgent(agent string) Option { return func(o *options) { o.agent = agent } }

// New makes a client of the server at a URL such as "https://holdfast.example.com". Nothing is sent yet.
func New(server string, opts ...Option) (*Client, error) {
	u, err := url.Parse(server)
	if err != nil {
		return nil, fmt.Errorf("holdfast: %w", err)
	}
	if (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" {
		return nil, fmt.Errorf("holdfast: %q must begin with http:// or https:// and name a host", server)
	}
	o := options{http: http.DefaultClient, retries: 4, agent: "holdfast-go"}
	for _, opt := range opts {
		opt(&o)
	}
	ways := 0
	for _, given := range []bool{o.static != "", o.login != nil, o.start != Tokens{}} {
		if given {
			ways++
		}
	}
	if ways > 1 {
		return nil, errors.New("holdfast: give one of WithAPIToken, WithPassword and WithTokens")
	}
	c := &Client{url: strings.TrimRight(server, "/"), agent: o.agent, http: o.http, carry: &carry{retries: o.retries}}
	how := []connect.ClientOption{connect.WithInterceptors(agent(o.agent), c.carry)}
	if o.protocol != nil {
		how = append(how, o.protocol)
	}
	c.Auth = authv1connect.NewAuthServiceClient(c.http, c.url, how...)
	if ways == 1 {
		t := newTokens(c.Auth)
		t.static, t.login, t.factor, t.now, t.notify = o.static, o.login, o.factor, o.start, o.notify
		t.renews = o.static == "" && (o.login != nil || o.start.Refresh != "")
		c.carry.tokens = t
	}
	c.connect(how...)
	return c, nil
}

// agent says who calls.
type agent string

// WrapUnary names the caller.
func (a agent) WrapUnary(next connect.UnaryFunc) connect.UnaryFunc {
	return func(ctx context.Context, req connect.AnyRequest) (connect.AnyResponse, error) {
		req.Header().Set("User-Agent", string(a))
		return next(ctx, req)
	}
}

// WrapStreamingClient names the caller.
func (a agent) WrapStreamingClient(next connect.StreamingClientFunc) connect.StreamingClientFunc {
	return func(ctx context.Context, spec connect.Spec) connect.StreamingClientConn {
		conn := next(ctx, spec)
		conn.RequestHeader().Set("User-Agent", string(a))
		return conn
	}
}

// WrapStreamingHandler does nothing: there are no handlers here.
func (a agent) WrapStreamingHandler(next connect.StreamingHandlerFunc) connect.StreamingHandlerFunc {
	return next
}
