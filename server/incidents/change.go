package incidents

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/holdfast-platform/holdfast/ent/viewer"
	"github.com/holdfast-platform/holdfast/gen/ent"
	incidentsv1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/incidents/v1"
	"github.com/holdfast-platform/holdfast/server/internal/api"
	"github.com/holdfast-platform/holdfast/server/internal/db"
	"github.com/holdfast-platform/holdfast/server/internal/fault"
	"github.com/holdfast-platform/holdfast/server/internal/flow"
	"github.com/holdfast-platform/holdfast/server/internal/servicepolicy"
	"github.com/holdfast-platform/holdfast/server/internal/sla"
)

// change is a create or an update on its way.
type change struct {
	m      *ent.IncidentMutation
	before *ent.Incident // nil on create
	in     *incidentsv1.Incident
	k      *api.Mask
	now    time.Time

	assets    []uuid.UUID // to be affected from now on
	setAssets bool

	ends []*ent.Incident // the open parts that end with it
}

// fillIncident serves create and update. What follows from it (times, priority, clocks) is decided afterwards.
func (x *change) fillIncident() {
	m, in, k := x.m, x.in, x.k
	api.Set(k, "title", in.GetTitle(), m.SetTitle)
	api.Opt(k, "description", in.Description, m.SetDescription, m.ClearDescription)
	api.Set(k, "category", in.GetCategory(), m.SetCategory)
	api.Set(k, "severity", in.GetSeverity(), m.SetSeverity)
	api.Opt(k, "impact", in.Impact, m.SetImpact, func() { k.Fault("impact", "must not be empty") })
	api.Opt(k, "urgency", in.Urgency, m.SetUrgency, func() { k.Fault("urgency", "must not be empty") })
	api.Opt(k, "priority", in.Priority, m.SetPriority, func() { m.SetPriorityOverridden(false) })
	api.Set(k, "status", in.GetStatus(), m.SetStatus)
	api.Opt(k, "on_hold_reason", in.OnHoldReason, m.SetOnHoldReason, m.ClearOnHoldReason)
	api.UUID(k, "site_id", in.SiteId, m.SetSiteID, m.ClearSiteID)
	api.UUIDs(k, "asset_ids", in.GetAssetIds(), func(ids []uuid.UUID) { x.assets, x.setAssets = unique(ids), true })
	api.UUID(k, "reporter_id", in.ReporterId, m.SetReporterID, m.ClearReporterID)
	api.UUID(k, "assignee_id", in.AssigneeId, m.SetAssigneeID, m.ClearAssigneeID)
	api.UUID(k, "team_id", in.TeamId, m.SetTeamID, m.ClearTeamID)
	api.Opt(k, "production_impact", in.ProductionImpact, m.SetProductionImpact, m.ClearProductionImpact)
	api.Opt(k, "safety_impact", in.SafetyImpact, m.SetSafetyImpact, m.ClearSafetyImpact)
	api.Opt(k, "operational_criticality", in.OperationalCriticality, m.SetOperationalCriticality, m.ClearOperationalCriticality)
	api.Opt(k, "resolution_code", in.ResolutionCode, m.SetResolutionCode, m.ClearResolutionCode)
	api.Opt(k, "resolution_note", in.ResolutionNote, m.SetResolutionNote, m.ClearResolutionNote)
	api.UUID(k, "parent_id", in.ParentId, m.SetParentID, m.ClearParentID)
	k.Has("close_parts") // says how it is ended
}

func unique(ids []uuid.UUID) []uuid.UUID {
	seen, out := map[uuid.UUID]bool{}, []uuid.UUID{}
	for _, id := range ids {
		if !seen[id] {
			seen[id] = true
			out = append(out, id)
		}
	}
	return out
}

// begin decides what a new incident is.
func (x *change) begin(ctx context.Context) error {
	x.fillIncident()
	if status, ok := x.m.Status(); ok && status != flow.Incident.First() {
		x.k.Fault("status", "a new incident is "+flow.Incident.First())
	}
	for field, ok := range map[string]bool{
		"on_hold_reason": x.in.GetOnHoldReason() != "", "resolution_code": x.in.GetResolutionCode() != "", "resolution_note": x.in.GetResolutionNote() != "",
	} {
		if ok {
			x.k.Fault(field, "is not for a new incident")
		}
	}
	if x.in.GetTitle() == "" {
		x.k.Fault("title", "must not be empty")
	}
	if who := viewer.From(ctx); x.in.ReporterId == nil && who.PersonID != uuid.Nil {
		x.m.SetReporterID(who.PersonID)
	}
	policy, err := servicepolicy.Remembered(ctx)
	if err != nil {
		return err
	}
	x.weigh(policy)
	if err := x.k.Err(); err != nil {
		return err
	}
	priority, _ := x.m.Priority()
	x.m.SetPolicyRevision(policy.Revision)
	x.judge([]sla.Entry{{At: x.now, Status: flow.Incident.First(), Priority: priority, Policy: policy}})
	return nil
}

// alter decides what else an update changes.
func (x *change) alter(ctx context.Context) error {
	x.fillIncident()
	if err := x.k.Err(); err != nil {
		return err
	}
	if err := db.Ended(ctx, x.m, x.before); err != nil {
		return err
	}
	if err := x.parent(ctx); err != nil {
		return err
	}
	moved, err := x.move(ctx)
	if err != nil {
		return err
	}
	policy, err := x.reweigh(ctx)
	if err != nil {
		return err
	}
	if err := x.k.Err(); err != nil {
		return err
	}
	if !moved && policy == nil {
		return nil
	}
	return x.rejudge(ctx, policy)
}

// parent refuses to make an incident a part of itself, over however many steps.
func (x *change) parent(ctx context.Context) error {
	id, ok := x.m.ParentID()
	for ok {
		if id == x.before.ID {
			return fault.Invalid("parent_id", "an incident can't be a part of itself")
		}
		up, err := parentOf(ctx, id)
		if err != nil {
			return err
		}
		if ok = up != nil; ok {
			id = *up
		}
	}
	return nil
}
