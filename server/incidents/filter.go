package incidents

import (
	"slices"
	"time"

	"entgo.io/ent/dialect/sql"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/google/uuid"
	"github.com/holdfast-platform/holdfast/gen/ent"
	entlink "github.com/holdfast-platform/holdfast/gen/ent/link"
	incidentsv1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/incidents/v1"
	"github.com/holdfast-platform/holdfast/server/internal/api"
	"github.com/holdfast-platform/holdfast/server/internal/fault"
	"github.com/holdfast-platform/holdfast/server/internal/flow"
	"github.com/holdfast-platform/holdfast/server/internal/link"
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

// filter adds the filters that are no columns.
func filter(l *api.Listing, in *incidentsv1.ListIncidentsRequest, now time.Time) error {
	if len(in.GetAssetId()) > 0 {
		ids := make([]any, len(in.GetAssetId()))
		for i, text := range in.GetAssetId() {
			id, err := uuid.Parse(text)
			if err != nil {
				return fault.Invalid("asset_id", "must be a UUID")
			}
			ids[i] = id
		}
		l.Where(affecting(ids))
	}
	if in.Open != nil {
		l.Where(either(sql.FieldIn("status", openStatuses...), in.GetOpen()))
	}
	if in.Assigned != nil {
		l.Where(either(sql.FieldNotNull("assignee_id"), in.GetAssigned()))
	}
	if in.Breached != nil {
		l.Where(either(breached(now), in.GetBreached()))
	}
	for _, f := range []struct {
		field string
		at    *timestamppb.Timestamp
		where func(time.Time) func(*sql.Selector)
	}{
		{"created_from", in.GetCreatedFrom(), func(t time.Time) func(*sql.Selector) { return sql.FieldGTE("created_at", t) }},
		{"created_until", in.GetCreatedUntil(), func(t time.Time) func(*sql.Selector) { return sql.FieldLT("created_at", t) }},
		{"due_before", in.GetDueBefore(), func(t time.Time) func(*sql.Selector) { return sql.FieldLT("resolve_due_at", t) }},
	} {
		if f.at == nil {
			continue
		}
		if !f.at.IsValid() {
			return fault.Invalid(f.field, "must be a time")
		}
		l.Where(f.where(f.at.AsTime().UTC().Truncate(time.Microsecond)))
	}
	return nil
}

func either(p func(*sql.Selector), yes bool) func(*sql.Selector) {
	if yes {
		return p
	}
	return sql.NotPredicates(p)
}

// breached is what the messages say too: noted by the clock, or late at this moment. No part of it is ever unknown (null), so that its
// contrary is the rest.
func breached(now time.Time) func(*sql.Selector) {
	return sql.OrPredicates(
		sql.FieldEQ("response_breached", true), sql.FieldEQ("resolve_breached", true),
		sql.AndPredicates(sql.FieldEQ("status", "new"), sql.FieldNotNull("response_due_at"), sql.FieldLTE("response_due_at", now)),
		sql.AndPredicates(sql.FieldIn("status", openStatuses...), sql.FieldNotNull("resolve_due_at"), sql.FieldLTE("resolve_due_at", now)),
	)
}

// affecting finds incidents by the assets that they affect.
func affecting(assets []any) func(*sql.Selector) {
	return func(s *sql.Selector) {
		l := sql.Dialect(s.Dialect()).Select().From(sql.Table(entlink.Table))
		l.Select(l.C("from_id")).Where(sql.And(
			sql.ColumnsEQ(l.C("tenant_id"), s.C("tenant_id")), sql.EQ(l.C("from_kind"), "incident"), sql.EQ(l.C("to_kind"), "asset"),
			sql.EQ(l.C("type"), link.Affects), sql.In(l.C("to_id"), assets...),
		))
		s.Where(sql.In(s.C("id"), l))
	}
}
