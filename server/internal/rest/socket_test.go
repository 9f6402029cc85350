package rest

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	typev1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/type/v1"
	"github.com/holdfast-platform/holdfast/server/internal/fault"
)

// live sends two events and ends as it is told.
type live struct{ end error }

func (l live) Follow(ctx context.Context, channel string, send func(string, any) error) error {
	if err := send(channel+".change", &typev1.Change{Action: "asset.created"}); err != nil {
		return err
	}
	if err := send("count", map[string]int{"n": 2}); err != nil {
		return err
	}
	if l.end == nil {
		<-ctx.Done()
	}
	return l.end
}

func (h *house) dial(t *testing.T, path, origin string) (*websocket.Conn, int) {
	t.Helper()
	o := &websocket.DialOptions{HTTPHeader: map[string][]string{}}
	if origin != "" {
		o.HTTPHeader.Set("Origin", origin)
	}
	c, res, err := websocket.Dial(t.Context(), "ws"+strings.TrimPrefix(h.url, "http")+path, o)
	if err != nil {
		if res == nil {
			t.Fatal(err)
		}
		return nil, res.StatusCode
	}
	t.Cleanup(func() { _ = c.CloseNow() })
	return c, res.StatusCode
}

func TestSocket(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		end  error
		code websocket.StatusCode
	}{
		{fault.Unauthenticated(), websocket.StatusPolicyViolation},
		{fault.Unavailable(time.Second, "stopping"), websocket.StatusGoingAway},
		{context.Canceled, websocket.StatusInternalError},
	} {
		h := setup(t, func(cfg *Config) { cfg.Live = live{c.end} })
		conn, status := h.dial(t, "/api/ws/security?token=good", h.url)
		if conn == nil {
			t.Fatalf("refused: %d", status)
		}
		for _, want := range []string{`{"type":"security.change","data":{"at":null,"by":null,"actor":"","action":"asset.created",`, `{"type":"count","data":{"n":2}}`} {
			if _, b, err := conn.Read(t.Context()); err != nil || !strings.HasPrefix(string(b), want) {
				t.Errorf("%v %s, want %s", err, b, want)
			}
		}
		if _, _, err := conn.Read(t.Context()); websocket.CloseStatus(err) != c.code {
			t.Errorf("ends with %v, want %d", err, c.code)
		}
	}
}

func TestSocketRefuses(t *testing.T) {
	t.Parallel()
	h := setup(t, func(cfg *Config) { cfg.Live, cfg.PublicURL = live{}, "https://holdfast.example.com" })
	for _, c := range []struct {
		path, origin string
		status       int
	}{
		{"/api/ws/security", "", 401},
		{"/api/ws/security?token=bad", "", 401},
		{"/api/ws/security?token=good&token=good", "", 400},
		{"/api/ws/security?token=good&x=1", "", 400},
		{"/api/ws/security?token=good", "https://evil.example.com", 403},
		{"/api/ws/security?token=good", "null", 403},
		{"/api/ws/other?token=good", "", 404},
		{"/api/ws/vpn?token=good", "https://holdfast.example.com", 101},
	} {
		if _, status := h.dial(t, c.path, c.origin); status != c.status {
			t.Errorf("%s from %q: %d, want %d", c.path, c.origin, status, c.status)
		}
	}
	if status, _, body := h.do("GET", "/api/ws/vpn?token=good", ""); status != 400 || strings.Contains(body, "good") {
		t.Errorf("without an upgrade: %d %s", status, body)
	}
	if status, header, _ := h.do("POST", "/api/ws/vpn?token=good", "{}"); status != 405 || header.Get("Allow") != "GET" {
		t.Errorf("POST: %d %v", status, header)
	}
}
