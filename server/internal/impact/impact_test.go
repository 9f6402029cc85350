// Package impact_test holds the impact against a plain walk and asks it through the front door.
package impact_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"entgo.io/ent/dialect"
	"github.com/google/uuid"

	"github.com/holdfast-platform/holdfast/ent/viewer"
	assetsv1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/assets/v1"
	"github.com/holdfast-platform/holdfast/gen/pb/holdfast/assets/v1/assetsv1connect"
	"github.com/holdfast-platform/holdfast/server/internal/db"
	"github.com/holdfast-platform/holdfast/server/internal/housetest"
)

// edge is a relation by the places of its assets.
type edge struct {
	from, to int
	relation string
	flows    bool
}

// graph puts assets and relations straight into the database, many at once, and answers the assets' ids. Their numbers
// begin with first. Assets whose place is in clients belong to the house's client.
func graph(t testing.TB, h *housetest.House, first, assets int, edges []edge, clients map[int]bool) []string {
	t.Helper()
	ids := make([]string, assets)
	now := time.Now().UTC().Truncate(time.Microsecond)
	ctx := h.DB.In(viewer.With(t.Context(), &viewer.Viewer{TenantID: h.Tenant}))
	insert := func(ctx context.Context, head string, columns int, rows int, row func(i int) []any) {
		for from := 0; from < rows; from += 1000 {
			var b strings.Builder
			b.WriteString(head)
			var args []any
			for i := from; i < min(from+1000, rows); i++ {
				if i > from {
					b.WriteByte(',')
				}
				b.WriteByte('(')
				for c := range columns {
					if c > 0 {
						b.WriteByte(',')
					}
					if h.DB.Kind == dialect.SQLite { // where numbered ones are looked up one by one
						b.WriteByte('?')
						continue
					}
					fmt.Fprintf(&b, "$%d", len(args)+c+1)
				}
				b.WriteByte(')')
				args = append(args, row(i)...)
			}
			if _, err := db.SQL(ctx).ExecContext(ctx, b.String(), args...); err != nil {
				t.Fatal(err)
			}
		}
	}
	err := db.Tx(ctx, func(ctx context.Context) error {
		insert(ctx, `INSERT INTO assets (id, version, created_at, updated_at, tenant_id, number, name, name_fold, asset_type, client_id) VALUES `, 10, assets, func(i int) []any {
			ids[i] = uuid.Must(uuid.NewV7()).String()
			var client any
			if clients[i] {
				client = h.ClientID
			}
			return []any{ids[i], 1, now, now, h.Tenant, first + i, fmt.Sprint("node ", i), fmt.Sprint("node ", i), "server", client}
		})
		insert(ctx, `INSERT INTO asset_relations (id, version, created_at, updated_at, tenant_id, from_id, to_id, type, failure_flows) VALUES `, 9, len(edges), func(i int) []any {
			e := edges[i]
			return []any{uuid.Must(uuid.NewV7()), 1, now, now, h.Tenant, ids[e.from], ids[e.to], e.relation, e.flows}
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return ids
}

// random is a graph without loops from an asset to itself and without doubles.
func random(assets, edges int, r *rand.Rand) []edge {
	kinds := []string{"depends_on", "runs_on", "part_of", "connected_to", "backs_up", "protects"}
	seen := map[edge]bool{}
	var out []edge
	for len(out) < edges {
		e := edge{r.IntN(assets), r.IntN(assets), kinds[r.IntN(len(kinds))], true}
		if e.from == e.to || seen[e] {
			continue
		}
		seen[e] = true
		e.flows = r.IntN(10) > 0
		out = append(out, e)
	}
	return out
}

// distances is a plain breadth-first walk over the assets that may be seen.
func distances(assets int, edges []edge, root int, seen func(int) bool) map[int]int {
	leads := make([][]int, assets)
	for _, e := range edges {
		if !e.flows {
			continue
		}
		switch e.relation {
		case "depends_on", "runs_on":
			leads[e.to] = append(leads[e.to], e.from)
		case "part_of", "backs_up", "protects":
			leads[e.from] = append(leads[e.from], e.to)
		default:
			leads[e.to], leads[e.from] = append(leads[e.to], e.from), append(leads[e.from], e.to)
		}
	}
	out, queue := map[int]int{root: 0}, []int{root}
	for len(queue) > 0 {
		at := queue[0]
		queue = queue[1:]
		for _, to := range leads[at] {
			if _, done := out[to]; !done && seen(to) {
				out[to] = out[at] + 1
				queue = append(queue, to)
			}
		}
	}
	delete(out, root)
	return out
}

// TestImpactAgainstWalk: on random graphs, sparse and dense, with cycles, every asset that a plain walk reaches is
// answered once, with a path of the walk's length that goes along real relations; for the Administrator and for a
// client's own people.
func TestImpactAgainstWalk(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		for seed, size := range [][2]int{{12, 14}, {60, 90}, {200, 600}, {150, 160}} {
			r := rand.New(rand.NewPCG(uint64(seed), 7))
			edges := random(size[0], size[1], r)
			clients := map[int]bool{}
			for i := range size[0] {
				clients[i] = i == 0 || r.IntN(4) > 0
			}
			ids := graph(t, h, 1000*(seed+1), size[0], edges, clients)
			for _, who := range []*housetest.Caller{h.Admin, h.Client} {
				want := distances(size[0], edges, 0, func(i int) bool { return who == h.Admin || clients[i] })
				compare(t, who, ids, want)
			}
		}
	})
}

func compare(t *testing.T, who *housetest.Caller, ids []string, want map[int]int) {
	t.Helper()
	place := map[string]int{}
	for i, id := range ids {
		place[id] = i
	}
	client := assetsv1connect.NewAssetServiceClient(who.HTTP, who.URL)
	got, last := map[int]int{}, int32(0)
	for page := int32(1); ; page++ {
		size := int32(100)
		res, err := client.GetAssetImpact(t.Context(), &assetsv1.GetAssetImpactRequest{Id: ids[0], Page: &page, PerPage: &size})
		if err != nil {
			t.Fatal(err)
		}
		if int(res.GetTotal()) != len(want) {
			t.Fatalf("%s: %d are reached, the walk reaches %d", who.Name, res.GetTotal(), len(want))
		}
		for _, item := range res.GetItems() {
			if item.GetDistance() < last {
				t.Errorf("distance %d after %d", item.GetDistance(), last)
			}
			last = item.GetDistance()
			i := place[item.GetAsset().GetId()]
			if _, twice := got[i]; twice {
				t.Errorf("asset %d twice", i)
			}
			got[i] = int(item.GetDistance())
			if len(item.GetPath()) != int(item.GetDistance()) || item.GetPath()[len(item.GetPath())-1].GetAsset().GetId() != item.GetAsset().GetId() {
				t.Errorf("asset %d: %d steps for a distance of %d", i, len(item.GetPath()), item.GetDistance())
			}
			for n, step := range item.GetPath() {
				if at := place[step.GetAsset().GetId()]; want[at] != n+1 {
					t.Errorf("asset %d: step %d is asset %d, which is %d away", i, n+1, at, want[at])
				}
			}
		}
		if page >= res.GetPages() {
			break
		}
	}
	for i, d := range want {
		if got[i] != d {
			t.Errorf("asset %d: distance %d, the walk's is %d", i, got[i], d)
		}
	}
}

func TestImpactLimits(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		// 0 ← 1 ← 2 ← … ← 1,199: longer than a failure is followed
		var edges []edge
		for i := range 1199 {
			edges = append(edges, edge{i + 1, i, "depends_on", true})
		}
		edges = append(edges, edge{0, 1199, "depends_on", true})
		ids := graph(t, h, 1_000_000, 1200, edges, nil)
		var out struct {
			Total int
			Items []struct {
				Distance int
				Path     []struct{ Asset struct{ Number string } }
			}
		}
		h.Viewer.JSON("GET", "/api/v1/assets/"+ids[0]+"/impact?page=200&per_page=5", nil, http.StatusOK, &out)
		h.Viewer.JSON("GET", "/api/v1/assets/"+ids[0]+"/impact?page=2147483647", nil, http.StatusBadRequest, nil)
		if out.Total != 1000 || len(out.Items) != 5 || out.Items[4].Distance != 1000 || len(out.Items[4].Path) != 1000 {
			t.Errorf("a long chain: %d reached, %d on the last page", out.Total, len(out.Items))
		}
		h.Viewer.JSON("GET", "/api/v1/assets/AST-1000000/impact?max_distance=2", nil, http.StatusOK, &out)
		if out.Total != 2 || len(out.Items) != 2 || out.Items[1].Path[1].Asset.Number != "AST-1000002" {
			t.Errorf("two steps: %+v", out)
		}
		h.Viewer.JSON("GET", "/api/v1/assets/AST-1000000/impact?page=9", nil, http.StatusOK, &out)
		h.Viewer.JSON("GET", "/api/v1/assets/AST-1000000/impact?max_distance=0", nil, http.StatusBadRequest, nil)
		h.Stranger.JSON("GET", "/api/v1/assets/"+ids[0]+"/impact", nil, http.StatusNotFound, nil)
	})
}

// TestImpactFigures measures the impact on 100,000 assets and 300,000 relations, of which all are reached. It is no
// timed test: it runs when FIGURES is set and prints what it found.
func TestImpactFigures(t *testing.T) {
	if os.Getenv("FIGURES") == "" {
		t.Skip("set FIGURES to measure")
	}
	for _, kind := range []string{"sqlite", "postgres"} {
		h := housetest.New(t, kind)
		r := rand.New(rand.NewPCG(1, 7))
		var edges []edge
		for seen := map[edge]bool{}; len(edges) < 300_000; {
			e := edge{r.IntN(100_000), r.IntN(100_000), "depends_on", true}
			if e.from != e.to && !seen[e] {
				seen[e] = true
				edges = append(edges, e)
			}
		}
		ids := graph(t, h, 1, 100_000, edges, nil)
		t.Log(kind, "is filled")
		if kind == "postgres" {
			if _, err := h.DB.Writer().ExecContext(t.Context(), "ANALYZE asset_relations"); err != nil {
				t.Log(err)
			}
		}
		client := assetsv1connect.NewAssetServiceClient(h.Admin.HTTP, h.URL)
		for _, root := range []int{0, 1, 2} {
			start, worked := time.Now(), processor(t)
			res, err := client.GetAssetImpact(t.Context(), &assetsv1.GetAssetImpactRequest{Id: ids[root]})
			if err != nil {
				t.Fatal(err)
			}
			t.Logf("%s: %d assets reached in %v, of which this process worked %v", kind, res.GetTotal(), time.Since(start).Round(time.Millisecond), (processor(t) - worked).Round(time.Millisecond))
		}
	}
}

// processor is how long this process has worked.
func processor(t *testing.T) time.Duration {
	t.Helper()
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		t.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}
