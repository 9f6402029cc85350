package incidents

import (
	"context"
	"encoding/json"
	"slices"

	"github.com/google/uuid"

	"github.com/holdfast-platform/holdfast/ent/viewer"
	"github.com/holdfast-platform/holdfast/gen/ent"
	"github.com/holdfast-platform/holdfast/gen/ent/incident"
	entlink "github.com/holdfast-platform/holdfast/gen/ent/link"
	incidentsv1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/incidents/v1"
	"github.com/holdfast-platform/holdfast/server/internal/api"
	"github.com/holdfast-platform/holdfast/server/internal/clock"
	"github.com/holdfast-platform/holdfast/server/internal/db"
	"github.com/holdfast-platform/holdfast/server/internal/fault"
	"github.com/holdfast-platform/holdfast/server/internal/flow"
	"github.com/holdfast-platform/holdfast/server/internal/link"
)

// MergeIncident closes an incident as the duplicate of another. That one takes over what it affects, and its parts; what was said about
// the duplicate stays with it, one link away.
func (Service) MergeIncident(ctx context.Context, in *incidentsv1.MergeIncidentRequest) (*incidentsv1.Incident, error) {
	ctx = clock.Still(ctx)
	double, target, err := couple(ctx, in.GetId(), in.GetIntoId())
	if err != nil {
		return nil, err
	}
	if err := flow.Incident.Check(viewer.From(ctx), flow.Try{From: double.Status, To: "closed", By: "merge"}); err != nil {
		return nil, err
	}
	if err := open(target); err != nil {
		return nil, err
	}
	if err := inherit(ctx, double, target); err != nil {
		return nil, err
	}
	u := db.From(ctx).Incident.UpdateOneID(double.ID).SetDuplicateOfID(target.ID).SetResolutionCode("duplicate").ClearOnHoldReason()
	if double.ResolutionNote == nil {
		u.SetResolutionNote("Merged into " + db.Short(kind, target.Number) + ".")
	}
	x := &change{m: u.Mutation(), before: double, in: &incidentsv1.Incident{}, k: api.MaskOf(in), now: clock.Now(ctx)}
	x.m.SetStatus("closed")
	x.m.SetClosedAt(x.now)
	if err := x.rejudge(ctx, nil); err != nil {
		return nil, err
	}
	closed, err := u.Save(ctx)
	if err != nil {
		return nil, err
	}
	number, err := json.Marshal(db.Short(kind, double.Number))
	if err != nil {
		return nil, err
	}
	err = db.Note(ctx, db.Event{
		Action: "incident.merged", Kind: ent.KindIncident, RecordID: target.ID, Label: target.Title, Number: target.Number,
		Changes: map[string]db.Values{"merged": {Old: json.RawMessage("null"), New: number}},
	})
	if err != nil {
		return nil, err
	}
	return single(ctx, closed)
}

// couple holds both incidents, always in the same order, so that two merges across each other do not wait for ever.
func couple(ctx context.Context, id, into string) (double, target *ent.Incident, err error) {
	first, err := db.ID(ctx, kind, id)
	if err != nil {
		return nil, nil, err
	}
	second, err := uuid.Parse(into)
	switch {
	case into == "":
		return nil, nil, fault.Invalid("into_id", "must not be empty")
	case err != nil:
		return nil, nil, fault.Invalid("into_id", "must be a UUID")
	case first == second:
		return nil, nil, fault.Invalid("into_id", "an incident can't be merged into itself")
	}
	rows, err := db.From(ctx).Incident.Query().Where(incident.IDIn(first, second), db.Locked).Order(incident.ByID()).All(ctx)
	if err != nil {
		return nil, nil, err
	}
	for _, r := range rows {
		if r.ID == first {
			double = r
		} else {
			target = r
		}
	}
	if double == nil {
		return nil, nil, fault.NotFound("incident")
	}
	if target == nil {
		e := fault.NotFound("incident")
		e.Fields = map[string]string{"into_id": "no such incident"}
		e.Message = "into_id: no such incident"
		return nil, nil, e
	}
	return double, target, nil
}

// inherit gives the target what the duplicate affects and its parts, and links the two.
func inherit(ctx context.Context, double, target *ent.Incident) error {
	ours, err := affected(ctx, target.ID)
	if err != nil {
		return err
	}
	theirs, err := affected(ctx, double.ID)
	if err != nil {
		return err
	}
	var missing []uuid.UUID
	for _, l := range theirs {
		if !slices.ContainsFunc(ours, func(o *ent.Link) bool { return o.ToID == l.ToID }) {
			missing = append(missing, l.ToID)
		}
	}
	if err := connect(ctx, target.ID, missing); err != nil {
		return err
	}
	// The target may be a part of the duplicate, over some steps: then it moves up to where the duplicate was, before the parts move.
	under, err := beneath(ctx, target, double.ID)
	if err != nil {
		return err
	}
	if under {
		u := db.From(ctx).Incident.UpdateOneID(target.ID).ClearParentID()
		if double.ParentID != nil {
			u.SetParentID(*double.ParentID)
		}
		if err := u.Exec(ctx); err != nil {
			return err
		}
	}
	if _, err := db.From(ctx).Incident.Update().Where(incident.ParentID(double.ID), incident.IDNEQ(target.ID)).SetParentID(target.ID).Save(ctx); err != nil {
		return err
	}
	exists, err := db.From(ctx).Link.Query().Where(entlink.FromKind(ent.KindIncident), entlink.FromID(double.ID), entlink.ToKind(ent.KindIncident),
		entlink.ToID(target.ID), entlink.Type(link.DuplicateOf)).Exist(ctx)
	if err != nil || exists {
		return err
	}
	return db.From(ctx).Link.Create().SetFromKind(ent.KindIncident).SetFromID(double.ID).SetToKind(ent.KindIncident).SetToID(target.ID).SetType(link.DuplicateOf).Exec(ctx)
}

// beneath tells whether an incident is a part of another, over however many steps.
func beneath(ctx context.Context, row *ent.Incident, other uuid.UUID) (bool, error) {
	for up := row.ParentID; up != nil; {
		if *up == other {
			return true, nil
		}
		next, err := parentOf(ctx, *up)
		if err != nil {
			return false, err
		}
		up = next
	}
	return false, nil
}
