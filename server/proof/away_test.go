package proof

import (
	"io"
	"net"
	"net/http"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/holdfast-platform/holdfast/server/internal/dbtest"
)

// wire stands between a server and its database and can be cut.
type wire struct {
	to   string
	addr string
	mu   sync.Mutex
	l    net.Listener
	open []net.Conn
}

func (w *wire) connect(t *testing.T) {
	t.Helper()
	addr := w.addr
	if addr == "" {
		addr = "127.0.0.1:0"
	}
	l, err := net.Listen("tcp", addr)
	must(t, err)
	w.mu.Lock()
	w.l, w.addr = l, l.Addr().String()
	w.mu.Unlock()
	go func() {
		for {
			in, err := l.Accept()
			if err != nil {
				return
			}
			out, err := net.Dial("tcp", w.to)
			if err != nil {
				_ = in.Close()
				continue
			}
			w.mu.Lock()
			w.open = append(w.open, in, out)
			w.mu.Unlock()
			go func() { _, _ = io.Copy(out, in); _ = out.Close() }()
			go func() { _, _ = io.Copy(in, out); _ = in.Close() }()
		}
	}()
}

func (w *wire) cut() {
	w.mu.Lock()
	defer w.mu.Unlock()
	_ = w.l.Close()
	for _, c := range w.open {
		_ = c.Close()
	}
	w.open = nil
}

// While the database is away, calls are answered 503 with Retry-After, no probe says ready, and nothing of the database
// shows; within a second after it is back everything works again without a restart, and what was acknowledged is there.
func TestDatabaseGoesAway(t *testing.T) {
	database, err := url.Parse(dbtest.Postgres(t))
	must(t, err)
	w := &wire{to: database.Host}
	w.connect(t)
	database.Host = w.addr
	p := start(t, t.TempDir(), database.String(), "127.0.0.1:0")
	token, _ := p.register()
	create := func() (int, map[string]any) {
		return call("POST", p.url+"/api/v1/sites", token, "", map[string]any{"name": uuid.NewString()})
	}
	acknowledged := 0
	for range 3 {
		for range 5 {
			if status, out := create(); status != 201 {
				t.Fatalf("create: %d %v", status, out)
			}
			acknowledged++
		}
		w.cut()
		for range 5 {
			if status, out := create(); status != 503 || out["reason"] != "unavailable" {
				t.Fatalf("create without a database: %d %v\n%s", status, out, p.log)
			}
			if status, out := call("GET", p.url+"/api/v1/sites", token, "", nil); status != 503 {
				t.Fatalf("list without a database: %d %v", status, out)
			}
		}
		resp, err := http.Get(p.url + "/api/v1/health/ready")
		must(t, err)
		must(t, resp.Body.Close())
		if resp.StatusCode != 503 || resp.Header.Get("Retry-After") == "" {
			t.Fatalf("ready without a database: %d, Retry-After %q", resp.StatusCode, resp.Header.Get("Retry-After"))
		}
		w.connect(t)
		back := time.Now()
		for {
			status, out := create()
			if status == 201 {
				acknowledged++
				break
			}
			if status != 503 || time.Since(back) > time.Second {
				t.Fatalf("%v after the database was back: %d %v", time.Since(back), status, out)
			}
			time.Sleep(20 * time.Millisecond)
		}
	}
	if _, out := call("GET", p.url+"/api/v1/sites?per_page=1", token, "", nil); out["total"] != float64(acknowledged) {
		t.Fatalf("%v sites, %d acknowledged", out["total"], acknowledged)
	}
}
