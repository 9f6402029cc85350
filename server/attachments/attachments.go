// Package attachments keeps the files that belong to records: evidence of a finding, a picture of an asset, the log of
// an incident.
//
// A file is checked while it streams in: what it is said to be, what it is, how large it is, and, where a scanner is
// configured, whether it is malware. It is in storage before its row is committed; when anything fails, neither stays.
// Whoever may read a record reads its files, whoever may change it adds and deletes them. What a crash leaves in
// storage, a sweep takes away.
package attachments

import (
	"context"
	"log/slog"

	"github.com/google/uuid"
	"google.golang.org/protobuf/types/known/emptypb"

	"github.com/holdfast-platform/holdfast/gen/ent"
	"github.com/holdfast-platform/holdfast/gen/ent/attachment"
	attachmentsv1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/attachments/v1"
	"github.com/holdfast-platform/holdfast/server/internal/api"
	"github.com/holdfast-platform/holdfast/server/internal/blob"
	"github.com/holdfast-platform/holdfast/server/internal/db"
	"github.com/holdfast-platform/holdfast/server/internal/dependents"
	"github.com/holdfast-platform/holdfast/server/internal/fault"
	"github.com/holdfast-platform/holdfast/server/internal/link"
	"github.com/holdfast-platform/holdfast/server/internal/malware"
)

// entity is what this room keeps, finding the API's name of the records that have routes of their own.
const (
	entity  = "Attachment"
	finding = "finding"
)

// Service keeps attachments. All fields but Scanner are needed.
type Service struct {
	Files *blob.Store
	// Limit is the size of the largest file in bytes.
	Limit int64
	// Scanner judges files; nil lets all pass.
	Scanner *malware.Scanner
	Detach  dependents.Detacher
	Log     *slog.Logger
}

var listTable = api.Declare(api.Table{
	Kind: entity, Request: (*attachmentsv1.ListAttachmentsRequest)(nil),
	Filters: api.Columns("content_type"),
	Sorts:   api.Sorts{"": "created_at", "file_name": "file_name", "size_bytes": "size_bytes"},
})

// ListAttachments answers one page of a finding's attachments.
func (Service) ListAttachments(ctx context.Context, in *attachmentsv1.ListAttachmentsRequest) (*attachmentsv1.ListAttachmentsResponse, error) {
	id, err := db.ID(ctx, "Finding", in.GetId())
	if err != nil {
		return nil, err
	}
	if _, err := link.Record(ctx, "id", finding, id, "read"); err != nil {
		return nil, err
	}
	l, err := api.List(ctx, in, listTable)
	if err != nil {
		return nil, err
	}
	l.Where(attachment.RecordKind(finding), attachment.RecordID(id))
	out := &attachmentsv1.ListAttachmentsResponse{}
	if out.Items, err = items(ctx, l); err != nil {
		return nil, err
	}
	return out, l.Fill(ctx, out)
}

var recordTable = api.Declare(api.Table{
	Kind: entity, Request: (*attachmentsv1.ListRecordAttachmentsRequest)(nil),
	Filters: api.Columns("record_kind", "record_id", "content_type"), Sorts: listTable.Sorts,
})

// ListRecordAttachments answers one page of a record's attachments.
func (Service) ListRecordAttachments(ctx context.Context, in *attachmentsv1.ListRecordAttachmentsRequest) (*attachmentsv1.ListRecordAttachmentsResponse, error) {
	id, err := uuid.Parse(in.GetRecordId())
	if err != nil {
		return nil, fault.Invalid("record_id", "must be a UUID")
	}
	if _, err := link.Record(ctx, "record_kind", in.GetRecordKind(), id, "read"); err != nil {
		return nil, err
	}
	l, err := api.List(ctx, in, recordTable)
	if err != nil {
		return nil, err
	}
	out := &attachmentsv1.ListRecordAttachmentsResponse{}
	if out.Items, err = items(ctx, l); err != nil {
		return nil, err
	}
	return out, l.Fill(ctx, out)
}

func items(ctx context.Context, l *api.Listing) ([]*attachmentsv1.Attachment, error) {
	rows, err := api.All(ctx, l, db.From(ctx).Attachment.Query().Where(l.Page()).All)
	if err != nil {
		return nil, err
	}
	return messages(ctx, rows...)
}

// DeleteAttachment deletes a file: its row at once, what is stored when that is committed.
func (s Service) DeleteAttachment(ctx context.Context, in *attachmentsv1.DeleteAttachmentRequest) (*emptypb.Empty, error) {
	a, err := db.From(ctx).Attachment.Query().Where(api.ByID(entity, in.GetId())).Only(ctx)
	if err != nil {
		return nil, err
	}
	if err := db.From(ctx).Attachment.DeleteOneID(a.ID).Exec(ctx); err != nil {
		return nil, err
	}
	s.Detach.Files(ctx, a.StorageKey)
	return &emptypb.Empty{}, nil
}

// messages are attachments as the caller sees them, with the names of people.
func messages(ctx context.Context, rows ...*ent.Attachment) ([]*attachmentsv1.Attachment, error) {
	refs := api.RefsOf(ctx)
	out := make([]*attachmentsv1.Attachment, len(rows))
	for i, a := range rows {
		out[i] = &attachmentsv1.Attachment{
			Id: a.ID.String(), Version: a.Version, CreatedAt: api.At(a.CreatedAt), UpdatedAt: api.At(a.UpdatedAt),
			RecordKind: a.RecordKind, RecordId: a.RecordID.String(), FileName: a.FileName, ContentType: a.ContentType,
			SizeBytes: int32(min(a.SizeBytes, 1<<31-1)), Sha256: a.Sha256, UploadedBy: api.IDOpt(a.UploadedBy),
		}
		refs.Want(&out[i].Uploader, "User", a.UploadedBy)
	}
	return out, refs.Load()
}
