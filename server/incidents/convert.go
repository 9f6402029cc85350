package incidents

import (
	"context"
	"strings"
	"time"

	"entgo.io/ent/dialect/sql"
	"github.com/google/uuid"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/holdfast-platform/holdfast/ent/viewer"
	"github.com/holdfast-platform/holdfast/gen/ent"
	"github.com/holdfast-platform/holdfast/gen/ent/incident"
	entlink "github.com/holdfast-platform/holdfast/gen/ent/link"
	incidentsv1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/incidents/v1"
	typev1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/type/v1"
	"github.com/holdfast-platform/holdfast/server/internal/api"
	"github.com/holdfast-platform/holdfast/server/internal/clock"
	"github.com/holdfast-platform/holdfast/server/internal/db"
	"github.com/holdfast-platform/holdfast/server/internal/flow"
	"github.com/holdfast-platform/holdfast/server/internal/link"
)

// withAssets reads along which assets an incident affects and how many parts it has, so that a list takes no statement
// more.
func withAssets(s *sql.Selector) {
	parts := "(SELECT count(*) FROM " + incident.Table + " p WHERE p.tenant_id = " + s.C("tenant_id") + " AND p.parent_id = " + s.C("id")
	s.AppendSelectExprAs(sql.Expr(parts+")"), "part_count")
	s.AppendSelectExprAs(sql.Expr(parts+" AND p.status IN ('"+strings.Join(flow.OpenIncident, "', '")+"'))"), "open_part_count")
	joined := "group_concat(l.to_id, ',' ORDER BY l.id)"
	if s.Dialect() == "postgres" {
		joined = "string_agg(l.to_id::text, ',' ORDER BY l.id)"
	}
	s.AppendSelectExprAs(sql.Expr("(SELECT "+joined+" FROM "+entlink.Table+" l WHERE l.tenant_id = "+s.C("tenant_id")+
		" AND l.from_kind = 'incident' AND l.from_id = "+s.C("id")+" AND l.to_kind = 'asset' AND l.type = '"+link.Affects+"')"), "asset_ids")
}

// assetIDs are what withAssets has read.
func assetIDs(row *ent.Incident) []uuid.UUID {
	value, err := row.Value("asset_ids")
	if err != nil {
		return nil
	}
	text, _ := value.(string)
	if raw, ok := value.([]byte); ok {
		text = string(raw)
	}
	var out []uuid.UUID
	for part := range strings.SplitSeq(text, ",") {
		if id, err := uuid.Parse(part); err == nil {
			out = append(out, id)
		}
	}
	return out
}

// partCounts are what withAssets has read: how many parts there are, and how many of them are open.
func partCounts(row *ent.Incident) (all, open int32) {
	count := func(name string) int32 {
		value, err := row.Value(name)
		if err != nil {
			return 0 // a new incident has none
		}
		n, _ := value.(int64)
		return int32(n)
	}
	return count("part_count"), count("open_part_count")
}

// single is the message of a record that was just changed; the assets are asked for anew.
func single(ctx context.Context, row *ent.Incident) (*incidentsv1.Incident, error) {
	rows, err := db.From(ctx).Incident.Query().Where(sql.FieldEQ("id", row.ID), withAssets).All(ctx)
	if err != nil {
		return nil, err
	}
	return api.Answer(ctx, incidentMessages)(rows[0], nil)
}

// incidentMessages is what callers see of incidents.
func incidentMessages(ctx context.Context, rows ...*ent.Incident) ([]*incidentsv1.Incident, error) {
	return messagesWith(ctx, assetIDs, rows...)
}

// messagesWith is the same where it is known otherwise which assets an incident affects.
func messagesWith(ctx context.Context, assetIDs func(*ent.Incident) []uuid.UUID, rows ...*ent.Incident) ([]*incidentsv1.Incident, error) {
	refs, now, v := api.RefsOf(ctx), clock.Now(ctx), viewer.From(ctx)
	out := make([]*incidentsv1.Incident, len(rows))
	for i, r := range rows {
		m := &incidentsv1.Incident{
			Id: r.ID.String(), Version: r.Version, CreatedAt: api.At(r.CreatedAt), UpdatedAt: api.At(r.UpdatedAt), Number: db.Short(kind, r.Number),
			Title: r.Title, Description: r.Description, Category: r.Category, Severity: r.Severity,
			Impact: &r.Impact, Urgency: &r.Urgency, Priority: &r.Priority, PriorityOverridden: r.PriorityOverridden,
			Status: r.Status, AllowedTransitions: flow.Incident.Allowed(v, r.Status, barred(r, now)...), OnHoldReason: r.OnHoldReason,
			SiteId: api.IDOpt(r.SiteID), ReporterId: api.IDOpt(r.ReporterID), AssigneeId: api.IDOpt(r.AssigneeID), TeamId: api.IDOpt(r.TeamID),
			IsMajor: r.IsMajor, ProductionImpact: r.ProductionImpact, SafetyImpact: r.SafetyImpact, OperationalCriticality: r.OperationalCriticality,
			ResolutionCode: r.ResolutionCode, ResolutionNote: r.ResolutionNote,
			ResponseDueAt: api.AtOpt(r.ResponseDueAt), ResolveDueAt: api.AtOpt(r.ResolveDueAt),
			ResponseBreached: r.ResponseBreached || r.Status == "new" && late(r.ResponseDueAt, now),
			ResolveBreached:  r.ResolveBreached || isOpen(r) && late(r.ResolveDueAt, now),
			AcknowledgedAt:   api.AtOpt(r.AcknowledgedAt), ResolvedAt: api.AtOpt(r.ResolvedAt), ClosedAt: api.AtOpt(r.ClosedAt),
			ParentId: api.IDOpt(r.ParentID), DuplicateOfId: api.IDOpt(r.DuplicateOfID),
		}
		m.EffectiveImpact = r.EffectiveImpact
		if r.EffectiveImpact < r.Impact {
			m.ImpactRaisedBy = "severity"
		}
		m.PartCount, m.OpenPartCount = partCounts(r)
		m.ReopenUntil, m.UnmergeUntil = reopenUntil(r, now), unmergeUntil(r)
		refs.Want(&m.Site, "Site", r.SiteID)
		refs.Want(&m.Reporter, "User", r.ReporterID)
		refs.Want(&m.Assignee, "User", r.AssigneeID)
		refs.Want(&m.Team, "Group", r.TeamID)
		refs.Want(&m.Parent, kind, r.ParentID)
		refs.Want(&m.DuplicateOf, kind, r.DuplicateOfID)
		assets := assetIDs(r)
		m.AssetIds, m.Assets = api.IDs(assets), make([]*typev1.Ref, len(assets))
		for j := range assets {
			refs.Want(&m.Assets[j], "Asset", &assets[j])
		}
		out[i] = m
	}
	if err := refs.Load(); err != nil {
		return nil, err
	}
	for _, m := range out {
		readable := m.Assets[:0]
		for _, a := range m.Assets {
			if a != nil {
				readable = append(readable, a)
			}
		}
		m.Assets = readable
	}
	return out, nil
}

func late(due *time.Time, now time.Time) bool { return due != nil && !due.After(now) }

// reopenUntil is until when an incident can be reopened; nil where it can't be.
func reopenUntil(r *ent.Incident, now time.Time) *timestamppb.Timestamp {
	if r.Status != "resolved" && r.Status != "closed" || r.DuplicateOfID != nil || r.ReopenUntil == nil || now.After(*r.ReopenUntil) {
		return nil
	}
	return api.AtOpt(r.ReopenUntil)
}

// barred are the moves that the table allows but the day does not: a reopening after the tenant's window, or of a
// duplicate, whose merge is to be undone instead.
func barred(r *ent.Incident, now time.Time) []string {
	if (r.Status == "resolved" || r.Status == "closed") && reopenUntil(r, now) == nil {
		return []string{"in_progress"}
	}
	return nil
}
