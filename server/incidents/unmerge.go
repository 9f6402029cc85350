package incidents

import (
	"context"
	"encoding/json"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/holdfast-platform/holdfast/ent/viewer"
	"github.com/holdfast-platform/holdfast/gen/ent"
	"github.com/holdfast-platform/holdfast/gen/ent/incident"
	entlink "github.com/holdfast-platform/holdfast/gen/ent/link"
	"github.com/holdfast-platform/holdfast/gen/ent/watch"
	incidentsv1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/incidents/v1"
	"github.com/holdfast-platform/holdfast/server/internal/api"
	"github.com/holdfast-platform/holdfast/server/internal/clock"
	"github.com/holdfast-platform/holdfast/server/internal/db"
	"github.com/holdfast-platform/holdfast/server/internal/fault"
	"github.com/holdfast-platform/holdfast/server/internal/flow"
	"github.com/holdfast-platform/holdfast/server/internal/link"
)

// unmergeUntil is until when a merge can be undone; nil where there is none.
func unmergeUntil(r *ent.Incident) *timestamppb.Timestamp {
	if r.DuplicateOfID == nil || r.ClosedAt == nil {
		return nil
	}
	return api.At(r.ClosedAt.Add(unmergeable))
}

// UnmergeIncident opens a duplicate again as it was, and gives it back what the other took over and still has.
func (Service) UnmergeIncident(ctx context.Context, in *incidentsv1.UnmergeIncidentRequest) (*incidentsv1.Incident, error) {
	ctx = clock.Still(ctx)
	double, target, err := merged(ctx, in.GetId())
	if err != nil {
		return nil, err
	}
	taken, err := tookOver(ctx, double)
	if err != nil {
		return nil, err
	}
	if err := flow.Incident.Check(viewer.From(ctx), flow.Try{From: double.Status, To: taken.Status, By: "unmerge"}); err != nil {
		return nil, err
	}
	u := db.From(ctx).Incident.UpdateOneID(double.ID).SetStatus(taken.Status).ClearDuplicateOfID().ClearClosedAt().ClearTakenOver()
	restore(taken.ResolutionCode, u.Mutation().SetResolutionCode, u.Mutation().ClearResolutionCode)
	restore(taken.ResolutionNote, u.Mutation().SetResolutionNote, u.Mutation().ClearResolutionNote)
	restore(taken.OnHoldReason, u.Mutation().SetOnHoldReason, u.Mutation().ClearOnHoldReason)
	x := &change{m: u.Mutation(), before: double, in: &incidentsv1.Incident{}, now: clock.Now(ctx)}
	if err := x.rejudge(ctx, nil); err != nil {
		return nil, err
	}
	after, err := u.Save(ctx)
	if err != nil {
		return nil, err
	}
	if err := giveBack(ctx, after, target, taken); err != nil {
		return nil, err
	}
	if err := x.saved(ctx, after); err != nil {
		return nil, err
	}
	if err := tellOfMerge(ctx, "unmerged", after, target); err != nil {
		return nil, err
	}
	return single(ctx, after)
}

func restore(value *string, set func(string), unset func()) {
	if value == nil {
		unset()
		return
	}
	set(*value)
}

// merged holds a duplicate and what it was merged into, where that can be undone.
func merged(ctx context.Context, id string) (double, target *ent.Incident, err error) {
	seen, err := db.From(ctx).Incident.Query().Where(api.ByID(kind, id)).Only(ctx)
	if err != nil {
		return nil, nil, err
	}
	if seen.DuplicateOfID == nil {
		return nil, nil, fault.Conflict("not_merged", "the incident is no duplicate of another")
	}
	double, target, err = holdBoth(ctx, seen.ID, *seen.DuplicateOfID)
	switch {
	case err != nil:
		return nil, nil, err
	case double == nil || target == nil:
		return nil, nil, fault.NotFound("incident")
	case double.DuplicateOfID == nil || *double.DuplicateOfID != target.ID:
		return nil, nil, fault.Conflict("not_merged", "the incident is no duplicate of another")
	case double.ClosedAt == nil || clock.Now(ctx).After(double.ClosedAt.Add(unmergeable)):
		return nil, nil, fault.Conflict("unmerge_over", "a merge can be undone for 30 days only")
	case target.DuplicateOfID != nil:
		return nil, nil, fault.Conflict("merged_on", "the other incident was merged itself: undo that first")
	}
	return double, target, nil
}

// tookOver is what the merge has noted; one that notes nothing has made a link alone, and its history says what it was.
func tookOver(ctx context.Context, double *ent.Incident) (*takenOver, error) {
	taken := &takenOver{}
	if len(double.TakenOver) > 0 {
		return taken, json.Unmarshal(double.TakenOver, taken)
	}
	past, err := history(ctx, double)
	if err != nil {
		return nil, err
	}
	taken.Status = flow.Incident.First()
	for _, e := range past {
		if e.Status != "closed" {
			taken.Status = e.Status
			if e.Status == "on_hold" {
				taken.OnHoldReason = &e.Why
			}
		}
	}
	return taken, nil
}

// giveBack takes from the target what it got by the merge, as far as it is still so.
func giveBack(ctx context.Context, double, target *ent.Incident, taken *takenOver) error {
	as := viewer.As(ctx, viewer.Merger)
	_, err := db.From(as).Link.Delete().Where(entlink.Or(
		entlink.IDIn(taken.Links...),
		entlink.And(entlink.FromKind("incident"), entlink.FromID(double.ID), entlink.ToKind("incident"), entlink.ToID(target.ID), entlink.Type(link.DuplicateOf)),
	)).Exec(as)
	if err != nil {
		return err
	}
	if len(taken.Watches) > 0 {
		if _, err := db.From(as).Watch.Delete().Where(watch.IDIn(taken.Watches...)).Exec(as); err != nil {
			return err
		}
	}
	parts, err := db.From(ctx).Incident.Query().Where(incident.IDIn(taken.Parts...), incident.ParentID(target.ID), db.Locked).Order(incident.ByID()).All(ctx)
	if err != nil {
		return err
	}
	for _, p := range parts {
		if err := moveUnder(ctx, p, &double.ID); err != nil {
			return err
		}
	}
	if err := moveBack(ctx, double, target, taken); err != nil {
		return err
	}
	if taken.Major && target.IsMajor && isOpen(target) {
		return db.From(ctx).Incident.UpdateOneID(target.ID).SetIsMajor(false).Exec(ctx)
	}
	return nil
}

// moveBack puts the target beneath the duplicate again where the merge took it from there, unless it was moved since or
// the duplicate is beneath it by now.
func moveBack(ctx context.Context, double, target *ent.Incident, taken *takenOver) error {
	same := target.ParentID == nil && double.ParentID == nil || target.ParentID != nil && double.ParentID != nil && *target.ParentID == *double.ParentID
	if !taken.Moved || taken.Was == nil || !same {
		return nil
	}
	was, err := db.From(ctx).Incident.Query().Where(incident.ID(*taken.Was), db.Locked).Only(ctx)
	if ent.IsNotFound(err) {
		return nil
	}
	if err != nil {
		return err
	}
	if was.ID != double.ID {
		if under, err := beneath(ctx, was, target.ID); err != nil || under {
			return err
		}
	}
	if under, err := beneath(ctx, double, target.ID); err != nil || under {
		return err
	}
	return moveUnder(ctx, target, taken.Was)
}
