package auth

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"

	accessv1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/access/v1"
	"github.com/holdfast-platform/holdfast/server/internal/clock"
	"github.com/holdfast-platform/holdfast/server/internal/fault"
	"github.com/holdfast-platform/holdfast/server/internal/identity"
	"github.com/holdfast-platform/holdfast/server/internal/rest"
)

// Routes are the ways out to the providers of single sign-on, and back.
func (s Service) Routes() []rest.Route {
	anybody := &accessv1.Access{Rule: &accessv1.Access_Public{Public: true}}
	writes := &accessv1.Access{Rule: &accessv1.Access_Public{Public: true}, OwnTx: true}
	var all []rest.Route
	for _, p := range []struct{ name, called string }{{identity.Microsoft, "Microsoft Entra ID"}, {identity.OIDC, "the OpenID provider"}} {
		all = append(all,
			rest.Plain("GET", "/api/v1/auth/"+p.name+"/login", anybody, s.begin(p.name), rest.Reads(), rest.Gives(http.StatusFound), rest.Makes(),
				rest.Param("return_to", "string", "Where to go afterwards: a path of the web client, or an address under the public one. Anything else is 400."),
				rest.Param("login_hint", "string", "An e-mail address to suggest to the provider."),
				rest.Param("fresh", "boolean", "True has the provider ask for the credentials anew: a fresh proof of who signs in."),
				rest.Summary("Sign in by "+p.called, "Leads the browser to the provider, by the authorization code flow with PKCE. "+signinPage)),
			rest.Plain("GET", "/api/v1/auth/"+p.name+"/callback", writes, s.finish(p.name), rest.Gives(http.StatusFound), rest.Makes(), rest.Loose(),
				rest.Param("code", "string", "The authorization code."), rest.Param("state", "string", "What the sign-in was begun with; good once, for ten minutes."),
				rest.Param("iss", "string", "Who answers (RFC 9207)."), rest.Param("error", "string", "Why there is no code."),
				rest.Summary("Come back from "+p.called, "Ends a sign-in and leads the browser to where it was to go, with the refresh cookie: "+
					"the web client then gets its access token by Refresh. Where a second factor is due it leads to /signin?mfa=verify or /signin?mfa=enroll "+
					"(with the target in to), and Refresh answers the mfa_token once more. No token is ever in an address. "+signinPage)),
		)
	}
	return all
}

// signinPage is for the API's description.
const signinPage = "What goes wrong leads to /signin?error=REASON on the public address, where REASON is one of not_configured, provider_unavailable, " +
	"provider_refused, access_denied, state_invalid, state_expired, state_used, wrong_provider, token_invalid, email_unverified, domain_not_allowed, " +
	"account_exists, account_inactive, no_membership, tenant_pending, tenant_suspended, tenant_unavailable and rate_limited."

// hintSize bounds an e-mail address.
const hintSize = 254

// begin leads to a provider.
func (s Service) begin(provider string) func(http.ResponseWriter, *http.Request) error {
	return func(w http.ResponseWriter, r *http.Request) error {
		q := r.URL.Query()
		target, ok := identity.Target(s.identity.PublicURL(), q.Get("return_to"))
		if !ok {
			return fault.Invalid("return_to", "must be a path of the web client, such as /assets")
		}
		hint := q.Get("login_hint")
		if len(hint) > hintSize || !utf8.ValidString(hint) || strings.ContainsFunc(hint, func(r rune) bool { return r < ' ' }) {
			return fault.Invalid("login_hint", "must be an e-mail address")
		}
		out, err := s.identity.BeginSSO(r.Context(), provider, target, hint, q.Get("fresh") == "true")
		if err != nil {
			return s.explain(w, err)
		}
		http.SetCookie(w, s.memory(provider, out.Memory, int(out.Life.Seconds())))
		lead(w, out.URL)
		return nil
	}
}

// finish comes back from a provider.
func (s Service) finish(provider string) func(http.ResponseWriter, *http.Request) error {
	return func(w http.ResponseWriter, r *http.Request) error {
		ctx, q := r.Context(), r.URL.Query()
		back := identity.Return{State: q.Get("state"), Code: q.Get("code"), Issuer: q.Get("iss"), Error: q.Get("error")}
		ctx = identity.FromBrowser(ctx, cookieOf(r.Header, s.cookieName(knownCookie)))
		for _, c := range r.CookiesNamed(memoryName(provider)) {
			back.Memory = c.Value
		}
		g, target, err := s.identity.FinishSSO(ctx, provider, back)
		http.SetCookie(w, s.memory(provider, "", -1))
		if err != nil {
			return s.explain(w, err)
		}
		page, token, until := target, g.Refresh, g.RefreshUntil
		if g.MfaToken != "" {
			step := map[bool]string{true: "enroll", false: "verify"}[g.Enroll]
			page = "/signin?mfa=" + step + "&to=" + url.QueryEscape(target)
			token, until = g.MfaToken, clock.Now(ctx).Add(identity.FactorLife)
		}
		for _, c := range s.refreshCookies(ctx, token, until) {
			http.SetCookie(w, c)
		}
		known, err := s.rememberBrowser(ctx, g)
		if err != nil {
			return err
		}
		if known != nil {
			http.SetCookie(w, known)
		}
		lead(w, s.identity.PublicURL()+page)
		return nil
	}
}

// explain leads to the sign-in page, which says why. What is no refusal is an error like any other.
func (s Service) explain(w http.ResponseWriter, err error) error {
	var no *identity.Refusal
	if !errors.As(err, &no) {
		return err
	}
	lead(w, s.identity.PublicURL()+"/signin?error="+url.QueryEscape(no.Reason))
	return nil
}

// lead sends the browser on. The address it comes from, which holds a code, stays behind.
func lead(w http.ResponseWriter, to string) {
	w.Header().Set("Referrer-Policy", "no-referrer")
	w.Header().Set("Location", to)
	w.WriteHeader(http.StatusFound)
}

func memoryName(provider string) string { return "signin_" + provider }

// memory is the cookie that a browser keeps while somebody is at the provider. The answer comes from another site, so
// it must be Lax.
func (s Service) memory(provider, value string, age int) *http.Cookie {
	return &http.Cookie{ //nolint:gosec // Secure goes by the public address, as with the refresh cookie
		Name: memoryName(provider), Value: value, Path: "/api/v1/auth/" + provider + "/callback", HttpOnly: true, SameSite: http.SameSiteLaxMode,
		Secure: s.identity.Secure(), MaxAge: age,
	}
}
