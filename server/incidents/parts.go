package incidents

import (
	"context"
	"encoding/json"
	"strconv"
	"time"

	"github.com/google/uuid"

	"github.com/holdfast-platform/holdfast/ent/viewer"
	"github.com/holdfast-platform/holdfast/gen/ent"
	"github.com/holdfast-platform/holdfast/gen/ent/incident"
	incidentsv1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/incidents/v1"
	"github.com/holdfast-platform/holdfast/server/internal/db"
	"github.com/holdfast-platform/holdfast/server/internal/fault"
	"github.com/holdfast-platform/holdfast/server/internal/flow"
)

// endParts asks what is to become of the parts that are still open when an incident is closed or cancelled: they end
// along, or the caller says why not.
func (x *change) endParts(ctx context.Context, to string) error {
	parts, err := openParts(ctx, x.before.ID)
	if err != nil || len(parts) == 0 {
		return err
	}
	switch {
	case x.in.GetCloseParts():
	case x.in.GetReason() != "":
		return nil
	default:
		return fault.Conflict("open_parts", "%d parts are still open: set close_parts to end them along, or give a reason", len(parts)).
			With("count", strconv.Itoa(len(parts)))
	}
	for _, p := range parts {
		try := flow.Try{From: p.Status, To: to, By: "close_parts"}
		if to == "cancelled" {
			try = flow.Try{From: p.Status, To: to, Has: func(string) bool { return true }} // the reason is the parent's
		}
		if err := flow.Incident.Check(viewer.From(ctx), try); err != nil {
			return err
		}
	}
	x.ends = parts
	return nil
}

// openParts are the open incidents beneath one, over however many steps, which are held until the transaction ends.
func openParts(ctx context.Context, id uuid.UUID) ([]*ent.Incident, error) {
	var out []*ent.Incident
	seen := map[uuid.UUID]bool{id: true}
	for level := []uuid.UUID{id}; len(level) > 0; {
		rows, err := db.From(ctx).Incident.Query().Where(incident.ParentIDIn(level...), incident.StatusIn(flow.OpenIncident...), db.Locked).
			Order(incident.ByID()).All(ctx)
		if err != nil {
			return nil, err
		}
		level = nil
		for _, r := range rows {
			if !seen[r.ID] {
				seen[r.ID] = true
				out, level = append(out, r), append(level, r.ID)
			}
		}
	}
	return out, nil
}

// saved does what goes with a change that is stored: its parts end with it, and its parent shows what became of it.
func (x *change) saved(ctx context.Context, after *ent.Incident) error {
	for _, p := range x.ends {
		if err := endPart(ctx, p, after, x.now); err != nil {
			return err
		}
	}
	return tellParents(ctx, x.before, after)
}

// tellParents notes with an incident's parent that it has become a part of it, is one no longer, or went to another
// status. before is nil for a new incident.
func tellParents(ctx context.Context, before, after *ent.Incident) error {
	was, is := uuid.Nil, uuid.Nil
	if before != nil && before.ParentID != nil {
		was = *before.ParentID
	}
	if after.ParentID != nil {
		is = *after.ParentID
	}
	if was == is {
		if is == uuid.Nil || before.Status == after.Status {
			return nil
		}
		return tellParent(ctx, is, "incident.part_moved", before, after)
	}
	if was != uuid.Nil {
		if err := tellParent(ctx, was, "incident.part_removed", before, after); err != nil {
			return err
		}
	}
	if is == uuid.Nil {
		return nil
	}
	return tellParent(ctx, is, "incident.part_added", before, after)
}

// tellParent writes the line. Its fields are called otherwise than the parent's own, which the parent's clocks and
// those who watch it go by.
func tellParent(ctx context.Context, id uuid.UUID, action string, before, after *ent.Incident) error {
	parent, err := db.From(ctx).Incident.Get(viewer.As(ctx, viewer.Guard), id)
	if err != nil {
		return err
	}
	changes := map[string]db.Values{"part": values(nil, after.ID), "part_number": values(nil, db.Short(kind, after.Number))}
	if action == "incident.part_moved" {
		changes["part_status"] = values(before.Status, after.Status)
	}
	return db.Note(ctx, db.Event{Action: action, Kind: "incident", RecordID: parent.ID, Label: parent.Title, Number: parent.Number, Changes: changes})
}

// values are what a line says of a field.
func values(before, after any) db.Values {
	return db.Values{Old: raw(before), New: raw(after)}
}

// raw is a text, an id or nothing as JSON, which can't fail.
func raw(value any) json.RawMessage {
	out, err := json.Marshal(value)
	if err != nil {
		return json.RawMessage("null")
	}
	return out
}

// endPart ends a part with its parent, whose resolution is its own then.
func endPart(ctx context.Context, part, parent *ent.Incident, now time.Time) error {
	call := *viewer.CallOf(ctx)
	call.Reason = parent.Status + " with " + db.Short(kind, parent.Number)
	ctx = viewer.WithCall(ctx, &call)
	u := db.From(ctx).Incident.UpdateOneID(part.ID).SetStatus(parent.Status).SetClosedAt(now).ClearOnHoldReason()
	x := &change{m: u.Mutation(), before: part, in: &incidentsv1.Incident{}, now: now}
	if parent.Status == "closed" {
		if err := x.resolve(ctx); err != nil {
			return err
		}
		u.ClearAutoCloseAt().SetNillableResolutionCode(parent.ResolutionCode).SetResolutionNote("Closed with " + db.Short(kind, parent.Number) + ".")
	}
	if err := x.rejudge(ctx, nil); err != nil {
		return err
	}
	after, err := u.Save(ctx)
	if err != nil {
		return err
	}
	return tellParents(ctx, part, after)
}
