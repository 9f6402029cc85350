// Package housetest gives a test a whole server on a database of its own, behind the real front door on a real socket,
// and callers of every kind.
//
//	housetest.Each(t, func(t *testing.T, h *housetest.House) {
//		sites := sitesv1connect.NewSiteServiceClient(h.Admin.HTTP, h.URL)
//		…
//		status, header, body := h.Viewer.REST("GET", "/api/v1/sites", nil)
//	})
//
// It imports the rooms, so tests of a room stand in a package of their own (assets_test).
package housetest

import (
	"bytes"
	"context"
	"log/slog"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/uuid"

	"github.com/holdfast-platform/holdfast/ent/viewer"
	"github.com/holdfast-platform/holdfast/server"
	"github.com/holdfast-platform/holdfast/server/internal/clock"
	"github.com/holdfast-platform/holdfast/server/internal/db"
)

// House is one server and those who call it.
type House struct {
	URL    string
	Server *server.Server
	DB     *db.DB
	// Clock is what the server goes by: the machine's, and what the test adds.
	Clock *clock.Offset
	// Tenant is where all but the stranger belong; Other is the stranger's.
	Tenant, Other uuid.UUID
	// ClientID is the client that the client user is bound to.
	ClientID uuid.UUID

	// Admin is an Administrator; Editor may create and change records; Viewer may read them; Member is signed in and
	// may nothing; Client is a member bound to one client; Token is an API token of the Administrator's, with all their
	// permissions; Stranger is the Administrator of another tenant; Nobody has no credential.
	Admin, Editor, Viewer, Member, Client, Token, Stranger, Nobody *Caller

	// Stop stops the server with grace, as a signal does, and waits for its end. The end of the test does so anyway.
	Stop func() error

	t          testing.TB
	log        *lines
	statements atomic.Int64
	heard      atomic.Pointer[func(string)]
}

// Option changes the server's configuration before it starts.
type Option func(*server.Config)

// Each runs a test on both databases, in parallel.
func Each(t *testing.T, test func(t *testing.T, h *House), options ...Option) {
	t.Helper()
	for _, kind := range []string{"sqlite", "postgres"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			test(t, New(t, kind, options...))
		})
	}
}

// New starts a house on "sqlite" or "postgres" that goes with the test.
func New(t testing.TB, kind string, options ...Option) *House {
	t.Helper()
	return start(t, database(t, kind), options...)
}

func start(t testing.TB, url string, options ...Option) *House {
	t.Helper()
	h := &House{t: t, Clock: &clock.Offset{}, log: &lines{}}
	cfg := config(t.TempDir(), url)
	cfg.Clock, cfg.Log = h.Clock, slog.New(slog.NewJSONHandler(h.log, nil))
	cfg.Statement = h.hear
	for _, o := range options {
		o(&cfg)
	}
	s, err := server.New(t.Context(), cfg)
	if err != nil {
		t.Fatalf("start the server: %v", err)
	}
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx, nil, l) }()
	h.Stop = sync.OnceValue(func() error {
		stop()
		return <-ended
	})
	t.Cleanup(func() {
		if err := h.Stop(); err != nil {
			t.Errorf("stop the server: %v", err)
		}
		if c := h.log.complaints(); t.Failed() && c != "" {
			t.Log("the server's complaints:\n" + c)
		}
	})
	h.URL, h.Server, h.DB = "http://"+l.Addr().String(), s, s.DB()
	h.people()
	return h
}

// secret is the key of all test servers, so that a copied database opens.
var secret = bytes.Repeat([]byte{7}, 32)

func config(dir, url string) server.Config {
	return server.Config{
		DatabaseURL: url, DataDir: dir, SecretKey: secret, InternalHMACSecret: "internal",
		RateLimitLogin: "100000/minute", RateLimitRegister: "100000/minute", RateLimitInvite: "100000/minute",
	}
}

// InternalSecret signs calls to /internal/* in tests.
const InternalSecret = "internal"

func (h *House) hear(ctx context.Context, sql string) {
	if viewer.CallOf(ctx).RequestID == "" { // background work
		return
	}
	word, _, _ := strings.Cut(strings.TrimSpace(strings.ToLower(sql)), " ")
	switch strings.Trim(word, ";") {
	case "begin", "savepoint", "release", "commit", "rollback", "--":
		return
	}
	if strings.HasPrefix(sql, "select set_config(") || strings.HasPrefix(sql, "select pg_logical_emit_message(") || strings.HasPrefix(word, "pragma") || strings.HasPrefix(sql, "set role") {
		return
	}
	h.statements.Add(1)
	if f := h.heard.Load(); f != nil {
		(*f)(sql)
	}
}

// Statements counts the SQL statements of the calls that f makes: begin, commit and set_config apart. What the server
// does by itself is not counted. The first call of a caller may have to find out who they are: count what has been
// warmed up.
func (h *House) Statements(f func()) int {
	before := h.statements.Load()
	f()
	return int(h.statements.Load() - before)
}

// Spy tells a function of each statement; nil ends it.
func (h *House) Spy(f func(sql string)) {
	if f == nil {
		h.heard.Store(nil)
		return
	}
	h.heard.Store(&f)
}

// Log is what the server has logged, as JSON lines.
func (h *House) Log() string { return h.log.String() }

// lines is a log that tests can read.
type lines struct {
	mu sync.Mutex
	b  bytes.Buffer
}

// Write adds a line.
func (l *lines) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(b)
}

// String is all of it.
func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// complaints are the lines that tell why a test may have failed.
func (l *lines) complaints() string {
	var out []string
	for line := range strings.Lines(l.String()) {
		if strings.Contains(line, `"level":"ERROR"`) || strings.Contains(line, `"level":"WARN"`) {
			out = append(out, line)
		}
	}
	return strings.Join(out, "")
}

// Lines is how many lines requests have left in the journal; what is done in the background is not counted.
func (h *House) Lines() int {
	h.t.Helper()
	var n int
	if err := h.DB.Reader().QueryRowContext(context.WithoutCancel(h.t.Context()), `SELECT count(*) FROM journal WHERE request_id <> ''`).Scan(&n); err != nil {
		h.t.Errorf("count the journal: %v", err)
	}
	return n
}

// Pair starts two servers on one PostgreSQL database, as behind a balancer. Credentials of one are good at the other.
func Pair(t testing.TB, options ...Option) (one, two *House) {
	t.Helper()
	url := database(t, "postgres")
	return start(t, url, options...), start(t, url, options...)
}
