package health_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/holdfast-platform/holdfast/server"
	"github.com/holdfast-platform/holdfast/server/internal/housetest"
	"github.com/holdfast-platform/holdfast/server/operate"
)

func TestHealth(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		h.Clock.Advance(90 * time.Second)
		var got struct {
			Status, Version string
			UptimeSeconds   int `json:"uptime_seconds"`
			Database        struct {
				Kind, Migration string
				Reachable       bool
				UpToDate        bool `json:"up_to_date"`
			}
		}
		h.Member.JSON("GET", "/api/v1/health", nil, http.StatusOK, &got)
		want := map[string]string{"sqlite3": "sqlite", "postgres": "postgres"}[h.DB.Kind]
		if got.Status != "ok" || got.Version != "1.2.3" || got.Database.Kind != want || !got.Database.Reachable || !got.Database.UpToDate || got.Database.Migration == "" {
			t.Errorf("got %+v", got)
		}
		if got.UptimeSeconds < 90 || got.UptimeSeconds > 150 {
			t.Errorf("up for %d s", got.UptimeSeconds)
		}
		h.Nobody.JSON("GET", "/api/v1/health", nil, http.StatusUnauthorized, nil)
	}, func(c *server.Config) { c.Version = "1.2.3" })
}

// Work that has stopped for a tenant shows, until an operator lets it go on.
func TestStoppedWorkShows(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		type health struct {
			Status  string
			Stopped []struct {
				Name    string
				Tenants int
			}
		}
		var before, after, retried health
		h.Member.JSON("GET", "/api/v1/health", nil, http.StatusOK, &before)
		if before.Status != "ok" || len(before.Stopped) != 0 {
			t.Fatalf("at first: %+v", before)
		}
		now := time.Now().UTC()
		for _, stopped := range []*time.Time{&now, &now, nil} {
			if _, err := h.DB.Writer().ExecContext(t.Context(), `INSERT INTO consumer_failures (consumer, tenant_id, seq, tries, error, failed_at, stopped_at)
				VALUES ('works-here-only', $1, 1, 5, 'no', $2, $3)`, uuid.New(), now, stopped); err != nil {
				t.Fatal(err)
			}
		}
		h.Member.JSON("GET", "/api/v1/health", nil, http.StatusOK, &after)
		if after.Status != "degraded" || len(after.Stopped) != 1 || after.Stopped[0].Name != "works-here-only" || after.Stopped[0].Tenants != 2 {
			t.Errorf("with stopped work: %+v", after)
		}
		if n, err := operate.RetryConsumer(t.Context(), h.Server, "works-here-only", ""); err != nil || n != 2 {
			t.Errorf("retried for %d: %v", n, err)
		}
		h.Member.JSON("GET", "/api/v1/health", nil, http.StatusOK, &retried)
		if retried.Status != "ok" || len(retried.Stopped) != 0 {
			t.Errorf("after the retry: %+v", retried)
		}
	})
}

func TestProbes(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		for path, word := range map[string]string{"/api/v1/health/live": "ok", "/api/v1/health/ready": "ready"} {
			var got struct{ Status string }
			h.Nobody.JSON("GET", path, nil, http.StatusOK, &got)
			if got.Status != word {
				t.Errorf("%s: %q", path, got.Status)
			}
			// public: no credential is looked at
			h.Nobody.JSON("GET", path, nil, http.StatusOK, nil, "Authorization", "Bearer nonsense")
			if status, _, _ := h.Nobody.REST("HEAD", path, nil); status != http.StatusOK {
				t.Errorf("HEAD %s: %d", path, status)
			}
		}
		h.Server.Drain()
		status, header, body := h.Nobody.REST("GET", "/api/v1/health/ready", nil)
		if status != http.StatusServiceUnavailable || header.Get("Retry-After") == "" {
			t.Errorf("while draining: %d %s", status, body)
		}
		h.Nobody.JSON("GET", "/api/v1/health/live", nil, http.StatusOK, nil)
	})
}

func TestNotReadyWithoutItsDatabase(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		if err := h.DB.Close(); err != nil {
			t.Fatal(err)
		}
		status, header, body := h.Nobody.REST("GET", "/api/v1/health/ready", nil)
		if status != http.StatusServiceUnavailable || header.Get("Retry-After") == "" {
			t.Errorf("%d %s", status, body)
		}
		h.Nobody.JSON("GET", "/api/v1/health/live", nil, http.StatusOK, nil)
	})
}
