package auth_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/holdfast-platform/holdfast/server"
	"github.com/holdfast-platform/holdfast/server/internal/housetest"
)

// TestSecondFactorOfSingleSignOn: the provider's word does; without it ours is asked for.
func TestSecondFactorOfSingleSignOn(t *testing.T) {
	t.Parallel()
	eachWith(t, func(t *testing.T, h *housetest.House, p *issuer) {
		p.knows(ada(), &somebody{subject: "mia", email: "mia@home.test", name: "Mia", verified: true, amr: []string{"pwd", "otp", "mfa"}})
		newBrowser(t, h).wants(p, "ada-1", "")
		old := newBrowser(t, h)
		old.wants(p, "ada-1", "")
		h.Admin.JSON("PATCH", "/api/v1/settings", object{"mfa_policy": object{"required": true}}, http.StatusOK, nil)
		if status, _ := old.refresh(); status != http.StatusUnauthorized {
			t.Errorf("a session without a second factor goes on: %d", status)
		}
		strong := newBrowser(t, h)
		strong.wants(p, "mia", "")
		for range 2 { // and stays
			if status, in := strong.refresh(); status != http.StatusOK || !works(t, h, in.AccessToken) {
				t.Errorf("%d %+v", status, in)
			}
		}
		b := newBrowser(t, h)
		if to := b.signIn(p, "ada-1"); to.String() != desk+"/signin?mfa=enroll&to=%2F" || b.signedIn() {
			t.Fatalf("leads to %s", to)
		}
		status, in := b.refresh()
		if status != http.StatusOK || !in.MfaEnrollmentNeeded || in.MfaToken == "" || in.AccessToken != "" || works(t, h, in.MfaToken) {
			t.Fatalf("%d %+v", status, in)
		}
		secret, _ := enrolled(t, h, in.MfaToken)
		h.Clock.Advance(30 * time.Second)
		_, to, _ := b.get(p.consent(t, b.leave("/api/v1/auth/oidc/login?return_to=/sites"), "ada-1"))
		if to.String() != desk+"/signin?mfa=verify&to=%2Fsites" || b.signedIn() {
			t.Fatalf("leads to %s", to)
		}
		if status, in = b.refresh(); status != http.StatusOK || !in.MfaRequired || in.MfaToken == "" || in.User != nil {
			t.Fatalf("%d %+v", status, in)
		}
		ask(t, h, http.StatusUnauthorized, "mfa/verify", object{"mfa_token": in.MfaToken, "code": "000000"})
		out, _ := ask(t, h, http.StatusOK, "mfa/verify", object{"mfa_token": in.MfaToken, "code": code(t, h, secret)})
		if !works(t, h, out.AccessToken) {
			t.Errorf("%+v", out)
		}
		h.Clock.Advance(6 * time.Minute)
		if status, _ := b.refresh(); status != http.StatusUnauthorized {
			t.Errorf("the demand lives on: %d", status)
		}
		// Whoever has a factor here is asked for it, unless the provider has.
		p.knows(&somebody{subject: "ada-1", email: "ada@home.test", verified: true, amr: []string{"mfa"}})
		newBrowser(t, h).wants(p, "ada-1", "")
	})
}

// TestMicrosoft: Entra's directories issue under their own names, and only xms_edov vouches for an address.
func TestMicrosoft(t *testing.T) {
	t.Parallel()
	const directory = "3c7e4a52-9f0b-4f5b-9a39-6a7d8e1f2b3c"
	for _, kind := range []string{"sqlite", "postgres"} {
		for _, many := range []bool{false, true} {
			t.Run(kind+map[bool]string{true: " many"}[many], func(t *testing.T) {
				t.Parallel()
				p := provider(t, "/"+directory+"/v2.0", callback("microsoft"))
				settings := &server.SignInProvider{Issuer: p.name, ClientID: clientID, ClientSecret: clientSecret}
				if many {
					settings.Issuer = strings.Replace(p.name, directory, "{tenantid}", 1)
					settings.Discovery = strings.Replace(p.name, directory, "organizations", 1) + "/.well-known/openid-configuration"
					p.say = func(d object) { d["issuer"] = settings.Issuer }
				}
				h := housetest.New(t, kind, federated(p), func(c *server.Config) { c.OIDC, c.Microsoft = nil, settings })
				more := func(edov any) object {
					out := object{"tid": directory, "oid": uuid.NewString()}
					if edov != nil {
						out["xms_edov"] = edov
					}
					return out
				}
				p.knows(
					// email_verified means nothing there
					&somebody{subject: "none", email: "a@home.test", name: "A", verified: true, more: more(nil)},
					&somebody{subject: "no", email: "b@home.test", name: "B", verified: true, more: more(false)},
					&somebody{subject: "zero", email: "c@home.test", name: "C", verified: true, more: more("0")},
					&somebody{subject: "upn", name: "D", more: object{"tid": directory, "xms_edov": true, "preferred_username": "d@home.test", "upn": "d@home.test"}},
					&somebody{subject: "yes", email: "e@home.test", name: "E", more: more(true)},
					&somebody{subject: "one", email: "f@home.test", name: "F", more: more("1")},
					&somebody{subject: "other", email: "g@home.test", name: "G", more: object{"tid": uuid.NewString(), "xms_edov": true}},
				)
				goes := func(subject, reason string) {
					t.Helper()
					b := newBrowser(t, h)
					_, to, _ := b.get(p.consent(t, b.leave("/api/v1/auth/microsoft/login"), subject))
					b.refused(to, reason)
				}
				for _, subject := range []string{"none", "no", "zero", "upn"} {
					goes(subject, "email_unverified")
				}
				goes("yes", "")
				goes("one", "")
				p.knows(&somebody{subject: "yes", more: more(nil)}) // known already: no address is needed
				goes("yes", "")
				b := newBrowser(t, h)
				_, to, _ := b.get("/api/v1/auth/oidc/login")
				b.refused(to, "not_configured")
				_, to, _ = b.get("/api/v1/auth/oidc/callback?code=x&state=y")
				b.refused(to, "not_configured")
				if !many {
					return
				}
				goes("other", "token_invalid") // says another directory than its issuer
				p.set(func(p *issuer) {
					p.bend = func(c object) { c["iss"] = strings.Replace(p.name, directory, "organizations", 1) }
				})
				goes("yes", "token_invalid")
				p.set(func(p *issuer) {
					p.bend = func(c object) { c["iss"] = "https://evil.test/" + directory + "/v2.0" }
				})
				goes("yes", "token_invalid")
				p.set(func(p *issuer) { p.bend = nil })
				b = newBrowser(t, h)
				_, to, _ = b.get(p.consent(t, b.leave("/api/v1/auth/microsoft/login"), "yes") + "&iss=" + url.QueryEscape(strings.Replace(p.name, directory, uuid.NewString(), 1)))
				b.refused(to, "wrong_provider")
			})
		}
	}
}

// TestReturnTo: a sign-in leads to pages of the web client only.
func TestReturnTo(t *testing.T) {
	t.Parallel()
	p := provider(t, "", callback("oidc"))
	p.knows(ada())
	h := housetest.New(t, "sqlite", federated(p))
	for _, bad := range []string{
		"//evil.test", `/\evil.test`, `\\evil.test`, "https:evil.test", "https://evil.test", "https://desk.test.evil.test", "https://desk.test@evil.test/", "javascript:alert(1)",
		"/%2f%2fevil.test", "/%5cevil.test", "/%09/evil.test", "/\t/evil.test", "http://desk.test/", "evil.test", "/..//evil.test", "/%2e%2e//evil.test", "/api/v1/auth/oidc/login",
		"/API/v1/x", "/%61pi/v1/x", "/\u202egnp.exe", "///evil.test", "/%252f%252fevil.test", " /x", "/x\x00", "/" + strings.Repeat("x", 2000),
	} {
		b := newBrowser(t, h)
		status, to, cookies := b.get("/api/v1/auth/oidc/login?return_to=" + url.QueryEscape(bad))
		if status != http.StatusBadRequest || to.String() != "" || len(cookies) != 0 {
			t.Errorf("%q: %d to %s", bad, status, to)
		}
	}
	for good, want := range map[string]string{
		"": "/", "/assets": "/assets", "/assets?q=a%20b&x=//y": "/assets?q=a%20b&x=//y", "https://desk.test/sites#a": "/sites#a", "https://desk.test": "/", "/apis": "/apis",
	} {
		b := newBrowser(t, h)
		_, to, _ := b.get(p.consent(t, b.leave("/api/v1/auth/oidc/login?return_to="+url.QueryEscape(good)), "ada-1"))
		if to.String() != desk+want {
			t.Errorf("%q leads to %s", good, to)
		}
	}
	if status, _, _ := newBrowser(t, h).get("/api/v1/auth/oidc/login?redirect_uri=https://evil.test"); status != http.StatusBadRequest {
		t.Errorf("an unknown parameter: %d", status)
	}
	for _, method := range []string{"HEAD", "POST", "PUT"} {
		for _, path := range []string{"login", "callback"} {
			if status, _, _ := h.Nobody.REST(method, "/api/v1/auth/oidc/"+path, nil); status != http.StatusMethodNotAllowed {
				t.Errorf("%s %s: %d", method, path, status)
			}
		}
	}
}

// TestCallbackIsLimited: refused answers use up the limit of attempts, right ones and those that the provider fails do
// not.
func TestCallbackIsLimited(t *testing.T) {
	t.Parallel()
	eachWith(t, func(t *testing.T, h *housetest.House, p *issuer) {
		p.knows(ada())
		for range 4 {
			newBrowser(t, h).wants(p, "ada-1", "")
		}
		for range 3 {
			_, to, _ := newBrowser(t, h).get("/api/v1/auth/oidc/callback?state=x&code=y")
			if to.String() != desk+"/signin?error=state_invalid" {
				t.Errorf("leads to %s", to)
			}
		}
		newBrowser(t, h).wants(p, "ada-1", "rate_limited")
		if n := len(failures(t, h)); n != 3 {
			t.Errorf("%d lines of failure", n)
		}
		h.Clock.Advance(time.Minute)
		b := newBrowser(t, h)
		b.wants(p, "ada-1", "")
		// Logging out ends it.
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, desk+"/api/v1/auth/logout", strings.NewReader("{}"))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/json")
		res, err := b.web.Do(req)
		if err != nil || res.Body.Close() != nil || res.StatusCode != http.StatusNoContent || b.signedIn() {
			t.Errorf("%v %v", res, err)
		}
	}, func(c *server.Config) { c.RateLimitLogin = "3/minute" })
}
