package incidents

import (
	"context"

	"github.com/google/uuid"

	"github.com/holdfast-platform/holdfast/ent/viewer"
	"github.com/holdfast-platform/holdfast/gen/ent"
	"github.com/holdfast-platform/holdfast/gen/ent/incident"
	entlink "github.com/holdfast-platform/holdfast/gen/ent/link"
	"github.com/holdfast-platform/holdfast/gen/ent/predicate"
	"github.com/holdfast-platform/holdfast/gen/ent/watch"
	incidentsv1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/incidents/v1"
	"github.com/holdfast-platform/holdfast/server/internal/clock"
	"github.com/holdfast-platform/holdfast/server/internal/db"
	"github.com/holdfast-platform/holdfast/server/internal/fault"
	"github.com/holdfast-platform/holdfast/server/internal/flow"
	"github.com/holdfast-platform/holdfast/server/internal/link"
)

// unmergeable is how long a merge can be undone.
const unmergeable = 30 * day

// takenOver is what a merge gave to the target, and what the duplicate was before it.
type takenOver struct {
	Status         string      `json:"status"`
	OnHoldReason   *string     `json:"on_hold_reason"`
	ResolutionCode *string     `json:"resolution_code"`
	ResolutionNote *string     `json:"resolution_note"`
	Links          []uuid.UUID `json:"links"`
	Watches        []uuid.UUID `json:"watches"`
	Parts          []uuid.UUID `json:"parts"`
	// Major is true where the target has become a major incident by it.
	Major bool `json:"major"`
	// Moved is true where the target was beneath the duplicate; Was is then the part that it hung on.
	Moved bool       `json:"moved"`
	Was   *uuid.UUID `json:"was"`
}

// MergeIncident closes an incident as the duplicate of another. That one takes over its links, its parts, its watchers
// and that it is a major one; what was said about the duplicate stays with it, one link away.
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
	taken := &takenOver{
		Status: double.Status, OnHoldReason: double.OnHoldReason, ResolutionCode: double.ResolutionCode, ResolutionNote: double.ResolutionNote,
	}
	if err := handOver(ctx, double, target, taken); err != nil {
		return nil, err
	}
	u := db.From(ctx).Incident.UpdateOneID(double.ID).SetDuplicateOfID(target.ID).SetResolutionCode("duplicate").ClearOnHoldReason().
		SetTakenOver(raw(taken))
	if double.ResolutionNote == nil {
		u.SetResolutionNote("Merged into " + db.Short(kind, target.Number) + ".")
	}
	x := &change{m: u.Mutation(), before: double, in: &incidentsv1.Incident{}, now: clock.Now(ctx)}
	x.m.SetStatus("closed")
	x.m.SetClosedAt(x.now)
	if err := x.rejudge(ctx, nil); err != nil {
		return nil, err
	}
	closed, err := u.Save(ctx)
	if err != nil {
		return nil, err
	}
	if err := x.saved(ctx, closed); err != nil {
		return nil, err
	}
	if err := tellOfMerge(ctx, "merged", closed, target); err != nil {
		return nil, err
	}
	return single(ctx, closed)
}

// tellOfMerge notes with both incidents that they were merged, or parted again: those who watch or work on either are
// told.
func tellOfMerge(ctx context.Context, what string, double, target *ent.Incident) error {
	for _, e := range []struct {
		action     string
		row, other *ent.Incident
	}{{"incident." + what, target, double}, {"incident." + what + "_duplicate", double, target}} {
		err := db.Note(ctx, db.Event{
			Action: e.action, Kind: "incident", RecordID: e.row.ID, Label: e.row.Title, Number: e.row.Number,
			Changes: map[string]db.Values{"merged": values(nil, db.Short(kind, e.other.Number))},
		})
		if err != nil {
			return err
		}
	}
	return nil
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
	if double, target, err = holdBoth(ctx, first, second); err != nil {
		return nil, nil, err
	}
	if double == nil {
		return nil, nil, fault.NotFound("incident")
	}
	if target == nil {
		return nil, nil, fault.NoReference("into_id", "incident")
	}
	return double, target, nil
}

// holdBoth reads two incidents, in the same order whoever asks; one that is not there is nil.
func holdBoth(ctx context.Context, first, second uuid.UUID) (one, other *ent.Incident, err error) {
	rows, err := db.From(ctx).Incident.Query().Where(incident.IDIn(first, second), db.Locked).Order(incident.ByID()).All(ctx)
	for _, r := range rows {
		if r.ID == first {
			one = r
		} else {
			other = r
		}
	}
	return one, other, err
}

// handOver gives the target what the duplicate has, as the actor Merger: whoever may merge hands over what they may not
// see, too. It notes what it has made.
func handOver(ctx context.Context, double, target *ent.Incident, taken *takenOver) error {
	as := viewer.As(ctx, viewer.Merger)
	if err := handOverLinks(as, double, target, taken); err != nil {
		return err
	}
	if err := handOverWatchers(as, double, target, taken); err != nil {
		return err
	}
	if err := handOverParts(ctx, double, target, taken); err != nil {
		return err
	}
	if double.IsMajor && !target.IsMajor {
		taken.Major = true
		return db.From(ctx).Incident.UpdateOneID(target.ID).SetIsMajor(true).Exec(ctx)
	}
	return nil
}

// linkEnds is a link without its id, to find those that are there already.
type linkEnds struct {
	fromKind, toKind, typ string
	from, to              uuid.UUID
}

// handOverLinks makes the duplicate's links the target's too, in both directions, and links the two. Those to the
// duplicate's own duplicates stay: they say what was merged into what.
func handOverLinks(ctx context.Context, double, target *ent.Incident, taken *takenOver) error {
	at := func(id uuid.UUID) predicate.Link {
		return entlink.Or(entlink.And(entlink.FromKind("incident"), entlink.FromID(id)), entlink.And(entlink.ToKind("incident"), entlink.ToID(id)))
	}
	rows, err := db.From(ctx).Link.Query().Where(entlink.Or(at(double.ID), at(target.ID))).Order(entlink.ByID()).All(ctx)
	if err != nil {
		return err
	}
	there := map[linkEnds]bool{}
	for _, l := range rows {
		there[linkEnds{l.FromKind, l.ToKind, l.Type, l.FromID, l.ToID}] = true
		if link.Phrase(l.Type, false) == link.Phrase(l.Type, true) {
			there[linkEnds{l.ToKind, l.FromKind, l.Type, l.ToID, l.FromID}] = true
		}
	}
	var missing []linkEnds
	for _, l := range rows {
		e := linkEnds{l.FromKind, l.ToKind, l.Type, l.FromID, l.ToID}
		if e.from == double.ID {
			e.from = target.ID
		}
		if e.to == double.ID {
			e.to = target.ID
		}
		if l.Type != link.DuplicateOf && e.from != e.to && !there[e] {
			there[e] = true
			missing = append(missing, e)
		}
	}
	own := linkEnds{"incident", "incident", link.DuplicateOf, double.ID, target.ID}
	if !there[own] {
		missing = append(missing, own)
	}
	if len(missing) == 0 {
		return nil
	}
	made, err := db.From(ctx).Link.MapCreateBulk(missing, func(c *ent.LinkCreate, i int) {
		c.SetFromKind(missing[i].fromKind).SetFromID(missing[i].from).SetToKind(missing[i].toKind).SetToID(missing[i].to).SetType(missing[i].typ)
	}).Save(ctx)
	for _, l := range made {
		taken.Links = append(taken.Links, l.ID)
	}
	return err
}

// handOverWatchers lets those who watch the duplicate watch the target too.
func handOverWatchers(ctx context.Context, double, target *ent.Incident, taken *takenOver) error {
	rows, err := db.From(ctx).Watch.Query().Where(watch.RecordKind("incident"), watch.RecordIDIn(double.ID, target.ID)).Order(watch.ByID()).All(ctx)
	if err != nil {
		return err
	}
	watching := map[uuid.UUID]bool{}
	for _, w := range rows {
		watching[w.UserID] = watching[w.UserID] || w.RecordID == target.ID
	}
	var missing []uuid.UUID
	for _, w := range rows {
		if !watching[w.UserID] {
			missing = append(missing, w.UserID)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	made, err := db.From(ctx).Watch.MapCreateBulk(missing, func(c *ent.WatchCreate, i int) {
		c.SetRecordKind("incident").SetRecordID(target.ID).SetUserID(missing[i])
	}).Save(ctx)
	for _, w := range made {
		taken.Watches = append(taken.Watches, w.ID)
	}
	return err
}

// handOverParts makes the duplicate's parts the target's. The target may be beneath the duplicate itself: then it moves
// up to where the duplicate was, before the parts move.
func handOverParts(ctx context.Context, double, target *ent.Incident, taken *takenOver) error {
	under, err := beneath(ctx, target, double.ID)
	if err != nil {
		return err
	}
	if under {
		taken.Moved, taken.Was = true, target.ParentID
		if err := moveUnder(ctx, target, double.ParentID); err != nil {
			return err
		}
	}
	parts, err := db.From(ctx).Incident.Query().Where(incident.ParentID(double.ID), incident.IDNEQ(target.ID), db.Locked).Order(incident.ByID()).All(ctx)
	if err != nil {
		return err
	}
	for _, p := range parts {
		taken.Parts = append(taken.Parts, p.ID)
		if err := moveUnder(ctx, p, &target.ID); err != nil {
			return err
		}
	}
	return nil
}

// moveUnder gives an incident another parent, or none, also where it has ended: what it is a part of was not judged
// anew.
func moveUnder(ctx context.Context, row *ent.Incident, parent *uuid.UUID) error {
	as := viewer.As(ctx, viewer.Merger)
	u := db.From(as).Incident.UpdateOneID(row.ID).ClearParentID()
	if parent != nil {
		u = db.From(as).Incident.UpdateOneID(row.ID).SetParentID(*parent)
	}
	after, err := u.Save(as)
	if err != nil {
		return err
	}
	return tellParents(ctx, row, after)
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
