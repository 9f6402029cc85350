package auth_test

import (
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/holdfast-platform/holdfast/ent/viewer"
	"github.com/holdfast-platform/holdfast/gen/ent/membership"
	"github.com/holdfast-platform/holdfast/server"
	"github.com/holdfast-platform/holdfast/server/internal/db"
	"github.com/holdfast-platform/holdfast/server/internal/housetest"
	"github.com/holdfast-platform/holdfast/server/operate"
)

// TestProviderAway: a dead provider stops nothing but its own sign-ins, and is found again.
func TestProviderAway(t *testing.T) {
	t.Parallel()
	eachWith(t, func(t *testing.T, h *housetest.House, p *issuer) {
		p.knows(ada())
		p.set(func(p *issuer) { p.away = true })
		b := newBrowser(t, h)
		_, to, cookies := b.get("/api/v1/auth/oidc/login")
		b.refused(to, "provider_unavailable")
		if len(cookies) != 0 {
			t.Errorf("cookies %v", cookies)
		}
		h.Nobody.JSON("GET", "/api/v1/health/ready", nil, http.StatusOK, nil)
		login(t, h, "admin@home.test")
		p.set(func(p *issuer) { p.away = false })
		h.Clock.Advance(6 * time.Second)
		back := p.consent(t, b.leave("/api/v1/auth/oidc/login"), "ada-1")
		p.set(func(p *issuer) { p.away = true })
		_, to, _ = b.get(back)
		b.refused(to, "provider_unavailable")
		p.set(func(p *issuer) { p.away = false })
		b.wants(p, "ada-1", "")
		// The person says no; the provider says something else.
		for _, c := range []struct{ error, reason string }{
			{"access_denied", "access_denied"}, {"server_error", "provider_refused"}, {"temporarily_unavailable", "provider_unavailable"}, {"<script>", "provider_refused"},
		} {
			b := newBrowser(t, h)
			at, err := url.Parse(b.leave("/api/v1/auth/oidc/login"))
			if err != nil {
				t.Fatal(err)
			}
			_, to, _ := b.get(callback("oidc") + "?" + url.Values{"state": {at.Query().Get("state")}, "error": {c.error}, "error_description": {"x"}}.Encode())
			b.refused(to, c.reason)
		}
		// A description that is another's, or leads out of TLS, is none.
		for what, say := range map[string]func(object){
			"issuer":   func(d object) { d["issuer"] = "https://evil.test" },
			"endpoint": func(d object) { d["token_endpoint"] = "ftp://evil.test/token" },
			"keys":     func(d object) { delete(d, "jwks_uri") },
			"pkce":     func(d object) { d["code_challenge_methods_supported"] = []string{"plain"} },
		} {
			p.set(func(p *issuer) { p.say = say })
			other := housetest.New(t, "sqlite", federated(p))
			b := newBrowser(t, other)
			if _, to, _ := b.get("/api/v1/auth/oidc/login"); to.String() != desk+"/signin?error=provider_unavailable" {
				t.Errorf("%s: leads to %s", what, to)
			}
		}
	})
}

// TestWrongProvider: an answer of one provider is worth nothing at another's callback, and one that names itself must
// be the right one.
func TestWrongProvider(t *testing.T) {
	t.Parallel()
	const directory = "/3c7e4a52-9f0b-4f5b-9a39-6a7d8e1f2b3c/v2.0"
	for _, kind := range []string{"sqlite", "postgres"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			p, other := provider(t, "", callback("oidc")), provider(t, directory, callback("microsoft"))
			p.knows(ada())
			other.knows(ada())
			h := housetest.New(t, kind, federated(p), func(c *server.Config) {
				c.Microsoft = &server.SignInProvider{Issuer: other.name, ClientID: clientID, ClientSecret: clientSecret}
			})
			var methods struct{ Items []object }
			h.Nobody.JSON("GET", "/api/v1/auth/methods", nil, http.StatusOK, &methods)
			if len(methods.Items) != 3 || methods.Items[1]["label"] != "Test ID" || methods.Items[1]["url"] != "/api/v1/auth/oidc/login" || methods.Items[2]["method"] != "microsoft" {
				t.Errorf("%v", methods.Items)
			}
			// The memory of one, moved to the other's callback, with the other's answer.
			b := newBrowser(t, h)
			status, to, cookies := b.get("/api/v1/auth/oidc/login")
			if status != http.StatusFound {
				t.Fatal(status)
			}
			at, err := url.Parse(callback("microsoft"))
			if err != nil {
				t.Fatal(err)
			}
			b.jar.SetCookies(at, []*http.Cookie{{Name: "signin_microsoft", Value: cookies["signin_oidc"].Value, Path: at.Path}})
			back := p.consent(t, to.String(), "ada-1")
			_, to, _ = b.get(strings.Replace(back, "/oidc/", "/microsoft/", 1))
			b.refused(to, "state_invalid")
			_, to, _ = b.get(back + "&iss=" + url.QueryEscape(other.name))
			b.refused(to, "wrong_provider")
			b = newBrowser(t, h)
			_, to, _ = b.get(p.consent(t, b.leave("/api/v1/auth/oidc/login"), "ada-1") + "&iss=" + url.QueryEscape(p.name))
			b.refused(to, "")
			// One that promises to name itself must.
			p.set(func(p *issuer) { p.say = func(d object) { d["authorization_response_iss_parameter_supported"] = true } })
			h.Clock.Advance(2 * time.Hour) // the description is fetched anew
			newBrowser(t, h).wants(p, "ada-1", "wrong_provider")
			b = newBrowser(t, h)
			_, to, _ = b.get(p.consent(t, b.leave("/api/v1/auth/oidc/login"), "ada-1") + "&iss=" + url.QueryEscape(p.name))
			b.refused(to, "")
		})
	}
}

// TestSimultaneousFirstSignIns: many first sign-ins with one identity end in one account, and all of them are let in.
func TestSimultaneousFirstSignIns(t *testing.T) {
	t.Parallel()
	eachWith(t, func(t *testing.T, h *housetest.House, p *issuer) {
		p.knows(ada(), &somebody{subject: "viv", email: "viewer@home.test", name: "Vic", verified: true})
		for _, subject := range []string{"ada-1", "viv"} { // one is new, one has an account
			const many = 8
			browsers, backs := make([]*browser, many), make([]string, many)
			for i := range many {
				browsers[i] = newBrowser(t, h)
				backs[i] = p.consent(t, browsers[i].leave("/api/v1/auth/oidc/login"), subject)
			}
			var all sync.WaitGroup
			start := make(chan struct{})
			ends := make([]string, many)
			for i := range many {
				all.Go(func() {
					<-start
					_, to, _ := browsers[i].get(backs[i])
					ends[i] = to.String()
				})
			}
			close(start)
			all.Wait()
			for i, end := range ends {
				if end != desk+"/" || !browsers[i].signedIn() {
					t.Errorf("%s %d leads to %s", subject, i, end)
				}
			}
		}
		for _, email := range []string{"ada.new@home.test", "viewer@home.test"} {
			if n := count(t, h, email); n != 1 {
				t.Errorf("%s has %d accounts", email, n)
			}
		}
		ctx := db.System(h.DB.In(t.Context()), viewer.SignIn)
		if n, err := db.From(ctx).Membership.Query().Where(membership.UserID(person(t, h, "ada.new@home.test").ID)).Count(ctx); err != nil || n != 1 {
			t.Errorf("%d memberships, %v", n, err)
		}
		if _, in := func() (int, signIn) { b := newBrowser(t, h); b.wants(p, "viv", ""); return b.refresh() }(); in.User["id"] != h.Viewer.Person.String() {
			t.Errorf("%+v", in.User)
		}
	})
}

// TestTwoServersTakeAnAnswerOnce: the answer may come to another server than the one that asked, and is good once over
// both.
func TestTwoServersTakeAnAnswerOnce(t *testing.T) {
	t.Parallel()
	p := provider(t, "", callback("oidc"))
	p.knows(ada())
	one, two := housetest.Pair(t, federated(p))
	b := newBrowser(t, one)
	_, to, cookies := b.get("/api/v1/auth/oidc/login")
	back := p.consent(t, to.String(), "ada-1")
	at, err := url.Parse(back)
	if err != nil {
		t.Fatal(err)
	}
	ends := make([]string, 2)
	var both sync.WaitGroup
	for i, h := range []*housetest.House{two, one} {
		c := newBrowser(t, h)
		c.jar.SetCookies(at, []*http.Cookie{{Name: "signin_oidc", Value: cookies["signin_oidc"].Value, Path: at.Path}})
		both.Go(func() {
			_, to, _ := c.get(back)
			ends[i] = to.String()
		})
	}
	both.Wait()
	if got := ends[0] + " " + ends[1]; got != desk+"/ "+desk+"/signin?error=state_used" && got != desk+"/signin?error=state_used "+desk+"/" {
		t.Errorf("leads to %s", got)
	}
}

// TestExamineAsksTheProvider: doctor tells whether the provider answers, and what it must know.
func TestExamineAsksTheProvider(t *testing.T) {
	t.Parallel()
	p := provider(t, "", callback("oidc"))
	cfg := server.Config{DatabaseURL: "sqlite:" + t.TempDir() + "/none.db", DataDir: t.TempDir()}
	federated(p)(&cfg)
	grade := func() (operate.Grade, string) {
		for _, c := range operate.Examine(t.Context(), cfg) {
			if c.Subject == "sign-in" {
				return c.Grade, c.Detail
			}
		}
		return "", ""
	}
	if g, detail := grade(); g != operate.Good || !strings.Contains(detail, callback("oidc")) {
		t.Errorf("%s: %s", g, detail)
	}
	p.set(func(p *issuer) { p.say = func(d object) { d["issuer"] = p.name + "/" } })
	if g, detail := grade(); g != operate.Failure || strings.Contains(detail, clientSecret) {
		t.Errorf("%s: %s", g, detail)
	}
	cfg.Domains = nil
	p.set(func(p *issuer) { p.say = nil })
	found := false
	for _, c := range operate.Examine(t.Context(), cfg) {
		found = found || c.Subject == "sign-in" && c.Grade == operate.Warning
	}
	if !found {
		t.Error("nobody is told that nobody new gets in")
	}
}
