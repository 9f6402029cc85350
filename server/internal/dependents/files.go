package dependents

import (
	"context"
	"log/slog"
	"time"

	"github.com/google/uuid"

	"github.com/holdfast-platform/holdfast/gen/ent/attachment"
	"github.com/holdfast-platform/holdfast/server/internal/blob"
	"github.com/holdfast-platform/holdfast/server/internal/db"
)

// Detacher takes away what hangs on records, files too.
type Detacher struct {
	Store *blob.Store
	Log   *slog.Logger
}

// patience is how long a caller waits for the storage to forget their files; the sweep takes what is left.
const patience = 5 * time.Second

// Files deletes stored files when the transaction has been committed. What cannot be deleted then, the sweep will.
func (d Detacher) Files(ctx context.Context, keys ...string) {
	if len(keys) == 0 {
		return
	}
	db.AfterCommit(ctx, func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
		defer cancel()
		for i, key := range keys {
			if err := d.Store.Delete(ctx, key); err != nil {
				d.Log.LogAttrs(ctx, slog.LevelWarn, "deleted files stay until the sweep", slog.Int("files", len(keys)-i), slog.Any("error", err))
				return
			}
		}
	})
}

// attachments deletes a record's files.
func (d Detacher) attachments(ctx context.Context, kind string, id uuid.UUID) error {
	rows, err := db.From(ctx).Attachment.Query().Where(attachment.RecordKind(kind), attachment.RecordID(id)).All(ctx)
	if err != nil || len(rows) == 0 {
		return err
	}
	if _, err := db.From(ctx).Attachment.Delete().Where(attachment.RecordKind(kind), attachment.RecordID(id)).Exec(ctx); err != nil {
		return err
	}
	keys := make([]string, len(rows))
	for i, a := range rows {
		keys[i] = a.StorageKey
	}
	d.Files(ctx, keys...)
	return nil
}
