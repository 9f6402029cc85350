package assets

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"entgo.io/ent/dialect"
	"github.com/google/uuid"

	"github.com/holdfast-platform/holdfast/ent/viewer"
	"github.com/holdfast-platform/holdfast/gen/ent"
	"github.com/holdfast-platform/holdfast/gen/ent/asset"
	assetsv1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/assets/v1"
	typev1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/type/v1"
	"github.com/holdfast-platform/holdfast/server/internal/api"
	"github.com/holdfast-platform/holdfast/server/internal/clock"
	"github.com/holdfast-platform/holdfast/server/internal/db"
)

// farthest is how many steps a failure is followed.
const farthest = 1000

// GetAssetImpact answers what is hit when an asset fails.
func (Service) GetAssetImpact(ctx context.Context, in *assetsv1.GetAssetImpactRequest) (*assetsv1.GetAssetImpactResponse, error) {
	root, err := db.From(ctx).Asset.Query().Where(api.ByID(kind, in.GetId())).Only(ctx)
	if err != nil {
		return nil, err
	}
	page, size, most := 1, api.DefaultPerPage, farthest
	if in.Page != nil {
		page = int(in.GetPage())
	}
	if in.PerPage != nil {
		size = int(in.GetPerPage())
	}
	if in.MaxDistance != nil {
		most = int(in.GetMaxDistance())
	}
	hops, err := reached(ctx, root.ID)
	if err != nil {
		return nil, err
	}
	found := nearest(root.ID, hops, most)
	out := &assetsv1.GetAssetImpactResponse{}
	api.Envelope(out, int64(len(found)), page, size, int64((len(found)+size-1)/size), false, "")
	from := min((page-1)*size, len(found))
	out.Items, err = impacts(ctx, root.ID, hops, found[from:min(from+size, len(found))])
	return out, err
}

// hop is how a failure first comes to an asset: from which one, along which relation. Distance counts the hops from the root.
type hop struct {
	from, along uuid.UUID
	relation    string
	distance    int
}

// reached asks the database for every asset that a failure of root reaches, each with the hop that it comes by first.
//
// The recursion keeps nothing but ids, so that UNION drops what has been reached already: cycles end, and the work is in proportion to
// the relations, whatever the number of paths. Both databases hand rows out in the order in which they found them (SQLite's queue is
// first in, first out; PostgreSQL goes level by level), so the earliest predecessor of an asset is on a shortest path to it.
// TestImpactAgainstWalk holds this against a plain walk.
func reached(ctx context.Context, root uuid.UUID) (map[uuid.UUID]*hop, error) {
	v := viewer.From(ctx)
	args := []any{v.TenantID, root, clock.Now(ctx)}
	if v.Scoped() {
		args = append(args, v.ClientID)
	}
	rows, err := db.SQL(ctx).QueryContext(ctx, walk(db.Of(ctx).Kind, v.Scoped()), args...)
	if err != nil {
		return nil, fmt.Errorf("impact: %w", err)
	}
	defer rows.Close() //nolint:errcheck // read to the end
	hops := map[uuid.UUID]*hop{}
	for rows.Next() {
		var id uuid.UUID
		var n int64
		h := &hop{}
		if err := rows.Scan(&id, &h.from, &h.along, &h.relation, &n); err != nil {
			return nil, err
		}
		hops[id] = h
	}
	return hops, rows.Err()
}

// walk is the recursive query. $1 is the tenant, $2 the root, $3 the time at which relations must hold, $4 the client of a scoped viewer.
func walk(kind string, scoped bool) string {
	var against, along []string
	for _, name := range slices.Sorted(maps.Keys(flows)) {
		if flows[name].against {
			against = append(against, "'"+name+"'")
		}
		if flows[name].along {
			along = append(along, "'"+name+"'")
		}
	}
	join := "JOIN"
	if kind == dialect.SQLite {
		join = "CROSS JOIN" // the same, but in this order: else it reads all relations of the tenant for each step
	}
	// edges of one direction: those that lead away from s.id
	edges := func(from, to string, types []string, s string) string {
		q := `FROM ` + s + ` ` + join + ` asset_relations r ON r.tenant_id = $1 AND r.` + from + ` = s.id`
		if s == "" {
			q = `FROM asset_relations r`
		}
		if scoped {
			q += ` ` + join + ` assets a ON a.tenant_id = $1 AND a.id = r.` + to + ` AND a.client_id = $4`
		}
		if s == "" {
			q += ` WHERE r.tenant_id = $1 AND r.` + from + ` = s.id AND `
		} else {
			q += ` WHERE `
		}
		return q + `r.failure_flows AND r.type IN (` + strings.Join(types, ",") +
			`) AND (r.valid_from IS NULL OR r.valid_from <= $3) AND (r.valid_to IS NULL OR r.valid_to > $3)`
	}
	if kind == dialect.Postgres {
		// LATERAL with OFFSET keeps the planner from hashing all relations of the tenant once per level.
		return `WITH RECURSIVE reach(id) AS (
				SELECT $2::uuid
				UNION
				SELECT e.id FROM reach s, LATERAL (
					SELECT r.from_id AS id ` + edges("to_id", "from_id", against, "") + ` UNION ALL SELECT r.to_id ` + edges("from_id", "to_id", along, "") + ` OFFSET 0) e
			), ordered AS MATERIALIZED (SELECT id, row_number() OVER () AS n FROM reach)
			SELECT DISTINCT ON (e.id) e.id, e.src, e.via, e.type, e.n FROM (
				SELECT r.from_id AS id, s.id AS src, r.id AS via, r.type, s.n ` + edges("to_id", "from_id", against, "ordered s") + `
				UNION ALL SELECT r.to_id, s.id, r.id, r.type, s.n ` + edges("from_id", "to_id", along, "ordered s") + `
			) e WHERE e.id <> $2::uuid ORDER BY e.id, e.n, e.via`
	}
	return `WITH RECURSIVE reach(id) AS (
			SELECT $2
			UNION SELECT r.from_id ` + edges("to_id", "from_id", against, "reach s") + `
			UNION SELECT r.to_id ` + edges("from_id", "to_id", along, "reach s") + `
		), ordered(id, n) AS MATERIALIZED (SELECT id, row_number() OVER () FROM reach)
		SELECT id, src, via, type, min(n) FROM (
			SELECT r.from_id AS id, s.id AS src, r.id AS via, r.type AS type, s.n AS n ` + edges("to_id", "from_id", against, "ordered s") + `
			UNION ALL SELECT r.to_id, s.id, r.id, r.type, s.n ` + edges("from_id", "to_id", along, "ordered s") + `
		) WHERE id <> $2 GROUP BY id`
}

// nearest gives each asset its distance and answers their ids, the nearest first, as far as most steps.
func nearest(root uuid.UUID, hops map[uuid.UUID]*hop, most int) []uuid.UUID {
	var way []*hop
	for _, h := range hops { // back to what has its distance, then forward again
		for way = way[:0]; h != nil && h.distance == 0; h = hops[h.from] {
			way = append(way, h)
		}
		distance := 0
		if h != nil {
			distance = h.distance
		}
		for _, step := range slices.Backward(way) {
			distance++
			step.distance = distance
		}
	}
	found := make([]uuid.UUID, 0, len(hops))
	for id, h := range hops {
		if h.distance <= most && id != root {
			found = append(found, id)
		}
	}
	slices.SortFunc(found, func(a, b uuid.UUID) int {
		return cmp.Or(cmp.Compare(hops[a].distance, hops[b].distance), slices.Compare(a[:], b[:]))
	})
	return found
}

// impacts shows some of the assets that were reached, each with the path to it.
func impacts(ctx context.Context, root uuid.UUID, hops map[uuid.UUID]*hop, found []uuid.UUID) ([]*assetsv1.ImpactedAsset, error) {
	wanted := map[uuid.UUID]*ent.Asset{}
	for _, id := range found {
		for ; id != root; id = hops[id].from {
			if _, done := wanted[id]; done {
				break // and so is the rest of the way
			}
			wanted[id] = nil
		}
	}
	for ids := range slices.Chunk(slices.Collect(maps.Keys(wanted)), 10_000) {
		rows, err := db.From(ctx).Asset.Query().Where(asset.IDIn(ids...)).All(ctx)
		if err != nil {
			return nil, err
		}
		for _, r := range rows {
			wanted[r.ID] = r
		}
	}
	ref := func(id uuid.UUID) *typev1.Ref {
		r := wanted[id]
		if r == nil { // gone since
			return &typev1.Ref{Id: id.String()}
		}
		return &typev1.Ref{Id: id.String(), Number: short(r.Number), Label: r.Name}
	}
	out := make([]*assetsv1.ImpactedAsset, len(found))
	for i, id := range found {
		item := &assetsv1.ImpactedAsset{Asset: ref(id), Distance: int32(hops[id].distance)}
		if r := wanted[id]; r != nil {
			item.AssetType, item.Criticality = r.AssetType, r.Criticality
		}
		for at := id; at != root; at = hops[at].from {
			item.Path = append(item.Path, &assetsv1.ImpactStep{RelationId: hops[at].along.String(), Type: hops[at].relation, Asset: ref(at)})
		}
		slices.Reverse(item.Path)
		out[i] = item
	}
	return out, nil
}

// short is a number as people see it.
func short(number int64) string { return db.Short(kind, number) }
