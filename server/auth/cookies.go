package auth

import (
	"context"
	"net/http"
	"strings"
	"time"

	"connectrpc.com/connect"

	"github.com/holdfast-platform/holdfast/server/internal/clock"
	"github.com/holdfast-platform/holdfast/server/internal/fault"
	"github.com/holdfast-platform/holdfast/server/internal/identity"
)

// The cookies. Over https the names have a prefix that browsers keep for servers reached by https: nobody on the way,
// and no other page of the domain without it, can plant one.
const (
	refreshCookie = "refresh_token"
	knownCookie   = "known_browser"
	securePrefix  = "__Secure-"
)

// knownLife is as long as browsers keep a cookie at most.
const knownLife = 400 * 24 * time.Hour

// cookieName is what a cookie is called here.
func (s Service) cookieName(name string) string {
	if s.identity.Secure() {
		return securePrefix + name
	}
	return name
}

// setCookie keeps the refresh token in the browser, or takes it away when it is empty.
func (s Service) setCookie(ctx context.Context, token string, until time.Time) {
	for _, c := range s.refreshCookies(ctx, token, until) {
		addCookie(ctx, c)
	}
}

func addCookie(ctx context.Context, c *http.Cookie) {
	if info, ok := connect.CallInfoForHandlerContext(ctx); ok && c != nil {
		info.ResponseHeader().Add("Set-Cookie", c.String())
	}
}

// refreshCookies are the refresh token's cookie, and the end of the one that an earlier release has set, if the browser
// has that.
func (s Service) refreshCookies(ctx context.Context, token string, until time.Time) []*http.Cookie {
	c := s.cookie(refreshCookie, token) //nolint:gosec // its attributes are set where it is made
	c.MaxAge = -1
	if token != "" {
		c.MaxAge = int(until.Sub(clock.Now(ctx)).Seconds())
	}
	all := []*http.Cookie{c}
	if s.identity.Secure() && cookieOf(request(ctx), refreshCookie) != "" {
		old := s.cookie(refreshCookie, "") //nolint:gosec // as above
		old.Name, old.MaxAge = refreshCookie, -1
		all = append(all, old)
	}
	return all
}

// cookie is one that only the sign-in routes get, and only from pages of this site.
func (s Service) cookie(name, value string) *http.Cookie {
	return &http.Cookie{ //nolint:gosec // Secure goes by the public address: without https the cookie would never come back
		Name: s.cookieName(name), Value: value, Path: "/api/v1/auth", HttpOnly: true, SameSite: http.SameSiteStrictMode, Secure: s.identity.Secure(),
	}
}

// fromBrowser puts into the context what the caller's browser is known by.
func (s Service) fromBrowser(ctx context.Context) context.Context {
	return identity.FromBrowser(ctx, cookieOf(request(ctx), s.cookieName(knownCookie)))
}

// rememberBrowser is the cookie by which a browser is known from now on to the account that has signed in; nil where it
// is already.
func (s Service) rememberBrowser(ctx context.Context, g *identity.Grant) (*http.Cookie, error) {
	if g.User == nil {
		return nil, nil //nolint:nilnil // nothing is an answer
	}
	kept, err := s.identity.RememberBrowser(ctx, g.User.ID)
	if err != nil || kept == "" {
		return nil, err
	}
	c := s.cookie(knownCookie, kept) //nolint:gosec // as above
	c.MaxAge = int(knownLife.Seconds())
	return c, nil
}

// request is the call's own header: public methods get no credential from the front door.
func request(ctx context.Context) http.Header {
	if info, ok := connect.CallInfoForHandlerContext(ctx); ok {
		return info.RequestHeader()
	}
	return http.Header{}
}

func cookieOf(header http.Header, name string) string {
	for _, c := range (&http.Request{Header: header}).CookiesNamed(name) {
		return c.Value
	}
	return ""
}

// refreshToken is the one in the body, or else the cookie's. Over https a cookie without the prefix is read only for
// what an earlier release has put there: such sessions end within 30 days.
func (s Service) refreshToken(ctx context.Context, body *string) (token string, inBody bool) {
	if body != nil && *body != "" {
		return strings.TrimSpace(*body), true
	}
	header := request(ctx)
	if token = cookieOf(header, s.cookieName(refreshCookie)); token != "" || !s.identity.Secure() {
		return token, false
	}
	return s.identity.EarlierRefresh(ctx, cookieOf(header, refreshCookie)), false
}

// sameOrigin refuses what another site's page makes a browser send. Programs that are no browsers say nothing about it.
func sameOrigin(header http.Header) error {
	switch header.Get("Sec-Fetch-Site") {
	case "", "same-origin", "none":
		return nil
	}
	return fault.Denied("cross_site", "only pages of this address may do that")
}
