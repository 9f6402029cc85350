package rules_test

import (
	"context"
	"fmt"
	"net/http"
	"testing"
	"time"

	"connectrpc.com/connect"

	feedv1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/feed/v1"
	"github.com/holdfast-platform/holdfast/gen/pb/holdfast/feed/v1/feedv1connect"
	"github.com/holdfast-platform/holdfast/server"
	"github.com/holdfast-platform/holdfast/server/internal/housetest"
)

// within waits until it holds, and tells how long it took; it fails after the limit.
func within(t *testing.T, limit time.Duration, what string, holds func() bool) {
	t.Helper()
	for began := time.Now(); !holds(); time.Sleep(5 * time.Millisecond) {
		if time.Since(began) > limit {
			t.Fatalf("%s: not within %v", what, limit)
		}
	}
}

// A session that is revoked at one server is dead at the other within a second, also where it was in use a moment ago.
func TestTwinsRevoke(t *testing.T) {
	t.Parallel()
	one, two := housetest.Pair(t)
	token := "Bearer " + one.Editor.Credential()
	get := func(h *housetest.House) int {
		status, _, _ := h.Nobody.REST("GET", "/api/v1/me", nil, "Authorization", token)
		return status
	}
	if a, b := get(one), get(two); a != 200 || b != 200 {
		t.Fatalf("before: %d %d", a, b)
	}
	status, _, body := one.Nobody.REST("POST", "/api/v1/me/sessions/revoke-all", map[string]any{}, "Authorization", token)
	if status != 200 {
		t.Fatalf("revoke: %d %s", status, body)
	}
	if status := get(one); status != 401 {
		t.Fatalf("at the server that revoked: %d", status)
	}
	within(t, time.Second, "the other server lets it in", func() bool { return get(two) == 401 })
}

// A permission that is taken away at one server is gone at the other within a second.
func TestTwinsPermissions(t *testing.T) {
	t.Parallel()
	one, two := housetest.Pair(t)
	if status, _, _ := two.Viewer.REST("GET", "/api/v1/assets", nil); status != 200 {
		t.Fatalf("before: %d", status)
	}
	var groups struct {
		Items []struct{ ID, Name string }
	}
	one.Admin.JSON("GET", "/api/v1/groups", nil, 200, &groups)
	none := ""
	for _, g := range groups.Items {
		if g.Name == "No rights" {
			none = g.ID
		}
	}
	one.Admin.JSON("PATCH", "/api/v1/users/"+one.Viewer.Person.String(), map[string]any{"group_ids": []string{none}}, 200, nil)
	within(t, time.Second, "the other server still permits it", func() bool {
		status, _, _ := two.Viewer.REST("GET", "/api/v1/assets", nil)
		return status == 403
	})
}

// A watcher at one server sees within a second what is written at the other, in order, each once.
func TestTwinsWatch(t *testing.T) {
	t.Parallel()
	one, two := housetest.Pair(t)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	stream, err := feedv1connect.NewFeedServiceClient(two.Viewer.H2, two.URL, connect.WithGRPC()).Watch(ctx, &feedv1.WatchRequest{Kinds: []string{"site"}})
	if err != nil {
		t.Fatal(err)
	}
	labels := make(chan string, 100)
	go func() {
		defer close(labels)
		for stream.Receive() {
			if m := stream.Msg(); m.Action == "site.created" {
				labels <- m.Label
			}
		}
	}()
	time.Sleep(300 * time.Millisecond) // the stream begins with what happens from now on
	for i := range 5 {
		name := fmt.Sprint("site ", i)
		one.Editor.JSON("POST", "/api/v1/sites", map[string]any{"name": name}, 201, nil)
		select {
		case got := <-labels:
			if got != name {
				t.Fatalf("got %q, want %q", got, name)
			}
		case <-time.After(time.Second):
			t.Fatalf("%s: not within a second", name)
		}
	}
	select {
	case again, open := <-labels:
		t.Fatalf("one more: %q (%v)", again, open)
	case <-time.After(200 * time.Millisecond):
	}
}

// Attempts to sign in are counted over both servers, exactly.
func TestTwinsThrottle(t *testing.T) {
	t.Parallel()
	one, two := housetest.Pair(t, func(c *server.Config) { c.RateLimitLogin = "5/minute" })
	var got []int
	for i := range 8 {
		h := []*housetest.House{one, two}[i%2]
		status, header, _ := h.Nobody.REST("POST", "/api/v1/auth/login", map[string]any{"email": "unknown@home.test", "password": "wrong horse battery staple"})
		got = append(got, status)
		if status == http.StatusTooManyRequests && header.Get("Retry-After") == "" {
			t.Error("429 without Retry-After")
		}
	}
	if want := "[401 401 401 401 401 429 429 429]"; fmt.Sprint(got) != want {
		t.Fatalf("got %v, want %s", got, want)
	}
}

// The general limit is exchanged once a second: two servers together let through what the limit says, and at most what
// each takes in between.
func TestTwinsRate(t *testing.T) {
	t.Parallel()
	one, two := housetest.Pair(t, func(c *server.Config) { c.RateLimitAPI = "100/hour" })
	token, ok := "Bearer "+one.Viewer.Credential(), 0
	for i := range 400 {
		h := []*housetest.House{one, two}[i%2]
		if status, _, _ := h.Nobody.REST("GET", "/api/v1/me", nil, "Authorization", token); status == 200 {
			ok++
		}
		if i == 90 {
			time.Sleep(2500 * time.Millisecond) // both have heard of each other
		}
	}
	if ok < 90 || ok > 115 {
		t.Fatalf("%d of 400 calls were let through, the limit is 100", ok)
	}
}
