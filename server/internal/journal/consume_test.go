package journal_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/holdfast-platform/holdfast/ent/viewer"
	"github.com/holdfast-platform/holdfast/gen/ent"
	"github.com/holdfast-platform/holdfast/server/internal/db"
	"github.com/holdfast-platform/holdfast/server/internal/journal"
)

// heard is what a consumer of assets has done, by tenant, once it is committed.
type heard struct {
	mu     sync.Mutex
	labels map[uuid.UUID][]string
}

func (h *heard) of(tenant uuid.UUID) string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return strings.Join(h.labels[tenant], " ")
}

// consumer refuses every line whose label bad says, and notes the others.
func (h *heard) consumer(name string, bad func(db.Line) bool) journal.Consumer {
	h.labels = map[uuid.UUID][]string{}
	return journal.Consumer{
		Name: name, Actor: founder, Every: time.Millisecond, Kinds: []string{ent.KindAsset},
		Do: func(ctx context.Context, lines []db.Line) error {
			if i := slices.IndexFunc(lines, bad); i >= 0 {
				return errors.New("it cannot be: " + lines[i].Label)
			}
			db.AfterCommit(ctx, func() {
				h.mu.Lock()
				defer h.mu.Unlock()
				for _, l := range lines {
					h.labels[l.TenantID] = append(h.labels[l.TenantID], l.Label)
				}
			})
			return nil
		},
	}
}

func stopped(t *testing.T, d *db.DB) (all []journal.Failure) {
	t.Helper()
	failures, err := journal.Failures(t.Context(), d)
	must(t, err)
	return slices.DeleteFunc(failures, func(f journal.Failure) bool { return !f.Stopped() })
}

// A line that fails five times stops the consumer for its tenant and nobody else, and no line is left out: when the
// cause is mended and an operator says so, all of them are done in order.
func TestABadLineStopsItsTenantOnly(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d *db.DB) {
		ann, bob := person(t, d), person(t, d)
		anns, bobs := viewer.From(ann).TenantID, viewer.From(bob).TenantID
		var mended atomic.Bool
		var tries atomic.Int64
		var got, beside heard
		bad := func(l db.Line) bool {
			if l.Label != "bad" || mended.Load() {
				return false
			}
			tries.Add(1)
			return true
		}
		r := reading(t, d)
		for _, name := range []string{"a", "bad", "b"} {
			newAsset(t, ann, name)
			newAsset(t, bob, strings.ReplaceAll(name, "bad", "good"))
		}
		one, other := got.consumer("test", bad), beside.consumer("beside", func(db.Line) bool { return false })
		background(t, func(ctx context.Context) error { return r.Consume(ctx, one, other) })
		eventually(t, "it stops", 30*time.Second, func() bool { return len(stopped(t, d)) == 1 })
		f := stopped(t, d)[0]
		is(t, "for whom", f.Tenant, anns)
		is(t, "which", f.Consumer, "test")
		is(t, "after", f.Tries, 5)
		is(t, "why", f.Error, "it cannot be: bad")
		newAsset(t, ann, "c")
		newAsset(t, bob, "c")
		eventually(t, "the other tenant goes on", 10*time.Second, func() bool { return got.of(bobs) == "a good b c" })
		eventually(t, "the other consumer goes on", 10*time.Second, func() bool { return beside.of(anns) == "a bad b c" })
		is(t, "what stands before it is done, what stands behind it waits", got.of(anns), "a")
		before := tries.Load()
		time.Sleep(2 * time.Second)
		is(t, "tries after it has stopped", tries.Load(), before)

		n, err := journal.Retry(t.Context(), d, "test", &bobs)
		must(t, err)
		is(t, "stopped for the other tenant", n, 0)
		mended.Store(true)
		n, err = journal.Retry(t.Context(), d, "test", nil)
		must(t, err)
		is(t, "goes on for", n, 1)
		eventually(t, "all are done in order", 10*time.Second, func() bool { return got.of(anns) == "a bad b c" })
		newAsset(t, ann, "d")
		eventually(t, "new ones too", 10*time.Second, func() bool { return got.of(anns) == "a bad b c d" })
		failures, err := journal.Failures(t.Context(), d)
		must(t, err)
		is(t, "failures left", len(failures), 0)
	})
}

// Only who says so passes over a bad line; what stands behind it is done.
func TestNotificationsPassOver(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d *db.DB) {
		ann := person(t, d)
		var got heard
		r := reading(t, d)
		for _, name := range []string{"a", "bad", "b"} {
			newAsset(t, ann, name)
		}
		c := got.consumer("test", func(l db.Line) bool { return l.Label == "bad" })
		c.PassesOver = true
		background(t, func(ctx context.Context) error { return r.Consume(ctx, c) })
		eventually(t, "the good ones are done", 30*time.Second, func() bool { return got.of(viewer.From(ann).TenantID) == "a b" })
		failures, err := journal.Failures(t.Context(), d)
		must(t, err)
		is(t, "failures left", len(failures), 0)
	})
}

// What a consumer writes before it fails is undone, and what the others write in the same transaction is kept.
func TestAFailedConsumerLeavesNothing(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d *db.DB) {
		ann := person(t, d)
		mark := func(name string, fail bool) journal.Consumer {
			return journal.Consumer{Name: name, Actor: founder, Every: time.Millisecond, Kinds: []string{ent.KindAsset}, Do: func(ctx context.Context, lines []db.Line) error {
				for range lines {
					if _, err := db.SQL(ctx).ExecContext(ctx, `INSERT INTO nonces (nonce, expires_at) VALUES ($1, $2)`, name+uuid.NewString(), time.Now().UTC()); err != nil {
						return err
					}
				}
				if fail {
					return errors.New("behind it")
				}
				return nil
			}}
		}
		count := func(name string) (n int) {
			must(t, d.Reader().QueryRowContext(t.Context(), `SELECT count(*) FROM nonces WHERE nonce LIKE $1`, name+"%").Scan(&n))
			return n
		}
		r := reading(t, d)
		newAsset(t, ann, "x")
		background(t, func(ctx context.Context) error { return r.Consume(ctx, mark("fails", true), mark("works", false)) })
		eventually(t, "it stops", 30*time.Second, func() bool { return len(stopped(t, d)) == 1 })
		is(t, "of the one that failed", count("fails"), 0)
		is(t, "of the other", count("works"), 1)
	})
}

// A kind that is none would never be handed a line: that is an error at once.
func TestConsumersNameKindsThatThereAre(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d *db.DB) {
		var got heard
		c := got.consumer("test", func(db.Line) bool { return false })
		c.Kinds = append(c.Kinds, "assets")
		if err := reading(t, d).Consume(t.Context(), c); err == nil {
			t.Fatal("a consumer of no kind was taken")
		}
	})
}
