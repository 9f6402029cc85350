package stream

import (
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/google/uuid"
)

// A caller who opens a stream and reads nothing is cut off; the stream does not hang on him.
func TestWhoDoesNotReadIsCutOff(t *testing.T) {
	t.Parallel()
	ended := make(chan error, 1)
	server := httptest.NewServer(Deadline(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		chunk := make([]byte, 1<<16)
		for {
			Hurry(r.Context())
			if _, err := w.Write(chunk); err != nil {
				ended <- err
				return
			}
		}
	}), 100*time.Millisecond))
	defer server.Close()
	conn, err := net.Dial("tcp", server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if _, err := conn.Write([]byte("GET / HTTP/1.1\r\nHost: x\r\n\r\n")); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-ended:
		if err == nil {
			t.Error("it ends without an error")
		}
	case <-time.After(10 * time.Second):
		t.Fatal("the stream hangs")
	}
}

// The deadline of a stream does not outlive it: the connection serves the next call.
func TestTheNextCallHasNoDeadline(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(Deadline(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/stream" {
			Hurry(r.Context())
		} else {
			time.Sleep(100 * time.Millisecond)
		}
		_, _ = w.Write([]byte("x"))
	}), 20*time.Millisecond))
	defer server.Close()
	client := server.Client()
	for _, path := range []string{"/stream", "/next"} {
		res, err := client.Get(server.URL + path)
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		_ = res.Body.Close()
	}
}

func TestTokens(t *testing.T) {
	t.Parallel()
	ann, bob := uuid.New(), uuid.New()
	for _, seq := range []int64{0, 1, 1 << 40, 1<<63 - 1} {
		if got, ok := parse(ann, token(ann, seq)); !ok || got != seq {
			t.Errorf("%d comes back as %d (%v)", seq, got, ok)
		}
		if _, ok := parse(bob, token(ann, seq)); ok {
			t.Errorf("%d is good for another tenant", seq)
		}
	}
}

func FuzzToken(f *testing.F) {
	tenant := uuid.MustParse("0199a000-0000-7000-8000-000000000001")
	f.Add(token(tenant, 7))
	f.Add("")
	f.Add("AAAAAAAAAAAAAAAA")
	f.Fuzz(func(t *testing.T, text string) {
		if seq, ok := parse(tenant, text); ok && (seq < 0 || token(tenant, seq) != text) {
			t.Errorf("%q is read as %d, which is written %q", text, seq, token(tenant, seq))
		}
	})
}
