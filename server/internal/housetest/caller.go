package housetest

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"sync"

	"github.com/google/uuid"

	"github.com/holdfast-platform/holdfast/ent/viewer"
	"github.com/holdfast-platform/holdfast/server/internal/clock"
	"github.com/holdfast-platform/holdfast/server/internal/openapicheck"
)

// Caller is somebody who calls the server.
type Caller struct {
	Name           string
	Tenant, Person uuid.UUID
	// URL is the server's. HTTP carries the caller's credential over HTTP/1.1, H2 over HTTP/2 without TLS, which gRPC
	// needs.
	URL      string
	HTTP, H2 *http.Client

	house *House
	once  sync.Once
	token string
}

var (
	plain = &http.Transport{MaxIdleConnsPerHost: 64}
	h2c   = func() *http.Transport {
		t := &http.Transport{Protocols: new(http.Protocols)}
		t.Protocols.SetUnencryptedHTTP2(true)
		return t
	}()
)

func (h *House) caller(name string, tenant, person uuid.UUID) *Caller {
	c := &Caller{Name: name, Tenant: tenant, Person: person, URL: h.URL, house: h}
	c.HTTP, c.H2 = &http.Client{Transport: signed{c, h.checked()}, CheckRedirect: stay}, &http.Client{Transport: signed{c, h2c}, CheckRedirect: stay}
	return c
}

// checked is a transport that holds the server's REST answers against the API's own description.
func (h *House) checked() http.RoundTripper {
	api, err := openapicheck.Of(h.t.Context(), h.URL)
	if err != nil {
		h.t.Fatalf("the API's description: %v", err)
	}
	return api.Transport(plain)
}

func stay(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// signed adds the caller's credential, unless the request has one.
type signed struct {
	caller *Caller
	next   http.RoundTripper
}

// RoundTrip sends a request.
func (s signed) RoundTrip(r *http.Request) (*http.Response, error) {
	if token := s.caller.Credential(); token != "" && r.Header.Get("Authorization") == "" {
		r = r.Clone(r.Context())
		r.Header.Set("Authorization", "Bearer "+token)
	}
	return s.next.RoundTrip(r)
}

// Credential is the caller's access token (or API token), got at first use; empty for nobody.
func (c *Caller) Credential() string {
	if c.Person == uuid.Nil {
		return ""
	}
	c.once.Do(func() { c.token = c.house.credential(c) })
	return c.token
}

// Renew signs the caller in anew.
func (c *Caller) Renew() { c.once.Do(func() {}); c.token = c.house.credential(c) }

func (h *House) credential(c *Caller) string {
	if c == h.Token {
		status, _, body := h.Admin.REST("POST", "/api/v1/api-tokens", map[string]any{"name": "house " + uuid.NewString(), "scopes": []string{"*"}})
		var made struct{ Token string }
		if err := json.Unmarshal(body, &made); err != nil || status != http.StatusCreated || made.Token == "" {
			h.t.Errorf("make an API token: %d %s", status, body)
		}
		return made.Token
	}
	ctx := viewer.WithCall(clock.With(h.t.Context(), h.Clock), &viewer.Call{IP: "127.0.0.1", UserAgent: "housetest"})
	g, err := h.Server.Identity().Login(h.Server.DB().In(ctx), c.Name+map[bool]string{true: "@other.test", false: "@home.test"}[c == h.Stranger], Password, "")
	if err != nil {
		h.t.Errorf("sign in the %s: %v", c.Name, err)
		return ""
	}
	return g.Access
}

// REST sends a request and reads the answer whole. The body is JSON text, bytes, a reader, or a value to be written as
// JSON; nil is none. Headers follow in pairs. What cannot be sent fails the test.
func (c *Caller) REST(method, path string, body any, headers ...string) (status int, header http.Header, answer []byte) {
	t := c.house.t
	t.Helper()
	var in io.Reader
	kind := "application/json"
	switch b := body.(type) {
	case nil:
	case string:
		in = strings.NewReader(b)
	case []byte:
		in = bytes.NewReader(b)
	case io.Reader:
		in = b
	default:
		text, err := json.Marshal(b)
		if err != nil {
			t.Errorf("%s %s: %v", method, path, err)
			return 0, nil, nil
		}
		in = bytes.NewReader(text)
	}
	req, err := http.NewRequestWithContext(t.Context(), method, c.URL+path, in)
	if err != nil {
		t.Errorf("%s %s: %v", method, path, err)
		return 0, nil, nil
	}
	if in != nil {
		req.Header.Set("Content-Type", kind)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err := c.HTTP.Do(req)
	if err != nil {
		t.Errorf("%s %s: %v", method, path, err)
		return 0, nil, nil
	}
	defer func() { _ = res.Body.Close() }()
	answer, err = io.ReadAll(res.Body)
	if err != nil {
		t.Errorf("%s %s: %v", method, path, err)
	}
	return res.StatusCode, res.Header, answer
}

// JSON sends a request like REST, and wants a status; the answer is read into out, unless that is nil.
func (c *Caller) JSON(method, path string, body any, want int, out any, headers ...string) {
	t := c.house.t
	t.Helper()
	status, _, answer := c.REST(method, path, body, headers...)
	if status != want {
		t.Errorf("%s %s as %s: %d, want %d: %s", method, path, c.Name, status, want, answer)
		return
	}
	if out == nil {
		return
	}
	if err := json.Unmarshal(answer, out); err != nil {
		t.Errorf("%s %s as %s: %v: %s", method, path, c.Name, err, answer)
	}
}

// Caller is somebody else whom a test has made at home, with the name@home.test and everybody's password.
func (h *House) Caller(name string, tenant, person uuid.UUID) *Caller {
	return h.caller(name, tenant, person)
}
