// Package comments is the talk about records of any kind: comments, and who follows which record.
//
// A comment hangs on a record by kind and id. Whoever may read the record reads it, but for internal ones, which
// members with a client never see; whoever may change the record comments on it; only its author changes a comment.
package comments

import (
	"context"
	"slices"

	"github.com/google/uuid"
	"google.golang.org/protobuf/types/known/emptypb"

	"github.com/holdfast-platform/holdfast/ent/viewer"
	"github.com/holdfast-platform/holdfast/gen/ent"
	"github.com/holdfast-platform/holdfast/gen/ent/watch"
	commentsv1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/comments/v1"
	"github.com/holdfast-platform/holdfast/server/internal/api"
	"github.com/holdfast-platform/holdfast/server/internal/comment"
	"github.com/holdfast-platform/holdfast/server/internal/db"
	"github.com/holdfast-platform/holdfast/server/internal/fault"
	"github.com/holdfast-platform/holdfast/server/internal/link"
)

const kind = "Comment"

// Service keeps comments and watches.
type Service struct{}

var listTable = api.Declare(api.Table{
	Kind: kind, Request: (*commentsv1.ListCommentsRequest)(nil),
	Filters: api.Columns("record_kind", "record_id"),
	Sorts:   api.Sorts{"": "created_at"},
})

// ListComments answers one page of a record's comments.
func (Service) ListComments(ctx context.Context, in *commentsv1.ListCommentsRequest) (*commentsv1.ListCommentsResponse, error) {
	if _, err := on(ctx, in.GetRecordKind(), in.GetRecordId(), "read"); err != nil {
		return nil, err
	}
	l, err := api.List(ctx, in, listTable)
	if err != nil {
		return nil, err
	}
	rows, err := api.All(ctx, l, db.From(ctx).Comment.Query().Where(l.Page()).All)
	if err != nil {
		return nil, err
	}
	items, err := comment.Messages(ctx, rows...)
	if err != nil {
		return nil, err
	}
	out := &commentsv1.ListCommentsResponse{Items: items}
	return out, l.Fill(ctx, out)
}

// CreateComment comments on a record.
func (Service) CreateComment(ctx context.Context, in *commentsv1.CreateCommentRequest) (*commentsv1.Comment, error) {
	c := in.GetComment()
	n := comment.New{Kind: c.GetRecordKind(), Body: c.GetBody(), Internal: c.GetInternal()}
	k := api.MaskOf(in)
	api.Required(k, "record_id", c.GetRecordId(), func(id uuid.UUID) { n.RecordID = id })
	api.UUIDs(k, "mentions", c.GetMentions(), func(ids []uuid.UUID) { n.Mentions = ids })
	if err := k.Err(); err != nil {
		return nil, err
	}
	return api.Answer(ctx, comment.Messages)(comment.Add(ctx, n))
}

// UpdateComment changes a comment.
func (Service) UpdateComment(ctx context.Context, in *commentsv1.UpdateCommentRequest) (*commentsv1.Comment, error) {
	c, err := db.From(ctx).Comment.Query().Where(api.ByID(kind, in.GetComment().GetId())).Only(ctx)
	if err != nil {
		return nil, err
	}
	u := db.From(ctx).Comment.UpdateOneID(c.ID)
	if err := fillComment(ctx, u.Mutation(), c, in.GetComment(), api.MaskOf(in)); err != nil {
		return nil, err
	}
	return api.Answer(ctx, comment.Messages)(u.Save(ctx))
}

// DeleteComment deletes a comment.
func (Service) DeleteComment(ctx context.Context, in *commentsv1.DeleteCommentRequest) (*emptypb.Empty, error) {
	id, err := db.ID(ctx, kind, in.GetId())
	if err != nil {
		return nil, err
	}
	return &emptypb.Empty{}, db.From(ctx).Comment.DeleteOneID(id).Exec(ctx)
}

// Watch follows a record for the caller.
func (Service) Watch(ctx context.Context, in *commentsv1.WatchRequest) (*emptypb.Empty, error) {
	record, err := on(ctx, in.GetRecordKind(), in.GetRecordId(), "read")
	if err != nil {
		return nil, err
	}
	me := viewer.From(ctx).PersonID
	if err := db.Alone(ctx, "watch "+me.String()); err != nil { // asked for twice at once, it is there once
		return nil, err
	}
	watching, err := db.From(ctx).Watch.Query().Where(watch.RecordKind(in.GetRecordKind()), watch.RecordID(record.Key()), watch.UserID(me)).Exist(ctx)
	if err != nil || watching {
		return &emptypb.Empty{}, err
	}
	return &emptypb.Empty{}, db.From(ctx).Watch.Create().SetRecordKind(in.GetRecordKind()).SetRecordID(record.Key()).
		SetNillableClientID(record.Client()).SetUserID(me).Exec(ctx)
}

// Unwatch follows a record no longer.
func (Service) Unwatch(ctx context.Context, in *commentsv1.UnwatchRequest) (*emptypb.Empty, error) {
	record, err := on(ctx, in.GetRecordKind(), in.GetRecordId(), "read")
	if err != nil {
		return nil, err
	}
	_, err = db.From(ctx).Watch.Delete().Where(
		watch.RecordKind(in.GetRecordKind()), watch.RecordID(record.Key()), watch.UserID(viewer.From(ctx).PersonID)).Exec(ctx)
	return &emptypb.Empty{}, err
}

// on is the record that a request names.
func on(ctx context.Context, recordKind, recordID, action string) (ent.Record, error) {
	id, err := uuid.Parse(recordID)
	if err != nil {
		return nil, fault.Invalid("record_id", "must be a UUID")
	}
	return link.Record(ctx, "record_kind", recordKind, id, action)
}

// fillComment takes the fields of an update. The record stays; whom the new text calls takes the place of whom the old
// one called.
func fillComment(ctx context.Context, m *ent.CommentMutation, was *ent.Comment, in *commentsv1.Comment, k *api.Mask) error {
	if k.Names("record_kind") && in.GetRecordKind() != was.RecordKind {
		k.Fault("record_kind", "cannot change")
	}
	if k.Names("record_id") && in.GetRecordId() != was.RecordID.String() {
		k.Fault("record_id", "cannot change")
	}
	body := was.Body
	api.Set(k, "body", in.GetBody(), func(text string) {
		body = text
		m.SetBody(text)
	})
	api.Set(k, "internal", in.GetInternal(), m.SetInternal)
	called, err := comment.Mentions(ctx, was.Body, nil)
	if err != nil {
		return err
	}
	given := slices.DeleteFunc(slices.Clone(was.Mentions), func(id uuid.UUID) bool { return slices.Contains(called, id) })
	api.UUIDs(k, "mentions", in.GetMentions(), func(ids []uuid.UUID) { given = ids })
	if err := k.Err(); err != nil {
		return err
	}
	mentions, err := comment.Mentions(ctx, body, given)
	if err != nil {
		return err
	}
	m.SetMentions(mentions)
	if internal, ok := m.Internal(); ok {
		return comment.MayBeInternal(ctx, internal)
	}
	return nil
}
