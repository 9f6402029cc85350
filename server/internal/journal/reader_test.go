package journal_test

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/holdfast-platform/holdfast/ent/viewer"
	"github.com/holdfast-platform/holdfast/server/internal/db"
	"github.com/holdfast-platform/holdfast/server/internal/dbtest"
	"github.com/holdfast-platform/holdfast/server/internal/journal"
)

// Many writers on two handles of one database: a follower on each sees every line once, in order, and each record's
// versions in theirs.
func TestFollowersSeeEveryLineOnceInOrder(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, url string) {
		one, two := open(t, url), open(t, url)
		ann := person(t, one)
		var mu sync.Mutex
		seen := map[string][]int64{}
		versions := map[uuid.UUID][]int32{}
		follow := func(name string) func([]db.Line) {
			return func(lines []db.Line) {
				mu.Lock()
				defer mu.Unlock()
				for _, l := range lines {
					seen[name] = append(seen[name], l.Seq)
					if name == "two" && l.Kind == "asset" {
						versions[l.RecordID] = append(versions[l.RecordID], l.Version)
					}
				}
			}
		}
		reading(t, one, follow("one"))
		reading(t, two, follow("two"))
		const writers, changes = 4, 25
		var all sync.WaitGroup
		for w := range writers {
			d := one
			if w%2 == 1 {
				d = two
			}
			ctx := d.In(ann)
			a := newAsset(t, ctx, "a")
			all.Go(func() {
				for i := range changes {
					rename(t, ctx, a, string(rune('b'+i)))
				}
			})
		}
		all.Wait()
		want := writers * (changes + 1)
		for _, name := range []string{"one", "two"} {
			eventually(t, name+" sees all lines", 5*time.Second, func() bool {
				mu.Lock()
				defer mu.Unlock()
				return len(seen[name]) >= want
			})
		}
		mu.Lock()
		defer mu.Unlock()
		for name, seqs := range seen {
			is(t, name+" sees each once", len(seqs), want)
			is(t, name+" sees them in order", slices.IsSorted(seqs), true)
		}
		for id, vs := range versions {
			is(t, "versions of "+id.String()+" in order", slices.IsSorted(vs) && len(vs) == changes+1, true)
		}
	})
}

// What one process writes, another sees within a second.
func TestAnotherProcessSeesWithinASecond(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, url string) {
		one, two := open(t, url), open(t, url)
		ann := person(t, one)
		r := reading(t, two)
		for range 3 {
			at := r.At()
			newAsset(t, ann, "x")
			start := time.Now()
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			_, err := r.Wait(ctx, at)
			cancel()
			if err != nil {
				t.Fatalf("nothing after %v", time.Since(start))
			}
		}
	})
}

func TestLinesFromMemoryAndFromTheDatabaseAreTheSame(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d *db.DB) {
		ann, bob := person(t, d), person(t, d)
		begin, err := d.Head(t.Context())
		must(t, err)
		close := reading(t, d)
		for i := range 10 {
			newAsset(t, ann, string(rune('a'+i)))
			newAsset(t, bob, "bob's")
		}
		late := reading(t, d) // it remembers none of them
		tenant := viewer.From(ann).TenantID
		at, err := close.CatchUp(t.Context())
		must(t, err)
		for _, limit := range []int{3, 10, 100} {
			var texts []string
			for _, r := range []*journal.Reader{close, late} {
				var seqs []int64
				for after := begin; after < at; {
					lines, until, err := r.Lines(t.Context(), tenant, after, at, limit)
					must(t, err)
					for _, l := range lines {
						seqs = append(seqs, l.Seq)
						is(t, "tenant", l.TenantID, tenant)
					}
					after = until
				}
				text, err := json.Marshal(seqs)
				must(t, err)
				is(t, "number of lines", len(seqs), 10)
				texts = append(texts, string(text))
			}
			is(t, "both ways", texts[0], texts[1])
		}
	})
}

// Two processes with the same consumer: each line is worked off once, in order, and what the consumer writes stands or
// falls with it.
func TestConsumersWorkOffEachLineOnce(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, url string) {
		one, two := open(t, url), open(t, url)
		ann := person(t, one)
		var mu sync.Mutex
		var done []int64
		var failed atomic.Int64
		consumer := journal.Consumer{
			Name: "test", Actor: founder, Every: time.Millisecond,
			Wants: func(l db.Line) bool { return l.Kind == "asset" },
			Do: func(ctx context.Context, lines []db.Line) error {
				if failed.Add(1) == 3 {
					return errors.New("once")
				}
				seqs := make([]int64, len(lines))
				for i, l := range lines {
					seqs[i] = l.Seq
				}
				db.AfterCommit(ctx, func() {
					mu.Lock()
					defer mu.Unlock()
					done = append(done, seqs...)
				})
				return nil
			},
		}
		for _, d := range []*db.DB{one, two} {
			r := reading(t, d)
			background(t, func(ctx context.Context) error { return r.Consume(ctx, consumer) })
		}
		const lines = 60
		for i := range lines {
			newAsset(t, []*db.DB{one, two}[i%2].In(ann), "x")
		}
		count := func() int {
			mu.Lock()
			defer mu.Unlock()
			return len(done)
		}
		eventually(t, "all lines are worked off", 20*time.Second, func() bool { return count() >= lines })
		time.Sleep(1200 * time.Millisecond) // the other one looks again
		mu.Lock()
		defer mu.Unlock()
		is(t, "each once", len(done), lines)
		is(t, "in order", slices.IsSorted(done), true)
	})
}
