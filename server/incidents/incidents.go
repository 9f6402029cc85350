// Package incidents keeps incidents: unplanned interruptions of a service, or falls in its quality (ITIL). An incident
// goes by the state table of the workshop flow, gets its priority from the tenant's matrix, and is judged by the
// service policy that was in force when it was made or when its priority last changed.
package incidents

import (
	"context"

	"entgo.io/ent/dialect/sql"
	"github.com/google/uuid"
	"google.golang.org/protobuf/types/known/emptypb"

	"github.com/holdfast-platform/holdfast/gen/ent"
	commentsv1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/comments/v1"
	incidentsv1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/incidents/v1"
	typev1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/type/v1"
	"github.com/holdfast-platform/holdfast/server/internal/api"
	"github.com/holdfast-platform/holdfast/server/internal/bulk"
	"github.com/holdfast-platform/holdfast/server/internal/clock"
	"github.com/holdfast-platform/holdfast/server/internal/comment"
	"github.com/holdfast-platform/holdfast/server/internal/db"
	"github.com/holdfast-platform/holdfast/server/internal/dependents"
	"github.com/holdfast-platform/holdfast/server/internal/journal"
	"github.com/holdfast-platform/holdfast/server/internal/link"
)

const kind = "Incident"

var listTable = api.Declare(api.Table{
	Kind: kind, Request: (*incidentsv1.ListIncidentsRequest)(nil), Item: (*incidentsv1.Incident)(nil),
	Filters: api.Filters(
		api.Columns("status", "priority", "severity", "category", "site_id", "assignee_id", "team_id", "reporter_id", "parent_id", "is_major", "number"),
		api.Folded("title"),
		api.Filter{Name: "asset_id", Match: api.Linked, Link: link.Affects, To: ent.KindAsset},
		api.Either("open", func(context.Context) func(*sql.Selector) { return sql.FieldIn("status", openStatuses...) }),
		api.Filter{Name: "assigned", Match: api.Present, Column: "assignee_id"},
		api.Either("breached", breached),
		api.Filter{Name: "created_from", Match: api.Since, Column: "created_at"},
		api.Filter{Name: "created_until", Match: api.Before, Column: "created_at"},
		api.Filter{Name: "due_before", Match: api.Before, Column: "resolve_due_at"},
	),
	Sorts: api.Sorts{
		"title": "title_fold", "priority": "priority", "severity": "severity_rank", "status": "status", "response_due_at": "response_due_at",
		"resolve_due_at": "resolve_due_at", "resolved_at": "resolved_at", "closed_at": "closed_at",
	},
})

// Service keeps incidents.
type Service struct {
	// Detach takes away what hangs on an incident that is deleted.
	Detach dependents.Detacher
}

// ListIncidents answers one page of incidents.
func (Service) ListIncidents(ctx context.Context, in *incidentsv1.ListIncidentsRequest) (*incidentsv1.ListIncidentsResponse, error) {
	l, err := api.List(ctx, in, listTable)
	if err != nil {
		return nil, err
	}
	rows, err := api.All(ctx, l, db.From(ctx).Incident.Query().Where(l.Page(), withAssets).All)
	if err != nil {
		return nil, err
	}
	out := &incidentsv1.ListIncidentsResponse{}
	if out.Items, err = incidentMessages(ctx, rows...); err != nil {
		return nil, err
	}
	return out, l.Fill(ctx, out)
}

// CreateIncident opens an incident.
func (Service) CreateIncident(ctx context.Context, in *incidentsv1.CreateIncidentRequest) (*incidentsv1.Incident, error) {
	ctx = clock.Still(ctx) // what is judged now and what the history says must be the same instant
	c := db.From(ctx).Incident.Create()
	x := &change{m: c.Mutation(), in: in.GetIncident(), k: api.MaskOf(in), now: clock.Now(ctx)}
	if err := x.begin(ctx); err != nil {
		return nil, err
	}
	made, err := c.Save(ctx)
	if err != nil {
		return nil, err
	}
	if err := x.affect(ctx, made.ID); err != nil {
		return nil, err
	}
	if err := tellParents(ctx, nil, made); err != nil {
		return nil, err
	}
	out, err := messagesWith(ctx, func(*ent.Incident) []uuid.UUID { return x.assets }, made)
	if err != nil {
		return nil, err
	}
	return out[0], nil
}

// GetIncident answers one incident.
func (Service) GetIncident(ctx context.Context, in *incidentsv1.GetIncidentRequest) (*incidentsv1.Incident, error) {
	return api.Answer(ctx, incidentMessages)(db.From(ctx).Incident.Query().Where(api.ByID(kind, in.GetId()), withAssets).Only(ctx))
}

// UpdateIncident changes the fields the mask names.
func (Service) UpdateIncident(ctx context.Context, in *incidentsv1.UpdateIncidentRequest) (*incidentsv1.Incident, error) {
	row, err := update(ctx, in)
	if err != nil {
		return nil, err
	}
	return single(ctx, row)
}

// BulkUpdateIncidents changes many incidents in the same way.
func (Service) BulkUpdateIncidents(ctx context.Context, in *incidentsv1.BulkUpdateIncidentsRequest) (*typev1.BulkResult, error) {
	return bulk.Update(ctx, in, listTable, in.GetSet(), func(ctx context.Context, set *incidentsv1.Incident) (*ent.Incident, error) {
		return update(ctx, &incidentsv1.UpdateIncidentRequest{Incident: set, UpdateMask: in.GetUpdateMask()})
	})
}

// update changes one incident.
func update(ctx context.Context, in *incidentsv1.UpdateIncidentRequest) (*ent.Incident, error) {
	ctx = clock.Still(ctx)
	before, err := hold(ctx, in.GetIncident().GetId())
	if err != nil {
		return nil, err
	}
	u := db.From(ctx).Incident.UpdateOneID(before.ID)
	x := &change{m: u.Mutation(), before: before, in: in.GetIncident(), k: api.MaskOf(in), now: clock.Now(ctx)}
	if err := x.alter(ctx); err != nil {
		return nil, err
	}
	after, err := u.Save(ctx)
	if err != nil {
		return nil, err
	}
	if err := x.affect(ctx, after.ID); err != nil {
		return nil, err
	}
	return after, x.saved(ctx, after)
}

// DeleteIncident deletes an incident with what hangs on it, unless others are its parts or duplicates.
func (s Service) DeleteIncident(ctx context.Context, in *incidentsv1.DeleteIncidentRequest) (*emptypb.Empty, error) {
	row, err := hold(ctx, in.GetId())
	if err != nil {
		return nil, err
	}
	if err := dependents.Unused(ctx, kind, row.ID); err != nil {
		return nil, err
	}
	if err := s.Detach.From(ctx, ent.KindIncident, row.ID); err != nil {
		return nil, err
	}
	return &emptypb.Empty{}, db.From(ctx).Incident.DeleteOneID(row.ID).Exec(ctx)
}

// AddIncidentComment says something about an incident.
func (Service) AddIncidentComment(ctx context.Context, in *incidentsv1.AddIncidentCommentRequest) (*commentsv1.Comment, error) {
	id, err := db.ID(ctx, kind, in.GetId())
	if err != nil {
		return nil, err
	}
	k, n := api.MaskOf(in), comment.New{Kind: ent.KindIncident, RecordID: id, Body: in.GetBody(), Internal: in.GetInternal()}
	api.UUIDs(k, "mentions", in.GetMentions(), func(ids []uuid.UUID) { n.Mentions = ids })
	if err := k.Err(); err != nil {
		return nil, err
	}
	return api.Answer(ctx, comment.Messages)(comment.Add(ctx, n))
}

// PromoteIncident makes a major incident of it.
func (Service) PromoteIncident(ctx context.Context, in *incidentsv1.PromoteIncidentRequest) (*incidentsv1.Incident, error) {
	row, err := hold(ctx, in.GetId())
	if err != nil {
		return nil, err
	}
	if err := open(row); err != nil && !row.IsMajor {
		return nil, err
	}
	row, err = db.From(ctx).Incident.UpdateOneID(row.ID).SetIsMajor(true).Save(ctx)
	if err != nil {
		return nil, err
	}
	return single(ctx, row)
}

// ListIncidentHistory answers what was changed, field by field, newest first.
func (Service) ListIncidentHistory(ctx context.Context, in *incidentsv1.ListIncidentHistoryRequest) (*incidentsv1.ListIncidentHistoryResponse, error) {
	id, err := db.From(ctx).Incident.Query().Where(api.ByID(kind, in.GetId())).OnlyID(ctx)
	if err != nil {
		return nil, err
	}
	out := &incidentsv1.ListIncidentHistoryResponse{}
	return out, journal.History(ctx, ent.KindIncident, id, in, out)
}

// hold reads an incident that is about to change, and keeps others from changing it until the transaction ends: what is
// decided from it holds.
func hold(ctx context.Context, id string) (*ent.Incident, error) {
	return db.From(ctx).Incident.Query().Where(api.ByID(kind, id), db.Locked).Only(ctx)
}
