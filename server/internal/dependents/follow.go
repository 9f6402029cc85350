package dependents

import (
	"context"

	"github.com/google/uuid"

	"github.com/holdfast-platform/holdfast/ent/viewer"
	"github.com/holdfast-platform/holdfast/gen/ent/attachment"
	"github.com/holdfast-platform/holdfast/gen/ent/comment"
	"github.com/holdfast-platform/holdfast/server/internal/db"
)

// Follow lets what is said about a record, and its files, belong to the client that the record is given to (Nil: to
// none), so that exactly their members see them.
func Follow(ctx context.Context, kind string, id, client uuid.UUID) error {
	ctx = viewer.As(ctx, viewer.Detacher)
	said := db.From(ctx).Comment.Update().Where(comment.RecordKind(kind), comment.RecordID(id))
	files := db.From(ctx).Attachment.Update().Where(attachment.RecordKind(kind), attachment.RecordID(id))
	if client == uuid.Nil {
		said.ClearClientID()
		files.ClearClientID()
	} else {
		said.SetClientID(client)
		files.SetClientID(client)
	}
	if _, err := said.Save(ctx); err != nil {
		return err
	}
	_, err := files.Save(ctx)
	return err
}
