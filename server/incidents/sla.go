package incidents

import (
	"context"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	incidentsv1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/incidents/v1"
	"github.com/holdfast-platform/holdfast/server/internal/api"
	"github.com/holdfast-platform/holdfast/server/internal/clock"
	"github.com/holdfast-platform/holdfast/server/internal/db"
	"github.com/holdfast-platform/holdfast/server/internal/fault"
	"github.com/holdfast-platform/holdfast/server/internal/sla"
)

// GetIncidentSla explains the clocks of an incident at an instant.
func (Service) GetIncidentSla(ctx context.Context, in *incidentsv1.GetIncidentSlaRequest) (*incidentsv1.IncidentSla, error) {
	row, err := db.From(ctx).Incident.Query().Where(api.ByID(kind, in.GetId())).Only(ctx)
	if err != nil {
		return nil, err
	}
	now := clock.Now(ctx)
	at := now
	if in.GetAt() != nil {
		if !in.GetAt().IsValid() {
			return nil, fault.Invalid("at", "must be a time")
		}
		at = in.GetAt().AsTime().UTC().Truncate(time.Microsecond)
	}
	if at.Before(row.CreatedAt) || at.After(now) {
		return nil, fault.Invalid("at", "must be from when the incident was made until now")
	}
	past, err := history(ctx, row)
	if err != nil {
		return nil, err
	}
	then := past[0]
	for _, e := range past {
		if !e.At.After(at) {
			then = e
		}
	}
	return &incidentsv1.IncidentSla{
		IncidentId: row.ID.String(), Number: db.Short(kind, row.Number), Priority: then.Priority, PolicyRevision: then.Policy.Revision, At: api.At(at),
		Response: dial(sla.IncidentResponse.Judge(past, at)), Resolve: dial(sla.IncidentResolve.Judge(past, at)),
	}, nil
}

// dial shows a clock.
func dial(v *sla.Verdict) *incidentsv1.SlaClock {
	if v == nil {
		return nil
	}
	out := &incidentsv1.SlaClock{
		State: v.State, TargetSeconds: seconds(v.Target), ElapsedSeconds: seconds(v.Elapsed), RemainingSeconds: seconds(v.Remaining()), Percent: v.Percent(),
		DueAt: moment(v.DueAt), Breached: v.Breached, BreachedAt: moment(v.BreachedAt), DoneAt: moment(v.DoneAt),
		Calendar: v.Calendar.Name(), TimeZone: v.Calendar.ZoneName(),
	}
	for _, i := range v.Intervals() {
		out.Intervals = append(out.Intervals, &incidentsv1.SlaInterval{
			From: api.At(i.From), Until: api.At(i.Until), Running: i.Running, CountedSeconds: seconds(i.Counted), Status: i.Status, Why: i.Why,
		})
	}
	return out
}

func moment(t time.Time) *timestamppb.Timestamp {
	if t.IsZero() {
		return nil
	}
	return api.At(t)
}

func seconds(d time.Duration) int32 { return int32(min(d/time.Second, 1<<31-1)) }
