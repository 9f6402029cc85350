package incidents

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/google/uuid"

	"github.com/holdfast-platform/holdfast/ent/viewer"
	"github.com/holdfast-platform/holdfast/gen/ent"
	"github.com/holdfast-platform/holdfast/gen/ent/incident"
	"github.com/holdfast-platform/holdfast/server/internal/clock"
	"github.com/holdfast-platform/holdfast/server/internal/db"
	"github.com/holdfast-platform/holdfast/server/internal/job"
	"github.com/holdfast-platform/holdfast/server/internal/sla"
)

// Works are what happens to incidents by the clock: warnings at 75 % of a target, breaches, and the closing of what
// stayed resolved.
func Works() []job.Work {
	return []job.Work{{
		Name:  "incidents.clock",
		Every: time.Second,
		Due: func(ctx context.Context) (bool, error) {
			ctx = db.System(ctx, viewer.SLAWatch)
			return db.From(ctx).Incident.Query().Where(incident.TimerAtLTE(clock.Now(ctx))).Exist(ctx)
		},
		Do: func(ctx context.Context, _ json.RawMessage) error { return Sweep(ctx) },
	}}
}

// batch is how many incidents are read at once.
const batch = 200

// Sweep looks after every incident, of all tenants, whose time has come. Each one is a transaction of its own: what
// fails does not hold up the others, and is tried again the next time.
func Sweep(ctx context.Context) error {
	var errs []error
	var last time.Time
	failed := map[uuid.UUID]bool{}
	for {
		system := db.System(ctx, viewer.SLAWatch)
		rows, err := db.From(system).Incident.Query().
			Where(incident.TimerAtLTE(clock.Now(ctx)), incident.TimerAtGTE(last)).
			Order(incident.ByTimerAt(), incident.ByID()).Limit(batch + len(failed)).All(system)
		if err != nil {
			return errors.Join(append(errs, err)...)
		}
		done := 0
		for _, row := range rows {
			if failed[row.ID] {
				continue
			}
			done++
			last = *row.TimerAt
			if err := look(ctx, row.TenantID, row.ID); err != nil {
				failed[row.ID] = true
				errs = append(errs, err)
			}
			if ctx.Err() != nil {
				return errors.Join(append(errs, ctx.Err())...)
			}
		}
		if done == 0 || len(errs) >= batch {
			return errors.Join(errs...)
		}
	}
}

// look does what is due for one incident. It reads it again and holds it: somebody may have been here before.
func look(ctx context.Context, tenant, id uuid.UUID) error {
	ctx = clock.Still(viewer.In(ctx, tenant, viewer.SLAClock))
	return db.Tx(ctx, func(ctx context.Context) error {
		now := clock.Now(ctx)
		row, err := db.From(ctx).Incident.Query().Where(incident.ID(id), db.Locked).Only(ctx)
		if ent.IsNotFound(err) {
			return nil
		}
		if err != nil {
			return err
		}
		if row.TimerAt == nil || row.TimerAt.After(now) {
			return nil
		}
		past, err := history(ctx, row)
		if err != nil {
			return err
		}
		u := db.From(ctx).Incident.UpdateOneID(row.ID)
		m := u.Mutation()
		response, resolve := sla.IncidentResponse.Judge(past, now), sla.IncidentResolve.Judge(past, now)
		if err := tell(ctx, row, m, response, resolve); err != nil {
			return err
		}
		next := sla.Next(now, response, resolve)
		as := ctx
		switch {
		case row.Status != "resolved" || row.AutoCloseAt == nil:
		case row.AutoCloseAt.After(now):
			next = *row.AutoCloseAt
		default:
			as = viewer.In(ctx, tenant, viewer.AutoClose)
			// it can be reopened as long as its resolution has promised
			u.SetStatus("closed").SetClosedAt(now).ClearAutoCloseAt()
		}
		if next.IsZero() {
			u.ClearTimerAt()
		} else {
			u.SetTimerAt(next)
		}
		after, err := u.Save(as)
		if err != nil {
			return err
		}
		return tellParents(as, row, after)
	})
}

// tell notes the breaches and warnings that nobody was told of yet; a breach makes its warning idle.
func tell(ctx context.Context, row *ent.Incident, m *ent.IncidentMutation, response, resolve *sla.Verdict) error {
	for _, c := range []struct {
		target           string
		v                *sla.Verdict
		breached, warned bool
		setBreached      func(bool)
		setWarned        func(bool)
	}{
		{"response", response, row.ResponseBreached, row.ResponseWarned, m.SetResponseBreached, m.SetResponseWarned},
		{"resolution", resolve, row.ResolveBreached, row.ResolveWarned, m.SetResolveBreached, m.SetResolveWarned},
	} {
		action := ""
		switch {
		case c.v == nil:
			continue
		case c.v.Breached && !c.breached:
			action = "incident.sla_breach"
			c.setBreached(true)
			c.setWarned(true)
		case c.v.Warned && !c.warned && !c.v.Breached && c.v.DoneAt.IsZero():
			action = "incident.sla_warning"
			c.setWarned(true)
		default:
			continue
		}
		detail := map[string]db.Values{}
		for field, value := range map[string]any{
			"target": c.target, "due_at": c.v.DueAt, "target_seconds": seconds(c.v.Target), "elapsed_seconds": seconds(c.v.Elapsed),
		} {
			text, err := json.Marshal(value)
			if err != nil {
				return err
			}
			detail[field] = db.Values{Old: json.RawMessage("null"), New: text}
		}
		err := db.Note(ctx, db.Event{Action: action, Kind: ent.KindIncident, RecordID: row.ID, Label: row.Title, Number: row.Number, Changes: detail})
		if err != nil {
			return err
		}
	}
	return nil
}
