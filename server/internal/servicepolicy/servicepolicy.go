// Package servicepolicy keeps what a tenant's service levels are judged by. Each change of the matrix, the targets or
// the calendars appends a revision and none is ever altered: a ticket that remembers its revision is judged by the same
// rules for ever.
package servicepolicy

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"entgo.io/ent/dialect/sql"

	"github.com/holdfast-platform/holdfast/ent/viewer"
	"github.com/holdfast-platform/holdfast/gen/ent"
	"github.com/holdfast-platform/holdfast/gen/ent/servicepolicy"
	"github.com/holdfast-platform/holdfast/server/internal/db"
	"github.com/holdfast-platform/holdfast/server/internal/sla"
)

// Current is the policy in force: the last revision, or the default where there is none.
func Current(ctx context.Context) (*sla.Policy, error) {
	row, err := db.From(ctx).ServicePolicy.Query().Order(servicepolicy.ByRevision(sql.OrderDesc())).First(viewer.As(ctx, viewer.PolicyReader))
	if ent.IsNotFound(err) {
		return sla.Default(), nil
	}
	if err != nil {
		return nil, err
	}
	return parse(row)
}

// Revisions are the policies with these numbers; 0 is the default.
func Revisions(ctx context.Context, numbers ...int32) (map[int32]*sla.Policy, error) {
	out := map[int32]*sla.Policy{0: sla.Default()}
	missing := map[int32]bool{}
	for _, n := range numbers {
		if out[n] == nil {
			missing[n] = true
		}
	}
	if len(missing) == 0 {
		return out, nil
	}
	rows, err := db.From(ctx).ServicePolicy.Query().Where(servicepolicy.RevisionIn(slices.Collect(maps.Keys(missing))...)).
		All(viewer.As(ctx, viewer.PolicyReader))
	if err != nil {
		return nil, err
	}
	for _, row := range rows {
		if out[row.Revision], err = parse(row); err != nil {
			return nil, err
		}
		delete(missing, row.Revision)
	}
	for n := range missing {
		return nil, fmt.Errorf("servicepolicy: revision %d is gone", n)
	}
	return out, nil
}

func parse(row *ent.ServicePolicy) (*sla.Policy, error) {
	return sla.Parse(row.Revision, row.PriorityMatrix, row.SLATargets, row.Calendars)
}

// Append makes a policy the one in force from now on, as the viewer, and gives it the next revision. It must have
// passed its check.
func Append(ctx context.Context, p *sla.Policy) error {
	now, err := Current(ctx)
	if err != nil {
		return err
	}
	var parts [3]json.RawMessage
	for i, v := range []any{p.Matrix, p.Targets, p.Calendars} {
		if parts[i], err = json.Marshal(v); err != nil {
			return err
		}
	}
	p.Revision = now.Revision + 1
	return db.From(ctx).ServicePolicy.Create().SetRevision(p.Revision).SetPriorityMatrix(parts[0]).SetSLATargets(parts[1]).SetCalendars(parts[2]).Exec(ctx)
}
