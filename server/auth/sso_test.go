package auth_test

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"


	"github.com/holdfast-platform/holdfast/ent/viewer"
	"github.com/holdfast-platform/holdfast/gen/ent/membership"
	"github.com/holdfast-platform/holdfast/gen/ent/user"
	"github.com/holdfast-platform/holdfast/server"
	"github.com/holdfast-platform/holdfast/server/internal/db"
	"github.com/holdfast-platform/holdfast/server/internal/housetest"
)

// desk is the public address in these tests.
const desk = "https://desk.test"

func callback(provider string) string { return desk + "/api/v1/auth/" + provider + "/callback" }

// federated lets a provider sign people of home.test and other.test in.
func federated(p *issuer) housetest.Option {
	return func(c *server.Config) {
		c.PublicURL = desk
		c.OIDC = &server.SignInProvider{Label: "Test ID", Issuer: p.name, ClientID: clientID, ClientSecret: clientSecret}
		c.Domains = []server.Domain{
			{Name: "home.test", Tenant: "home", Method: "sso"}, {Name: "Other.test", Tenant: "other", Method: "sso"}, {Name: "old.test", Tenant: "home", Method: "password"},
		}
	}
}

// eachWith runs a test on both databases, each with a provider of its own.
func eachWith(t *testing.T, test func(t *testing.T, h *housetest.House, p *issuer), options ...housetest.Option) {
	t.Helper()
	for _, kind := range []string{"sqlite", "postgres"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			p := provider(t, "", callback("oidc"))
			test(t, housetest.New(t, kind, append([]housetest.Option{federated(p)}, options...)...), p)
		})
	}
}

// browser keeps cookies as one does, for the public address.
type browser struct {
	t   *testing.T
	web *http.Client
	jar *cookiejar.Jar
}

func newBrowser(t *testing.T, h *housetest.House) *browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &browser{t, &http.Client{
		Jar: jar, Transport: toHouse{h.URL}, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}, jar}
}

// toHouse brings what is meant for the public address to the server, as a proxy with a certificate does.
type toHouse struct{ url string }

// RoundTrip sends a request.
func (d toHouse) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.URL.Scheme, r.URL.Host = "http", strings.TrimPrefix(d.url, "http://")
	return http.DefaultTransport.RoundTrip(r)
}

// get answers the status, where it leads to, and the cookies that are set.
func (b *browser) get(address string) (int, *url.URL, map[string]*http.Cookie) {
	b.t.Helper()
	if strings.HasPrefix(address, "/") {
		address = desk + address
	}
	r, err := http.NewRequestWithContext(b.t.Context(), http.MethodGet, address, nil)
	if err != nil {
		b.t.Fatal(err)
	}
	res, err := b.web.Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	body, err := io.ReadAll(res.Body)
	if err = errors.Join(err, res.Body.Close()); err != nil {
		b.t.Fatal(err)
	}
	if res.StatusCode != http.StatusFound && res.StatusCode != http.StatusBadRequest {
		b.t.Logf("%s: %d %s", address, res.StatusCode, body)
	}
	to, err := url.Parse(res.Header.Get("Location"))
	if err != nil {
		b.t.Fatal(err)
	}
	cookies := map[string]*http.Cookie{}
	for _, c := range res.Cookies() {
		cookies[c.Name] = c
	}
	return res.StatusCode, to, cookies
}

// leave begins a sign-in and answers the provider's address.
func (b *browser) leave(path string) string {
	b.t.Helper()
	status, to, _ := b.get(path)
	if status != http.StatusFound || to.Query().Get("state") == "" {
		b.t.Fatalf("%s: %d to %s", path, status, to)
	}
	return to.String()
}

// signIn goes the whole way and answers where it ends.
func (b *browser) signIn(p *issuer, subject string) *url.URL {
	b.t.Helper()
	_, to, _ := b.get(p.consent(b.t, b.leave("/api/v1/auth/oidc/login"), subject))
	return to
}

// wants goes the whole way and expects a reason, or none.
func (b *browser) wants(p *issuer, subject, reason string) {
	b.t.Helper()
	to := b.signIn(p, subject)
	b.refused(to, reason)
}

func (b *browser) refused(to *url.URL, reason string) {
	b.t.Helper()
	want := desk + "/"
	if reason != "" {
		want = desk + "/signin?error=" + reason
	}
	if to.String() != want {
		b.t.Errorf("leads to %s, want %s", to, want)
	}
	if in := b.signedIn(); in != (reason == "") {
		b.t.Errorf("signed in: %v", in)
	}
}

// signedIn tells whether the browser has a session's cookie.
func (b *browser) signedIn() bool {
	at, err := url.Parse(desk + "/api/v1/auth/refresh")
	if err != nil {
		b.t.Fatal(err)
	}
	for _, c := range b.jar.Cookies(at) {
		if c.Name == "refresh_token" && strings.HasPrefix(c.Value, "hf_ref_") {
			return true
		}
	}
	return false
}

// refresh gets tokens for the cookie.
func (b *browser) refresh() (int, signIn) {
	b.t.Helper()
	r, err := http.NewRequestWithContext(b.t.Context(), http.MethodPost, desk+"/api/v1/auth/refresh", strings.NewReader("{}"))
	if err != nil {
		b.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	res, err := b.web.Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	var out signIn
	if err = errors.Join(json.NewDecoder(res.Body).Decode(&out), res.Body.Close()); err != nil {
		b.t.Fatal(err)
	}
	return res.StatusCode, out
}

// failures are the reasons of refused sign-ins in the journal, the oldest first.
func failures(t *testing.T, h *housetest.House) []string {
	t.Helper()
	rows, err := h.DB.Reader().QueryContext(t.Context(), `SELECT changes FROM journal WHERE action = 'login.failed' ORDER BY seq`)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for rows.Next() {
		var text []byte
		if err := rows.Scan(&text); err != nil {
			t.Fatal(err)
		}
		var changes map[string]struct{ New string }
		if err := json.Unmarshal(text, &changes); err != nil {
			t.Fatal(err)
		}
		all = append(all, changes["reason"].New)
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		t.Fatal(err)
	}
	return all
}

// count counts people by address.
func count(t *testing.T, h *housetest.House, email string) int {
	t.Helper()
	ctx := db.System(h.DB.In(t.Context()), viewer.SignIn)
	n, err := db.From(ctx).User.Query().Where(user.EmailKey(db.Key(email))).Count(ctx)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func ada() *somebody {
	return &somebody{subject: "ada-1", email: "Ada.New@home.test", name: "Ada\u202e New\n", verified: true}
}

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
		refresh := cookies["refresh_token"]
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
		// The request loses its challenge on the way: a provider that knows RFC 9700 does not give tokens to a verifier out of nowhere.
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
		if n := count(t, h, "ada.new@home.test"); n != 1 {
			t.Errorf("%d accounts", n)
		}
	})
}

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

// TestWrongProvider: an answer of one provider is worth nothing at another's callback, and one that names itself must be the right one.
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

// TestTwoServersTakeAnAnswerOnce: the answer may come to another server than the one that asked, and is good once over both.
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

