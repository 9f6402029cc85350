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

// consumers looks for work on the journal that has stopped.
func (e *examination) consumers(ctx context.Context, d *db.DB) {
	failures, err := journal.Failures(ctx, d)
	if err != nil {
		e.note("consumers", Failure, "their failures cannot be read: %v", err)
		return
	}
	stopped := 0
	for _, f := range failures {
		if f.Stopped() {
			stopped++
			e.note("consumers", Failure, "%s has stopped for the tenant %s at line %d: %s; mend the cause, then holdfast consumers retry %s",
				f.Consumer, f.Tenant, f.Seq, f.Error, f.Consumer)
		}
	}
	if stopped == 0 {
		e.note("consumers", Good, "none has stopped")
	}
}
