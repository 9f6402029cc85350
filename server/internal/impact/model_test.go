package impact_test

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/holdfast-platform/holdfast/ent/viewer"
	"github.com/holdfast-platform/holdfast/gen/ent"
	"github.com/holdfast-platform/holdfast/gen/ent/asset"
	"github.com/holdfast-platform/holdfast/server/internal/db"
	"github.com/holdfast-platform/holdfast/server/internal/housetest"
	"github.com/holdfast-platform/holdfast/server/internal/impact"
)

// model is a random tenant: assets with their stages and relations between them, some of them in redundancy groups.
type model struct {
	ids       []uuid.UUID
	lifecycle []string
	edges     []relation
}

type relation struct {
	from, to int
	kind     string
	flows    bool
	group    string
	needed   int
}

func randomModel(r *rand.Rand, groups bool) *model {
	m := &model{}
	n := 4 + r.IntN(20)
	for range n {
		m.ids = append(m.ids, uuid.Must(uuid.NewV7()))
		m.lifecycle = append(m.lifecycle, []string{"active", "active", "active", "active", "planned", "decommissioned"}[r.IntN(6)])
	}
	seen, needed := map[string]bool{}, map[string]int{}
	for range n + r.IntN(2*n) {
		e := relation{from: r.IntN(n), to: r.IntN(n), kind: []string{"depends_on", "runs_on", "part_of", "connected_to", "backs_up", "protects"}[r.IntN(6)], flows: r.IntN(8) > 0}
		key := fmt.Sprint(e.from, e.to, e.kind)
		if e.from == e.to || seen[key] {
			continue
		}
		seen[key] = true
		if groups && (e.kind == "depends_on" || e.kind == "runs_on") && r.IntN(2) == 0 {
			e.group = []string{"a", "b"}[r.IntN(2)]
			of := fmt.Sprint(e.from, e.group)
			if needed[of] == 0 {
				needed[of] = 1 + r.IntN(2)
			}
			e.needed = needed[of]
		}
		m.edges = append(m.edges, e)
	}
	return m
}

// walk is the plain walk: level by level, each asset by the rules as they stand in the package's text.
func (m *model) walk(roots []int, upstream, planned bool) (distance map[int]int, weakened int) {
	counts := func(i int) bool { return m.lifecycle[i] == "active" || planned && m.lifecycle[i] == "planned" }
	distance = map[int]int{}
	for _, r := range roots {
		if m.lifecycle[r] != "decommissioned" {
			distance[r] = 0
		}
	}
	// standing counts those of a group's targets that stand and are not lost before a level
	standing := func(of relation, level int) (standing int, lost bool) {
		for _, e := range m.edges {
			if e.flows && e.from == of.from && e.group == of.group && counts(e.to) {
				if d, hit := distance[e.to]; hit && d < level {
					lost = true
				} else {
					standing++
				}
			}
		}
		return standing, lost
	}
	for level := 1; ; level++ {
		var next []int
		reach := func(from, to int) {
			if d, hit := distance[from]; hit && d == level-1 && counts(to) {
				if _, done := distance[to]; !done {
					next = append(next, to)
				}
			}
		}
		for _, e := range m.edges {
			from, to := e.from, e.to
			if upstream {
				from, to = to, from
			}
			switch {
			case !e.flows:
			case e.group != "" && !upstream:
				if d, hit := distance[e.to]; hit && d == level-1 && counts(e.to) {
					if left, _ := standing(e, level); left < e.needed {
						reach(e.to, e.from)
					}
				}
			case e.kind == "depends_on" || e.kind == "runs_on":
				reach(to, from)
			case e.kind == "connected_to":
				reach(to, from)
				reach(from, to)
			default:
				reach(from, to)
			}
		}
		if len(next) == 0 {
			weak := map[int]bool{}
			for _, e := range m.edges {
				if e.group != "" && e.flows && !upstream && counts(e.from) {
					if _, lost := standing(e, 1<<30); lost {
						if _, hit := distance[e.from]; !hit {
							weak[e.from] = true
						}
					}
				}
			}
			for _, r := range roots {
				delete(distance, r)
			}
			return distance, len(weak)
		}
		for _, i := range next {
			distance[i] = level
		}
	}
}

// store puts models into the database and takes away the relations of those before.
func store(t *testing.T, ctx context.Context, h *housetest.House, number *int, models []*model) {
	t.Helper()
	now := time.Now().UTC().Truncate(time.Microsecond)
	err := db.Tx(ctx, func(ctx context.Context) error {
		if _, err := db.SQL(ctx).ExecContext(ctx, "DELETE FROM asset_relations WHERE tenant_id = $1", h.Tenant); err != nil {
			return err
		}
		for _, m := range models {
			for i, id := range m.ids {
				*number++
				if _, err := db.SQL(ctx).ExecContext(ctx, `INSERT INTO assets (id, version, created_at, updated_at, tenant_id, number, name, name_fold, asset_type, lifecycle)
					VALUES ($1, 1, $2, $2, $3, $4, 'node', 'node', 'server', $5)`, id, now, h.Tenant, *number, m.lifecycle[i]); err != nil {
					return err
				}
			}
			for _, e := range m.edges {
				var group, needed any
				if e.group != "" {
					group, needed = e.group, e.needed
				}
				if _, err := db.SQL(ctx).ExecContext(ctx, `INSERT INTO asset_relations (id, version, created_at, updated_at, tenant_id, from_id, to_id, type, failure_flows, redundancy_group, redundancy_needed)
					VALUES ($1, 1, $2, $2, $3, $4, $5, $6, $7, $8, $9)`, uuid.Must(uuid.NewV7()), now, h.Tenant, m.ids[e.from], m.ids[e.to], e.kind, e.flows, group, needed); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestImpactAgainstModel: on 1,000 random graphs, with assets of all stages, several roots, redundancy groups and both
// directions, both ways of walking find what a plain walk finds, at its distances, along paths of that length.
func TestImpactAgainstModel(t *testing.T) {
	defer impact.Both() // other tests begin when this one is done
	for _, kind := range []string{"sqlite", "postgres"} {
		h := housetest.New(t, kind)
		ctx := h.DB.In(viewer.With(t.Context(), &viewer.Viewer{TenantID: h.Tenant, Permissions: []string{"*"}}))
		r, number := rand.New(rand.NewPCG(5, 8)), 1_000_000
		for batch := range 20 {
			grouped := batch%2 == 1
			models := make([]*model, 50)
			for i := range models {
				models[i] = randomModel(r, grouped)
			}
			store(t, ctx, h, &number, models)
			for i, m := range models {
				roots := []int{0}
				for len(roots) < 1+i%3 {
					if at := r.IntN(len(m.ids)); !slices.Contains(roots, at) {
						roots = append(roots, at)
					}
				}
				o := impact.Options{IncludePlanned: i%5 == 0}
				if i%4 == 0 {
					o.Direction = impact.Upstream
				}
				want, weakened := m.walk(roots, o.Direction == impact.Upstream, o.IncludePlanned)
				for _, way := range []struct {
					name string
					set  func()
				}{{"database", impact.Database}, {"memory", impact.Memory}} {
					way.set()
					m.compare(t, ctx, fmt.Sprintf("%s, graph %d, %s", kind, batch*50+i, way.name), roots, o, want, weakened)
				}
			}
		}
	}
}

func (m *model) compare(t *testing.T, ctx context.Context, name string, roots []int, o impact.Options, want map[int]int, weakened int) {
	t.Helper()
	ids := make([]uuid.UUID, len(roots))
	for i, r := range roots {
		ids[i] = m.ids[r]
	}
	err := db.Tx(ctx, func(ctx context.Context) error {
		assets, err := db.From(ctx).Asset.Query().Where(asset.IDIn(ids...)).All(ctx)
		if err != nil {
			return err
		}
		reach, err := impact.Of(ctx, assets, o)
		if err != nil {
			return err
		}
		m.check(t, name, reach, want, weakened)
		if strings.Contains(reach.Note, "decommissioned") != slices.ContainsFunc(assets, func(a *ent.Asset) bool { return a.Lifecycle == "decommissioned" }) {
			t.Errorf("%s: the note is %q", name, reach.Note)
		}
		shown, err := reach.Page(ctx, reach.Found())
		for _, item := range shown {
			for _, step := range item.GetPath() {
				if step.GetRelationId() == "" || step.GetType() == "" {
					t.Errorf("%s: a step without its relation: %v", name, step)
				}
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(name, err)
	}
}

func (m *model) check(t *testing.T, name string, reach *impact.Reach, want map[int]int, weakened int) {
	t.Helper()
	found := reach.Found()
	if len(found) != len(want) {
		t.Errorf("%s: %d are reached, the plain walk reaches %d", name, len(found), len(want))
	}
	last := 0
	for _, id := range found {
		i := slices.IndexFunc(m.ids, func(other uuid.UUID) bool { return bytes.Equal(id[:], other[:]) })
		distance, lost := reach.Distance(id)
		if d, ok := want[i]; !ok || d != distance || distance < last {
			t.Errorf("%s: asset %d at %d after %d, the plain walk says %d (%v)", name, i, distance, last, d, ok)
		}
		last = distance
		if len(reach.Path(id)) != distance+1 || !reach.Has(id) {
			t.Errorf("%s: asset %d at %d has a path of %d", name, i, distance, len(reach.Path(id)))
		}
		if lost.Group != "" && lost.Standing >= lost.Needed {
			t.Errorf("%s: asset %d lost %+v", name, i, lost)
		}
	}
	if reach.Weakened() != weakened {
		t.Errorf("%s: %d are weakened, the plain walk weakens %d", name, reach.Weakened(), weakened)
	}
}
