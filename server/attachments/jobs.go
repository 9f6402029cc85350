package attachments

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"time"

	"github.com/holdfast-platform/holdfast/ent/viewer"
	"github.com/holdfast-platform/holdfast/gen/ent/attachment"
	"github.com/holdfast-platform/holdfast/gen/ent/reportexport"
	"github.com/holdfast-platform/holdfast/server/internal/blob"
	"github.com/holdfast-platform/holdfast/server/internal/clock"
	"github.com/holdfast-platform/holdfast/server/internal/db"
	"github.com/holdfast-platform/holdfast/server/internal/job"
)

const (
	// safeAge is how old a file must be for the sweep: no upload takes that long, and a backup that is being restored has its rows by then.
	safeAge = 24 * time.Hour
	// asked is how many keys one statement looks for.
	asked = 500
	// sweepFor is how long one turn of the sweep takes at most; the next goes on where it stopped.
	sweepFor = 40 * time.Second
)

// Works are the room's jobs.
func (s Service) Works() []job.Work {
	w := &sweep{files: s.Files, log: s.Log, at: blob.Beginning()}
	return []job.Work{{
		Name: "attachments.sweep", Every: time.Hour,
		Do: func(ctx context.Context, _ json.RawMessage) error { return w.turn(ctx, sweepFor) },
	}}
}

// sweep walks through the storage, round after round, and removes files that no row names: what a crash has left between a file and its
// row, or between a row's end and its file's.
type sweep struct {
	files *blob.Store
	log   *slog.Logger
	at    blob.Place // only one turn at a time is taken, by the queue
}

// Sweep goes through the storage once.
func (s Service) Sweep(ctx context.Context) error {
	return (&sweep{files: s.Files, log: s.Log, at: blob.Beginning()}).turn(ctx, sweepFor)
}

func (w *sweep) turn(ctx context.Context, budget time.Duration) error {
	began := clock.System.Now()
	removed := 0
	defer func() {
		if removed > 0 {
			w.log.LogAttrs(ctx, slog.LevelInfo, "files that nothing names were removed", slog.Int("files", removed))
		}
	}()
	for {
		files, next, err := w.files.Walk(ctx, w.at)
		if err != nil {
			w.at = blob.Beginning()
			return err
		}
		n, err := w.remove(ctx, files)
		if removed += n; err != nil {
			return err
		}
		if next == nil {
			w.at = blob.Beginning()
			return nil
		}
		if w.at = next; clock.System.Now().Sub(began) > budget {
			return nil
		}
	}
}

// remove deletes the files of a page that are old enough and that nothing names.
func (w *sweep) remove(ctx context.Context, files []blob.Stored) (removed int, err error) {
	before := clock.Now(ctx).Add(-safeAge)
	var old []string
	for _, f := range files {
		if f.At.Before(before) {
			old = append(old, f.Key)
		}
	}
	for len(old) > 0 {
		n := min(asked, len(old))
		named, err := rows(ctx, old[:n])
		if err != nil {
			return removed, err
		}
		for _, key := range old[:n] {
			if named[key] {
				continue
			}
			if err := w.files.Delete(ctx, key); err != nil {
				return removed, err
			}
			removed++
		}
		old = old[n:]
	}
	return removed, nil
}

// rows are those of the keys that a row names: of an attachment or a report.
func rows(ctx context.Context, keys []string) (map[string]bool, error) {
	system := db.System(ctx, viewer.Sweeper)
	attached, err := db.From(system).Attachment.Query().Where(attachment.StorageKeyIn(keys...)).Select(attachment.FieldStorageKey).Strings(system)
	reported, also := db.From(system).ReportExport.Query().Where(reportexport.StorageKeyIn(keys...)).Select(reportexport.FieldStorageKey).Strings(system)
	if err := errors.Join(err, also); err != nil {
		return nil, err
	}
	named := map[string]bool{}
	for _, list := range [][]string{attached, reported} {
		for _, key := range list {
			named[key] = true
		}
	}
	return named, nil
}
