package rpc

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/holdfast-platform/holdfast/ent/viewer"
	"github.com/holdfast-platform/holdfast/server/internal/fault"
)

// house is a door with one slot and two connections, so that it is always crowded, and a handler that answers with the body it was sent.
type house struct {
	*Door
	t     *testing.T
	addr  string
	heard atomic.Int64 // requests that net/http has read
	tls   *tls.Config
	took  *caller
	end   func(context.Context) error // lets calls come to their end
}

const anywhere = "/holdfast.sites.v1.SiteService/GetSite"

func newHouse(t *testing.T, idle time.Duration, secure bool) *house {
	t.Helper()
	d, err := New(Config{InFlight: 1, Problem: func(w http.ResponseWriter, r *http.Request, f *fault.Error) {
		w.Header().Set("Content-Type", "application/problem+json")
		w.WriteHeader(f.Status())
		_, _ = io.WriteString(w, `{"id": "`+viewer.CallOf(r.Context()).RequestID+`"}`)
	}})
	if err != nil {
		t.Fatal(err)
	}
	d.plans[anywhere] = &plan{}
	d.Exempt("/api/v1/health/live")
	h := &house{Door: d, t: t}
	behind := d.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.Copy(w, r.Body) }))
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.heard.Add(1)
		behind.ServeHTTP(w, r)
	}))
	s.Listener = d.Listen(s.Listener, idle)
	s.Config.ConnContext, s.Config.ConnState, s.Config.IdleTimeout, s.Config.ReadHeaderTimeout = d.Connected, d.Count, idle, 10*time.Second
	s.Config.Protocols = new(http.Protocols)
	s.Config.Protocols.SetHTTP1(true)
	s.Config.Protocols.SetUnencryptedHTTP2(true)
	if secure {
		s.StartTLS()
		h.tls = &tls.Config{InsecureSkipVerify: true}
	} else {
		s.Start()
	}
	t.Cleanup(s.Close)
	h.end = s.Config.Shutdown
	h.addr = s.Listener.Addr().String()
	d.crowd.open.Add(2) // more than slots, whatever else is open
	return h
}

// busy takes the slot; quiet gives it back.
func (h *house) busy()  { h.took = h.slots.take(1, time.Hour) }
func (h *house) quiet() { h.slots.give(h.took) }

type guest struct {
	net.Conn
	r *bufio.Reader
	t *testing.T
}

func (h *house) dial() *guest {
	h.t.Helper()
	c, err := (&net.Dialer{}).DialContext(h.t.Context(), "tcp", h.addr)
	if err != nil {
		h.t.Fatal(err)
	}
	if h.tls != nil {
		c = tls.Client(c, h.tls)
	}
	h.t.Cleanup(func() { _ = c.Close() })
	_ = c.SetDeadline(time.Now().Add(30 * time.Second))
	return &guest{c, bufio.NewReader(c), h.t}
}

func (l *guest) send(text string) {
	l.t.Helper()
	if _, err := io.WriteString(l, text); err != nil {
		l.t.Fatal(err)
	}
}

func (l *guest) get() (*http.Response, string) {
	l.t.Helper()
	res, err := http.ReadResponse(l.r, nil)
	if err != nil {
		l.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		l.t.Fatal(err)
	}
	return res, string(body)
}

func (l *guest) ask(text string) (*http.Response, string) {
	l.t.Helper()
	l.send(text)
	return l.get()
}

func request(path, id, kind, body string) string {
	return fmt.Sprintf("POST %s HTTP/1.1\r\nHost: x\r\nX-Request-Id: %s\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n%s", path, id, kind, len(body), body)
}

// TestRefusedOnTheWire: a caller who is refused before net/http has heard of him is told the same as behind it, and served as before once
// there is a slot.
func TestRefusedOnTheWire(t *testing.T) {
	t.Parallel()
	h := newHouse(t, time.Minute, false)
	for name, text := range map[string]string{
		"REST":     request("/api/v1/sites", uuid.NewString(), "application/json", "{}"),
		"JSON":     request(anywhere, uuid.NewString(), "application/json", "{}"),
		"protobuf": request(anywhere, uuid.NewString(), "application/proto", ""),
	} {
		c := h.dial()
		h.busy()
		want, wantBody := c.ask(text)
		before := int64(-1)
		for try := 0; h.heard.Load() != before && try < 100; try++ { // as long as net/http is not done with one when the next begins
			time.Sleep(time.Millisecond)
			before = h.heard.Load()
			c.ask(text)
		}
		for range 3 {
			got, body := c.ask(text)
			want.Header.Del("Date")
			if date, err := http.ParseTime(got.Header.Get("Date")); err != nil || time.Since(date) > time.Minute {
				t.Errorf("%s: the date %q", name, got.Header.Get("Date"))
			}
			got.Header.Del("Date")
			if got.StatusCode != http.StatusServiceUnavailable || got.Status != want.Status || body != wantBody || fmt.Sprint(got.Header) != fmt.Sprint(want.Header) || got.Header.Get("Retry-After") == "" {
				t.Errorf("%s on the wire: %s %v %s, behind it %s %v %s", name, got.Status, got.Header, body, want.Status, want.Header, wantBody)
			}
		}
		if heard := h.heard.Load() - before; heard != 0 {
			t.Errorf("%s: net/http has read %d of them", name, heard)
		}
		h.quiet()
		for range 2 {
			if res, body := c.ask(text); res.StatusCode != http.StatusOK || !strings.HasSuffix(text, "\r\n\r\n"+body) {
				t.Errorf("%s afterwards: %s %q", name, res.Status, body)
			}
		}
	}
	if n := h.away.count.Load(); n < 3*5 {
		t.Errorf("%d were counted", n)
	}
}

// TestNotRefusedOnTheWire: what needs no slot, and what the wire does not know well enough, is left to those behind.
func TestNotRefusedOnTheWire(t *testing.T) {
	t.Parallel()
	h := newHouse(t, time.Minute, false)
	h.busy()
	defer h.quiet()
	c := h.dial()
	if res, _ := c.ask(request("/api/v1/a", uuid.NewString(), "text/plain", "")); res.StatusCode != http.StatusServiceUnavailable {
		t.Fatal(res.Status)
	}
	for _, text := range []string{
		"GET /api/v1/health/live HTTP/1.1\r\nHost: x\r\n\r\n", "GET /index.html HTTP/1.1\r\nHost: x\r\n\r\n", "GET /api/ws/events HTTP/1.1\r\nHost: x\r\n\r\n",
		request("/api/v1/a", uuid.NewString(), "text/plain\r\nOrigin: https://a", ""), request(anywhere, uuid.NewString(), "application/grpc-web+proto", ""),
	} {
		before := h.heard.Load()
		if c.ask(text); h.heard.Load() != before+1 {
			t.Errorf("net/http has not read %q", text)
		}
	}
	secure := newHouse(t, time.Minute, true)
	secure.busy()
	defer secure.quiet()
	c = secure.dial()
	for i := range 3 {
		if res, _ := c.ask(request("/api/v1/a", uuid.NewString(), "text/plain", "")); res.StatusCode != http.StatusServiceUnavailable || secure.heard.Load() != int64(i+1) {
			t.Errorf("with TLS: %s, %d were heard", res.Status, secure.heard.Load())
		}
	}
	old := &http.Client{Transport: &http.Transport{Protocols: new(http.Protocols)}}
	old.Transport.(*http.Transport).Protocols.SetUnencryptedHTTP2(true) //nolint:forcetypeassert // it is
	for i := range 3 {
		before := h.heard.Load()
		res, err := old.Post("http://"+h.addr+"/api/v1/a", "text/plain", bytes.NewReader(make([]byte, 5000*i))) //nolint:noctx // it ends with the server
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		if res.StatusCode != http.StatusServiceUnavailable || res.ProtoMajor != 2 || h.heard.Load() != before+1 {
			t.Errorf("HTTP/2: %s %s", res.Proto, res.Status)
		}
	}
}

// TestHoweverTheyCome: requests that come in pieces, or several at once, are all answered, in turn, whether there are slots or not. What
// looks like a request in the middle of another is none.
func TestHoweverTheyCome(t *testing.T) {
	t.Parallel()
	h := newHouse(t, time.Minute, false)
	done := make(chan bool)
	t.Cleanup(func() { close(done) })
	go func() { // slots come and go
		for {
			select {
			case <-done:
				return
			default:
			}
			if c := h.slots.take(2, 0); c != nil {
				time.Sleep(time.Duration(rand.IntN(100)) * time.Millisecond)
				h.slots.give(c)
			}
			time.Sleep(time.Duration(rand.IntN(10)) * time.Millisecond)
		}
	}()
	for range 8 {
		t.Run("", func(t *testing.T) {
			t.Parallel()
			c := h.dial()
			c.t = t
			statuses := map[int]int{}
			var sent strings.Builder
			var ids []string
			flush := func() {
				text := sent.String()
				sent.Reset()
				for len(text) > 0 {
					n := len(text)
					if rand.IntN(3) > 0 {
						n = 1 + rand.IntN(n)
					}
					c.send(text[:n])
					if text = text[n:]; text != "" {
						time.Sleep(time.Duration(rand.IntN(3)) * time.Millisecond)
					}
				}
				for _, id := range ids {
					res, _ := c.get()
					if res.Header.Get("X-Request-Id") != id {
						t.Fatalf("the answer to %s is %s's", id, res.Header.Get("X-Request-Id"))
					}
					statuses[res.StatusCode]++
				}
				ids = nil
			}
			for round := 0; round < 40 || len(statuses) < 2 && round < 4000; round++ {
				for range 1 + rand.IntN(3)*rand.IntN(2) {
					id := uuid.NewString()
					ids = append(ids, id)
					body := ""
					if rand.IntN(2) > 0 {
						body = strings.Repeat(request("/api/v1/inner", uuid.NewString(), "text/plain", ""), 1+rand.IntN(3))
					}
					sent.WriteString(request("/api/v1/outer", id, "text/plain", body))
				}
				flush()
			}
			if c.r.Buffered() > 0 {
				t.Error("there are more answers than requests")
			}
			if len(statuses) != 2 || statuses[http.StatusOK] == 0 || statuses[http.StatusServiceUnavailable] == 0 {
				t.Errorf("statuses: %v", statuses)
			}
		})
	}
}

// TestWhoIsRefusedIsNotIdle: refusals keep a connection open, and the lack of them does not.
func TestWhoIsRefusedIsNotIdle(t *testing.T) {
	t.Parallel()
	const idle = 800 * time.Millisecond
	h := newHouse(t, idle, false)
	h.busy()
	defer h.quiet()
	c := h.dial()
	text := request("/api/v1/a", uuid.NewString(), "text/plain", "")
	for began := time.Now(); time.Since(began) < 2*idle; time.Sleep(idle / 4) {
		c.ask(text)
	}
	if heard := h.heard.Load(); heard > 4 {
		t.Errorf("net/http has read %d", heard)
	}
	if _, err := c.r.ReadByte(); !errors.Is(err, io.EOF) {
		t.Errorf("an idle connection: %v", err)
	}
}

// TestTooEarly: who comes back at once is refused again no sooner than some time after the last, or served when a slot is free.
func TestTooEarly(t *testing.T) {
	t.Parallel()
	h := newHouse(t, time.Minute, false)
	h.busy()
	c := h.dial()
	text := request("/api/v1/a", uuid.NewString(), "text/plain", "")
	c.ask(text)
	c.ask(text)
	for range 3 {
		began := time.Now()
		c.ask(text)
		if took := time.Since(began); took < apart/2 {
			t.Errorf("again after %v", took)
		}
	}
	h.quiet()
	if res, _ := c.ask(text); res.StatusCode != http.StatusOK {
		t.Errorf("with a slot: %s", res.Status)
	}
}

// TestSlotOfNoCall: a connection that ends between the slot and the call gives it back.
func TestSlotOfNoCall(t *testing.T) {
	t.Parallel()
	d := &Door{slots: newSlots(1)}
	w := &wire{TCPConn: &net.TCPConn{}, door: d}
	w.slot.Store(d.slots.take(1, 0))
	if d.slots.take(2, 0) != nil {
		t.Fatal("there are two")
	}
	_ = w.Close()
	_ = w.Close()
	if d.slots.take(2, 0) == nil || d.slots.take(3, 0) != nil {
		t.Error("it is not back, or twice")
	}
}

// TestRefusedAtTheEnd ends a server while a request waits on the wire: it is answered all the same, whether it would have got a slot or not.
func TestRefusedAtTheEnd(t *testing.T) {
	t.Parallel()
	for name, free := range map[string]bool{"it gets none": false, "it gets one": true} {
		h := newHouse(t, time.Minute, false)
		c := h.dial()
		if res, _ := c.ask(request("/api/v1/sites", uuid.NewString(), "application/json", "{}")); res.StatusCode != http.StatusOK {
			t.Fatal(res.Status)
		}
		h.busy()
		c.send(request("/api/v1/sites", uuid.NewString(), "application/json", "{}"))
		for waiting := 0; waiting == 0; time.Sleep(time.Millisecond) {
			h.slots.mu.Lock()
			waiting = len(h.slots.waiting)
			h.slots.mu.Unlock()
		}
		ended := make(chan error)
		go func() { ended <- h.end(t.Context()) }()
		if free {
			time.Sleep(patience / 3)
			h.quiet()
		}
		if res, _ := c.get(); res.StatusCode != http.StatusServiceUnavailable || res.Header.Get("Retry-After") == "" || !res.Close {
			t.Errorf("%s: %s, Retry-After %q, close %v", name, res.Status, res.Header.Get("Retry-After"), res.Close)
		}
		if err := <-ended; err != nil {
			t.Error(name, err)
		}
	}
}
