package journal

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"entgo.io/ent/dialect"

	"github.com/holdfast-platform/holdfast/ent/viewer"
	"github.com/holdfast-platform/holdfast/gen/ent"
	"github.com/holdfast-platform/holdfast/server/internal/clock"
	"github.com/holdfast-platform/holdfast/server/internal/db"
)

// Consumer is work that every line causes once, however many processes there are: what it writes and its place in the
// journal are one transaction. A new one begins at the journal's first line.
//
// A tenant whose lines it cannot work off holds up nobody else. These lines wait, in order, and are tried again; after
// five failures of one line the consumer stops for that tenant, which health and the log say, until an operator lets it
// go on (see Retry).
type Consumer struct {
	// Name is that of its place in the table of cursors.
	Name string
	// Actor does the work, over all tenants.
	Actor viewer.Actor
	// Every is how often it looks at most.
	Every time.Duration
	// Kinds are those of the records whose lines it wants, as the API names them (ent.KindAsset); nil is all.
	Kinds []string
	// Wants tells which lines of these kinds concern it; the others cost no transaction. All do when it is nil.
	Wants func(db.Line) bool
	// PassesOver says that a line which failed five times is left out, and its tenant goes on. Only what nobody misses
	// may: notifications.
	PassesOver bool
	// Do handles lines in order, in a system transaction (see db.System). It may be asked again with fewer of them.
	Do func(ctx context.Context, lines []db.Line) error
}

const (
	// tries is how often one line may fail.
	tries = 5
	// lag is how many lines that concern nobody a place in the table may lie behind.
	lag = 500
	// recheck is how often the failures are read anew: another process or the console may have changed them.
	recheck = time.Second
)

func (c *Consumer) concerns(l db.Line) bool {
	return (c.Kinds == nil || slices.Contains(c.Kinds, l.Kind)) && (c.Wants == nil || c.Wants(l))
}

// check refuses what could never be handed a line.
func (c *Consumer) check() error {
	for _, kind := range c.Kinds {
		if !slices.ContainsFunc(kinds(), func(known string) bool { return known == kind }) {
			return fmt.Errorf("journal: the consumer %s wants lines of %q, which is no kind", c.Name, kind)
		}
	}
	return nil
}

func kinds() []string {
	names := make([]string, 0, len(ent.Kinds))
	for _, k := range ent.Kinds {
		names = append(names, k.API)
	}
	return names
}

// Consume works until the context ends. On SQLite, which has one writer, all consumers share one transaction, each with
// a savepoint; on PostgreSQL each has its own.
func (r *Reader) Consume(ctx context.Context, consumers ...Consumer) error {
	var workers []*worker
	for _, c := range consumers {
		if err := c.check(); err != nil {
			return err
		}
		workers = append(workers, &worker{Consumer: c, r: r, seen: -1})
	}
	if r.db.Kind != dialect.Postgres {
		r.consume(ctx, workers)
		return nil
	}
	var all sync.WaitGroup
	for _, w := range workers {
		all.Go(func() { r.consume(ctx, []*worker{w}) })
	}
	all.Wait()
	return nil
}

// consume does the rounds of some consumers.
func (r *Reader) consume(ctx context.Context, workers []*worker) {
	var checked time.Time
	for ctx.Err() == nil {
		upto, further := r.Progress()
		now := clock.Now(ctx)
		if upto >= 0 && now.Sub(checked) >= recheck {
			if err := r.recheck(ctx, workers); err != nil && ctx.Err() == nil {
				r.log.WarnContext(ctx, "the failures of the journal's consumers cannot be read", slog.Any("error", err))
			}
			checked = now
		}
		var due []*worker
		for _, w := range workers {
			if w.due(ctx, upto, now) {
				due = append(due, w)
			}
		}
		if len(due) > 0 {
			r.round(ctx, due, upto)
		}
		wait := recheck
		for _, w := range workers {
			if w.failing || w.seen < upto {
				wait = min(wait, max(0, w.rests.Sub(now)))
			}
		}
		select {
		case <-ctx.Done():
		case <-further:
		case <-time.After(wait):
		}
	}
}

// recheck finds out who has lines to try again.
func (r *Reader) recheck(ctx context.Context, workers []*worker) error {
	failures, err := Failures(ctx, r.db)
	if err != nil {
		return err
	}
	for _, w := range workers {
		w.failing = slices.ContainsFunc(failures, func(f Failure) bool { return f.Consumer == w.Name && !f.Stopped() })
	}
	return nil
}

// round lets consumers handle what is next. When it fails as a whole, each does it alone.
func (r *Reader) round(ctx context.Context, due []*worker, upto int64) {
	err := r.db.Tx(db.System(r.db.In(ctx), viewer.Dispatcher), func(ctx context.Context) error {
		for _, w := range due {
			w.done, w.failed = result{}, nil
			as := viewer.As(ctx, w.Actor)
			if len(due) == 1 {
				return w.work(as, upto)
			}
			refused, err := db.Attempt(as, func(ctx context.Context) error { return w.work(ctx, upto) })
			if err != nil {
				return err
			}
			w.failed = refused
		}
		return nil
	})
	if err != nil && len(due) > 1 && ctx.Err() == nil {
		for _, w := range due {
			r.round(ctx, []*worker{w}, upto)
		}
		return
	}
	for _, w := range due {
		w.rest(ctx, errors.Join(err, w.failed))
	}
}
