package journal_test

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/holdfast-platform/holdfast/ent/viewer"
	"github.com/holdfast-platform/holdfast/gen/ent"
	"github.com/holdfast-platform/holdfast/server/internal/db"
	"github.com/holdfast-platform/holdfast/server/internal/dbtest"
	"github.com/holdfast-platform/holdfast/server/internal/journal"
)

var founder = viewer.NewSystem("founder", []string{"*"})

// each opens an empty SQLite and an empty PostgreSQL.
func each(t *testing.T, f func(t *testing.T, d *db.DB)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, url string) { f(t, open(t, url)) })
}

func open(t *testing.T, url string) *db.DB {
	t.Helper()
	d, err := db.Open(t.Context(), db.Config{URL: url})
	must(t, err)
	t.Cleanup(func() { must(t, d.Close()) })
	return d
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func is(t *testing.T, what string, got, want any) {
	t.Helper()
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Fatalf("%s: got %v, want %v", what, got, want)
	}
}

// person founds a tenant with one member who may do everything there.
func person(t testing.TB, d *db.DB) context.Context {
	t.Helper()
	v := &viewer.Viewer{Permissions: []string{"*"}}
	must(t, d.Tx(db.System(d.In(t.Context()), founder), func(ctx context.Context) error {
		slug := "t-" + strings.ToLower(uuid.NewString()[:8])
		tenant, err := db.From(ctx).Tenant.Create().SetName("x").SetSlug(slug).Save(ctx)
		if err != nil {
			return err
		}
		user, err := db.From(ctx).User.Create().SetEmail(slug + "@example.org").SetFullName("Ann Example").SetHomeTenantID(tenant.ID).Save(ctx)
		if err != nil {
			return err
		}
		v.TenantID, v.PersonID = tenant.ID, user.ID
		return db.From(ctx).Membership.Create().SetTenantID(tenant.ID).SetUserID(user.ID).Exec(ctx)
	}))
	return d.In(viewer.With(t.Context(), v))
}

func newAsset(t testing.TB, ctx context.Context, name string) (a *ent.Asset) {
	t.Helper()
	must(t, db.Tx(ctx, func(ctx context.Context) (err error) {
		a, err = db.From(ctx).Asset.Create().SetName(name).SetAssetType("server").Save(ctx)
		return err
	}))
	return a
}

func rename(t testing.TB, ctx context.Context, a *ent.Asset, name string) {
	t.Helper()
	must(t, db.Tx(ctx, func(ctx context.Context) error { return db.From(ctx).Asset.UpdateOneID(a.ID).SetName(name).Exec(ctx) }))
}

// reading starts a reader and waits until it has found the journal's end.
func reading(t *testing.T, d *db.DB, followers ...func([]db.Line)) *journal.Reader {
	t.Helper()
	r := journal.NewReader(d, slog.New(slog.DiscardHandler))
	for _, f := range followers {
		r.Follow(f)
	}
	background(t, r.Run)
	_, err := r.CatchUp(t.Context())
	must(t, err)
	return r
}

// background runs something until the test's end, before the database is closed.
func background(t *testing.T, run func(context.Context) error) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- run(ctx) }()
	t.Cleanup(func() {
		cancel()
		must(t, <-done)
	})
}

// eventually waits for what the background does.
func eventually(t *testing.T, what string, within time.Duration, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(within); !holds(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("not within %v: %s", within, what)
		}
	}
}
