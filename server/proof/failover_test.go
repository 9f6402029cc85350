package proof

import (
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/holdfast-platform/holdfast/server/internal/dbtest"
)

// The primary is lost under load and its standby promoted: a server whose URL names both goes on by itself with the one
// that takes changes, and each write that it has acknowledged is there.
func TestPrimaryIsLost(t *testing.T) {
	for _, wanted := range []string{"read-write", "primary"} {
		t.Run(wanted, func(t *testing.T) { primaryIsLost(t, wanted) })
	}
}

func primaryIsLost(t *testing.T, wanted string) {
	ctx := t.Context()
	options := dbtest.Options{Settings: []string{"synchronous_commit=on", "wal_keep_size=256MB"}}
	primary, err := dbtest.Start(ctx, options)
	must(t, err)
	t.Cleanup(primary.Stop)
	standby, err := primary.Standby(ctx, options)
	must(t, err)
	t.Cleanup(standby.Stop)
	conn, err := pgx.Connect(ctx, primary.URL+"postgres")
	must(t, err)
	_, err = conn.Exec(ctx, "create database holdfast")
	must(t, err)
	must(t, conn.Close(ctx))
	follows(t, standby.URL+"holdfast")
	both, err := url.Parse(primary.URL + "holdfast?target_session_attrs=" + wanted)
	must(t, err)
	other, err := url.Parse(standby.URL)
	must(t, err)
	both.Host = other.Host + "," + both.Host // the standby is first: it must be passed over
	p := start(t, t.TempDir(), both.String(), "127.0.0.1:0")
	token, _ := p.register()

	var mu sync.Mutex
	var acknowledged []string
	var lost, back time.Time
	stop := make(chan struct{})
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				status, out := call("POST", p.url+"/api/v1/assets", token, "", map[string]any{"name": uuid.NewString(), "asset_type": "server"})
				mu.Lock()
				switch status {
				case 201:
					acknowledged = append(acknowledged, out["id"].(string))
					if !lost.IsZero() && back.IsZero() {
						back = time.Now()
					}
				case 0, 503, 504:
				default:
					t.Errorf("create: %d %v", status, out)
				}
				mu.Unlock()
			}
		})
	}
	until := func(what string, met func() bool) {
		for end := time.Now().Add(60 * time.Second); ; time.Sleep(5 * time.Millisecond) {
			mu.Lock()
			ok := met()
			mu.Unlock()
			if ok {
				return
			}
			if time.Now().After(end) {
				t.Fatalf("%s\n%s", what, p.log)
			}
		}
	}
	until("no writes", func() bool { return len(acknowledged) >= 100 })
	must(t, primary.Crash())
	must(t, standby.Promote(ctx))
	mu.Lock()
	lost = time.Now()
	before := len(acknowledged)
	mu.Unlock()
	until("no write is taken after the standby was promoted", func() bool { return len(acknowledged) >= before+100 })
	close(stop)
	wg.Wait()

	var out map[string]any
	until("no read is answered after the promotion", func() bool {
		var status int
		if status, out = call("GET", p.url+"/api/v1/assets?per_page=1&total=exact", token, "", nil); status != http.StatusOK {
			t.Logf("a read is answered %d %v", status, out["reason"])
		}
		return status == http.StatusOK
	})
	if out["total"].(float64) < float64(len(acknowledged)) {
		t.Errorf("%v assets, %d were acknowledged", out["total"], len(acknowledged))
	}
	conn, err = pgx.Connect(ctx, standby.URL+"holdfast")
	must(t, err)
	defer func() { _ = conn.Close(ctx) }()
	var missing int
	must(t, conn.QueryRow(ctx, "select count(*) from unnest(string_to_array($1, ',')::uuid[]) id where not exists (select from assets where assets.id = id.id)",
		strings.Join(acknowledged, ",")).Scan(&missing))
	if missing > 0 {
		t.Errorf("%d of %d acknowledged writes are lost", missing, len(acknowledged))
	}
	t.Logf("%d acknowledged, %d of them before; the first one %v after the promotion", len(acknowledged), before, back.Sub(lost).Round(time.Millisecond))
	if back.Sub(lost) > 10*time.Second {
		t.Errorf("the first write came %v after the promotion", back.Sub(lost))
	}
}

// follows waits until a standby has what its primary has made: a server that finds another database there than it was
// told ends, and does not ask the next host.
func follows(t *testing.T, database string) {
	t.Helper()
	for end := time.Now().Add(time.Minute); ; time.Sleep(20 * time.Millisecond) {
		conn, err := pgx.Connect(t.Context(), database)
		if err == nil {
			must(t, conn.Close(t.Context()))
			return
		}
		if time.Now().After(end) {
			t.Fatal(err)
		}
	}
}
