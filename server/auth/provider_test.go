package auth_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/google/uuid"
	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"
)

// somebody is a person whom a provider knows.
type somebody struct {
	subject, email, name string
	verified             bool
	amr                  []string
	more                 object // further claims
	elsewhere            bool   // address and name are told by userinfo only
}

// issuer is a real OpenID provider on loopback. What it says can be bent, as a broken or hostile one would.
type issuer struct {
	op.Storage // what is not needed here stays nil

	name, prefix string
	web          *httptest.Server
	client       *application

	mu        sync.Mutex
	people    map[string]*somebody
	requests  map[string]*asked
	codes     map[string]string
	tokens    map[string]string // access token's id: subject
	keys      []*signer
	withdrawn *signer // signs what is bent, once it is no longer published
	away      bool
	life      time.Duration
	bend      func(claims object) // of the id_token, which is signed again
	say       func(doc object)    // of the description
	seen      []url.Values        // what came to the token endpoint
}

const clientID, clientSecret = "holdfast-desk", "s3cret of the desk: &%+/"

// provider starts one. The path is part of its issuer.
func provider(t *testing.T, path string, redirects ...string) *issuer {
	t.Helper()
	p := &issuer{
		people: map[string]*somebody{}, requests: map[string]*asked{}, codes: map[string]string{}, tokens: map[string]string{}, life: time.Hour, prefix: path,
	}
	p.rotate(t)
	p.web = httptest.NewUnstartedServer(nil)
	p.name = "http://" + p.web.Listener.Addr().String() + path
	p.client = &application{p, redirects}
	real, err := op.NewProvider(&op.Config{CryptoKey: [32]byte{1}, CodeMethodS256: true, AuthMethodPost: true}, p, op.StaticIssuer(p.name), op.WithAllowInsecure())
	if err != nil {
		t.Fatal(err)
	}
	p.web.Config.Handler = p.bent(t, http.StripPrefix(path, real))
	p.web.Start()
	t.Cleanup(p.web.Close)
	return p
}

// bent puts what a test wants to be wrong around the real provider.
func (p *issuer) bent(t *testing.T, real http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.mu.Lock()
		away, bend, say := p.away, p.bend, p.say
		p.mu.Unlock()
		if away {
			http.Error(w, "away", http.StatusBadGateway)
			return
		}
		description := strings.HasSuffix(r.URL.Path, oidc.DiscoveryEndpoint)
		if description && !strings.HasPrefix(r.URL.Path, p.prefix+oidc.DiscoveryEndpoint) {
			r.URL.Path = p.prefix + oidc.DiscoveryEndpoint // a directory of many
		}
		token := r.URL.Path == p.prefix+"/oauth/token"
		if token {
			body, err := io.ReadAll(r.Body)
			if err != nil {
				t.Error(err)
			}
			form, err := url.ParseQuery(string(body))
			if err != nil {
				t.Error(err)
			}
			p.mu.Lock()
			p.seen = append(p.seen, form)
			p.mu.Unlock()
			r.Body = io.NopCloser(bytes.NewReader(body))
		}
		if (!token || bend == nil) && (!description || say == nil) {
			real.ServeHTTP(w, r)
			return
		}
		answer := httptest.NewRecorder()
		real.ServeHTTP(answer, r)
		var out object
		if answer.Code != http.StatusOK || json.Unmarshal(answer.Body.Bytes(), &out) != nil {
			w.WriteHeader(answer.Code)
			_, _ = w.Write(answer.Body.Bytes())
			return
		}
		if description {
			say(out)
		} else if text, ok := out["id_token"].(string); ok {
			out["id_token"] = p.resigned(t, text, bend)
		}
		w.Header().Set("Content-Type", "application/json")
		if err := json.NewEncoder(w).Encode(out); err != nil {
			t.Error(err)
		}
	})
}

// resigned is an id_token with other claims. The claim "sign" says how: "none" at all, by the client's "secret", by a
// "stranger".
func (p *issuer) resigned(t *testing.T, text string, bend func(object)) string {
	payload, err := base64.RawURLEncoding.DecodeString(strings.Split(text, ".")[1])
	if err != nil {
		t.Error(err)
	}
	var claims object
	if err := json.Unmarshal(payload, &claims); err != nil {
		t.Error(err)
	}
	bend(claims)
	how, _ := claims["sign"].(string)
	delete(claims, "sign")
	if payload, err = json.Marshal(claims); err != nil {
		t.Error(err)
	}
	k := p.key()
	if p.withdrawn != nil {
		k = p.withdrawn
	}
	key := jose.SigningKey{Algorithm: jose.ES256, Key: &jose.JSONWebKey{Key: k.private, KeyID: k.id}}
	switch how {
	case "none":
		return base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none","typ":"JWT"}`)) + "." + base64.RawURLEncoding.EncodeToString(payload) + "."
	case "secret":
		key = jose.SigningKey{Algorithm: jose.HS256, Key: []byte(clientSecret + "................................")}
	case "stranger":
		other, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			t.Error(err)
		}
		key.Key = &jose.JSONWebKey{Key: other, KeyID: k.id}
	}
	s, err := jose.NewSigner(key, nil)
	if err != nil {
		t.Error(err)
		return ""
	}
	signed, err := s.Sign(payload)
	if err != nil {
		t.Error(err)
		return ""
	}
	out, err := signed.CompactSerialize()
	if err != nil {
		t.Error(err)
	}
	return out
}

// set changes the provider while it runs.
func (p *issuer) set(f func(p *issuer)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	f(p)
}

// knows adds people.
func (p *issuer) knows(people ...*somebody) {
	p.set(func(p *issuer) {
		for _, s := range people {
			p.people[s.subject] = s
		}
	})
}

// rotate makes a new key and forgets the old ones.
func (p *issuer) rotate(t *testing.T) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	p.set(func(p *issuer) { p.keys = []*signer{{uuid.NewString(), private}} })
}

func (p *issuer) key() *signer {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.keys[0]
}

// consent lets somebody sign in at the provider: from the address that our server leads to, to the one that the
// provider leads back to.
func (p *issuer) consent(t *testing.T, authorize, subject string) string {
	t.Helper()
	login := p.visit(t, authorize)
	at, err := url.Parse(login)
	if err != nil || at.Path != "/login" {
		t.Fatalf("the provider leads to %q: %v", login, err)
	}
	id := at.Query().Get("id")
	p.set(func(p *issuer) { p.requests[id].subject = subject })
	return p.visit(t, p.name+"/authorize/callback?id="+url.QueryEscape(id))
}

// visit is where an address of the provider leads to.
func (p *issuer) visit(t *testing.T, address string) string {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := (&http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}).Do(r)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(res.Body)
	if err = errors.Join(err, res.Body.Close()); err != nil || res.StatusCode != http.StatusFound {
		t.Fatalf("%s: %d %s %v", address, res.StatusCode, text, err)
	}
	return res.Header.Get("Location")
}
