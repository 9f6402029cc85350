package db_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"entgo.io/ent/dialect"

	"github.com/holdfast-platform/holdfast/ent/viewer"
	"github.com/holdfast-platform/holdfast/gen/ent/asset"
	"github.com/holdfast-platform/holdfast/server/internal/db"
	"github.com/holdfast-platform/holdfast/server/internal/dbtest"
	"github.com/holdfast-platform/holdfast/server/internal/fault"
)

// TestWritersAtOnce has many create at once, a third of whom change their minds: those are gone without a trace, and
// nobody else.
func TestWritersAtOnce(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, url string) {
		var commits atomic.Int32
		d, err := db.Open(t.Context(), db.Config{URL: url, Statement: func(_ context.Context, sql string) {
			switch {
			case sql == "COMMIT", sql == "commit", strings.Contains(sql, "pg_logical_emit_message"):
				commits.Add(1)
			case strings.Contains(sql, "'synchronous_commit', 'off'"):
				commits.Add(-1) // its commit does not wait for the disk
			}
		}})
		must(t, err)
		t.Cleanup(func() { must(t, d.Close()) })
		ann := person(t, d)
		const writers, each = 12, 15
		before := commits.Load()
		regret := errors.New("regret")
		var all sync.WaitGroup
		for w := range writers {
			all.Go(func() {
				for i := range each {
					name := fmt.Sprintf("%d of %d", i, w)
					err := d.Tx(ann, func(ctx context.Context) error {
						err := db.From(ctx).Asset.Create().SetName(name).SetAssetType("server").Exec(ctx)
						if err == nil && i%3 == 0 {
							err = regret
						}
						return err
					})
					if n, _ := db.From(ann).Asset.Query().Where(asset.Name(name)).Count(ann); errors.Is(err, regret) != (n == 0) || !errors.Is(err, regret) && err != nil {
						t.Errorf("%s: %v, and %d are there", name, err, n)
					}
				}
			})
		}
		all.Wait()
		rows, err := db.From(ann).Asset.Query().Order(asset.ByNumber()).All(ann)
		must(t, err)
		is(t, "kept", len(rows), writers*each*2/3)
		for i, a := range rows {
			is(t, "a number", a.Number, i+1)
		}
		lines, err := d.Tail(t.Context(), 0, 1000)
		must(t, err)
		made := 0
		for _, l := range lines {
			if l.Action == "asset.created" {
				made++
			}
		}
		is(t, "lines", made, len(rows))
		if n := commits.Load() - before; n >= writers*each*2/3 {
			t.Errorf("%d commits: nobody shared one", n)
		}
	})
}

// TestSomeAreRefused has many create at once, some of whom the database refuses: those are told why, and nobody else
// fails.
func TestSomeAreRefused(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, url string) {
		d, err := db.Open(t.Context(), db.Config{URL: url})
		must(t, err)
		t.Cleanup(func() { must(t, d.Close()) })
		ann := person(t, d)
		const writers, each, names = 12, 15, 60
		var all sync.WaitGroup
		var taken atomic.Int32
		for w := range writers {
			all.Go(func() {
				for i := range each {
					err := d.Tx(ann, func(ctx context.Context) error {
						if err := db.From(ctx).Site.Create().SetName(fmt.Sprint("Site ", (i*writers+w)%names)).Exec(ctx); err != nil {
							return err
						}
						return db.From(ctx).Asset.Create().SetName("x").SetAssetType("server").Exec(ctx)
					})
					if f := fault.Of(db.Fault(err)); f != nil && f.Fields["name"] != "" {
						taken.Add(1)
					} else if err != nil {
						t.Error(err)
					}
				}
			})
		}
		all.Wait()
		is(t, "refused", int(taken.Load()), writers*each-names)
		rows, err := db.From(ann).Asset.Query().Order(asset.ByNumber()).All(ann)
		must(t, err)
		is(t, "kept", len(rows), names)
		for i, a := range rows {
			is(t, "a number", a.Number, i+1)
		}
		for _, kind := range []string{"Asset", "Site"} {
			total, err := db.Total(ann, kind)
			must(t, err)
			is(t, "total of "+kind, total, int64(names))
		}
	})
}

// TestTwoAtOneCounter has two processes create in turns and at once: each finds out where the other has been.
func TestTwoAtOneCounter(t *testing.T) {
	t.Parallel()
	url := dbtest.Postgres(t)
	var ds [2]*db.DB
	for i := range ds {
		var err error
		ds[i], err = db.Open(t.Context(), db.Config{URL: url})
		must(t, err)
		t.Cleanup(func() { must(t, ds[i].Close()) })
	}
	ann := person(t, ds[0])
	create := func(d *db.DB) error {
		return d.Tx(ann, func(ctx context.Context) error {
			return db.From(ctx).Asset.Create().SetName("x").SetAssetType("server").Exec(ctx)
		})
	}
	made := 0
	// also so many that the counter is guessed, and then it stands elsewhere
	for _, turns := range []int{5, 1, 4, 7, 2, 6} {
		for _, d := range ds {
			for range turns {
				must(t, create(d))
				made++
			}
		}
	}
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			for range 20 {
				if err := create(ds[i%2]); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	rows, err := db.From(ann).Asset.Query().Order(asset.ByNumber()).All(ann)
	must(t, err)
	is(t, "assets", len(rows), made+8*20)
	for i, a := range rows {
		is(t, "a number", a.Number, i+1)
	}
}

// TestABrokenTransaction loses the common transaction under one's hands: they are told, and so is whoever shared it.
func TestABrokenTransaction(t *testing.T) {
	t.Parallel()
	d, err := db.Open(t.Context(), db.Config{URL: dbtest.SQLite(t)})
	must(t, err)
	t.Cleanup(func() { must(t, d.Close()) })
	ann := person(t, d)
	for range 20 {
		var second error
		var both sync.WaitGroup
		first := d.Tx(ann, func(ctx context.Context) error {
			both.Go(func() {
				second = d.Tx(ann, func(ctx context.Context) error {
					if err := db.From(ctx).Asset.Create().SetName("second").SetAssetType("server").Exec(ctx); err != nil {
						return err
					}
					_, err := db.SQL(ctx).ExecContext(ctx, "ROLLBACK")
					return err
				})
			})
			time.Sleep(2 * time.Millisecond) // the second is to be waiting
			return db.From(ctx).Asset.Create().SetName("first").SetAssetType("server").Exec(ctx)
		})
		both.Wait()
		if second == nil {
			t.Fatal("a transaction that was gone was committed")
		}
		n, err := db.From(ann).Asset.Delete().Where(asset.Name("second")).Exec(ann)
		is(t, "without a transaction", n == 0 && err != nil, true)
		is(t, "the second's", db.From(ann).Asset.Query().Where(asset.Name("second")).CountX(ann), 0)
		kept := db.From(ann).Asset.Query().Where(asset.Name("first")).CountX(ann)
		is(t, "the first is there as he was told", kept == 1, first == nil)
		if first == nil {
			must(t, d.Tx(ann, func(ctx context.Context) error {
				_, err := db.From(ctx).Asset.Delete().Where(asset.Name("first")).Exec(ctx)
				return err
			}))
		}
	}
}

// TestWaitingInVain lets those who wait for the writer give up: nobody else waits for them.
func TestWaitingInVain(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d *db.DB) {
		ann := person(t, d)
		var all sync.WaitGroup
		for i := range 10 {
			must(t, d.Tx(ann, func(ctx context.Context) error {
				for range 3 {
					all.Go(func() {
						impatient, cancel := context.WithTimeout(ann, time.Duration(i)*time.Millisecond)
						defer cancel()
						_ = d.Tx(impatient, func(ctx context.Context) error {
							return db.From(ctx).Asset.Create().SetName("in vain").SetAssetType("server").Exec(ctx)
						})
					})
				}
				time.Sleep(time.Duration(i) * time.Millisecond) // they are to give up now
				return db.From(ctx).Asset.Create().SetName("made").SetAssetType("server").Exec(ctx)
			}))
		}
		all.Wait()
		is(t, "made", db.From(ann).Asset.Query().Where(asset.Name("made")).CountX(ann), 10)
	})
}

// TestAnAnswerMeansTheDisk holds that PostgreSQL has written a create to the disk when it is answered, though it lets
// the next go on before that.
func TestAnAnswerMeansTheDisk(t *testing.T) {
	t.Parallel()
	// which servers for tests are not
	d, err := db.Open(t.Context(), db.Config{URL: dbtest.Postgres(t) + "?synchronous_commit=on"})
	must(t, err)
	t.Cleanup(func() { must(t, d.Close()) })
	ann := person(t, d)
	for range 20 {
		var there bool
		var before string
		must(t, d.System().QueryRowContext(t.Context(), `SELECT pg_current_wal_insert_lsn()::text`).Scan(&before))
		must(t, d.Tx(ann, func(ctx context.Context) error {
			return db.From(ctx).Asset.Create().SetName("x").SetAssetType("server").Exec(ctx)
		}))
		must(t, d.System().QueryRowContext(t.Context(), `SELECT pg_current_wal_flush_lsn() > $1::text::pg_lsn`, before).Scan(&there))
		is(t, "on the disk", there, true)
		var at string
		must(t, d.Tx(ann, func(ctx context.Context) error {
			if err := db.From(ctx).Asset.Create().SetName("x").SetAssetType("server").Exec(ctx); err != nil {
				return err
			}
			if err := db.Send(ctx); err != nil {
				return err
			}
			return db.SQL(ctx).QueryRowContext(ctx, `SELECT pg_current_wal_insert_lsn()::text`).Scan(&at)
		}))
		must(t, d.System().QueryRowContext(t.Context(), `SELECT pg_current_wal_flush_lsn() > $1::text::pg_lsn`, at).Scan(&there))
		is(t, "on the disk", there, true)
	}
}

// TestOthersHaveTime lets the time of one run out who waits to create with others, and is the first of them: the others
// are not hurt.
func TestOthersHaveTime(t *testing.T) {
	t.Parallel()
	url := dbtest.Postgres(t)
	open := func() *db.DB {
		d, err := db.Open(t.Context(), db.Config{URL: url})
		must(t, err)
		t.Cleanup(func() { must(t, d.Close()) })
		return d
	}
	d, other := open(), open()
	ann := person(t, d)
	create := func(ctx context.Context, d *db.DB, then func() error) error {
		return d.Tx(ctx, func(ctx context.Context) error {
			if err := db.From(ctx).Asset.Create().SetName("x").SetAssetType("server").Exec(ctx); err != nil {
				return err
			}
			return then()
		})
	}
	fine := func() error { return nil }
	for range 6 { // from now on the counter is guessed
		must(t, create(ann, d, fine))
	}
	regret, held, release := errors.New("regret"), make(chan struct{}), make(chan struct{})
	var all sync.WaitGroup
	all.Go(func() { // holds the counter
		err := create(ann, other, func() error {
			close(held)
			<-release
			return regret
		})
		if !errors.Is(err, regret) {
			t.Error(err)
		}
	})
	<-held
	const little = 200 * time.Millisecond
	// the first is on its way, the others wait
	for i, has := range []time.Duration{time.Minute, little, time.Minute, time.Minute} {
		all.Go(func() {
			ctx, cancel := context.WithTimeout(ann, has)
			defer cancel()
			if err := create(ctx, d, fine); err != nil && has != little {
				t.Errorf("%d: %v", i, err)
			}
		})
		time.Sleep(little / 8)
	}
	time.Sleep(little)
	close(release)
	all.Wait()
}

// TestVeryManyAtOnce changes and deletes more records at once than a statement takes arguments.
func TestVeryManyAtOnce(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d *db.DB) {
		ann := person(t, d)
		many, id := 33_000, `printf('00000000-0000-4000-8000-%012d', n)`
		if d.Kind == dialect.Postgres {
			many, id = 66_000, `('00000000-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid`
		}
		var tenant, now = viewer.From(ann).TenantID, time.Now()
		_, err := d.Writer().ExecContext(t.Context(), fmt.Sprintf(`WITH RECURSIVE all_of(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM all_of WHERE n < %d)
			INSERT INTO sites (id, version, created_at, updated_at, tenant_id, name, name_fold, name_key, status)
			SELECT %s, 1, $1, $1, $2, 'Site ' || n, 'site ' || n, 'site ' || n, 'active' FROM all_of`, many, id), now, tenant)
		must(t, err)
		must(t, d.Tx(ann, func(ctx context.Context) error {
			n, err := db.From(ctx).Site.Update().SetAddress("Hull").Save(ctx)
			is(t, "changed", n, many)
			return err
		}))
		must(t, d.Tx(ann, func(ctx context.Context) error {
			n, err := db.From(ctx).Site.Delete().Exec(ctx)
			is(t, "deleted", n, many)
			return err
		}))
	})
}
