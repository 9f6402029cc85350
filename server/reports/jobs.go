package reports

import (
	"context"
	"encoding/json"
	"time"

	"github.com/google/uuid"

	"github.com/holdfast-platform/holdfast/ent/viewer"
	"github.com/holdfast-platform/holdfast/gen/ent/reportexport"
	"github.com/holdfast-platform/holdfast/server/internal/clock"
	"github.com/holdfast-platform/holdfast/server/internal/db"
	"github.com/holdfast-platform/holdfast/server/internal/job"
)

// batch is how many reports one transaction deletes.
const batch = 200

// Works are the room's jobs.
func (s Service) Works() []job.Work {
	return []job.Work{{
		Name: "reports.retention", Every: time.Hour,
		Do: func(ctx context.Context, _ json.RawMessage) error { return s.Retain(ctx) },
	}}
}

// Retain deletes the reports of all tenants whose time has come: the rows, each with its line in the audit log, and
// then the files.
func (s Service) Retain(ctx context.Context) error {
	ctx = db.System(ctx, viewer.Archivist)
	for {
		n := 0
		err := db.Tx(ctx, func(ctx context.Context) error {
			rows, err := db.From(ctx).ReportExport.Query().Where(reportexport.RetentionExpiresAtLTE(clock.Now(ctx))).Limit(batch).All(ctx)
			if n = len(rows); err != nil || n == 0 {
				return err
			}
			ids, keys := make([]uuid.UUID, n), make([]string, n)
			for i, r := range rows {
				ids[i], keys[i] = r.ID, r.StorageKey
			}
			s.detach.Files(ctx, keys...)
			_, err = db.From(ctx).ReportExport.Delete().Where(reportexport.IDIn(ids...)).Exec(ctx)
			return err
		})
		if err != nil || n < batch {
			return err
		}
	}
}
