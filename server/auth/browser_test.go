package auth_test

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"

	"github.com/holdfast-platform/holdfast/ent/viewer"
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
		if c.Name == "__Secure-refresh_token" && strings.HasPrefix(c.Value, "hf_ref_") {
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
