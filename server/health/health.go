// Package health says how the server is: to people who are signed in, and to probes that are not.
package health

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"entgo.io/ent/dialect"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/holdfast-platform/holdfast/ent/migrate"
	accessv1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/access/v1"
	healthv1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/health/v1"
	"github.com/holdfast-platform/holdfast/server/internal/blob"
	"github.com/holdfast-platform/holdfast/server/internal/clock"
	"github.com/holdfast-platform/holdfast/server/internal/db"
	"github.com/holdfast-platform/holdfast/server/internal/fault"
	"github.com/holdfast-platform/holdfast/server/internal/journal"
	"github.com/holdfast-platform/holdfast/server/internal/rest"
)

// Service answers for one process.
type Service struct {
	db      *db.DB
	files   *blob.Store
	ready   func(context.Context) error
	version string
	started time.Time
}

// New takes the database and the place of files, what tells whether the process takes calls and its database answers,
// and the clock that says when it began; nil is the machine's.
func New(d *db.DB, files *blob.Store, ready func(context.Context) error, version string, c clock.Clock) Service {
	if c == nil {
		c = clock.System
	}
	return Service{d, files, ready, version, c.Now().UTC().Truncate(time.Microsecond)}
}

// probePatience is how long a probe waits for the database.
const probePatience = 2 * time.Second

// GetHealth answers version, database, files and uptime.
func (s Service) GetHealth(ctx context.Context, _ *healthv1.GetHealthRequest) (*healthv1.Health, error) {
	now := clock.Now(ctx)
	out := &healthv1.Health{
		Status: "ok", Version: s.version, Database: &healthv1.Database{Kind: kind(s.db)},
		StartedAt: timestamppb.New(s.started), Now: timestamppb.New(now), UptimeSeconds: int32(max(0, now.Sub(s.started)/time.Second)),
	}
	ask, cancel := context.WithTimeout(ctx, probePatience)
	defer cancel()
	out.Database.Reachable = s.db.Ping(ask) == nil
	if s.ready(ask) != nil {
		out.Status = "degraded"
		if out.Database.Reachable {
			out.Status = "draining"
		}
	}
	out.Files = &healthv1.Files{Kind: s.files.Kind(), Reachable: s.files.Reach(ask) == nil}
	if !out.Files.Reachable && out.Status == "ok" {
		out.Status = "degraded"
	}
	if !out.Database.Reachable {
		return out, nil
	}
	var err error
	if out.Stopped, err = stopped(ask, s.db); err != nil {
		return nil, err
	}
	if len(out.Stopped) > 0 && out.Status == "ok" {
		out.Status = "degraded"
	}
	halves, err := migrate.Versions(ask, s.db.Kind, s.db.Reader())
	if err != nil {
		return nil, err
	}
	out.Database.UpToDate = true
	var at []string
	for _, h := range halves {
		at = append(at, fmt.Sprint(h.Have))
		out.Database.UpToDate = out.Database.UpToDate && h.Have == h.Want
	}
	out.Database.Migration = strings.Join(at, "+")
	return out, nil
}

// stopped is the work on the journal that waits for an operator.
func stopped(ctx context.Context, d *db.DB) (out []*healthv1.StoppedWork, err error) {
	failures, err := journal.Failures(ctx, d)
	for _, f := range failures { // by consumer
		if !f.Stopped() {
			continue
		}
		if len(out) == 0 || out[len(out)-1].Name != f.Consumer {
			out = append(out, &healthv1.StoppedWork{Name: f.Consumer})
		}
		out[len(out)-1].Tenants++
	}
	return out, err
}

func kind(d *db.DB) string {
	if d.Kind == dialect.SQLite {
		return "sqlite"
	}
	return d.Kind
}

// Routes are the probes. Live says that the process runs; ready, that it takes calls and its database answers.
func (s Service) Routes() []rest.Route {
	open := &accessv1.Access{Rule: &accessv1.Access_Public{Public: true}}
	return []rest.Route{
		rest.Plain(http.MethodGet, "/api/v1/health/live", open, func(w http.ResponseWriter, _ *http.Request) error {
			return say(w, "ok")
		}, rest.Reads(), rest.Gives(http.StatusOK, "application/json"), rest.Summary("Tell that the process runs", "For probes; needs no credential and asks nothing of the database.")),
		rest.Plain(http.MethodGet, "/api/v1/health/ready", open, func(w http.ResponseWriter, r *http.Request) error {
			ctx, cancel := context.WithTimeout(r.Context(), probePatience)
			defer cancel()
			if err := s.ready(ctx); err != nil {
				return fault.Unavailable(time.Second, "not ready: the server is stopping, or its database does not answer")
			}
			return say(w, "ready")
		}, rest.Reads(), rest.Gives(http.StatusOK, "application/json"), rest.Summary("Tell that the server takes calls",
			"For probes and load balancers; needs no credential. 503 while the server stops, or its database does not answer.")),
	}
}

func say(w http.ResponseWriter, status string) error {
	w.Header().Set("Content-Type", "application/json")
	return json.NewEncoder(w).Encode(map[string]string{"status": status})
}
