package rpc

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

func TestAge(t *testing.T) {
	t.Parallel()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l = (&Door{}).Listen(l, 0)
	defer func() { _ = l.Close() }()
	caller, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = caller.Close() }()
	c, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	w, ok := (&Door{}).Connected(t.Context(), c).Value(wireKey{}).(*wire)
	if !ok {
		t.Fatal("the connection is not known")
	}
	if _, err := caller.Write([]byte("x")); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Read(make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	early := age(w.raw)
	time.Sleep(200 * time.Millisecond)
	if late := age(w.raw); late-early < 150*time.Millisecond || late > time.Minute {
		t.Errorf("%v old, and 200 ms later %v", early, late)
	}
	if _, err := caller.Write([]byte("x")); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Read(make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	if again := age(w.raw); again > 150*time.Millisecond {
		t.Errorf("what has just come is %v old", again)
	}
}

// TestOldRequestsInACrowd: what has lain in the socket for longer than patience is sent away, where that has lasted and there are more
// connections than slots.
func TestOldRequestsInACrowd(t *testing.T) {
	t.Parallel()
	d, err := New(Config{InFlight: 1})
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewUnstartedServer(d.Handler(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { time.Sleep(5 * patience) })))
	s.Listener = d.Listen(s.Listener, 0)
	s.Config.ConnContext, s.Config.ConnState = d.Connected, d.Count
	s.Start()
	t.Cleanup(s.Close)
	second := func(what string) *http.Response { // of two requests sent at once; it waits for the first
		c, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", s.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = c.Close() })
		const request = "GET /api/v1/slow HTTP/1.1\r\nHost: x\r\n\r\n"
		if _, err := c.Write([]byte(request + request)); err != nil {
			t.Fatal(err)
		}
		r := bufio.NewReader(c)
		for range 2 {
			res, err := http.ReadResponse(r, nil)
			if err != nil {
				t.Fatalf("%s: %v", what, err)
			}
			if _, err := io.Copy(io.Discard, res.Body); err != nil {
				t.Fatal(err)
			}
			_ = res.Body.Close()
			if res.StatusCode != http.StatusOK {
				return res
			}
		}
		return nil
	}
	old := func() {
		d.crowd.late.Store(time.Now().UnixNano())
		d.crowd.shed.Store(true)
	}
	old()
	if res := second("no crowd"); res != nil {
		t.Errorf("no crowd: %s", res.Status)
	}
	old()
	if res := second("a crowd"); res == nil || res.StatusCode != http.StatusServiceUnavailable || res.Header.Get("Retry-After") == "" {
		t.Errorf("a crowd, where requests have been old for a while: %v", res)
	}
	d.crowd.shed.Store(false)
	if res := second("a hiccup"); res != nil {
		t.Errorf("a hiccup: %s", res.Status)
	}
}
