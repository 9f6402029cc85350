package incidents

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/holdfast-platform/holdfast/ent/viewer"
	"github.com/holdfast-platform/holdfast/gen/ent"
	"github.com/holdfast-platform/holdfast/gen/ent/incident"
	"github.com/holdfast-platform/holdfast/server/internal/db"
	"github.com/holdfast-platform/holdfast/server/internal/flow"
)

const day = 24 * time.Hour

// move makes a change of status, if there is one, with everything that goes with it.
func (x *change) move(ctx context.Context) (bool, error) {
	b := x.before
	to, ok := x.m.Status()
	if !ok || to == b.Status {
		x.stay()
		return false, nil
	}
	try := flow.Try{From: b.Status, To: to, Barred: barred(b, x.now), Has: x.has}
	if err := flow.Incident.Check(viewer.From(ctx), try); err != nil {
		return false, err
	}
	if to != "on_hold" {
		x.m.ClearOnHoldReason()
	}
	switch to {
	case "acknowledged":
		x.m.SetAcknowledgedAt(x.now)
	case "in_progress":
		if b.Status == "resolved" || b.Status == "closed" { // reopened: what ended it did not
			x.m.ClearClosedAt()
			x.m.ClearResolvedAt()
			x.m.ClearReopenUntil()
			x.m.ClearAutoCloseAt()
			x.m.ClearResolutionCode()
			x.m.ClearResolutionNote()
		}
	case "resolved":
		return true, x.resolve(ctx)
	case "closed", "cancelled": // a closed one stays reopenable as long as its resolution has promised
		x.m.SetClosedAt(x.now)
		x.m.ClearAutoCloseAt()
		return true, x.endParts(ctx, to)
	}
	return true, nil
}

// has tells whether a field that a move demands would have a value after it. What was there before does not count for a
// hold: each one has its own reason.
func (x *change) has(field string) bool {
	switch field {
	case "reason":
		return x.in.GetReason() != ""
	case "on_hold_reason":
		_, set := x.m.OnHoldReason()
		return set
	case "resolution_code":
		_, set := x.m.ResolutionCode()
		return set || x.kept(field, x.before.ResolutionCode)
	case "resolution_note":
		_, set := x.m.ResolutionNote()
		return set || x.kept(field, x.before.ResolutionNote)
	}
	return false
}

func (x *change) kept(field string, value *string) bool {
	return value != nil && !x.m.FieldCleared(field)
}

// stay keeps what a status demanded when it was reached.
func (x *change) stay() {
	b := x.before
	if _, set := x.m.OnHoldReason(); set && b.Status != "on_hold" {
		x.k.Fault("on_hold_reason", "is for incidents on hold")
	}
	ended := b.Status == "resolved" || b.Status == "closed" && b.DuplicateOfID == nil
	for field, kept := range map[string]bool{"on_hold_reason": b.Status == "on_hold", "resolution_code": ended, "resolution_note": ended} {
		if kept && x.m.FieldCleared(field) {
			x.k.Fault(field, "must not be empty while it is "+b.Status)
		}
	}
}

// resolve notes until when the incident can be reopened, and when it closes by itself, as the tenant has it today. The
// two do not limit each other: what closes by itself can still be reopened until then.
func (x *change) resolve(ctx context.Context) error {
	x.m.SetResolvedAt(x.now)
	reopen, autoClose := int32(7), int32(7)
	row, err := db.From(ctx).Setting.Query().Only(viewer.As(ctx, viewer.PolicyReader))
	switch {
	case err == nil:
		reopen, autoClose = row.ReopenWindowDays, row.AutoCloseDays
	case !ent.IsNotFound(err):
		return err
	}
	if reopen > 0 {
		x.m.SetReopenUntil(x.now.Add(time.Duration(reopen) * day))
	}
	if autoClose > 0 {
		x.m.SetAutoCloseAt(x.now.Add(time.Duration(autoClose) * day))
	}
	return nil
}

// parentOf is nil at the top; an incident that is not there has none either, the guards refuse it. It holds the
// incident, so that nobody closes a circle meanwhile.
func parentOf(ctx context.Context, id uuid.UUID) (*uuid.UUID, error) {
	row, err := db.From(ctx).Incident.Query().Where(incident.ID(id), db.Locked).Only(ctx)
	if ent.IsNotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return row.ParentID, nil
}
