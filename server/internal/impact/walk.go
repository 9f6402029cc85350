package impact

import (
	"context"
	"encoding/json"
	"strconv"
	"strings"

	"entgo.io/ent/dialect"
	"github.com/google/uuid"

	"github.com/holdfast-platform/holdfast/ent/viewer"
	"github.com/holdfast-platform/holdfast/server/internal/db"
)

// query writes a statement with its arguments: $1 is the viewer's tenant.
type query struct {
	text     strings.Builder
	args     []any
	postgres bool
}

func begin(ctx context.Context) *query {
	return &query{args: []any{viewer.From(ctx).TenantID}, postgres: db.Of(ctx).Kind == dialect.Postgres}
}

// arg adds an argument and answers its place.
func (q *query) arg(value any) string {
	q.args = append(q.args, value)
	return "$" + strconv.Itoa(len(q.args))
}

// list is a table expression of ids, with the columns v and n, their order.
func (q *query) list(ids []uuid.UUID) (string, error) {
	if q.postgres {
		return "unnest(" + q.arg(ids) + "::uuid[]) WITH ORDINALITY AS list(v, n)", nil
	}
	text, err := json.Marshal(ids)
	if err != nil {
		return "", err
	}
	return "(SELECT value AS v, key AS n FROM json_each(" + q.arg(string(text)) + ")) AS list", nil
}

// listed joins the viewer's tenant's assets, as a, to a list of ids. CROSS keeps SQLite to this order: else it reads
// the list anew for each asset.
func (q *query) listed(ids []uuid.UUID) (string, error) {
	list, err := q.list(ids)
	if q.postgres {
		return list + " JOIN assets a ON a.tenant_id = $1 AND a.id = list.v", err
	}
	return list + " CROSS JOIN assets a ON a.tenant_id = $1 AND a.id = list.v", err
}

// holds is the condition that a relation r passes a failure on at the instant.
func (q *query) holds(o Options) string {
	at := q.arg(o.At)
	return "r.failure_flows AND (r.valid_from IS NULL OR r.valid_from <= " + at + ") AND (r.valid_to IS NULL OR r.valid_to > " + at + ")"
}

// absent are the assets that are neither hit nor pass on.
func (q *query) absent(o Options) string {
	words := "'decommissioned','planned'"
	if o.IncludePlanned {
		words = "'decommissioned'"
	}
	return "SELECT id FROM assets WHERE tenant_id = $1 AND lifecycle IN (" + words + ")"
}

func quoted(words []string) string { return "('" + strings.Join(words, "','") + "')" }

// walked runs the recursive query: the roots and the assets that their failure reaches, in the order of their distance,
// no more than a bound.
//
// The recursion keeps nothing but ids, so that UNION drops what has been reached already: cycles end, and the work is
// in proportion to the relations, whatever the number of paths. Both databases hand rows out in the order in which they
// found them (SQLite's queue is first in, first out; PostgreSQL goes level by level), which is the order of distance.
// It sees the viewer's tenant only, and of a scoped viewer's the client's assets only.
func (r *Reach) walked(ctx context.Context, bound int) (found []uuid.UUID, err error) {
	v, q := viewer.From(ctx), begin(ctx)
	roots, err := q.list(r.roots)
	if err != nil {
		return nil, err
	}
	holds, absent := q.holds(r.options), q.absent(r.options)
	// CROSS is SQLite's word for "in this order": else it reads all relations of the tenant for each step
	join := "CROSS JOIN"
	if q.postgres {
		join = "JOIN"
	}
	client := ""
	if v.Scoped() {
		client = " AND a.client_id = " + q.arg(v.ClientID)
	}
	// away are the relations of one way that lead away from the asset s
	away := func(p passage) string {
		scope := ""
		if client != "" {
			scope = " " + join + " assets a ON a.tenant_id = $1 AND a.id = r." + p.to + client
		}
		table := "FROM reach s CROSS JOIN asset_relations r"
		if q.postgres {
			table = "FROM asset_relations r"
		}
		return "SELECT r." + p.to + " AS id " + table + scope + " WHERE r.tenant_id = $1 AND r." + p.from + " = s.id AND r.type IN " + quoted(p.types) +
			" AND " + holds + " AND r." + p.to + " NOT IN (" + absent + ")"
	}
	both := passages(r.options.Direction)
	first, second := away(both[0]), away(both[1])
	if q.postgres { // LATERAL with OFFSET keeps the planner from hashing all relations of the tenant once per level
		q.text.WriteString("WITH RECURSIVE reach(id) AS (SELECT v FROM " + roots + " UNION SELECT e.id FROM reach s, LATERAL (" + first + " UNION ALL " + second +
			" OFFSET 0) e) SELECT id FROM reach LIMIT " + strconv.Itoa(bound))
	} else {
		q.text.WriteString("WITH RECURSIVE reach(id) AS (SELECT v FROM " + roots + " UNION " + first + " UNION " + second + ") SELECT id FROM reach LIMIT " + strconv.Itoa(bound))
	}
	return found, q.each(ctx, func(scan func(...any) error) error {
		var id uuid.UUID
		if err := scan(&id); err != nil {
			return err
		}
		found = append(found, id)
		return nil
	})
}

// each runs the query and hands each row over to be scanned.
func (q *query) each(ctx context.Context, row func(scan func(...any) error) error) error {
	rows, err := db.SQL(ctx).QueryContext(ctx, q.text.String(), q.args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := row(rows.Scan); err != nil {
			return err
		}
	}
	return rows.Err()
}

// hasRedundancy tells whether the tenant has any redundancy group.
func hasRedundancy(ctx context.Context) (has bool, err error) {
	q := begin(ctx)
	q.text.WriteString("SELECT 1 FROM asset_relations WHERE tenant_id = $1 AND redundancy_group IS NOT NULL LIMIT 1")
	return has, q.each(ctx, func(func(...any) error) error {
		has = true
		return nil
	})
}
