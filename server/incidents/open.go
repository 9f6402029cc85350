package incidents

import (
	"context"
	"slices"

	"entgo.io/ent/dialect/sql"

	"github.com/holdfast-platform/holdfast/gen/ent"
	"github.com/holdfast-platform/holdfast/server/internal/clock"
	"github.com/holdfast-platform/holdfast/server/internal/fault"
	"github.com/holdfast-platform/holdfast/server/internal/flow"
)

var openStatuses = func() []any {
	out := make([]any, len(flow.OpenIncident))
	for i, s := range flow.OpenIncident {
		out[i] = s
	}
	return out
}()

func isOpen(r *ent.Incident) bool { return slices.Contains(flow.OpenIncident, r.Status) }

// open refuses what is only done to open incidents.
func open(r *ent.Incident) error {
	if isOpen(r) {
		return nil
	}
	return fault.Conflict("not_open", "the incident is %s", r.Status).With("status", r.Status)
}

// breached is what the messages say too: noted by the clock, or late at this moment. No part of it is ever unknown
// (null), so that its contrary is the rest.
func breached(ctx context.Context) func(*sql.Selector) {
	now := clock.Now(ctx)
	return sql.OrPredicates(
		sql.FieldEQ("response_breached", true), sql.FieldEQ("resolve_breached", true),
		sql.AndPredicates(sql.FieldEQ("status", "new"), sql.FieldNotNull("response_due_at"), sql.FieldLTE("response_due_at", now)),
		sql.AndPredicates(sql.FieldIn("status", openStatuses...), sql.FieldNotNull("resolve_due_at"), sql.FieldLTE("resolve_due_at", now)),
	)
}
