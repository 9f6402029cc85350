package auth_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/holdfast-platform/holdfast/server/internal/housetest"
)

// TestSingleSignOn goes the way of somebody new, and again.
func TestSingleSignOn(t *testing.T) {
	t.Parallel()
	eachWith(t, func(t *testing.T, h *housetest.House, p *issuer) {
		p.knows(ada())
		b := newBrowser(t, h)
		status, to, cookies := b.get("/api/v1/auth/oidc/login?return_to=" + url.QueryEscape("/assets?status=active#x") + "&login_hint=ada%40home.test")
		q, memory := to.Query(), cookies["signin_oidc"]
		if status != http.StatusFound || !strings.HasPrefix(to.String(), p.name+"/authorize?") {
			t.Fatalf("%d to %s", status, to)
		}
		if q.Get("code_challenge_method") != "S256" || len(q.Get("code_challenge")) != 43 || len(q.Get("state")) < 22 || len(q.Get("nonce")) < 22 ||
			q.Get("response_type") != "code" || q.Get("redirect_uri") != callback("oidc") || q.Get("scope") != "openid profile email" || q.Get("login_hint") != "ada@home.test" {
			t.Errorf("asks for %v", q)
		}
		if memory == nil || !memory.HttpOnly || !memory.Secure || memory.SameSite != http.SameSiteLaxMode || memory.Path != "/api/v1/auth/oidc/callback" ||
			memory.MaxAge != 600 || memory.Domain != "" || strings.Contains(memory.Value, q.Get("state")) {
			t.Errorf("the cookie is %+v", memory)
		}
		back := p.consent(t, to.String(), "ada-1")
		status, to, cookies = b.get(back + "&session_state=x&unknown=y")
		if status != http.StatusFound || to.String() != desk+"/assets?status=active#x" {
			t.Fatalf("%d to %s", status, to)
		}
		refresh := cookies["__Secure-refresh_token"]
		if refresh == nil || !strings.HasPrefix(refresh.Value, "hf_ref_") || !refresh.HttpOnly || !refresh.Secure || refresh.SameSite != http.SameSiteStrictMode ||
			refresh.Path != "/api/v1/auth" || refresh.MaxAge < 6*24*3600 {
			t.Errorf("the session's cookie is %+v", refresh)
		}
		if gone := cookies["signin_oidc"]; gone == nil || gone.MaxAge >= 0 || gone.Value != "" {
			t.Errorf("the memory stays: %+v", gone)
		}
		status, in := b.refresh()
		if status != http.StatusOK || in.User["email"] != "Ada.New@home.test" || in.User["full_name"] != "Ada New" || in.User["email_verified_at"] == nil ||
			in.Tenant["slug"] != "home" || !works(t, h, in.AccessToken) {
			t.Errorf("%d %+v", status, in)
		}
		if groups, _ := in.User["groups"].([]any); len(groups) != 1 || groups[0].(object)["label"] != "Read only" {
			t.Errorf("groups %v", in.User["groups"])
		}
		first := in.User["id"]
		// The address at the provider changes, the identity does not.
		p.knows(&somebody{subject: "ada-1", email: "ada@elsewhere.test", name: "Other"})
		again := newBrowser(t, h)
		again.wants(p, "ada-1", "")
		if _, in = again.refresh(); in.User["id"] != first || in.User["email"] != "Ada.New@home.test" {
			t.Errorf("%+v", in)
		}
		if n := lines(t, h, "login.succeeded"); n < 2 {
			t.Errorf("%d lines of success", n)
		}
		h.Nobody.JSON("POST", "/api/v1/auth/login", object{"email": "ada.new@home.test", "password": ""}, http.StatusBadRequest, nil)
		ask(t, h, http.StatusUnauthorized, "login", object{"email": "ada.new@home.test", "password": "anything at all 1"})
		if strings.Contains(h.Log(), "code=") || strings.Contains(h.Log(), "eyJ") {
			t.Error("the log holds a code or a token")
		}
	})
}

// TestFlowIsBound: an answer is good in the browser that asked, once, for ten minutes, with its own code.
func TestFlowIsBound(t *testing.T) {
	t.Parallel()
	eachWith(t, func(t *testing.T, h *housetest.House, p *issuer) {
		p.knows(ada(), &somebody{subject: "eve", email: "eve@home.test", name: "Eve", verified: true})
		brings := func(b *browser, back, reason string) {
			t.Helper()
			_, to, _ := b.get(back)
			b.refused(to, reason)
		}
		// Another browser brings the answer: login CSRF.
		back := p.consent(t, newBrowser(t, h).leave("/api/v1/auth/oidc/login"), "eve")
		brings(newBrowser(t, h), back, "state_invalid")
		// A browser with a sign-in of its own is brought another's answer.
		victim := newBrowser(t, h)
		victim.leave("/api/v1/auth/oidc/login")
		brings(victim, back, "state_invalid")
		// Its state with another's code: PKCE binds the code to who asked for it.
		b := newBrowser(t, h)
		own, err := url.Parse(b.leave("/api/v1/auth/oidc/login"))
		if err != nil {
			t.Fatal(err)
		}
		stolen, err := url.Parse(p.consent(t, newBrowser(t, h).leave("/api/v1/auth/oidc/login"), "eve"))
		if err != nil {
			t.Fatal(err)
		}
		brings(b, callback("oidc")+"?"+url.Values{"state": {own.Query().Get("state")}, "code": {stolen.Query().Get("code")}}.Encode(), "provider_refused")
		// The request loses its challenge on the way: a provider that knows RFC 9700 does not give tokens to a verifier
		// out of nowhere.
		b = newBrowser(t, h)
		if own, err = url.Parse(b.leave("/api/v1/auth/oidc/login")); err != nil {
			t.Fatal(err)
		}
		q := own.Query()
		q.Del("code_challenge")
		q.Del("code_challenge_method")
		own.RawQuery = q.Encode()
		brings(b, p.consent(t, own.String(), "eve"), "provider_refused")
		// The same answer twice, the memory kept.
		b = newBrowser(t, h)
		status, to, cookies := b.get("/api/v1/auth/oidc/login")
		if status != http.StatusFound {
			t.Fatal(status)
		}
		back = p.consent(t, to.String(), "ada-1")
		brings(b, back, "")
		thief := newBrowser(t, h)
		at, err := url.Parse(callback("oidc"))
		if err != nil {
			t.Fatal(err)
		}
		thief.jar.SetCookies(at, []*http.Cookie{{Name: "signin_oidc", Value: cookies["signin_oidc"].Value, Path: at.Path}})
		brings(thief, back, "state_used")
		// A code that was used already, under a state that was not.
		fresh, err := url.Parse(thief.leave("/api/v1/auth/oidc/login"))
		if err != nil {
			t.Fatal(err)
		}
		brings(thief, callback("oidc")+"?"+url.Values{"state": {fresh.Query().Get("state")}, "code": {to.Query().Get("code") + "used"}}.Encode(), "provider_refused")
		// Too late.
		b = newBrowser(t, h)
		back = p.consent(t, b.leave("/api/v1/auth/oidc/login"), "ada-1")
		h.Clock.Advance(10*time.Minute + time.Second)
		brings(b, back, "state_expired")
		h.Clock.Advance(-10*time.Minute - time.Second)
		// Nothing at all, and a forged memory.
		brings(newBrowser(t, h), "/api/v1/auth/oidc/callback", "state_invalid")
		forger := newBrowser(t, h)
		forger.jar.SetCookies(at, []*http.Cookie{{Name: "signin_oidc", Value: strings.Repeat("A", 200), Path: at.Path}})
		brings(forger, "/api/v1/auth/oidc/callback?state=x&code=y", "state_invalid")
		if status, _, _ := newBrowser(t, h).get("/api/v1/auth/oidc/callback?state=x&state=y&code=z"); status != http.StatusBadRequest {
			t.Errorf("two states: %d", status)
		}
		want := "state_invalid state_invalid provider_refused provider_refused state_used provider_refused state_expired state_invalid state_invalid"
		if got := strings.Join(failures(t, h), " "); got != want {
			t.Errorf("the journal has %q, want %q", got, want)
		}
		if n := count(t, h, "eve@home.test"); n != 0 {
			t.Error("a refused sign-in made an account")
		}
	})
}

// TestTokensOfTheProvider: an id_token that is wrong in any way lets nobody in.
func TestTokensOfTheProvider(t *testing.T) {
	t.Parallel()
	eachWith(t, func(t *testing.T, h *housetest.House, p *issuer) {
		p.knows(ada())
		for what, bend := range map[string]func(object){
			"nonce":            func(c object) { c["nonce"] = "another" },
			"no nonce":         func(c object) { delete(c, "nonce") },
			"issuer":           func(c object) { c["iss"] = "https://evil.test" },
			"issuer's slash":   func(c object) { c["iss"] = c["iss"].(string) + "/" },
			"audience":         func(c object) { c["aud"] = []string{"another"}; c["azp"] = "another" },
			"authorized party": func(c object) { c["aud"] = []string{clientID, "another"}; c["azp"] = "another" },
			"no party":         func(c object) { c["aud"] = []string{clientID, "another"}; delete(c, "azp") },
			"expired":          func(c object) { c["exp"] = time.Now().Add(-time.Minute).Unix() },
			"no expiry":        func(c object) { delete(c, "exp") },
			"from the future":  func(c object) { c["iat"] = time.Now().Add(time.Hour).Unix() },
			"from the past":    func(c object) { c["iat"] = time.Now().Add(-time.Hour).Unix() },
			"no subject":       func(c object) { delete(c, "sub") },
			"access token":     func(c object) { c["at_hash"] = "AAAA" },
			"no signature":     func(c object) { c["sign"] = "none" },
			"client's secret":  func(c object) { c["sign"] = "secret" },
			"another's key":    func(c object) { c["sign"] = "stranger" },
		} {
			p.set(func(p *issuer) { p.bend = bend })
			b := newBrowser(t, h)
			if to := b.signIn(p, "ada-1"); to.String() != desk+"/signin?error=token_invalid" || b.signedIn() {
				t.Errorf("%s: leads to %s", what, to)
			}
		}
		p.set(func(p *issuer) { p.bend, p.life = nil, -time.Minute })
		newBrowser(t, h).wants(p, "ada-1", "token_invalid")
		p.set(func(p *issuer) { p.life = time.Hour })
		// The same without the bending is right, also after the provider's key has changed.
		newBrowser(t, h).wants(p, "ada-1", "")
		p.rotate(t)
		newBrowser(t, h).wants(p, "ada-1", "")
		// A key that the provider has withdrawn is worth nothing from the next hour on.
		withdrawn := p.key()
		p.rotate(t)
		p.set(func(p *issuer) { p.bend, p.withdrawn = func(object) {}, withdrawn })
		h.Clock.Advance(time.Hour + time.Second)
		newBrowser(t, h).wants(p, "ada-1", "token_invalid")
		p.set(func(p *issuer) { p.bend, p.withdrawn = nil, nil })
		if n := count(t, h, "ada.new@home.test"); n != 1 {
			t.Errorf("%d accounts", n)
		}
	})
}
