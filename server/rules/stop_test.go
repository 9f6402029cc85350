package rules_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/holdfast-platform/holdfast/server"
	"github.com/holdfast-platform/holdfast/server/internal/clock"
	"github.com/holdfast-platform/holdfast/server/internal/housetest"
)

// slowly is a body that is there at once but for its end, which comes when it is told to.
type slowly struct {
	io.Reader
	begun chan<- bool
	goOn  <-chan bool
	done  bool
}

func (s *slowly) Read(b []byte) (int, error) {
	n, err := s.Reader.Read(b)
	if err == io.EOF && !s.done {
		s.done = true
		s.begun <- true
		<-s.goOn
	}
	return n, err
}

// slowImport sends an import whose body ends when it is told to. It goes by the caller's plain client: the one that
// checks answers against the description reads a body before it sends it.
func slowImport(t *testing.T, h *housetest.House, query string, begun chan<- bool, goOn <-chan bool) (int, []byte) {
	t.Helper()
	return slow(t, h, "/api/v1/assets/import"+query, "text/csv", "name,asset_type\nPump,plc\n", begun, goOn)
}

// slow is the same for any path. An import lies in a place for transfers, an ordinary call in no place at all until it
// is whole.
func slow(t *testing.T, h *housetest.House, path, kind, text string, begun chan<- bool, goOn <-chan bool) (int, []byte) {
	t.Helper()
	body := &slowly{Reader: strings.NewReader(text), begun: begun, goOn: goOn}
	req, err := http.NewRequestWithContext(context.WithoutCancel(t.Context()), http.MethodPost, h.URL+path, body)
	if err != nil {
		t.Error(err)
		return 0, nil
	}
	req.Header.Set("Content-Type", kind)
	res, err := h.Admin.H2.Do(req)
	if err != nil {
		t.Error(err)
		return 0, nil
	}
	defer func() { _ = res.Body.Close() }()
	answer, err := io.ReadAll(res.Body)
	if err != nil {
		t.Error(err)
	}
	return res.StatusCode, answer
}

// TestGracefulStop: a call that is being worked on when the server stops is finished and answered.
func TestGracefulStop(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		h.Admin.Credential()
		begun, goOn := make(chan bool, 1), make(chan bool)
		type outcome struct {
			status int
			body   []byte
		}
		answered := make(chan outcome, 1)
		go func() {
			status, body := slowImport(t, h, "?dry_run=false", begun, goOn)
			answered <- outcome{status, body}
		}()
		<-begun
		// what has been sent must have been read: a call still in the socket's queue is not begun
		time.Sleep(300 * time.Millisecond)
		stopped := make(chan error, 1)
		go func() { stopped <- h.Stop() }()
		for began := clock.System.Now(); h.Server.Ready(t.Context()) == nil; time.Sleep(5 * time.Millisecond) {
			if time.Since(began) > 5*time.Second {
				t.Fatal("a stopping server says it is ready")
			}
		}
		select {
		case err := <-stopped:
			t.Fatalf("the server did not wait for the call: %v", err)
		case <-time.After(100 * time.Millisecond):
		}
		goOn <- true
		if a := <-answered; a.status != http.StatusOK {
			t.Errorf("the call: %d %s", a.status, a.body)
		}
		if err := <-stopped; err != nil {
			t.Errorf("stop: %v", err)
		}
	})
}

// portal is another origin whose pages may read answers.
const portal = "https://portal.example.com"

// TestOverload: beyond their slots a caller is refused at once with Retry-After, and the rest goes on: what they have
// begun, probes, other people's calls, streams, uploads, and bodies that have not come whole.
func TestOverload(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		for _, c := range []*housetest.Caller{h.Admin, h.Editor} { // once verified, they have lines of their own
			c.JSON("GET", "/api/v1/sites", nil, http.StatusOK, nil)
		}
		const callers = 40
		type outcome struct {
			status int
			retry  string
		}
		seen, _ := watch(t, h.Viewer)
		uploaded, unfinished, begun, goOn := make(chan int, 1), make(chan int, 4), make(chan bool, 1), make(chan bool)
		go func() {
			status, _ := slowImport(t, h, "?dry_run=true", begun, goOn)
			uploaded <- status
		}()
		<-begun
		for range 4 { // as many as there are slots
			go func() {
				status, _ := slow(t, h, "/api/v1/sites", "application/json", `{"name": "Never whole"}`, begun, goOn)
				unfinished <- status
			}()
			<-begun
		}
		all := make(chan outcome, callers)
		held, let := make(chan bool, 2), make(chan bool)
		var holding atomic.Int32
		h.Spy(func(sql string) { // these hold their half of the slots
			if (strings.Contains(sql, "`clients`") || strings.Contains(sql, `"clients"`)) && holding.Add(1) <= 2 {
				held <- true
				<-let
			}
		})
		for range 2 {
			go func() {
				status := http.StatusServiceUnavailable
				for status == http.StatusServiceUnavailable { // a slow machine may still be busy with what came before
					status, _, _ = h.Admin.REST("GET", "/api/v1/clients", nil)
				}
				all <- outcome{status, ""}
			}()
		}
		<-held
		<-held
		for range callers - 2 {
			go func() {
				status, header, _ := h.Admin.REST("GET", "/api/v1/sites", nil)
				all <- outcome{status, header.Get("Retry-After")}
			}()
		}
		for range callers - 2 {
			if o := <-all; o.status != http.StatusServiceUnavailable || o.retry == "" {
				t.Errorf("beyond the slots: %d, Retry-After %q", o.status, o.retry)
			}
		}
		if status, header, _ := h.Admin.REST("GET", "/api/v1/sites", nil, "Origin", portal); status != http.StatusServiceUnavailable || header.Get("Access-Control-Allow-Origin") != portal {
			t.Errorf("beyond the slots, for a page of another origin: %d %v", status, header)
		}
		for _, path := range []string{"live", "ready"} {
			if status, _, _ := h.Nobody.REST("GET", "/api/v1/health/"+path, nil); status != http.StatusOK {
				t.Errorf("a busy server is %s: %d", path, status)
			}
		}
		h.Editor.JSON("POST", "/api/v1/assets", `{"name": "Seen", "asset_type": "plc"}`, http.StatusCreated, nil)
		for e := seen(); e.GetLabel() != "Seen"; e = seen() {
			if e == nil {
				t.Fatal("the stream has ended")
			}
		}
		close(goOn)
		if status := <-uploaded; status != http.StatusOK {
			t.Errorf("the upload: %d", status)
		}
		close(let)
		for range 4 {
			<-unfinished // one of them may have been made, or refused for its time or for want of a slot
		}
		for range 2 {
			if o := <-all; o.status != http.StatusOK {
				t.Errorf("within the slots: %d", o.status)
			}
		}
		if status, _, body := h.Admin.REST("GET", "/api/v1/sites", nil); status != http.StatusOK {
			t.Errorf("afterwards: %d %s", status, body)
		}
	}, func(c *server.Config) { c.InFlight, c.CORSOrigins = 4, []string{portal} })
}

// TestRateLimitHeaders: 429 says when to come again, on REST and on RPC.
func TestRateLimitHeaders(t *testing.T) {
	t.Parallel()
	h := housetest.New(t, "sqlite", func(c *server.Config) { c.RateLimitAPI, c.CORSOrigins = "5/hour", []string{portal} })
	for i := range 5 {
		if status, _, body := h.Viewer.REST("GET", fmt.Sprintf("/api/v1/sites?per_page=%d", i+1), nil); status != http.StatusOK {
			t.Fatalf("call %d: %d %s", i, status, body)
		}
	}
	status, header, body := h.Viewer.REST("GET", "/api/v1/sites", nil, "Origin", portal)
	if status != http.StatusTooManyRequests || header.Get("Retry-After") == "" || !strings.Contains(string(body), `"rate_limited"`) || header.Get("Access-Control-Allow-Origin") != portal {
		t.Errorf("the sixth: %d %v %s", status, header, body)
	}
	for _, protocol := range housetest.Protocols[:4] {
		if a := h.Viewer.Call(protocol, "SiteService.ListSites", message(t, "SiteService.ListSites", `{}`)); a.Code != "resource_exhausted" || a.Header.Get("Retry-After") == "" {
			t.Errorf("over %s: %s %v", protocol, a.Code, a.Header)
		}
	}
}
