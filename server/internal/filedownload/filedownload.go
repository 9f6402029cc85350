// Package filedownload keeps the files that records name: each is in storage before its row is committed, is taken out
// again when that fails, and is sent in ranges. One that has been lost is told to the log and to the caller.
package filedownload

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"time"

	"github.com/holdfast-platform/holdfast/server/internal/blob"
	"github.com/holdfast-platform/holdfast/server/internal/fault"
	"github.com/holdfast-platform/holdfast/server/internal/rpc"
)

// Keeper keeps files.
type Keeper struct {
	Files *blob.Store
	Log   *slog.Logger
}

// Put stores a file. Failures of the storage are told to the log, and are 503 to the caller; others come back as they
// are.
func (k Keeper) Put(ctx context.Context, key string, from io.Reader, limit int64) (blob.Written, error) {
	written, err := k.Files.Put(ctx, key, from, limit)
	var storage *blob.Error
	if errors.As(err, &storage) && ctx.Err() == nil {
		k.Log.LogAttrs(ctx, slog.LevelError, "a file could not be stored", slog.Any("error", err), slog.String("request_id", rpc.RequestID(ctx)))
		return written, fault.Unavailable(5*time.Second, "the file could not be stored, try again")
	}
	return written, err
}

// Forget takes a file out of storage whose row was not committed, also for a caller who has gone.
func (k Keeper) Forget(ctx context.Context, key string) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	if err := k.Files.Delete(ctx, key); err != nil {
		k.Log.LogAttrs(ctx, slog.LevelWarn, "a file that nothing names stays until the sweep", slog.Any("error", err))
	}
}
