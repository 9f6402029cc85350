package rules_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"connectrpc.com/connect"

	feedv1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/feed/v1"
	"github.com/holdfast-platform/holdfast/gen/pb/holdfast/feed/v1/feedv1connect"
	"github.com/holdfast-platform/holdfast/server"
	"github.com/holdfast-platform/holdfast/server/internal/clock"
	"github.com/holdfast-platform/holdfast/server/internal/housetest"
)

// watch opens a stream and tells how it ended, and when.
func watch(t *testing.T, c *housetest.Caller, options ...connect.ClientOption) (first func() *feedv1.Event, ended <-chan error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	t.Cleanup(cancel)
	stream, err := feedv1connect.NewFeedServiceClient(c.H2, c.URL, options...).Watch(ctx, &feedv1.WatchRequest{})
	if err != nil {
		t.Fatal(err)
	}
	events, end := make(chan *feedv1.Event, 100), make(chan error, 1)
	go func() {
		for stream.Receive() {
			events <- stream.Msg()
		}
		end <- stream.Err()
		close(events)
	}()
	return func() *feedv1.Event { return <-events }, end
}

// TestStreamEnds: a stream ends within a second of the caller's session, and with the server.
func TestStreamEnds(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		first, ended := watch(t, h.Editor)
		_, lasting := watch(t, h.Admin, connect.WithGRPC())
		h.Admin.JSON("POST", "/api/v1/sites", `{"name": "Seen"}`, http.StatusCreated, nil)
		for e := first(); e != nil && e.GetLabel() != "Seen"; e = first() {
			if e == nil {
				t.Fatal("the stream ended before it began")
			}
		}
		h.Admin.JSON("POST", "/api/v1/users/"+h.Editor.Person.String()+"/revoke-sessions", nil, http.StatusOK, nil)
		began := clock.System.Now()
		if err := <-ended; connect.CodeOf(err) != connect.CodeUnauthenticated {
			t.Errorf("the stream of an ended session: %v", err)
		}
		if took := time.Since(began); took > 2*time.Second { // promised is one; the machine may be busy
			t.Errorf("it took %v", took)
		}
		h.Server.Drain()
		if err := <-lasting; connect.CodeOf(err) != connect.CodeUnavailable {
			t.Errorf("the stream of a stopping server: %v", err)
		}
		if status, _, _ := h.Nobody.REST("GET", "/api/v1/health/ready", nil); status != http.StatusServiceUnavailable {
			t.Errorf("a stopping server says it is ready: %d", status)
		}
		if status, _, _ := h.Nobody.REST("GET", "/api/v1/health/live", nil); status != http.StatusOK {
			t.Errorf("a stopping server lives: %d", status)
		}
	})
}

// TestTwoServers: what happens on one server is true on the other within a second.
func TestTwoServers(t *testing.T) {
	t.Parallel()
	one, two := housetest.Pair(t)
	there := func(c *housetest.Caller) (status int) {
		status, _, _ = two.Nobody.REST("GET", "/api/v1/sites", nil, "Authorization", "Bearer "+c.Credential())
		return status
	}
	if got := there(one.Viewer); got != http.StatusOK {
		t.Fatalf("a session of the one on the other: %d", got)
	}
	first, _ := watch(t, two.Editor)
	one.Admin.JSON("POST", "/api/v1/sites", `{"name": "Seen over there"}`, http.StatusCreated, nil)
	began := clock.System.Now()
	for e := first(); e.GetLabel() != "Seen over there"; e = first() {
		if e == nil {
			t.Fatal("the stream ended")
		}
	}
	if took := time.Since(began); took > 2*time.Second {
		t.Errorf("a watcher saw it after %v", took)
	}
	one.Admin.JSON("POST", "/api/v1/users/"+one.Viewer.Person.String()+"/revoke-sessions", nil, http.StatusOK, nil)
	for began = clock.System.Now(); there(one.Viewer) != http.StatusUnauthorized; time.Sleep(20 * time.Millisecond) {
		if time.Since(began) > 3*time.Second {
			t.Fatal("a session that one server has ended lives on the other")
		}
	}
	if took := time.Since(began); took > 2*time.Second {
		t.Errorf("it took %v", took)
	}
}

// TestLimitsHoldTogether: what one server has counted counts on the other.
func TestLimitsHoldTogether(t *testing.T) {
	t.Parallel()
	one, two := housetest.Pair(t, func(c *server.Config) { c.RateLimitAPI = "40/hour" })
	token := one.Admin.Credential()
	ask := func(h *housetest.House) (status int) {
		status, _, _ = h.Nobody.REST("GET", "/api/v1/sites", nil, "Authorization", "Bearer "+token)
		return status
	}
	served := 0
	for range 200 {
		if ask(one) == http.StatusOK {
			served++
		}
		if ask(two) == http.StatusOK {
			served++
		}
		time.Sleep(50 * time.Millisecond)
		if served > 60 {
			break
		}
		if ask(one) == http.StatusTooManyRequests && ask(two) == http.StatusTooManyRequests {
			break
		}
	}
	if served > 60 { // 40, and what may be overshot within a second
		t.Errorf("%d calls were served", served)
	}
}
