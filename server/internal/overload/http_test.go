package overload

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

const quick = 100 * time.Millisecond // in place of deadlines of seconds

// held answers how a body came.
func held(slow *Slow, most int) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body := BodyOf(w, r)
		defer body.Close()
		if err := body.Hold(r, slow, "here", most); err != nil {
			http.Error(w, err.Error(), http.StatusRequestTimeout)
			return
		}
		text, err := io.ReadAll(r.Body)
		var large *http.MaxBytesError
		if errors.As(err, &large) {
			body.Discard(slow, "here")
			http.Error(w, "large", http.StatusRequestEntityTooLarge)
			return
		}
		_, _ = fmt.Fprintf(w, "%d %v", len(text), err)
	}
}

func dial(t *testing.T, server *httptest.Server) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	_ = conn.SetDeadline(time.Now().Add(20 * time.Second))
	return conn
}

func TestBodiesAreHeldWhole(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(held(&Slow{}, 1000))
	defer server.Close()
	for length, want := range map[int]string{0: "0 <nil>", 1: "1 <nil>", 1000: "1000 <nil>", 1001: "large\n", 3 << 20: "large\n"} {
		res, err := http.Post(server.URL, "text/plain", strings.NewReader(strings.Repeat("x", length)))
		if err != nil {
			t.Fatalf("%d bytes: %v", length, err)
		}
		text, _ := io.ReadAll(res.Body)
		_ = res.Body.Close()
		if string(text) != want {
			t.Errorf("%d bytes: %q, want %q", length, text, want)
		}
	}
}

// TestRefusalsAreSeen: a client that sends everything before it reads gets its 413, up to what is thrown away.
func TestRefusalsAreSeen(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(held(&Slow{}, 1000))
	defer server.Close()
	conn := dial(t, server)
	const length = 20 << 20
	if _, err := fmt.Fprintf(conn, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n", length); err != nil {
		t.Fatal(err)
	}
	if n, err := io.CopyN(conn, zeroes{}, length); err != nil {
		t.Fatalf("after %d bytes: %v", n, err)
	}
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil || res.StatusCode != http.StatusRequestEntityTooLarge {
		t.Errorf("%v %v", res, err)
	}
}

type zeroes struct{}

func (zeroes) Read(p []byte) (int, error) { return len(p), nil }

// TestSlowBodiesEnd: one that is silent, and one that drips.
func TestSlowBodiesEnd(t *testing.T) {
	t.Parallel()
	slow := &Slow{silence: quick}
	server := httptest.NewServer(held(slow, 1000))
	defer server.Close()
	for what, drip := range map[string]time.Duration{"silent": time.Hour, "dripping": quick / 4} {
		conn := dial(t, server)
		if _, err := io.WriteString(conn, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 900\r\n\r\nx"); err != nil {
			t.Fatal(err)
		}
		done := make(chan bool)
		go func() {
			tick := time.NewTicker(drip)
			defer tick.Stop()
			for {
				select {
				case <-done:
					return
				case <-tick.C:
					if _, err := io.WriteString(conn, "x"); err != nil {
						return
					}
				}
			}
		}()
		res, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil || res.StatusCode != http.StatusRequestTimeout {
			t.Errorf("%s: %v %v", what, res, err)
		}
		close(done)
	}
	if len(slow.networks) != 0 {
		t.Errorf("%d networks are remembered", len(slow.networks))
	}
}

// TestWhoDoesNotReadIsCutOff: neither a stream nor a large answer hangs on them, and the next call of a connection has
// its own time.
func TestWhoDoesNotReadIsCutOff(t *testing.T) {
	t.Parallel()
	ended := make(chan error, 1)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a := NewAnswer(w)
		a.Idle = quick
		if r.URL.Path == "/endless" {
			a.Through()
			for {
				if _, err := a.Write(make([]byte, 1<<20)); err != nil {
					ended <- err
					return
				}
			}
		}
		time.Sleep(2 * quick)
		_, _ = a.Write([]byte("x"))
		a.Send()
	}))
	defer server.Close()
	conn := dial(t, server)
	if _, err := io.WriteString(conn, "GET /endless HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-ended:
		if err == nil {
			t.Error("an endless answer ended well")
		}
	case <-time.After(20 * time.Second):
		t.Fatal("the answer hangs")
	}
	for range 3 {
		res, err := server.Client().Get(server.URL)
		if err != nil {
			t.Fatal(err)
		}
		if text, err := io.ReadAll(res.Body); err != nil || string(text) != "x" {
			t.Errorf("%q %v", text, err)
		}
		_ = res.Body.Close()
	}
}

func TestAnswersAreHeld(t *testing.T) {
	t.Parallel()
	w := httptest.NewRecorder()
	a := NewAnswer(w)
	a.Most = 10
	a.WriteHeader(http.StatusCreated)
	_, _ = a.Write([]byte("12345"))
	a.Flush()
	if a.Begun() || w.Body.Len() != 0 {
		t.Error("an answer goes out before its time")
	}
	a.Send()
	if w.Code != http.StatusCreated || w.Body.String() != "12345" {
		t.Errorf("%d %q", w.Code, w.Body)
	}

	w = httptest.NewRecorder()
	a = NewAnswer(w)
	a.Most = 10
	places := 0
	a.Overflow = func() error { places++; return nil }
	for range 5 {
		_, _ = a.Write([]byte("12345"))
	}
	a.Send()
	if places != 1 || w.Body.String() != strings.Repeat("12345", 5) {
		t.Errorf("%d places, %q", places, w.Body)
	}

	w = httptest.NewRecorder()
	a = NewAnswer(w)
	a.Most = 10
	a.Overflow = func() error { return ErrNoPlace }
	a.Header().Set("Content-Type", "text/csv")
	for range 5 {
		_, _ = a.Write([]byte("12345"))
	}
	if !errors.Is(a.Overflowed(), ErrNoPlace) || a.Begun() {
		t.Error("an answer without a place goes on")
	}
	a.Reset()
	a.WriteHeader(http.StatusServiceUnavailable)
	a.Send()
	if w.Code != http.StatusServiceUnavailable || w.Body.Len() != 0 || w.Header().Get("Content-Type") != "" {
		t.Errorf("%d %q %v", w.Code, w.Body, w.Header())
	}
}

// TestSilentConnectionsMakeRoom: beyond a network's share the oldest connection that waits for a header is closed, and
// no other.
func TestSilentConnectionsMakeRoom(t *testing.T) {
	t.Parallel()
	all := &Connections{}
	conns := make([]*closed, unfinishedPerNetwork+2)
	for i := range conns {
		conns[i] = &closed{is: make(chan struct{})}
		all.ConnContext(t.Context(), conns[i])
		all.ConnState(conns[i], http.StateNew)
		if i == 0 || i == 1 { // these have been silent for long
			oldest := all.headers.networks["192.0.2.1"].Back().Value.(*Arrival)
			oldest.began = oldest.began.Add(-time.Minute)
		}
	}
	<-conns[0].is
	<-conns[1].is
	all.ConnState(conns[0], http.StateClosed)
	all.ConnState(conns[1], http.StateClosed)
	for i, c := range conns[2:] {
		select {
		case <-c.is:
			t.Errorf("the %d. is closed", i+2)
		default:
		}
		all.ConnState(c, http.StateClosed)
	}
	if len(all.headers.networks) != 0 {
		t.Errorf("%d networks are remembered", len(all.headers.networks))
	}
}

// closed is a connection that tells when it is closed.
type closed struct {
	net.Conn
	is chan struct{}
}

func (c *closed) Close() error { close(c.is); return nil }

func (*closed) RemoteAddr() net.Addr { return &net.TCPAddr{IP: net.IPv4(192, 0, 2, 1), Port: 1} }

func TestNetworks(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		"192.0.2.7": "192.0.2.7", "::ffff:192.0.2.7": "192.0.2.7", "2001:db8:1:2:3:4:5:6": "2001:db8:1:2::/64", "2001:db8:1:2::1%eth0": "2001:db8:1:2::/64", "": "", "pipe": "pipe",
	} {
		if got := Network(address); got != want {
			t.Errorf("%s is in %s, not %s", address, got, want)
		}
	}
}

func TestVerifiedAreForgotten(t *testing.T) {
	t.Parallel()
	v := &Verified{}
	if v.Has(1) {
		t.Error("nobody was verified")
	}
	for line := range Line(3 * verifiedAtMost) {
		v.Add(line)
	}
	if v.Has(1) || !v.Has(3*verifiedAtMost-1) || !v.Has(2*verifiedAtMost) {
		t.Error("the oldest are not forgotten, or others are")
	}
}

func TestStreamsAreLimited(t *testing.T) {
	t.Parallel()
	s := &Streams{}
	var leave []func()
	for person := 0; len(leave) < StreamsPerTenant; person++ {
		for range StreamsPerPerson {
			done, ok := s.Take(fmt.Sprint(person), "tenant")
			if !ok {
				t.Fatalf("%d are too many", len(leave))
			}
			leave = append(leave, done)
		}
		if _, ok := s.Take(fmt.Sprint(person), "tenant"); ok {
			t.Error("one person has more than they may")
		}
	}
	if _, ok := s.Take("new", "tenant"); ok {
		t.Error("one tenant has more than it may")
	}
	if _, ok := s.Take("new", "other"); !ok {
		t.Error("another tenant has none")
	}
	leave[0]()
	leave[0]()
	if _, ok := s.Take("new", "tenant"); !ok {
		t.Error("what was given back is not given")
	}
	if _, ok := s.Take("newer", "tenant"); ok {
		t.Error("what was given back twice is given twice")
	}
}

// TestParkedCallsHoldNothing: a call that waits has no slot, takes one when it is woken, and does not wait inside a
// transaction.
func TestParkedCallsHoldNothing(t *testing.T) {
	t.Parallel()
	slots := NewSlots(1)
	writing := false
	ticket := NewTicket(slots, 1, slots.Take(t.Context(), 1, 0), func(context.Context) bool { return writing })
	ctx := ticket.With(t.Context())
	wake, woken := make(chan struct{}), make(chan bool)
	go func() {
		got, err := Park(ctx, time.Hour, wake)
		if err != nil {
			t.Error(err)
		}
		woken <- got
	}()
	other := slots.Take(t.Context(), 2, time.Minute)
	if other == nil {
		t.Fatal("a parked call holds its slot")
	}
	close(wake)
	other.Release()
	if !<-woken {
		t.Error("it is not said that it was woken")
	}
	if slots.Take(t.Context(), 2, 0) != nil {
		t.Error("a woken call has no slot")
	}
	if got, err := Park(ctx, time.Millisecond, nil); got || err != nil {
		t.Errorf("at the end of its time: %v %v", got, err)
	}
	Leave(ctx)
	Leave(ctx)
	if err := Enter(ctx); err != nil {
		t.Error(err)
	}
	writing = true
	if _, err := Park(ctx, time.Hour, nil); !errors.Is(err, ErrTransaction) {
		t.Errorf("inside a transaction: %v", err)
	}
	writing = false
	gone, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := Park(gone, time.Hour, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("who has gone: %v", err)
	}
	if other = slots.Take(t.Context(), 2, 0); other == nil {
		t.Error("who has gone holds a slot")
	}
	waiting, stop := context.WithCancel(ctx)
	go stop()
	if err := Enter(waiting); !errors.Is(err, context.Canceled) {
		t.Errorf("who goes while they wait: %v", err)
	}
	other.Release()
	if len(slots.turns) != 0 || slots.held != 0 {
		t.Errorf("%d wait, %d are held", len(slots.turns), slots.held)
	}
}
