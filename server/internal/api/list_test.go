package api_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	"github.com/holdfast-platform/holdfast/ent/viewer"
	"github.com/holdfast-platform/holdfast/gen/ent"
	assetsv1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/assets/v1"
	"github.com/holdfast-platform/holdfast/server/internal/api"
	"github.com/holdfast-platform/holdfast/server/internal/db"
	"github.com/holdfast-platform/holdfast/server/internal/dbtest"
	"github.com/holdfast-platform/holdfast/server/internal/fault"
)

var listTable = api.Declare(api.Table{
	Kind: "Asset", Request: (*assetsv1.ListAssetsRequest)(nil),
	Filters: api.Filters(
		api.Columns("asset_type", "site_id", "client_id", "owner_id", "criticality", "lifecycle", "environment", "producer", "model", "serial",
			"ip_address", "mac_address", "hostname", "number", "name"),
		api.Filter{Name: "tags", Match: api.Having},
	),
	Sorts: api.Sorts{"name": "name_fold", "hostname": "hostname", "asset_type": "asset_type"},
})

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// tenant opens a database with one member of one tenant.
func tenant(t *testing.T, url string) context.Context {
	t.Helper()
	d, err := db.Open(t.Context(), db.Config{URL: url})
	must(t, err)
	t.Cleanup(func() { must(t, d.Close()) })
	return d.In(viewer.With(t.Context(), &viewer.Viewer{TenantID: uuid.New(), Permissions: []string{"*"}}))
}

func list(ctx context.Context, in *assetsv1.ListAssetsRequest) (*assetsv1.ListAssetsResponse, []string, error) {
	l, err := api.List(ctx, in, listTable)
	if err != nil {
		return nil, nil, err
	}
	rows, err := api.All(ctx, l, db.From(ctx).Asset.Query().Where(l.Page()).All)
	if err != nil {
		return nil, nil, err
	}
	out := &assetsv1.ListAssetsResponse{}
	names := make([]string, len(rows))
	for i, r := range rows {
		names[i] = r.Name
	}
	return out, names, l.Fill(ctx, out)
}

func fill(t *testing.T, ctx context.Context, n int, set func(*ent.AssetCreate, int)) {
	t.Helper()
	must(t, db.Of(ctx).Tx(ctx, func(ctx context.Context) error {
		for i := range n {
			c := db.From(ctx).Asset.Create().SetName(fmt.Sprint("a", i)).SetAssetType("server")
			set(c, i)
			if err := c.Exec(ctx); err != nil {
				return err
			}
		}
		return nil
	}))
}

// Both databases agree on every order: nulls last in both directions, folded names by code point, the id breaks ties.
// Walking by cursor gives what pages give, whatever the order.
func TestOrders(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, url string) {
		ctx := tenant(t, url)
		names := []string{"zoë", "Zoe 2", "Ångström", "angstrom", "_x", "10", "9", "ä", "b", "Z"}
		fill(t, ctx, len(names), func(c *ent.AssetCreate, i int) {
			c.SetName(names[i])
			if i%3 != 0 {
				c.SetHostname(fmt.Sprint("h", i%2))
			}
		})
		for order, want := range map[string]string{
			"name":           "10 9 _x ä Ångström angstrom b Z zoë Zoe 2",
			"-name":          "Zoe 2 zoë Z b angstrom Ångström ä _x 9 10",
			"hostname":       "Ångström _x b Zoe 2 10 ä zoë angstrom 9 Z",
			"-hostname":      "ä 10 Zoe 2 b _x Ångström Z 9 angstrom zoë",
			"hostname,-name": "b Ångström _x Zoe 2 ä 10 zoë Z angstrom 9",
			"":               "Z b ä 9 10 _x angstrom Ångström Zoe 2 zoë",
			"-number":        "Z b ä 9 10 _x angstrom Ångström Zoe 2 zoë",
			"created_at":     "zoë Zoe 2 Ångström angstrom _x 10 9 ä b Z",
		} {
			_, got, err := list(ctx, &assetsv1.ListAssetsRequest{OrderBy: order})
			must(t, err)
			if strings.Join(got, " ") != want {
				t.Errorf("%q: got %s, want %s", order, strings.Join(got, " "), want)
			}
			var walked []string
			cursor := ""
			for range len(names) {
				page, part, err := list(ctx, &assetsv1.ListAssetsRequest{OrderBy: order, Cursor: &cursor, PerPage: proto.Int32(3)})
				must(t, err)
				walked = append(walked, part...)
				if page.Page != 0 || page.Total != -1 || page.Pages != -1 {
					t.Fatalf("envelope of a walk: %v", page)
				}
				if cursor = page.NextCursor; cursor == "" {
					break
				}
			}
			if strings.Join(walked, " ") != want {
				t.Errorf("%q walked: got %s, want %s", order, strings.Join(walked, " "), want)
			}
		}
	})
}

// A walk neither repeats nor skips a row that stays, while others come and go.
func TestWalkWhileRowsComeAndGo(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, url string) {
		ctx := tenant(t, url)
		fill(t, ctx, 30, func(*ent.AssetCreate, int) {})
		cursor, seen := "", map[string]int{}
		for range 20 {
			page, part, err := list(ctx, &assetsv1.ListAssetsRequest{Cursor: &cursor, PerPage: proto.Int32(5)})
			must(t, err)
			for _, n := range part {
				seen[n]++
			}
			fill(t, ctx, 2, func(c *ent.AssetCreate, i int) { c.SetName("new") })
			if cursor = page.NextCursor; cursor == "" {
				break
			}
		}
		for i := range 30 {
			if seen[fmt.Sprint("a", i)] != 1 {
				t.Errorf("a%d was seen %d times", i, seen[fmt.Sprint("a", i)])
			}
		}
	})
}

func TestTotals(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, url string) {
		ctx := tenant(t, url)
		fill(t, ctx, 30, func(c *ent.AssetCreate, i int) {
			if i%3 == 0 {
				c.SetAssetType("plc").SetHostname("press.example.org")
			}
		})
		for _, c := range []struct {
			in                 *assetsv1.ListAssetsRequest
			total, page, pages int32
			rows               int
		}{
			{&assetsv1.ListAssetsRequest{}, 30, 1, 2, 25},
			{&assetsv1.ListAssetsRequest{Page: proto.Int32(2)}, 30, 2, 2, 5},
			{&assetsv1.ListAssetsRequest{Page: proto.Int32(9)}, 30, 9, 2, 0},
			{&assetsv1.ListAssetsRequest{AssetType: []string{"plc"}}, 10, 1, 1, 10},
			{&assetsv1.ListAssetsRequest{AssetType: []string{"plc", "server"}, PerPage: proto.Int32(100)}, 30, 1, 1, 30},
			{&assetsv1.ListAssetsRequest{AssetType: []string{"robot"}}, 0, 1, 0, 0},
			{&assetsv1.ListAssetsRequest{Q: "PRESS exam"}, 10, 1, 1, 10},
			{&assetsv1.ListAssetsRequest{Q: "a1"}, 11, 1, 1, 11},
			{&assetsv1.ListAssetsRequest{Q: "ast-7"}, 1, 1, 1, 1},
			{&assetsv1.ListAssetsRequest{Q: "press server"}, 0, 1, 0, 0},
			{&assetsv1.ListAssetsRequest{Q: "press", AssetType: []string{"plc"}, Criticality: []string{"medium", "low"}}, 10, 1, 1, 10},
			{&assetsv1.ListAssetsRequest{Q: "press", AssetType: []string{"server"}}, 0, 1, 0, 0},
			{&assetsv1.ListAssetsRequest{Q: "a", AssetType: []string{"server", "plc"}, OrderBy: "-name", Page: proto.Int32(2)}, 30, 2, 2, 5},
			{&assetsv1.ListAssetsRequest{Q: "a", AssetType: many("plc", 30), Criticality: []string{"medium"}}, 10, 1, 1, 10},
			{&assetsv1.ListAssetsRequest{Q: "a", OrderBy: "hostname", AssetType: []string{"plc"}}, 10, 1, 1, 10},
			{&assetsv1.ListAssetsRequest{Q: "a", Page: proto.Int32(9)}, 30, 9, 2, 0},
			{&assetsv1.ListAssetsRequest{Q: "!?"}, 0, 1, 0, 0},
			{&assetsv1.ListAssetsRequest{Total: "none"}, -1, 1, -1, 25},
			{&assetsv1.ListAssetsRequest{Cursor: proto.String(""), Total: "exact"}, 30, 0, 2, 25},
		} {
			out, rows, err := list(ctx, c.in)
			must(t, err)
			if out.Total != c.total || out.Page != c.page || out.Pages != c.pages || len(rows) != c.rows {
				t.Errorf("%v: got %v with %d rows", c.in, out, len(rows))
			}
		}
	})
}

// many is a value among others that nothing has.
func many(value string, n int) []string {
	out := []string{value}
	for i := range n {
		out = append(out, fmt.Sprint("other", i))
	}
	return out
}

// A search by words and facets goes by what a record is now, and shows a member with a client that client's records
// only.
func TestFacetsFollow(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, url string) {
		ctx := tenant(t, url)
		fill(t, ctx, 3, func(*ent.AssetCreate, int) {})
		found := func(ctx context.Context, in *assetsv1.ListAssetsRequest) string {
			t.Helper()
			out, rows, err := list(ctx, in)
			must(t, err)
			return fmt.Sprint(out.Total, rows)
		}
		want := func(what, got, want string) {
			t.Helper()
			if got != want {
				t.Errorf("%s: got %s, want %s", what, got, want)
			}
		}
		plcs := &assetsv1.ListAssetsRequest{Q: "a", AssetType: []string{"plc"}}
		want("before", found(ctx, plcs), "0 []")
		var client *ent.Customer
		must(t, db.Of(ctx).Tx(ctx, func(ctx context.Context) error {
			client = db.From(ctx).Customer.Create().SetName("Acme").SaveX(ctx)
			one := db.From(ctx).Asset.Query().Where(api.ByID("Asset", "AST-1")).OnlyX(ctx)
			return db.From(ctx).Asset.UpdateOneID(one.ID).SetAssetType("plc").SetClientID(client.ID).Exec(ctx)
		}))
		want("after", found(ctx, plcs), "1 [a0]")
		want("the others", found(ctx, &assetsv1.ListAssetsRequest{Q: "a", AssetType: []string{"server"}, OrderBy: "-number"}), "2 [a2 a1]")
		v := *viewer.From(ctx)
		v.ClientID = client.ID
		want("a client's", found(viewer.With(ctx, &v), &assetsv1.ListAssetsRequest{Q: "a"}), "1 [a0]")
		v.ClientID = uuid.New()
		want("another client's", found(viewer.With(ctx, &v), &assetsv1.ListAssetsRequest{Q: "a"}), "0 []")
		v.ClientID, v.TenantID = uuid.Nil, uuid.New()
		want("another tenant's", found(viewer.With(ctx, &v), &assetsv1.ListAssetsRequest{Q: "a"}), "0 []")
	})
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, url string) {
		ctx := tenant(t, url)
		fill(t, ctx, 3, func(*ent.AssetCreate, int) {})
		page, _, err := list(ctx, &assetsv1.ListAssetsRequest{Cursor: proto.String(""), PerPage: proto.Int32(1)})
		must(t, err)
		for field, ins := range map[string][]*assetsv1.ListAssetsRequest{
			"page":     {{Page: proto.Int32(0)}, {Page: proto.Int32(100_000)}},
			"per_page": {{PerPage: proto.Int32(101)}, {PerPage: proto.Int32(-1)}},
			"order_by": {{OrderBy: "serial_fold"}, {OrderBy: "name,,hostname"}, {OrderBy: "name,name"}, {OrderBy: "tenant_id"}, {OrderBy: "name;drop table assets"}},
			"cursor": {{Cursor: proto.String(""), Page: proto.Int32(1)}, {Cursor: proto.String("nonsense")}, {Cursor: &page.NextCursor, OrderBy: "name"},
				{Cursor: &page.NextCursor, AssetType: []string{"plc"}}},
			"site_id": {{SiteId: []string{"x"}}},
		} {
			for _, in := range ins {
				_, _, err := list(ctx, in)
				if f := fault.Of(err); f == nil || f.Status() != 400 || f.Fields[field] == "" {
					t.Errorf("%v: got %v, want 400 on %s", in, err, field)
				}
			}
		}
	})
}

func TestMask(t *testing.T) {
	t.Parallel()
	type got struct{ name, serial string }
	run := func(in *assetsv1.UpdateAssetRequest) (g got, err error) {
		g = got{"-", "-"}
		k := api.MaskOf(in)
		api.Set(k, "name", in.Asset.Name, func(s string) { g.name = s })
		api.Opt(k, "serial", in.Asset.Serial, func(s string) { g.serial = s }, func() { g.serial = "cleared" })
		return g, k.Err()
	}
	mask := func(paths ...string) *fieldmaskpb.FieldMask { return &fieldmaskpb.FieldMask{Paths: paths} }
	for _, c := range []struct {
		in   *assetsv1.UpdateAssetRequest
		want got
		bad  string
	}{
		{&assetsv1.UpdateAssetRequest{Asset: &assetsv1.Asset{Name: "x"}}, got{"x", "-"}, ""},
		{&assetsv1.UpdateAssetRequest{Asset: &assetsv1.Asset{Name: "x"}, UpdateMask: mask("serial")}, got{"-", "cleared"}, ""},
		{&assetsv1.UpdateAssetRequest{Asset: &assetsv1.Asset{Serial: proto.String("")}, UpdateMask: mask("serial")}, got{"-", "cleared"}, ""},
		{&assetsv1.UpdateAssetRequest{Asset: &assetsv1.Asset{Serial: proto.String("s")}, UpdateMask: mask("serial", "id", "version", "created_at", "number", "site")}, got{"-", "s"}, ""},
		{&assetsv1.UpdateAssetRequest{Asset: &assetsv1.Asset{}, UpdateMask: mask()}, got{"-", "-"}, ""},
		{&assetsv1.UpdateAssetRequest{Asset: &assetsv1.Asset{}, UpdateMask: mask("name")}, got{"-", "-"}, "name"},
		{&assetsv1.UpdateAssetRequest{Asset: &assetsv1.Asset{}, UpdateMask: mask("tenant_id")}, got{"-", "-"}, "tenant_id"},
	} {
		g, err := run(c.in)
		f := fault.Of(err)
		if g != c.want || (c.bad == "") != (err == nil) || c.bad != "" && f.Fields[c.bad] == "" {
			t.Errorf("%v: got %v, %v", c.in, g, err)
		}
	}
}

// Whatever a caller sends as cursor or order is taken or answered by 400; it never panics.
func FuzzCursorAndOrder(f *testing.F) {
	f.Add("", "name")
	f.Add("eyJoIjoiIiwidiI6WzFdfQ", "-name,hostname")
	f.Add("eyJoIjpudWxsLCJ2IjpbbnVsbF19", "-")
	ctx := viewer.With(context.Background(), &viewer.Viewer{TenantID: uuid.New()})
	f.Fuzz(func(t *testing.T, cursor, order string) {
		l, err := api.List(ctx, &assetsv1.ListAssetsRequest{Cursor: &cursor, OrderBy: order, Q: order, SiteId: []string{cursor}}, listTable)
		if err != nil {
			if fault.Of(err) == nil || fault.Of(err).Status() != 400 {
				t.Fatal(err)
			}
			return
		}
		if !slices.Contains(strings.Split(l.String(), " "), "Asset") {
			t.Fatal(l.String())
		}
	})
}
