package attachments

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/holdfast-platform/holdfast/server/internal/blob"
	"github.com/holdfast-platform/holdfast/server/internal/clock"
	"github.com/holdfast-platform/holdfast/server/internal/db"
	"github.com/holdfast-platform/holdfast/server/internal/job"
)

const (
	// safeAge is how old a file must be for the sweep: no upload takes that long, and a backup that is being restored
	// has its rows by then.
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

// sweep walks through the storage, round after round, and removes files that no row names: what a crash has left
// between a file and its row, or between a row's end and its file's.
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

// rows are those of the keys that a row names, of whatever table: all columns with keys are registered. A folder that
// nobody registered is an error, so that what a newer program or a forgotten line has stored there stays.
func rows(ctx context.Context, keys []string) (map[string]bool, error) {
	known := map[string]bool{}
	named := map[string]bool{}
	args := make([]any, len(keys))
	marks := make([]string, len(keys))
	for i, key := range keys {
		args[i], marks[i] = key, fmt.Sprintf("$%d", i+1)
	}
	system := db.Of(ctx).System()
	for _, t := range db.Tables() {
		for column, folder := range t.Storage {
			known[folder] = true
			found, err := system.QueryContext(ctx, "SELECT "+column+" FROM "+t.Name+" WHERE "+column+" IN ("+strings.Join(marks, ", ")+")", args...)
			if err != nil {
				return nil, err
			}
			for found.Next() {
				var key string
				if err := found.Scan(&key); err != nil {
					return nil, errors.Join(err, found.Close())
				}
				named[key] = true
			}
			if err := errors.Join(found.Err(), found.Close()); err != nil {
				return nil, err
			}
		}
	}
	for _, key := range keys {
		_, rest, _ := strings.Cut(key, "/") // the tenant's
		if folder, _, _ := strings.Cut(rest, "/"); !known[folder] && !named[key] {
			return nil, fmt.Errorf("%w: %s", errFolder, key)
		}
	}
	return named, nil
}

// errFolder stops the sweep.
var errFolder = errors.New("a file lies in a folder that is not registered, and is kept")
