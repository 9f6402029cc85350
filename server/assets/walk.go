package assets

import (
	"context"
	"maps"
	"slices"
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

// walk is the recursive query that answers every asset that a failure of root reaches at a time, root first.
//
// The recursion keeps nothing but ids, so that UNION drops what has been reached already: cycles end, and the work is in proportion to
// the relations, whatever the number of paths. Both databases hand rows out in the order in which they found them (SQLite's queue is
// first in, first out; PostgreSQL goes level by level), which is the order of distance. TestImpactAgainstWalk holds this against a
// plain walk. It sees the viewer's tenant only, and of a scoped viewer's the client's assets only.
func walk(ctx context.Context, root uuid.UUID, at time.Time) (query string, args []any) {
	v, postgres := viewer.From(ctx), db.Of(ctx).Kind == dialect.Postgres
	args = []any{v.TenantID, root, at}
	join, scope := "CROSS JOIN", "" // CROSS is SQLite's word for "in this order": else it reads all relations of the tenant for each step
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
			" OFFSET 0) e) SELECT id FROM reach", args
	}
	return "WITH RECURSIVE reach(id) AS (SELECT $2 UNION " + against + " UNION " + along + ") SELECT id FROM reach", args
}
