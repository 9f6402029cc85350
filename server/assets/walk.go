package assets

import (
	"bytes"
	"context"
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"entgo.io/ent/dialect"
	"entgo.io/ent/dialect/sql"
	"github.com/google/uuid"

	"github.com/holdfast-platform/holdfast/ent/viewer"
	"github.com/holdfast-platform/holdfast/gen/ent/assetrelation"
	"github.com/holdfast-platform/holdfast/server/internal/db"
)

// types are the types of relations along which a failure passes from "from" to "to", or against which.
func types(along bool) []string {
	var out []string
	for _, name := range slices.Sorted(maps.Keys(flows)) {
		if along && flows[name].along || !along && flows[name].against {
			out = append(out, name)
		}
	}
	return out
}

// leadingTo are the relations along which a failure comes to some assets at a time.
func leadingTo(ids []uuid.UUID, along bool, at time.Time) func(*sql.Selector) {
	to := assetrelation.FieldFromID
	if along {
		to = assetrelation.FieldToID
	}
	wanted := make([]any, len(ids))
	for i, id := range ids {
		wanted[i] = id
	}
	return func(s *sql.Selector) {
		s.Where(sql.And(
			sql.In(s.C(to), wanted...), sql.EQ(s.C(assetrelation.FieldFailureFlows), true), sql.In(s.C(assetrelation.FieldType), anys(types(along))...),
			sql.Or(sql.IsNull(s.C(assetrelation.FieldValidFrom)), sql.LTE(s.C(assetrelation.FieldValidFrom), at)),
			sql.Or(sql.IsNull(s.C(assetrelation.FieldValidTo)), sql.GT(s.C(assetrelation.FieldValidTo), at)),
		))
	}
}

func anys(words []string) []any {
	out := make([]any, len(words))
	for i, w := range words {
		out[i] = w
	}
	return out
}

// walk is the recursive query that answers the assets that a failure of root reaches at a time, root first, and no more
// than a bound.
//
// The recursion keeps nothing but ids, so that UNION drops what has been reached already: cycles end, and the work is
// in proportion to the relations, whatever the number of paths. Both databases hand rows out in the order in which they
// found them (SQLite's queue is first in, first out; PostgreSQL goes level by level), which is the order of distance.
// TestImpactAgainstWalk holds this against a plain walk. It sees the viewer's tenant only, and of a scoped viewer's the
// client's assets only.
func walk(ctx context.Context, root uuid.UUID, at time.Time, bound int) (query string, args []any) {
	v, postgres := viewer.From(ctx), db.Of(ctx).Kind == dialect.Postgres
	args = []any{v.TenantID, root, at}
	// CROSS is SQLite's word for "in this order": else it reads all relations of the tenant for each step
	join, scope := "CROSS JOIN", ""
	if postgres {
		join = "JOIN"
	}
	if v.Scoped() {
		args = append(args, v.ClientID)
	}
	// away are the relations of one direction that lead away from the asset s
	away := func(from, to string, along bool) string {
		if v.Scoped() {
			scope = " " + join + " assets a ON a.tenant_id = $1 AND a.id = r." + to + " AND a.client_id = $4"
		}
		table := "FROM reach s CROSS JOIN asset_relations r"
		if postgres {
			table = "FROM asset_relations r"
		}
		return "SELECT r." + to + " AS id " + table + scope + " WHERE r.tenant_id = $1 AND r." + from + " = s.id AND r.failure_flows AND r.type IN ('" +
			strings.Join(types(along), "','") + "') AND (r.valid_from IS NULL OR r.valid_from <= $3) AND (r.valid_to IS NULL OR r.valid_to > $3)"
	}
	against, along := away("to_id", "from_id", false), away("from_id", "to_id", true)
	if postgres { // LATERAL with OFFSET keeps the planner from hashing all relations of the tenant once per level
		return "WITH RECURSIVE reach(id) AS (SELECT $2::uuid UNION SELECT e.id FROM reach s, LATERAL (" + against + " UNION ALL " + along +
			" OFFSET 0) e) SELECT id FROM reach LIMIT " + strconv.Itoa(bound), args
	}
	return "WITH RECURSIVE reach(id) AS (SELECT $2 UNION " + against + " UNION " + along + ") SELECT id FROM reach LIMIT " + strconv.Itoa(bound), args
}

// walked runs the query.
func walked(ctx context.Context, root uuid.UUID, at time.Time, bound int) (found []uuid.UUID, err error) {
	query, args := walk(ctx, root, at, bound)
	rows, err := db.SQL(ctx).QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var id uuid.UUID
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		found = append(found, id)
	}
	return found, rows.Err()
}

// A graph is how failures pass between all assets of a tenant. Assets are known by their places in the order in which
// they were met.
type graph struct {
	assets []uuid.UUID
	places map[uuid.UUID]int32
	closed bool // others are none
	// steps are passages of a failure, first those against relations, then those along them, each by the assets that
	// they come from and go to. Those of one asset go to others in the order of their ids, as in walk.
	against, along []step
}

type step struct{ from, to int32 }

// drawn reads the relations of the viewer's tenant, all at once, with root as the first asset: of a scoped viewer's
// those among the client's assets. For each asset that relations lead to it is one row with the others' ids in a text,
// for rows cost more than what is in them.
func drawn(ctx context.Context, root uuid.UUID, at time.Time) (*graph, error) {
	g, v := &graph{places: map[uuid.UUID]int32{}}, viewer.From(ctx)
	g.place(root)
	if v.Scoped() {
		rows, err := db.SQL(ctx).QueryContext(ctx, "SELECT id FROM assets WHERE tenant_id = $1 AND client_id = $2", v.TenantID, v.ClientID)
		if err != nil {
			return nil, err
		}
		defer rows.Close()
		for rows.Next() {
			var id uuid.UUID
			if err := rows.Scan(&id); err != nil {
				return nil, err
			}
			g.place(id)
		}
		if err := rows.Err(); err != nil {
			return nil, err
		}
		g.closed = true
	}
	sources := func(along bool) string {
		return "coalesce(string_agg(CAST(from_id AS text), '') FILTER (WHERE type IN ('" + strings.Join(types(along), "','") + "')), '')"
	}
	rows, err := db.SQL(ctx).QueryContext(ctx, "SELECT to_id, "+sources(false)+", "+sources(true)+` FROM asset_relations
		WHERE tenant_id = $1 AND failure_flows AND (valid_from IS NULL OR valid_from <= $2) AND (valid_to IS NULL OR valid_to > $2)
		GROUP BY to_id ORDER BY to_id`, v.TenantID, at)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var to uuid.UUID
		var against, along string
		if err := rows.Scan(&to, &against, &along); err != nil {
			return nil, err
		}
		if err := errors.Join(g.relate(to, against, func(from, to int32) { g.against = append(g.against, step{to, from}) }),
			g.relate(to, along, func(from, to int32) { g.along = append(g.along, step{from, to}) })); err != nil {
			return nil, err
		}
	}
	return g, rows.Err()
}

// place is where an asset stands; -1 for one that is not to be seen.
func (g *graph) place(id uuid.UUID) int32 {
	at, met := g.places[id]
	if !met {
		if g.closed {
			return -1
		}
		at = int32(len(g.assets))
		g.places[id], g.assets = at, append(g.assets, id)
	}
	return at
}

// idLength is that of an id as text.
const idLength = 36

// relate tells of the relations that lead to an asset, from those whose ids stand in a text.
func (g *graph) relate(to uuid.UUID, sources string, each func(from, to int32)) error {
	ids := make([]uuid.UUID, 0, 8)
	for ; len(sources) >= idLength; sources = sources[idLength:] {
		id, err := uuid.Parse(sources[:idLength])
		if err != nil {
			return err
		}
		ids = append(ids, id)
	}
	slices.SortFunc(ids, func(a, b uuid.UUID) int { return bytes.Compare(a[:], b[:]) })
	for _, id := range ids {
		if from, to := g.place(id), g.place(to); from >= 0 && to >= 0 {
			each(from, to)
		}
	}
	return nil
}

// reached are the assets that a failure of the first one reaches, itself first, the nearest before those farther away.
func (g *graph) reached() []uuid.UUID {
	// the targets of an asset's steps stand together, up to where the next one's begin
	ends := make([]int32, len(g.assets)+1)
	for _, steps := range [][]step{g.against, g.along} {
		for _, s := range steps {
			ends[s.from+1]++
		}
	}
	for i := range g.assets {
		ends[i+1] += ends[i]
	}
	targets, next := make([]int32, len(g.against)+len(g.along)), slices.Clone(ends)
	for _, steps := range [][]step{g.against, g.along} {
		for _, s := range steps {
			targets[next[s.from]] = s.to
			next[s.from]++
		}
	}
	seen, queue := make([]bool, len(g.assets)), []int32{0}
	seen[0] = true
	for i := 0; i < len(queue); i++ {
		for _, to := range targets[ends[queue[i]]:ends[queue[i]+1]] {
			if !seen[to] {
				seen[to] = true
				queue = append(queue, to)
			}
		}
	}
	out := make([]uuid.UUID, len(queue))
	for i, at := range queue {
		out[i] = g.assets[at]
	}
	return out
}
