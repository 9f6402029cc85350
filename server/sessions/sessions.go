// Package sessions keeps the security reviews.
package sessions

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/holdfast-platform/holdfast/gen/ent"
	sessionsv1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/sessions/v1"
	typev1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/type/v1"
	"github.com/holdfast-platform/holdfast/server/internal/api"
	"github.com/holdfast-platform/holdfast/server/internal/bulk"
	"github.com/holdfast-platform/holdfast/server/internal/db"
	"github.com/holdfast-platform/holdfast/server/internal/fault"
	"github.com/holdfast-platform/holdfast/server/internal/journal"
	"github.com/holdfast-platform/holdfast/server/internal/reviewer"
	"github.com/holdfast-platform/holdfast/server/internal/vocabulary"
)

const kind = "Session"

// Service keeps sessions.
type Service struct{}

var listTable = api.Declare(api.Table{
	Kind: kind, Request: (*sessionsv1.ListSessionsRequest)(nil), Item: (*sessionsv1.Session)(nil),
	Filters: api.Filters(api.Columns("asset_id", "client_id", "reviewer_id", "status"), api.Folded("name")),
	Sorts:   api.Sorts{"": "-review_date", "name": "name_fold", "review_date": "review_date"},
})

// ListSessions answers one page of sessions.
func (Service) ListSessions(ctx context.Context, in *sessionsv1.ListSessionsRequest) (*sessionsv1.ListSessionsResponse, error) {
	l, err := api.List(ctx, in, listTable)
	if err != nil {
		return nil, err
	}
	rows, err := api.All(ctx, l, db.From(ctx).Session.Query().Where(l.Page()).All)
	if err != nil {
		return nil, err
	}
	items, err := sessionMessages(ctx, rows...)
	if err != nil {
		return nil, err
	}
	out := &sessionsv1.ListSessionsResponse{Items: items}
	return out, l.Fill(ctx, out)
}

// CreateSession makes a session; its client is the asset's.
func (Service) CreateSession(ctx context.Context, in *sessionsv1.CreateSessionRequest) (*sessionsv1.Session, error) {
	c, k := db.From(ctx).Session.Create(), api.MaskOf(in)
	m := c.Mutation()
	api.Required(k, "asset_id", in.GetSession().GetAssetId(), m.SetAssetID)
	required(k, "name", in.GetSession().GetName())
	required(k, "review_date", in.GetSession().GetReviewDate())
	required(k, "reviewer_id", in.GetSession().GetReviewerId())
	if err := fillSession(ctx, m, in.GetSession(), k); err != nil {
		return nil, err
	}
	id, _ := m.AssetID()
	assets, err := db.Labels(ctx, "Asset", []uuid.UUID{id})
	if err != nil {
		return nil, err
	}
	if asset := assets[id]; asset != nil { // without it, the guards say so
		c.SetNillableClientID(asset.Client())
	}
	return api.Answer(ctx, sessionMessages)(c.Save(ctx))
}

// required notes that a field is missing from a new session.
func required(k *api.Mask, field, value string) {
	if value == "" {
		k.Fault(field, "must not be empty")
	}
}

// GetSession answers one session.
func (Service) GetSession(ctx context.Context, in *sessionsv1.GetSessionRequest) (*sessionsv1.Session, error) {
	return api.Answer(ctx, sessionMessages)(db.From(ctx).Session.Query().Where(api.ByID(kind, in.GetId())).Only(ctx))
}

// UpdateSession changes the fields the mask names. The asset stays as it is.
func (Service) UpdateSession(ctx context.Context, in *sessionsv1.UpdateSessionRequest) (*sessionsv1.Session, error) {
	return api.Answer(ctx, sessionMessages)(update(ctx, in))
}

// BulkUpdateSessions changes many sessions in the same way.
func (Service) BulkUpdateSessions(ctx context.Context, in *sessionsv1.BulkUpdateSessionsRequest) (*typev1.BulkResult, error) {
	return bulk.Update(ctx, in, listTable, in.GetSet(), func(ctx context.Context, set *sessionsv1.Session) (*ent.Session, error) {
		return update(ctx, &sessionsv1.UpdateSessionRequest{Session: set, UpdateMask: in.GetUpdateMask()})
	})
}

// update changes one session.
func update(ctx context.Context, in *sessionsv1.UpdateSessionRequest) (*ent.Session, error) {
	id, err := db.ID(ctx, kind, in.GetSession().GetId())
	if err != nil {
		return nil, err
	}
	u, k := db.From(ctx).Session.UpdateOneID(id), api.MaskOf(in)
	if k.Has("asset_id") && (k.Names("asset_id") || in.GetSession().GetAssetId() != "") {
		now, err := db.From(ctx).Session.Get(ctx, id)
		if err != nil {
			return nil, err
		}
		if now.AssetID.String() != in.GetSession().GetAssetId() {
			return nil, fault.Conflict("immutable", "asset_id: the asset of a session never changes")
		}
	}
	if err := fillSession(ctx, u.Mutation(), in.GetSession(), k); err != nil {
		return nil, err
	}
	return u.Save(ctx)
}

// ListSessionHistory answers what changed, field by field, newest first.
func (Service) ListSessionHistory(ctx context.Context, in *sessionsv1.ListSessionHistoryRequest) (*sessionsv1.ListSessionHistoryResponse, error) {
	id, err := db.From(ctx).Session.Query().Where(api.ByID(kind, in.GetId())).OnlyID(ctx)
	if err != nil {
		return nil, err
	}
	out := &sessionsv1.ListSessionHistoryResponse{}
	return out, journal.History(ctx, ent.Kinds[kind].API, id, in, out)
}

// fillSession serves create and update.
func fillSession(ctx context.Context, m *ent.SessionMutation, in *sessionsv1.Session, k *api.Mask) error {
	api.Set(k, "name", in.GetName(), m.SetName)
	api.Set(k, "review_date", in.GetReviewDate(), func(date string) {
		if _, err := time.Parse(time.DateOnly, date); err != nil {
			k.Fault("review_date", "must be a day of the calendar, YYYY-MM-DD")
		}
		m.SetReviewDate(date)
	})
	api.UUID(k, "reviewer_id", text(in.GetReviewerId()), m.SetReviewerID, func() { k.Fault("reviewer_id", "must not be empty") })
	api.Set(k, "status", in.GetStatus(), m.SetStatus)
	api.Opt(k, "scope", in.Scope, m.SetScope, m.ClearScope)
	api.Opt(k, "notes", in.Notes, m.SetNotes, m.ClearNotes)
	if err := k.Err(); err != nil {
		return err
	}
	if err := status(ctx, m); err != nil {
		return err
	}
	return leads(ctx, m)
}

// status holds the status against the tenant's words; a new session without one gets "planned", or the first word there
// is.
func status(ctx context.Context, m *ent.SessionMutation) error {
	words, err := vocabulary.Current(ctx)
	if err != nil {
		return err
	}
	word, ok := m.Status()
	if !ok && m.Op().Is(ent.OpCreate) {
		word = words.Default(vocabulary.SessionStatus, "planned")
		m.SetStatus(word)
	}
	return vocabulary.Set(ctx, vocabulary.SessionStatus, "status", word, m.OldStatus)
}

// leads refuses a reviewer who may not lead a review, but keeps one who has been it before.
func leads(ctx context.Context, m *ent.SessionMutation) error {
	person, ok := m.ReviewerID()
	if !ok {
		return nil
	}
	may, err := reviewer.May(ctx, person)
	if err != nil || may {
		return err
	}
	if old, err := m.OldReviewerID(ctx); err == nil && old == person {
		return nil
	}
	members, err := db.Labels(ctx, "User", []uuid.UUID{person})
	if err == nil && members[person] != nil {
		err = fault.Invalid("reviewer_id", "must be an active member who may lead reviews")
	}
	return err // somebody who is no member at all is refused by the guards
}

func text(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// sessionMessages is what callers see of sessions.
func sessionMessages(ctx context.Context, rows ...*ent.Session) ([]*sessionsv1.Session, error) {
	out, refs := make([]*sessionsv1.Session, len(rows)), api.RefsOf(ctx)
	words, err := vocabulary.Current(ctx)
	if err != nil {
		return nil, err
	}
	for i, r := range rows {
		out[i] = &sessionsv1.Session{
			Id: r.ID.String(), Version: r.Version, CreatedAt: api.At(r.CreatedAt), UpdatedAt: api.At(r.UpdatedAt),
			AssetId: r.AssetID.String(), ClientId: api.IDOpt(r.ClientID), Name: r.Name, ReviewDate: r.ReviewDate,
			ReviewerId: r.ReviewerID.String(), Status: r.Status, StatusWord: words.Word(vocabulary.SessionStatus, r.Status), Scope: r.Scope, Notes: r.Notes,
		}
		refs.Want(&out[i].Asset, "Asset", &r.AssetID)
		refs.Want(&out[i].Client, "Customer", r.ClientID)
		refs.Want(&out[i].Reviewer, "User", &r.ReviewerID)
	}
	return out, refs.Load()
}
