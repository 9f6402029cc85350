package job_test

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/holdfast-platform/holdfast/server/internal/clock"
	"github.com/holdfast-platform/holdfast/server/internal/db"
	"github.com/holdfast-platform/holdfast/server/internal/dbtest"
	"github.com/holdfast-platform/holdfast/server/internal/job"
)

func open(t *testing.T, url string) *db.DB {
	t.Helper()
	d, err := db.Open(t.Context(), db.Config{URL: url})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	if err := job.Migrate(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	return d
}

func start(t *testing.T, d *db.DB, c clock.Clock, works ...job.Work) *job.Runner {
	t.Helper()
	r, err := job.New(t.Context(), d, c, slog.New(slog.DiscardHandler), works...)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), 10*time.Second)
		defer cancel()
		if err := r.Stop(ctx); err != nil {
			t.Error(err)
		}
	})
	return r
}

func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for range 300 {
		if ok() {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	t.Fatal("never: " + what)
}

// Two servers, one database: what falls due is done by one of them, once.
func TestOnceOverTwoServers(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, url string) {
		c := clock.NewManual(time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC))
		due := c.Now().Add(time.Hour)
		var done, asked atomic.Int32
		var fired atomic.Bool
		works := []job.Work{{
			Name:  "bell",
			Every: time.Second,
			Due: func(ctx context.Context) (bool, error) {
				asked.Add(1)
				return !fired.Load() && !clock.Now(ctx).Before(due), nil
			},
			Do: func(ctx context.Context, _ json.RawMessage) error {
				if clock.Now(ctx).Before(due) {
					return errors.New("too early")
				}
				fired.Store(true)
				done.Add(1)
				return nil
			},
		}}
		first := open(t, url)
		start(t, first, c, works...)
		second := first
		if first.Kind == "postgres" { // SQLite is one process's
			second = open(t, url)
		}
		start(t, second, c, works...)
		eventually(t, "somebody asks", func() bool { return asked.Load() > 1 })
		if done.Load() != 0 {
			t.Fatal("done before its time")
		}
		c.Advance(time.Hour)
		eventually(t, "it is done", func() bool { return done.Load() > 0 })
		time.Sleep(2 * time.Second)
		if n := done.Load(); n != 1 {
			t.Errorf("done %d times", n)
		}
	})
}

func TestEnqueue(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, url string) {
		var got atomic.Value
		var n atomic.Int32
		r := start(t, open(t, url), clock.System, job.Work{Name: "letter", Do: func(_ context.Context, args json.RawMessage) error {
			n.Add(1)
			got.Store(string(args))
			return nil
		}})
		for range 3 {
			if err := r.Enqueue(t.Context(), "letter", map[string]int{"seq": 7}); err != nil {
				t.Fatal(err)
			}
		}
		eventually(t, "the letter goes", func() bool { return n.Load() > 0 })
		time.Sleep(1500 * time.Millisecond)
		if n.Load() != 1 || strings.ReplaceAll(got.Load().(string), " ", "") != `{"seq":7}` {
			t.Errorf("%d letters, the last says %v", n.Load(), got.Load())
		}
		if err := r.Enqueue(t.Context(), "nothing", nil); err == nil {
			t.Error("unknown work was taken")
		}
	})
}

// Stop waits for what is being done, and cancels it when there is no more time.
func TestStop(t *testing.T) {
	t.Parallel()
	d := open(t, dbtest.SQLite(t))
	var ended atomic.Bool
	begun := make(chan struct{}, 9)
	r, err := job.New(t.Context(), d, clock.System, slog.New(slog.DiscardHandler), job.Work{Name: "slow", Every: time.Minute, Do: func(ctx context.Context, _ json.RawMessage) error {
		begun <- struct{}{}
		select {
		case <-time.After(time.Minute):
		case <-ctx.Done():
			ended.Store(true)
		}
		return ctx.Err()
	}})
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	<-begun
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	at := time.Now()
	_ = r.Stop(ctx)
	if took := time.Since(at); took > 4*time.Second {
		t.Errorf("stopping took %v", took)
	}
	if !ended.Load() {
		t.Error("the work was left running")
	}
}

// Servers that start together bring the queue's tables up to date once.
func TestMigrateTogether(t *testing.T) {
	t.Parallel()
	url := dbtest.Postgres(t)
	errs := make(chan error, 3)
	for range cap(errs) {
		d := open(t, url)
		go func() { errs <- job.Migrate(t.Context(), d) }()
	}
	for range cap(errs) {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
}

func TestWorksAreNamed(t *testing.T) {
	t.Parallel()
	d := open(t, dbtest.SQLite(t))
	do := func(context.Context, json.RawMessage) error { return nil }
	for name, works := range map[string][]job.Work{
		"twice":   {{Name: "a", Do: do}, {Name: "a", Do: do}},
		"nothing": {{Name: "a"}},
		"no name": {{Do: do}},
	} {
		if _, err := job.New(t.Context(), d, clock.System, slog.New(slog.DiscardHandler), works...); err == nil {
			t.Errorf("%s is accepted", name)
		}
	}
}
