package server

import (
	"context"
	"slices"
	"time"

	"github.com/holdfast-platform/holdfast/server/internal/clock"
	"github.com/holdfast-platform/holdfast/server/internal/job"
)

// jobs has the rooms' work done by the clock while the server runs: over several servers each piece by one of them.
func (h *house) jobs(works ...[]job.Work) {
	h.always("jobs", func(ctx context.Context) error {
		c := h.cfg.Clock
		if c == nil {
			c = clock.System
		}
		r, err := job.New(ctx, h.db, c, h.cfg.Log, slices.Concat(works...)...)
		if err != nil {
			return err
		}
		return r.Run(ctx, 5*time.Second)
	})
}
