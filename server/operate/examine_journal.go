package operate

import (
	"context"
	"errors"

	"github.com/holdfast-platform/holdfast/server/internal/db"
	"github.com/holdfast-platform/holdfast/server/internal/journal"
)

// journal goes through the hash chains of the event log.
func (e *examination) journal(ctx context.Context, d *db.DB) {
	sealed, err := journal.Verify(ctx, d)
	var broken *journal.Broken
	switch {
	case errors.As(err, &broken):
		e.note("journal", Failure, "somebody tampered with it: %v", broken)
	case errors.Is(err, context.DeadlineExceeded), ctx.Err() != nil:
		e.note("journal", Warning, "it is too long to verify in time: %d lines hold", sealed)
	case err != nil:
		e.note("journal", Failure, "it cannot be read: %v", err)
	default:
		e.note("journal", Good, "%d lines are sealed and hold", sealed)
	}
}
