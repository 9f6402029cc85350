package db_test

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"github.com/google/uuid"

	"github.com/holdfast-platform/holdfast/ent/viewer"
	"github.com/holdfast-platform/holdfast/server/internal/db"
	"github.com/holdfast-platform/holdfast/server/internal/dbtest"
	"github.com/holdfast-platform/holdfast/server/internal/fault"
)

// Many callers of several tenants share two connections. Whatever way a statement takes, what the database itself lets
// through, without any condition of ours, is the caller's own: a connection is bound anew whenever the tenant changes.
func TestAConnectionServesOneTenantAtATime(t *testing.T) {
	t.Parallel()
	d, err := db.Open(t.Context(), db.Config{URL: dbtest.Postgres(t), MaxConns: 2})
	must(t, err)
	defer d.Close()
	var people []context.Context
	for i := range 4 {
		p := person(t, d)
		newAsset(t, p, d, fmt.Sprint("asset ", i))
		people = append(people, p)
	}
	seen := func(q db.Querier, ctx context.Context, from string) error {
		rows, err := q.QueryContext(ctx, `SELECT tenant_id FROM assets`) // row-level security alone answers
		if err != nil {
			return err
		}
		defer rows.Close()
		n := 0
		for rows.Next() {
			var tenant uuid.UUID
			if err := rows.Scan(&tenant); err != nil {
				return err
			}
			if tenant != viewer.From(ctx).TenantID {
				return fmt.Errorf("%s shows a row of another tenant", from)
			}
			n++
		}
		if err := rows.Err(); err != nil || n == 0 {
			return fmt.Errorf("%s shows %d rows: %w", from, n, err)
		}
		return nil
	}
	var wait sync.WaitGroup
	for i := range 16 {
		wait.Go(func() {
			for round := range 25 {
				ctx := people[(i+round)%len(people)]
				switch round % 4 {
				case 0:
					err := seen(db.SQL(ctx), ctx, "plain SQL")
					if err != nil {
						t.Error(err)
					}
				case 1:
					rows, err := db.From(ctx).Asset.Query().All(ctx)
					if err != nil || len(rows) == 0 || rows[0].TenantID != viewer.From(ctx).TenantID {
						t.Errorf("the client shows %d rows: %v", len(rows), err)
					}
				case 2:
					if err := d.Tx(ctx, func(ctx context.Context) error { return seen(db.SQL(ctx), ctx, "a transaction") }); err != nil {
						t.Error(err)
					}
				case 3: // a connection that is thrown away half-way takes its binding along
					gone, cancel := context.WithCancel(ctx)
					cancel()
					if err := seen(db.SQL(gone), gone, "nobody"); err == nil {
						t.Error("a call that has ended was answered")
					}
				}
			}
		})
	}
	wait.Wait()
	// The other way round, to know that the test can tell: the owner's connections see everybody's rows.
	n := 0
	must(t, d.System().QueryRowContext(t.Context(), `SELECT count(DISTINCT tenant_id) FROM assets`).Scan(&n))
	if n != 4 {
		t.Errorf("the owner sees %d tenants", n)
	}
}

// A change that does not hold is refused though nobody waited for its statement, and what was written beside it is
// gone.
func TestWhatIsPostedIsRefused(t *testing.T) {
	t.Parallel()
	for _, url := range []string{dbtest.SQLite(t), dbtest.Postgres(t)} {
		d, err := db.Open(t.Context(), db.Config{URL: url})
		must(t, err)
		ann := person(t, d)
		name := func(ctx context.Context) error { return db.From(ctx).Site.Create().SetName("Plant").Exec(ctx) }
		must(t, d.Tx(ann, name))
		for what, again := range map[string]func(context.Context) error{
			"at the commit": name,
			"when asked for": func(ctx context.Context) error {
				if err := name(ctx); err != nil {
					return err
				}
				err := db.Send(ctx)
				if err == nil {
					t.Error(d.Kind, "nothing is said when it is asked for")
				}
				return err
			},
			"at the next statement": func(ctx context.Context) error {
				if err := name(ctx); err != nil {
					return err
				}
				_, err := db.From(ctx).Site.Query().All(ctx)
				if err == nil {
					t.Error(d.Kind, "the next statement runs")
				}
				return err
			},
			"when nothing is kept": func(ctx context.Context) error {
				db.Discard(ctx)
				return name(ctx)
			},
		} {
			if err := d.Tx(ann, again); err == nil || fault.Of(db.Fault(err)) == nil {
				t.Error(d.Kind, what, "the name is taken, but:", err)
			}
		}
		var sites, lines int
		must(t, d.System().QueryRowContext(t.Context(), `SELECT (SELECT count(*) FROM sites), (SELECT count(*) FROM journal WHERE kind = 'site')`).Scan(&sites, &lines))
		if sites != 1 || lines != 1 {
			t.Errorf("%s: %d sites, %d lines", d.Kind, sites, lines)
		}
		must(t, d.Close())
	}
}
