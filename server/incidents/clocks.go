package incidents

import (
	"context"
	"encoding/json"
	"time"

	"github.com/holdfast-platform/holdfast/ent/viewer"
	"github.com/holdfast-platform/holdfast/gen/ent"
	"github.com/holdfast-platform/holdfast/server/internal/db"
	"github.com/holdfast-platform/holdfast/server/internal/servicepolicy"
	"github.com/holdfast-platform/holdfast/server/internal/sla"
)

// rejudge reads the clocks anew, over the whole history and what is about to be added to it; policy is nil when it
// stays the same.
func (x *change) rejudge(ctx context.Context, policy *sla.Policy) error {
	entries, err := history(ctx, x.before)
	if err != nil {
		return err
	}
	next := entries[len(entries)-1]
	next.At = x.now
	if status, ok := x.m.Status(); ok {
		next.Status = status
		next.Why, _ = x.m.OnHoldReason()
	}
	if priority, ok := x.m.Priority(); ok {
		next.Priority = priority
	}
	if policy != nil {
		next.Policy = policy
	}
	response, resolve := x.judge(append(entries, next))
	// What the clock's work did not come to tell yet, or what a new priority brings to light, is told with the change.
	return tell(viewer.In(ctx, x.before.TenantID, viewer.SLAClock), x.before, x.m, response, resolve)
}

// judge notes what the clocks show now: the due times are a cache of that.
func (x *change) judge(entries []sla.Entry) (response, resolve *sla.Verdict) {
	response, resolve = sla.IncidentResponse.Judge(entries, x.now), sla.IncidentResolve.Judge(entries, x.now)
	note(response, x.m.SetResponseDueAt, x.m.ClearResponseDueAt, x.m.SetResponseWarned)
	note(resolve, x.m.SetResolveDueAt, x.m.ClearResolveDueAt, x.m.SetResolveWarned)
	next := sla.Next(x.now, response, resolve) // when the clock's work must look at it again
	if at, ok := x.m.AutoCloseAt(); ok {
		next = at
	} else if b := x.before; b != nil && b.AutoCloseAt != nil && !x.m.AutoCloseAtCleared() {
		next = *b.AutoCloseAt
	}
	if next.IsZero() {
		x.m.ClearTimerAt()
	} else {
		x.m.SetTimerAt(next)
	}
	return response, resolve
}

// note writes one clock. A breach that was told is never unsaid, a warning stays noted as long as it holds; what was
// not told is noted when it is.
func note(v *sla.Verdict, due func(time.Time), undue func(), warned func(bool)) {
	if v == nil || v.DueAt.IsZero() {
		undue()
	} else {
		due(v.DueAt.Truncate(time.Microsecond))
	}
	if v == nil || !v.Warned {
		warned(false)
	}
}

// history is what an incident was, from its beginning on, as the journal has it.
func history(ctx context.Context, row *ent.Incident) ([]sla.Entry, error) {
	rows, err := db.SQL(ctx).QueryContext(ctx, `SELECT at, changes FROM journal WHERE tenant_id = $1 AND record_id = $2 AND kind = 'incident' ORDER BY seq`,
		row.TenantID, row.ID)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var past []state
	for rows.Next() {
		var at time.Time
		var text *string
		if err := rows.Scan(&at, &text); err != nil {
			return nil, err
		}
		changes := map[string]db.Values{}
		if text != nil {
			if err := json.Unmarshal([]byte(*text), &changes); err != nil {
				return nil, err
			}
		}
		if s, ok := follow(past, at.UTC(), changes); ok {
			past = append(past, s)
		}
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	if err := rows.Close(); err != nil { // the policies need the connection
		return nil, err
	}
	if len(past) == 0 { // it came without a history
		past = []state{{row.CreatedAt, row.Status, "", row.Priority, row.PolicyRevision}}
	}
	return entries(ctx, past)
}

// state is an entry of the history with the number of its policy.
type state struct {
	at          time.Time
	status, why string
	priority    int32
	revision    int32
}

// follow is what came of a line; false when it says nothing that clocks care about.
func follow(past []state, at time.Time, changes map[string]db.Values) (state, bool) {
	s := state{at: at}
	if n := len(past); n > 0 {
		s.status, s.why, s.priority, s.revision = past[n-1].status, past[n-1].why, past[n-1].priority, past[n-1].revision
	}
	found := false
	for field, into := range map[string]any{"status": &s.status, "priority": &s.priority, "policy_revision": &s.revision} {
		if v, ok := changes[field]; ok && json.Unmarshal(v.New, into) == nil && string(v.New) != "null" {
			found = true
		}
	}
	if v, ok := changes["on_hold_reason"]; ok {
		s.why = ""
		found = json.Unmarshal(v.New, &s.why) == nil || found
	}
	return s, found && s.status != ""
}

func entries(ctx context.Context, past []state) ([]sla.Entry, error) {
	numbers := make([]int32, len(past))
	for i, s := range past {
		numbers[i] = s.revision
	}
	policies, err := servicepolicy.Revisions(ctx, numbers...)
	if err != nil {
		return nil, err
	}
	out := make([]sla.Entry, len(past))
	for i, s := range past {
		out[i] = sla.Entry{At: s.at, Status: s.status, Why: s.why, Priority: s.priority, Policy: policies[s.revision]}
	}
	return out, nil
}
