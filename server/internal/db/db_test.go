package db_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/holdfast-platform/holdfast/ent/rule"
	"github.com/holdfast-platform/holdfast/ent/viewer"
	"github.com/holdfast-platform/holdfast/gen/ent"
	"github.com/holdfast-platform/holdfast/gen/ent/asset"
	"github.com/holdfast-platform/holdfast/server/internal/db"
	"github.com/holdfast-platform/holdfast/server/internal/dbtest"
	"github.com/holdfast-platform/holdfast/server/internal/fault"
)

// founder makes tenants and people.
var founder = viewer.NewSystem("founder", []string{"*"})

// each opens an empty SQLite and an empty PostgreSQL.
func each(t *testing.T, f func(*testing.T, *db.DB)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, url string) {
		d, err := db.Open(t.Context(), db.Config{URL: url})
		must(t, err)
		t.Cleanup(func() { must(t, d.Close()) })
		f(t, d)
	})
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
func person(t testing.TB, d *db.DB, permissions ...string) context.Context {
	t.Helper()
	if permissions == nil {
		permissions = []string{"*"}
	}
	v := &viewer.Viewer{Permissions: permissions}
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

func newAsset(t testing.TB, ctx context.Context, d *db.DB, name string) (a *ent.Asset) {
	t.Helper()
	must(t, d.Tx(ctx, func(ctx context.Context) (err error) {
		a, err = db.From(ctx).Asset.Create().SetName(name).SetAssetType("server").Save(ctx)
		return err
	}))
	return a
}

func status(err error) int {
	if f := fault.Of(db.Fault(err)); f != nil {
		return f.Status()
	}
	if err == nil {
		return 200
	}
	return 500
}

func TestTenancy(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d *db.DB) {
		ann, bob := person(t, d), person(t, d)
		a := newAsset(t, ann, d, "ann's")
		nobody := d.In(t.Context())
		_, err := db.From(nobody).Asset.Query().All(nobody)
		is(t, "nobody reads", errors.Is(err, db.ErrNobody), true)
		err = d.Tx(t.Context(), func(ctx context.Context) error {
			return db.From(ctx).Asset.Create().SetName("x").SetAssetType("server").Exec(ctx)
		})
		is(t, "nobody writes", errors.Is(err, db.ErrNobody), true)
		_, err = db.From(bob).Asset.Get(bob, a.ID)
		is(t, "bob gets", status(err), 404)
		is(t, "bob counts", db.From(bob).Asset.Query().CountX(bob), 0)
		n, err := db.Count(bob, "Asset", 0)
		must(t, err)
		is(t, "bob counts in one statement", n, 0)
		_, err = db.From(bob).Asset.Create().SetName("x").SetAssetType("server").Save(bob)
		is(t, "a change without a transaction", strings.Contains(fmt.Sprint(err), "needs a transaction"), true)
		err = d.Tx(bob, func(ctx context.Context) error {
			return db.From(ctx).Asset.UpdateOneID(a.ID).SetName("x").Exec(ctx)
		})
		is(t, "bob updates", status(err), 404)
		err = d.Tx(bob, func(ctx context.Context) error { return db.From(ctx).Asset.DeleteOneID(a.ID).Exec(ctx) })
		is(t, "bob deletes", status(err), 404)
		must(t, d.Tx(bob, func(ctx context.Context) error {
			is(t, "bob updates many", db.From(ctx).Asset.Update().Where(asset.ID(a.ID)).SetName("x").SaveX(ctx), 0)
			is(t, "bob deletes many", db.From(ctx).Asset.Delete().Where(asset.ID(a.ID)).ExecX(ctx), 0)
			forged := db.From(ctx).Asset.Create().SetName("x").SetAssetType("server").SetTenantID(a.TenantID).SaveX(ctx)
			is(t, "forged tenant", forged.TenantID, viewer.From(bob).TenantID)
			return nil
		}))
		reader := d.In(viewer.With(t.Context(), &viewer.Viewer{TenantID: a.TenantID, PersonID: viewer.From(ann).PersonID, Permissions: []string{"assets:read"}}))
		err = d.Tx(reader, func(ctx context.Context) error { return db.From(ctx).Asset.DeleteOneID(a.ID).Exec(ctx) })
		is(t, "without the permission", status(err), 403)
		var denied rule.Denied
		is(t, "names it", errors.As(err, &denied) && denied.Permission == "assets:delete", true)
		everywhere := db.System(d.In(t.Context()), founder)
		is(t, "an actor over all tenants", db.From(everywhere).Asset.Query().CountX(everywhere), 2)
		err = d.Tx(ann, func(ctx context.Context) error {
			_, err := db.From(ctx).Asset.Query().All(viewer.As(ctx, founder))
			return err
		})
		is(t, "not inside a tenant's transaction", err != nil, true)
	})
}

// The third wall: a connection of the app without a tenant sees nothing, with one only its rows; every table has a
// policy.
func TestRowLevelSecurity(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d *db.DB) {
		if d.Kind != "postgres" {
			t.Skip("SQLite has no row-level security")
		}
		ann, bob := person(t, d), person(t, d)
		newAsset(t, ann, d, "ann's")
		for _, c := range []struct {
			ctx  context.Context
			want int
		}{{d.In(t.Context()), 0}, {bob, 0}, {ann, 1}, {bob, 0}} {
			var n int
			must(t, db.SQL(c.ctx).QueryRowContext(c.ctx, `SELECT count(*) FROM assets`).Scan(&n))
			is(t, "assets by plain SQL", n, c.want)
			must(t, db.SQL(c.ctx).QueryRowContext(c.ctx, `SELECT count(*) FROM users`).Scan(&n))
			is(t, "people by plain SQL", n <= 1, true)
		}
		var without int
		must(t, d.Reader().QueryRow(`SELECT count(*) FROM pg_class c WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
			AND relname NOT LIKE 'schema_version%' AND relname NOT LIKE 'river%' AND NOT relrowsecurity`).Scan(&without))
		is(t, "tables without row-level security", without, 0)
		err := d.Tx(ann, func(ctx context.Context) error {
			_, err := db.SQL(ctx).ExecContext(ctx, `DELETE FROM journal`)
			return err
		})
		is(t, "the journal can't be rewritten", strings.Contains(fmt.Sprint(err), "permission denied"), true)
	})
}

func TestReferences(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d *db.DB) {
		ann, bob := person(t, d), person(t, d)
		var site uuid.UUID
		must(t, d.Tx(ann, func(ctx context.Context) error {
			site = db.From(ctx).Site.Create().SetName("hq").SaveX(ctx).ID
			a := db.From(ctx).Asset.Create().SetName("a").SetAssetType("server").SetSiteID(site).SetOwnerID(viewer.From(ann).PersonID).SaveX(ctx)
			db.From(ctx).Asset.UpdateOne(a).ClearSiteID().ExecX(ctx)
			return db.From(ctx).Asset.UpdateOneID(a.ID).SetSiteID(site).Exec(ctx)
		}))
		a := newAsset(t, bob, d, "b")
		for what, f := range map[string]func(context.Context, *ent.Client) error{
			"create": func(ctx context.Context, c *ent.Client) error {
				return c.Asset.Create().SetName("x").SetAssetType("server").SetSiteID(site).Exec(ctx)
			},
			"update": func(ctx context.Context, c *ent.Client) error {
				return c.Asset.UpdateOneID(a.ID).SetSiteID(site).Exec(ctx)
			},
			"many": func(ctx context.Context, c *ent.Client) error { return c.Asset.Update().SetSiteID(site).Exec(ctx) },
			"bulk": func(ctx context.Context, c *ent.Client) error {
				return c.Asset.CreateBulk(c.Asset.Create().SetName("x").SetAssetType("server"), c.Asset.Create().SetName("y").SetAssetType("server").SetSiteID(site)).Exec(ctx)
			},
			"person": func(ctx context.Context, c *ent.Client) error {
				return c.Asset.UpdateOneID(a.ID).SetOwnerID(viewer.From(ann).PersonID).Exec(ctx)
			},
			"comment": func(ctx context.Context, c *ent.Client) error {
				return c.Comment.Create().SetRecordKind("site").SetRecordID(site).SetBody("x").Exec(ctx)
			},
			"link": func(ctx context.Context, c *ent.Client) error {
				return c.Link.Create().SetFromKind("asset").SetFromID(a.ID).SetToKind("site").SetToID(site).SetType("relates_to").Exec(ctx)
			},
		} {
			err := d.Tx(bob, func(ctx context.Context) error { return f(ctx, db.From(ctx)) })
			is(t, what, status(err), 404)
		}
		total, err := db.Total(bob, "Asset")
		must(t, err)
		is(t, "total", total, 1)
		// Below the program: the same by plain SQL, and a NULL, which MATCH SIMPLE lets pass.
		_, err = d.Writer().Exec(`UPDATE assets SET site_id = $1 WHERE id = $2`, site, a.ID)
		is(t, "composite foreign key", strings.Contains(strings.ToLower(fmt.Sprint(err)), "foreign key constraint"), true)
		_, err = d.Writer().Exec(`UPDATE assets SET owner_id = $1 WHERE id = $2`, viewer.From(ann).PersonID, a.ID)
		is(t, "a person of another tenant", strings.Contains(strings.ToLower(fmt.Sprint(err)), "foreign key constraint"), true)
		_, err = d.Writer().Exec(`UPDATE assets SET site_id = NULL WHERE id = $1`, a.ID)
		must(t, err)
		err = d.Tx(ann, func(ctx context.Context) error { return db.From(ctx).Site.DeleteOneID(site).Exec(ctx) })
		is(t, "delete what is pointed at", status(err), 409)
	})
}

func TestJournalVersionNumber(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d *db.DB) {
		ann := person(t, d)
		from, err := d.Head(t.Context())
		must(t, err)
		a := newAsset(t, ann, d, "one")
		is(t, "number", db.Short("Asset", a.Number), "AST-1")
		must(t, d.Tx(ann, func(ctx context.Context) error {
			c := db.From(ctx).Asset
			c.CreateBulk(c.Create().SetName("two").SetAssetType("server"), c.Create().SetName("three").SetAssetType("server")).ExecX(ctx)
			same := c.UpdateOneID(a.ID).SetName("one").SetMetadata(nil).SaveX(ctx)
			is(t, "version when nothing changes", same.Version, 1)
			quiet := c.UpdateOneID(a.ID).SetCriticalityRank(3).SaveX(ctx)
			is(t, "version after a quiet note", quiet.Version, 1)
			return c.UpdateOneID(a.ID).SetVersion(1).SetLifecycle("planned").SetMetadata(json.RawMessage(`{"rack": 3}`)).Exec(ctx)
		}))
		for _, name := range []string{"late", "one"} { // also when it would change nothing
			err = d.Tx(ann, func(ctx context.Context) error {
				return db.From(ctx).Asset.UpdateOneID(a.ID).SetVersion(1).SetName(name).Exec(ctx)
			})
			is(t, "stale version", status(err), 409)
			err = d.Tx(db.Expect(ann, &db.Expected{ID: "ast-1", Version: 1, IfMatch: true}), func(ctx context.Context) error {
				return db.From(ctx).Asset.UpdateOneID(a.ID).SetName(name).Exec(ctx)
			})
			is(t, "stale If-Match", status(err), 412)
		}
		must(t, d.Tx(ann, func(ctx context.Context) error {
			db.Discard(ctx)
			return db.From(ctx).Asset.DeleteOneID(a.ID).Exec(ctx)
		}))
		must(t, d.Tx(ann, func(ctx context.Context) error {
			c := db.From(ctx).Asset
			is(t, "many", c.Update().Where(asset.NumberLTE(2)).SetSerial("s").SaveX(ctx), 2)
			c.DeleteOneID(a.ID).ExecX(ctx)
			is(t, "delete", c.Delete().Where(asset.NumberGTE(3)).ExecX(ctx), 1)
			return nil
		}))
		total, err := db.Total(ann, "Asset")
		must(t, err)
		is(t, "live", total, 1)
		is(t, "no gap", newAsset(t, ann, d, "four").Number, 4)
		lines, err := d.Tail(t.Context(), from, 100)
		must(t, err)
		var got []string
		for _, l := range lines {
			got = append(got, fmt.Sprint(l.Action, " ", l.Label, " ", l.Version, " ", len(l.Changes)))
		}
		is(t, "journal", strings.Join(got, "\n"), strings.Join([]string{
			"asset.created one 1 5", "asset.created two 1 5", "asset.created three 1 5", "asset.updated one 2 2",
			"asset.updated one 3 1", "asset.updated two 2 1", "asset.deleted one 3 7", "asset.deleted three 1 5", "asset.created four 1 5"}, "\n"))
		is(t, "before and after", string(lines[3].Changes["lifecycle"].Old)+string(lines[3].Changes["lifecycle"].New), `"active""planned"`)
	})
}

// When many change one record at once, each line's version follows the one before it, and no line is missed or read
// twice.
func TestOrderOfTheJournal(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d *db.DB) {
		ann := person(t, d)
		a := newAsset(t, ann, d, "x")
		at, err := d.Head(t.Context())
		must(t, err)
		const writers, times = 6, 25
		var wg sync.WaitGroup
		for w := range writers {
			wg.Go(func() {
				for i := range times {
					if err := d.Tx(ann, func(ctx context.Context) error {
						return db.From(ctx).Asset.UpdateOneID(a.ID).SetName(fmt.Sprint(w, i)).Exec(ctx)
					}); err != nil {
						t.Error(err)
					}
				}
			})
		}
		done := make(chan struct{})
		go func() { wg.Wait(); close(done) }()
		var versions []int32
		read := func() {
			lines, err := d.Tail(t.Context(), at, 1000)
			must(t, err)
			for _, l := range lines {
				at = l.Seq
				versions = append(versions, l.Version)
			}
		}
		for end := false; !end; time.Sleep(time.Millisecond) {
			select {
			case <-done:
				end = true
			default:
			}
			read()
		}
		is(t, "lines", len(versions), writers*times)
		for i, v := range versions {
			is(t, "version", v, i+2)
		}
	})
}

// A change and its line stand or fall together; so do what was counted and what full text knows.
func TestOneTransaction(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d *db.DB) {
		ann := person(t, d)
		kept := func() (n [4]int) {
			must(t, d.Writer().QueryRow(`SELECT (SELECT count(*) FROM assets), (SELECT count(*) FROM journal WHERE kind = 'asset'),
				(SELECT coalesce(sum(live), 0) FROM counters WHERE kind = 'Asset'), (SELECT count(*) FROM search WHERE kind = 'asset')`).Scan(&n[0], &n[1], &n[2], &n[3]))
			return n
		}
		request := func(end func() error) error {
			return d.Tx(ann, func(ctx context.Context) error {
				if err := db.From(ctx).Asset.Create().SetName("x").SetAssetType("server").Exec(ctx); err != nil {
					return err
				}
				return end()
			})
		}
		is(t, "error", request(func() error { return errors.New("no") }), "no")
		func() {
			defer func() { is(t, "panic", recover(), "no") }()
			_ = request(func() error { panic("no") })
		}()
		is(t, "kept", kept(), [4]int{})
		_, err := d.Writer().Exec(`ALTER TABLE journal RENAME TO elsewhere`)
		must(t, err)
		is(t, "without journal", request(func() error { return nil }) != nil, true)
		_, err = d.Writer().Exec(`ALTER TABLE elsewhere RENAME TO journal`)
		must(t, err)
		is(t, "kept", kept(), [4]int{})
		must(t, request(func() error { return nil }))
		is(t, "kept", kept(), [4]int{1, 1, 1, 1})
		// A create that failed spoils the transaction on both databases, even if the room carries on.
		err = d.Tx(ann, func(ctx context.Context) error {
			_ = db.From(ctx).Asset.Create().SetName("").SetAssetType("server").Exec(ctx)
			return nil
		})
		is(t, "a failed create", status(err), 400)
		is(t, "kept", kept(), [4]int{1, 1, 1, 1})
	})
}

func TestUniqueNamesTheField(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d *db.DB) {
		ann, bob := person(t, d), person(t, d)
		site := func(ctx context.Context, name string) error {
			return d.Tx(ctx, func(ctx context.Context) error { return db.From(ctx).Site.Create().SetName(name).Exec(ctx) })
		}
		must(t, site(ann, "Straße 1"))
		must(t, site(bob, "STRASSE 1"))
		f := fault.Of(db.Fault(site(ann, "STRASSE 1")))
		is(t, "taken", f.Status(), 409)
		is(t, "field", f.Fields, map[string]string{"name": "is taken already"})
	})
}

func TestClientScope(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d *db.DB) {
		ann := person(t, d)
		var acme, other *ent.Customer
		must(t, d.Tx(ann, func(ctx context.Context) error {
			c := db.From(ctx)
			acme, other = c.Customer.Create().SetName("Acme").SaveX(ctx), c.Customer.Create().SetName("Other").SaveX(ctx)
			site := c.Site.Create().SetName("hq").SaveX(ctx)
			mine := c.Asset.Create().SetName("mine").SetAssetType("server").SetClientID(acme.ID).SetSiteID(site.ID).SaveX(ctx)
			theirs := c.Asset.Create().SetName("theirs").SetAssetType("server").SetClientID(other.ID).SaveX(ctx)
			c.Asset.Create().SetName("ours").SetAssetType("server").ExecX(ctx)
			c.AssetRelation.Create().SetFromID(mine.ID).SetToID(theirs.ID).SetType("depends_on").ExecX(ctx)
			c.Comment.Create().SetRecordKind("asset").SetRecordID(mine.ID).SetClientID(acme.ID).SetBody("in").SetInternal(true).ExecX(ctx)
			return c.Comment.Create().SetRecordKind("asset").SetRecordID(mine.ID).SetClientID(acme.ID).SetBody("out").Exec(ctx)
		}))
		v := *viewer.From(ann)
		v.ClientID = acme.ID
		cl := d.In(viewer.With(t.Context(), &v))
		c := db.From(cl)
		is(t, "clients", c.Customer.Query().CountX(cl), 1)
		is(t, "assets", c.Asset.Query().CountX(cl), 1)
		is(t, "sites", c.Site.Query().CountX(cl), 0)
		is(t, "relations", c.AssetRelation.Query().CountX(cl), 0)
		is(t, "comments", c.Comment.Query().CountX(cl), 1)
		is(t, "incidents", c.Incident.Query().CountX(cl), 0)
		for what, count := range map[string]func(context.Context) (int, error){"people": c.User.Query().Count, "groups": c.Group.Query().Count} {
			if n, err := count(cl); err == nil {
				t.Errorf("a bound member counts %d %s, whatever their permissions say", n, what)
			}
		}
		err := d.Tx(cl, func(ctx context.Context) error {
			return db.From(ctx).Asset.Create().SetName("x").SetAssetType("server").SetClientID(other.ID).Exec(ctx)
		})
		is(t, "creating for another client", status(err) == 403 || status(err) == 404, true)
	})
}
