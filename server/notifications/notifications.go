// Package notifications tells people what concerns them: that they were assigned or mentioned, that a record they watch
// changed its state, that a service level is about to break or has broken.
//
// Notifications are made by a consumer of the journal (see Consumer), never by the request that causes them. Nobody is
// told of their own act, nor of what they may not read; what happens to one record within a minute is one notification.
// Which events reach a person, and whether in the app or by mail, is their own choice (see wishes); mail is sent by a
// job (see Works).
package notifications

import (
	"context"

	"entgo.io/ent/dialect/sql"
	"github.com/google/uuid"
	"google.golang.org/protobuf/types/known/emptypb"

	"github.com/holdfast-platform/holdfast/ent/viewer"
	"github.com/holdfast-platform/holdfast/gen/ent"
	"github.com/holdfast-platform/holdfast/gen/ent/notification"
	notificationsv1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/notifications/v1"
	typev1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/type/v1"
	"github.com/holdfast-platform/holdfast/server/internal/api"
	"github.com/holdfast-platform/holdfast/server/internal/clock"
	"github.com/holdfast-platform/holdfast/server/internal/db"
	"github.com/holdfast-platform/holdfast/server/internal/fault"
	"github.com/holdfast-platform/holdfast/server/internal/vocabulary"
)

const kind = "Notification"

// badgeUpTo is how far the badge counts.
const badgeUpTo = 1000

// Service shows people their notifications.
type Service struct{}

var listTable = api.Declare(api.Table{
	Kind: kind, Request: (*notificationsv1.ListNotificationsRequest)(nil), Item: (*notificationsv1.Notification)(nil),
	Filters: api.Filters(
		api.Columns("cause", "record_kind"),
		api.Either("unread", func(context.Context) func(*sql.Selector) { return sql.FieldIsNull(notification.FieldReadAt) }),
	),
})

// ListNotifications answers one page of the caller's own notifications.
func (Service) ListNotifications(ctx context.Context, in *notificationsv1.ListNotificationsRequest) (*notificationsv1.ListNotificationsResponse, error) {
	l, err := api.List(ctx, in, listTable)
	if err != nil {
		return nil, err
	}
	l.Where(sql.FieldEQ(notification.FieldInApp, true)) // the others go by mail only
	rows, err := api.All(ctx, l, db.From(ctx).Notification.Query().Where(l.Page()).All)
	if err != nil {
		return nil, err
	}
	items, err := messages(ctx, rows...)
	if err != nil {
		return nil, err
	}
	out := &notificationsv1.ListNotificationsResponse{Items: items}
	return out, l.Fill(ctx, out)
}

// GetBadge counts the caller's unread notifications.
func (Service) GetBadge(ctx context.Context, _ *notificationsv1.GetBadgeRequest) (*notificationsv1.Badge, error) {
	n, err := db.Count(ctx, kind, badgeUpTo, sql.FieldIsNull(notification.FieldReadAt), sql.FieldEQ(notification.FieldInApp, true))
	return &notificationsv1.Badge{Unread: int32(n)}, err
}

// MarkRead marks the caller's notifications as read; those that are read already keep their time.
func (Service) MarkRead(ctx context.Context, in *notificationsv1.MarkReadRequest) (*emptypb.Empty, error) {
	u := db.From(ctx).Notification.Update().Where(notification.UserID(viewer.From(ctx).PersonID), notification.InApp(true), notification.ReadAtIsNil())
	switch {
	case in.GetAll() && len(in.GetIds()) > 0:
		return nil, fault.Invalid("ids", "not together with all")
	case !in.GetAll() && len(in.GetIds()) == 0:
		return nil, fault.Invalid("ids", "must name notifications, or all must be true")
	case !in.GetAll():
		ids := make([]uuid.UUID, len(in.GetIds()))
		for i, text := range in.GetIds() {
			id, err := uuid.Parse(text)
			if err != nil {
				return nil, fault.Invalid("ids", "must be UUIDs")
			}
			ids[i] = id
		}
		u.Where(notification.IDIn(ids...))
	}
	_, err := u.SetReadAt(clock.Now(ctx)).Save(ctx)
	return &emptypb.Empty{}, err
}

// messages are notifications as their reader sees them. The record is called what it was called then.
func messages(ctx context.Context, rows ...*ent.Notification) ([]*notificationsv1.Notification, error) {
	words, err := vocabulary.Current(ctx)
	if err != nil {
		return nil, err
	}
	refs := api.RefsOf(ctx)
	out := make([]*notificationsv1.Notification, len(rows))
	for i, n := range rows {
		out[i] = &notificationsv1.Notification{
			Id: n.ID.String(), Version: n.Version, CreatedAt: api.At(n.CreatedAt), UpdatedAt: api.At(n.UpdatedAt), Cause: n.Cause,
			RecordKind: n.RecordKind, RecordId: n.RecordID.String(), Record: &typev1.Ref{Id: n.RecordID.String(), Number: n.RecordNumber, Label: n.RecordLabel},
			Detail: detail(words, n), ById: api.IDOpt(n.By), ReadAt: api.AtOpt(n.ReadAt),
		}
		refs.Want(&out[i].By, "User", n.By)
	}
	return out, refs.Load()
}
