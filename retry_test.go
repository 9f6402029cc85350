package holdfast_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"connectrpc.com/connect"

	"github.com/holdfast-platform/holdfast"
	authv1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/auth/v1"
	"github.com/holdfast-platform/holdfast/gen/pb/holdfast/auth/v1/authv1connect"
	sitesv1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/sites/v1"
	"github.com/holdfast-platform/holdfast/gen/pb/holdfast/sites/v1/sitesv1connect"
)

// line stands between a client and a server: it refuses, loses or passes on calls as it is told.
type line struct {
	mu     sync.Mutex
	plan   []string // one word per call to the sites: "503", "429", "409", "400", "lost" or "ok"
	seen   []http.Header
	tokens int // how many access tokens were given out
	behind http.Handler
}

type site struct {
	sitesv1connect.UnimplementedSiteServiceHandler
}

func (site) GetSite(_ context.Context, in *sitesv1.GetSiteRequest) (*sitesv1.Site, error) {
	return &sitesv1.Site{Id: in.GetId()}, nil
}

func (site) CreateSite(_ context.Context, in *sitesv1.CreateSiteRequest) (*sitesv1.Site, error) {
	return in.GetSite(), nil
}

type auth struct {
	authv1connect.UnimplementedAuthServiceHandler
	line *line
}

// Login asks people named "mfa…" for a second factor, and "new…" to set one up.
func (a auth) Login(_ context.Context, in *authv1.LoginRequest) (*authv1.SignIn, error) {
	token := "waiting"
	switch {
	case strings.HasPrefix(in.GetEmail(), "mfa"):
		return &authv1.SignIn{MfaRequired: true, MfaToken: &token}, nil
	case strings.HasPrefix(in.GetEmail(), "new"):
		return &authv1.SignIn{MfaEnrollmentRequired: true, MfaToken: &token}, nil
	case strings.HasPrefix(in.GetEmail(), "pending"):
		return &authv1.SignIn{}, nil
	}
	return a.next(), nil
}

func (a auth) VerifyMfa(_ context.Context, in *authv1.VerifyMfaRequest) (*authv1.SignIn, error) {
	if in.GetMfaToken() != "waiting" || in.GetCode() != "123456" || !in.GetReturnRefreshToken() {
		panic("a wrong second factor")
	}
	return a.next(), nil
}

func (a auth) Refresh(_ context.Context, in *authv1.RefreshRequest) (*authv1.SignIn, error) {
	if !strings.HasPrefix(in.GetRefreshToken(), "refresh-") {
		panic("a refresh without its token")
	}
	return a.next(), nil
}

func (a auth) next() *authv1.SignIn {
	a.line.mu.Lock()
	defer a.line.mu.Unlock()
	a.line.tokens++
	n := strconv.Itoa(a.line.tokens)
	access, refresh, life := "access-"+n, "refresh-"+n, int32(900)
	return &authv1.SignIn{AccessToken: &access, RefreshToken: &refresh, ExpiresIn: &life}
}

func (l *line) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if strings.HasPrefix(r.URL.Path, "/holdfast.auth.") {
		l.behind.ServeHTTP(w, r)
		return
	}
	l.mu.Lock()
	word := "ok"
	if len(l.plan) > 0 {
		word, l.plan = l.plan[0], l.plan[1:]
	}
	l.seen = append(l.seen, r.Header.Clone())
	current := "Bearer access-" + strconv.Itoa(l.tokens)
	signed := l.tokens == 0 || r.Header.Get("Authorization") == current
	l.mu.Unlock()
	refuse := func(status int, body string) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	}
	switch {
	case word == "lost":
		l.behind.ServeHTTP(httptest.NewRecorder(), r) // it was done
		panic(http.ErrAbortHandler)                   // but nobody hears of it
	case word == "503":
		refuse(503, `{"code":"unavailable","message":"draining"}`)
	case word == "429":
		w.Header().Set("Retry-After", "1")
		refuse(429, `{"code":"resource_exhausted","message":"slowly"}`)
	case word == "400":
		refuse(400, `{"code":"invalid_argument","message":"no"}`)
	case word == "401" || !signed:
		refuse(401, `{"code":"unauthenticated","message":"sign in"}`)
	default:
		l.behind.ServeHTTP(w, r)
	}
}

func serve(t *testing.T, plan ...string) (*line, string) {
	t.Helper()
	l := &line{plan: plan}
	mux := http.NewServeMux()
	mux.Handle(sitesv1connect.NewSiteServiceHandler(site{}))
	mux.Handle(authv1connect.NewAuthServiceHandler(auth{line: l}))
	l.behind = mux
	s := httptest.NewServer(l)
	t.Cleanup(s.Close)
	return l, s.URL
}

func keys(l *line) []string {
	var all []string
	for _, h := range l.seen {
		all = append(all, h.Get("Idempotency-Key"))
	}
	return all
}

func TestRetries(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		plan  []string
		opts  []holdfast.Option
		calls int
		code  connect.Code // 0 is success
	}{
		"at once":            {plan: nil, calls: 1},
		"after trouble":      {plan: []string{"503", "503"}, calls: 3},
		"after a lost line":  {plan: []string{"lost"}, calls: 2},
		"too often":          {plan: []string{"503", "503", "503"}, opts: []holdfast.Option{holdfast.WithRetries(2)}, calls: 3, code: connect.CodeUnavailable},
		"never":              {plan: []string{"503"}, opts: []holdfast.Option{holdfast.WithRetries(0)}, calls: 1, code: connect.CodeUnavailable},
		"not what is wrong":  {plan: []string{"400"}, calls: 1, code: connect.CodeInvalidArgument},
		"not without tokens": {plan: []string{"401"}, calls: 1, code: connect.CodeUnauthenticated},
	} {
		for _, writes := range []bool{false, true} {
			t.Run(name+" "+strconv.FormatBool(writes), func(t *testing.T) {
				t.Parallel()
				l, url := serve(t, c.plan...)
				client, err := holdfast.New(url, c.opts...)
				if err != nil {
					t.Fatal(err)
				}
				if writes {
					_, err = client.Sites.CreateSite(t.Context(), &sitesv1.CreateSiteRequest{Site: &sitesv1.Site{Name: "x"}})
				} else {
					_, err = client.Sites.GetSite(t.Context(), &sitesv1.GetSiteRequest{Id: "x"})
				}
				if (c.code == 0) != (err == nil) || err != nil && connect.CodeOf(err) != c.code {
					t.Errorf("answered %v", err)
				}
				got := keys(l)
				if len(got) != c.calls {
					t.Errorf("%d calls, not %d", len(got), c.calls)
				}
				if same := slices.Compact(slices.Clone(got)); len(same) != 1 || (same[0] != "") != writes {
					t.Errorf("keys %q", got)
				}
			})
		}
	}
}

func TestRetryAfterIsKept(t *testing.T) {
	t.Parallel()
	l, url := serve(t, "429")
	client, err := holdfast.New(url)
	if err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	if _, err := client.Sites.GetSite(t.Context(), &sitesv1.GetSiteRequest{Id: "x"}); err != nil {
		t.Fatal(err)
	}
	if waited := time.Since(start); waited < time.Second || len(l.seen) != 2 {
		t.Errorf("%d calls after %v", len(l.seen), waited)
	}
}

func TestNoWaitPastTheDeadline(t *testing.T) {
	t.Parallel()
	_, url := serve(t, "429", "429", "429")
	client, err := holdfast.New(url)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
	defer cancel()
	start := time.Now()
	_, err = client.Sites.GetSite(ctx, &sitesv1.GetSiteRequest{Id: "x"})
	if connect.CodeOf(err) != connect.CodeResourceExhausted || time.Since(start) > 400*time.Millisecond {
		t.Errorf("%v after %v", err, time.Since(start))
	}
}

func TestOwnIdempotencyKey(t *testing.T) {
	t.Parallel()
	l, url := serve(t)
	client, err := holdfast.New(url)
	if err != nil {
		t.Fatal(err)
	}
	ctx := holdfast.WithIdempotencyKey(t.Context(), "order-4711")
	if _, err := client.Sites.CreateSite(ctx, &sitesv1.CreateSiteRequest{Site: &sitesv1.Site{Name: "x"}}); err != nil {
		t.Fatal(err)
	}
	if got := keys(l); len(got) != 1 || got[0] != "order-4711" {
		t.Errorf("keys %q", got)
	}
}

// Many calls at once sign in once; when the token is refused, they renew it once.
func TestOneRenewalForMany(t *testing.T) {
	t.Parallel()
	l, url := serve(t)
	var kept []holdfast.Tokens
	client, err := holdfast.New(url, holdfast.WithTokens(holdfast.Tokens{Access: "old", Refresh: "refresh-0"}, func(t holdfast.Tokens) { kept = append(kept, t) }))
	if err != nil {
		t.Fatal(err)
	}
	l.tokens = 7 // so that "old" is refused
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			if _, err := client.Sites.GetSite(t.Context(), &sitesv1.GetSiteRequest{Id: "x"}); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if l.tokens != 8 || len(kept) != 1 || kept[0].Refresh != "refresh-8" {
		t.Errorf("%d tokens, kept %v", l.tokens-7, kept)
	}
}

func TestPasswordSignsInOnce(t *testing.T) {
	t.Parallel()
	l, url := serve(t)
	client, err := holdfast.New(url, holdfast.WithPassword("ada@example.com", "a long password", ""))
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if _, err := client.Sites.GetSite(t.Context(), &sitesv1.GetSiteRequest{Id: "x"}); err != nil {
			t.Fatal(err)
		}
	}
	if l.tokens != 1 {
		t.Errorf("signed in %d times", l.tokens)
	}
}

func TestSecondFactor(t *testing.T) {
	t.Parallel()
	code := holdfast.WithSecondFactor(func(context.Context) (string, error) { return "123456", nil })
	for name, c := range map[string]struct {
		email string
		opts  []holdfast.Option
		want  error
	}{
		"given":     {"mfa@example.com", []holdfast.Option{code}, nil},
		"not given": {"mfa@example.com", nil, holdfast.ErrSecondFactor},
		"not set":   {"new@example.com", []holdfast.Option{code}, holdfast.ErrEnrollSecondFactor},
		"pending":   {"pending@example.com", nil, holdfast.ErrNoTokens},
	} {
		_, url := serve(t)
		client, err := holdfast.New(url, append(c.opts, holdfast.WithPassword(c.email, "a long password", ""))...)
		if err != nil {
			t.Fatal(err)
		}
		if _, err = client.Sites.GetSite(t.Context(), &sitesv1.GetSiteRequest{Id: "x"}); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
