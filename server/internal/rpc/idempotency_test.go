package rpc_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"connectrpc.com/connect"

	sitesv1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/sites/v1"
	"github.com/holdfast-platform/holdfast/gen/pb/holdfast/sites/v1/sitesv1connect"
	"github.com/holdfast-platform/holdfast/server/internal/clock"
	"github.com/holdfast-platform/holdfast/server/internal/dbtest"
	"github.com/holdfast-platform/holdfast/server/internal/rpc"
)

func (p *place) count(t testing.TB, table string) (n int) {
	t.Helper()
	if err := p.db.Reader().QueryRowContext(t.Context(), `SELECT count(*) FROM `+table).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func keyed(name, key string) func(string) sitesv1connect.SiteServiceClient {
	return func(url string) sitesv1connect.SiteServiceClient {
		return sitesv1connect.NewSiteServiceClient(as(name, "Idempotency-Key", key), url)
	}
}

func TestOnce(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, url string) {
		now := clock.NewManual(clock.System.Now())
		p := build(t, url, func(c *rpc.Config) { c.Clock = now })
		ctx := t.Context()
		first, err := keyed("ann", "k1")(p.url).CreateSite(ctx, create("Plant"))
		if err != nil {
			t.Fatal(err)
		}
		again, info := connect.NewClientContext(ctx)
		second, err := keyed("ann", "k1")(p.url).CreateSite(again, create("Plant"))
		if err != nil || second.GetId() != first.GetId() || second.GetName() != "Plant" {
			t.Fatalf("replay: %v %v", second, err)
		}
		if h := info.ResponseHeader(); h.Get("Idempotent-Replayed") != "true" || h.Get("ETag") != `"1"` || h.Get("Location") == "" {
			t.Errorf("replay's headers: %v", h)
		}
		_, err = keyed("ann", "k1")(p.url).CreateSite(ctx, create("Other"))
		wantCode(t, "another body", err, connect.CodeInvalidArgument, "idempotency_key_reused")
		_, err = keyed("bob", "k1")(p.url).CreateSite(ctx, create("Plant"))
		wantCode(t, "after authorization", err, connect.CodePermissionDenied, "permission_denied")
		if _, err = keyed("token", "k1")(p.url).CreateSite(ctx, create("Office")); err != nil {
			t.Errorf("another owner's key: %v", err)
		}
		_, err = keyed("ann", "k2")(p.url).CreateSite(ctx, create(""))
		wantCode(t, "a refusal", err, connect.CodeInvalidArgument, "validation")
		if _, err = keyed("ann", "k2")(p.url).CreateSite(ctx, create("Yard")); err != nil {
			t.Errorf("a refusal is not kept: %v", err)
		}
		_, err = keyed("ann", "a b")(p.url).CreateSite(ctx, create("Hall"))
		wantCode(t, "a bad key", err, connect.CodeInvalidArgument, "malformed")
		if n := p.count(t, "sites"); n != 3 {
			t.Errorf("%d sites", n)
		}
		now.Advance(25 * time.Hour)
		_, err = keyed("ann", "k1")(p.url).CreateSite(ctx, create("Plant"))
		wantCode(t, "after its day", err, connect.CodeAlreadyExists, "already_exists")
		if _, err = keyed("ann", "k1")(p.url).CreateSite(ctx, create("Plant two")); err != nil {
			t.Errorf("after its day: %v", err)
		}
	})
}

// TestOnceRace: whoever comes while the first is being worked on is sent away, and only one site is made, also by two
// servers on one database.
func TestOnceRace(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, url string) {
		p := build(t, url, nil)
		servers := []*place{p}
		if p.db.Kind == "postgres" {
			q := build(t, url, nil)
			q.keys.known = p.keys.known
			servers = append(servers, q)
		}
		var inside atomic.Int32
		for _, s := range servers {
			s.room.calls = func(context.Context) error {
				if inside.Add(1) > 1 {
					return errors.New("two at once")
				}
				time.Sleep(50 * time.Millisecond)
				inside.Add(-1)
				return nil
			}
		}
		for round := range 3 {
			var wg sync.WaitGroup
			var made, busy atomic.Int32
			for i := range 8 {
				wg.Go(func() {
					_, err := keyed("ann", fmt.Sprint("race", round))(servers[i%len(servers)].url).CreateSite(t.Context(), create(fmt.Sprint("Site ", round)))
					switch {
					case err == nil:
						made.Add(1)
					case reasonOf(err) == "in_progress":
						busy.Add(1)
					default:
						t.Error(err)
					}
				})
			}
			wg.Wait()
			if made.Load() == 0 || made.Load()+busy.Load() != 8 {
				t.Errorf("made %d, busy %d", made.Load(), busy.Load())
			}
		}
		if n := p.count(t, "sites"); n != 3 {
			t.Errorf("%d sites", n)
		}
	})
}

func TestVersionsAndDryRuns(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, url string) {
		p := build(t, url, nil)
		ctx := t.Context()
		site, err := p.sites.CreateSite(ctx, create("Plant"))
		if err != nil {
			t.Fatal(err)
		}
		rename := func(version int32, match string) error {
			c := sitesv1connect.NewSiteServiceClient(as("ann", "If-Match", match), p.url)
			if match == "" {
				c = p.sites
			}
			_, err := c.UpdateSite(ctx, &sitesv1.UpdateSiteRequest{Site: &sitesv1.Site{Id: site.GetId(), Version: version, Name: fmt.Sprint("Plant ", version, match)}})
			return err
		}
		for _, c := range []struct {
			version int32
			match   string
			reason  string
		}{
			{1, "", ""}, {1, "", "stale_version"}, {0, "", ""}, {0, `"3"`, ""}, {0, `"3"`, "stale_match"}, {0, `W/"4"`, "stale_match"},
			{0, `"1", "4"`, ""}, {0, "*", ""}, {0, "six", "malformed"},
			{0, `"06"`, "stale_match"}, // tags are compared as text
		} {
			err := rename(c.version, c.match)
			if reasonOf(err) != c.reason || (err == nil) != (c.reason == "") {
				t.Errorf("version %d, If-Match %s: %v, want %q", c.version, c.match, err, c.reason)
			}
			if err != nil && connect.CodeOf(err) != connect.CodeAborted && c.reason != "malformed" {
				t.Errorf("version %d, If-Match %s: %v", c.version, c.match, err)
			}
		}
		lines := p.count(t, "journal")
		dry := create("Only looking")
		dry.ValidateOnly = true
		if got, err := p.sites.CreateSite(ctx, dry); err != nil || got.GetName() != "Only looking" {
			t.Errorf("validate_only: %v %v", got, err)
		}
		if p.count(t, "sites") != 1 || p.count(t, "journal") != lines {
			t.Error("validate_only has kept something")
		}
	})
}

func TestLimit(t *testing.T) {
	t.Parallel()
	now := clock.NewManual(clock.System.Now().Truncate(time.Minute))
	p := build(t, dbtest.SQLite(t), func(c *rpc.Config) { c.Clock, c.Rate = now, "3/minute" })
	get := func(name string) error {
		_, err := sitesv1connect.NewSiteServiceClient(as(name), p.url).ListSites(t.Context(), &sitesv1.ListSitesRequest{})
		return err
	}
	now.Advance(20 * time.Second)
	for range 3 {
		wantCode(t, "within", get("ann"), connect.CodeUnimplemented, "")
	}
	err := get("ann")
	wantCode(t, "the fourth", err, connect.CodeResourceExhausted, "rate_limited")
	var e *connect.Error
	if errors.As(err, &e) && e.Meta().Get("Retry-After") != "40" {
		t.Errorf("Retry-After: %v", e.Meta())
	}
	wantCode(t, "somebody else", get("token"), connect.CodeUnimplemented, "")
	for range 3 {
		wantCode(t, "nobody", get("eve"), connect.CodeUnauthenticated, "unauthenticated")
	}
	wantCode(t, "nobody again", get("eve"), connect.CodeResourceExhausted, "rate_limited")
	now.Advance(40 * time.Second)
	wantCode(t, "the next minute", get("ann"), connect.CodeUnimplemented, "")
}

// TestSharedLimit: two servers on one database tell each other what they have counted.
func TestSharedLimit(t *testing.T) {
	t.Parallel()
	url := dbtest.Postgres(t)
	now := clock.NewManual(clock.System.Now().Truncate(time.Hour))
	var servers [2]*place
	for i := range servers {
		servers[i] = build(t, url, func(c *rpc.Config) { c.Clock, c.Rate, c.Shared = now, "5/hour", rpc.OverDatabase(c.DB) })
		go servers[i].door.Run(t.Context())
		servers[i].keys.known = servers[0].keys.known
	}
	get := func(i int) error {
		_, err := servers[i].sites.ListSites(t.Context(), &sitesv1.ListSitesRequest{})
		return err
	}
	for i := range 4 {
		wantCode(t, "within", get(i%2), connect.CodeUnimplemented, "")
	}
	time.Sleep(2500 * time.Millisecond) // both have exchanged
	wantCode(t, "the fifth", get(0), connect.CodeUnimplemented, "")
	time.Sleep(1500 * time.Millisecond)
	wantCode(t, "the sixth", get(0), connect.CodeResourceExhausted, "rate_limited")
}

// TestBusy: beyond its slots the server sends callers away at once.
func TestBusy(t *testing.T) {
	t.Parallel()
	p := build(t, dbtest.SQLite(t), func(c *rpc.Config) { c.InFlight = 1 })
	entered, leave := make(chan bool), make(chan bool)
	p.room.calls = func(context.Context) error {
		entered <- true
		<-leave
		return nil
	}
	done := make(chan error)
	go func() {
		_, err := p.sites.CreateSite(t.Context(), create("Plant"))
		done <- err
	}()
	<-entered
	began := clock.System.Now()
	_, err := p.sites.ListSites(t.Context(), &sitesv1.ListSitesRequest{})
	wantCode(t, "the second", err, connect.CodeUnavailable, "unavailable")
	if took := time.Since(began); took > time.Second {
		t.Errorf("it took %v", took)
	}
	leave <- true
	if err := <-done; err != nil {
		t.Error(err)
	}
	_, err = p.sites.ListSites(t.Context(), &sitesv1.ListSitesRequest{})
	wantCode(t, "after it", err, connect.CodeUnimplemented, "")
}

func TestDeadline(t *testing.T) {
	t.Parallel()
	p := build(t, dbtest.SQLite(t), func(c *rpc.Config) { c.Timeout = 30 * time.Millisecond })
	p.room.calls = func(ctx context.Context) error {
		<-ctx.Done()
		return ctx.Err()
	}
	_, err := p.sites.CreateSite(t.Context(), create("Plant"))
	wantCode(t, "too slow", err, connect.CodeDeadlineExceeded, "deadline_exceeded")
}

func TestProtocols(t *testing.T) {
	t.Parallel()
	p := build(t, dbtest.SQLite(t), nil)
	h2 := &http.Transport{Protocols: new(http.Protocols)}
	h2.Protocols.SetUnencryptedHTTP2(true)
	for what, options := range map[string][]connect.ClientOption{
		"connect": nil, "json": {connect.WithProtoJSON()}, "grpc": {connect.WithGRPC()}, "grpc-web": {connect.WithGRPCWeb()},
	} {
		c := sitesv1connect.NewSiteServiceClient(&http.Client{Transport: bearer{h2, "ann"}}, p.url, options...)
		if _, err := c.CreateSite(t.Context(), create("By "+what)); err != nil {
			t.Errorf("%s: %v", what, err)
		}
		_, err := c.CreateSite(t.Context(), create("by "+what))
		wantCode(t, what, err, connect.CodeAlreadyExists, "already_exists")
		_, err = c.CreateSite(t.Context(), create("a\x00b"))
		wantCode(t, what, err, connect.CodeInvalidArgument, "validation")
		nobody := sitesv1connect.NewSiteServiceClient(&http.Client{Transport: h2}, p.url, options...)
		_, err = nobody.CreateSite(t.Context(), create("x"))
		wantCode(t, what, err, connect.CodeUnauthenticated, "unauthenticated")
	}
}

type bearer struct {
	http.RoundTripper
	name string
}

func (b bearer) RoundTrip(r *http.Request) (*http.Response, error) {
	r.Header.Set("Authorization", "Bearer "+b.name)
	return b.RoundTripper.RoundTrip(r)
}
