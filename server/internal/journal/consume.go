package journal

import (
	"context"
	"database/sql"
	"errors"
	"log/slog"
	"time"

	"entgo.io/ent/dialect"

	"github.com/holdfast-platform/holdfast/ent/viewer"
	"github.com/holdfast-platform/holdfast/server/internal/clock"
	"github.com/holdfast-platform/holdfast/server/internal/db"
)

// Consumer is work that every line causes once, however many processes there are: what it writes and its place in the
// journal are one transaction. A new one begins at the journal's first line.
type Consumer struct {
	// Name is that of its place in the table of cursors.
	Name string
	// Actor does the work, over all tenants.
	Actor viewer.Actor
	// Every is how often it looks at most.
	Every time.Duration
	// Wants tells which lines concern it; the others cost no transaction. All do when it is nil.
	Wants func(db.Line) bool
	// Do handles lines in order, in a system transaction (see db.System).
	Do func(ctx context.Context, lines []db.Line) error
}

const (
	// tries is how often one line may fail before it is passed over, so that it does not hold up all others.
	tries = 5
	// lag is how many lines that concern nobody a place in the table may lie behind.
	lag = 500
)

// Consume works until the context ends.
func (r *Reader) Consume(ctx context.Context, c Consumer) error {
	w := &worker{Consumer: c, r: r, size: batch, seen: -1}
	for ctx.Err() == nil {
		upto, err := r.Wait(ctx, w.seen)
		if err != nil {
			return nil
		}
		pause := c.Every
		if err := w.step(ctx, upto); err != nil && ctx.Err() == nil {
			r.log.ErrorContext(ctx, "a consumer of the journal failed", slog.String("consumer", c.Name), slog.Int64("after", w.seen), slog.Any("error", err))
			pause = max(pause, Poll)
		} else if w.seen < upto && !w.busy {
			pause = 0 // there is more
		} else if w.busy {
			pause = max(pause, time.Second)
		}
		if pause > 0 {
			select {
			case <-ctx.Done():
			case <-time.After(pause):
			}
		}
	}
	return nil
}

// worker is a consumer at work in this process.
type worker struct {
	Consumer
	r *Reader
	// every line up to here is done, by this process or another, or concerns nobody; -1 before the first look
	seen   int64
	kept   int64 // the place in the table, as last seen
	size   int
	failed int  // how often the line after seen failed
	busy   bool // another process is at it
}

// step handles the next lines.
func (w *worker) step(ctx context.Context, upto int64) error {
	if w.seen >= 0 && w.Wants != nil { // what concerns nobody needs no transaction
		lines, err := w.r.all(ctx, w.r.db.System(), w.seen, upto, w.size)
		if err != nil {
			return err
		}
		wanted := false
		for _, l := range lines {
			wanted = wanted || w.Wants(l)
		}
		if !wanted && len(lines) > 0 && lines[len(lines)-1].Seq-w.kept < lag {
			w.seen = lines[len(lines)-1].Seq
			return nil
		}
		if len(lines) == 0 {
			w.seen = upto
			return nil
		}
	}
	done := w.seen
	system := db.System(w.r.db.In(ctx), w.Actor)
	err := w.r.db.Tx(system, func(ctx context.Context) (err error) {
		done, err = w.work(ctx, upto)
		return err
	})
	if err == nil {
		w.failed, w.size = 0, batch
		if !w.busy {
			w.seen, w.kept = done, done
		}
		return nil
	}
	if ctx.Err() != nil || w.r.db.Ping(ctx) != nil {
		return err
	}
	if w.size > 1 { // one line is bad: the others need not wait for it
		w.size = 1
		return err
	}
	if w.failed++; w.failed < tries {
		return err
	}
	w.failed = 0
	return errors.Join(err, w.r.db.Tx(system, func(ctx context.Context) error { return w.pass(ctx, upto) }))
}

// work takes the place, handles the lines after it and moves it.
func (w *worker) work(ctx context.Context, upto int64) (int64, error) {
	at, err := w.take(ctx)
	if err != nil || w.busy {
		return at, err
	}
	lines, err := w.r.all(ctx, db.SQL(ctx), at, upto, w.size)
	if err != nil || len(lines) == 0 {
		return max(at, upto), err
	}
	wanted := lines
	if w.Wants != nil {
		wanted = nil
		for _, l := range lines {
			if w.Wants(l) {
				wanted = append(wanted, l)
			}
		}
	}
	if len(wanted) > 0 {
		if err := w.Do(ctx, wanted); err != nil {
			return at, err
		}
	}
	at = lines[len(lines)-1].Seq
	return at, w.put(ctx, at)
}

// pass moves the place over one line that fails again and again.
func (w *worker) pass(ctx context.Context, upto int64) error {
	at, err := w.take(ctx)
	if err != nil || w.busy {
		return err
	}
	lines, err := w.r.all(ctx, db.SQL(ctx), at, upto, 1)
	if err != nil || len(lines) == 0 {
		return err
	}
	w.seen, w.kept = lines[0].Seq, lines[0].Seq
	return w.put(ctx, lines[0].Seq)
}

// take reads the place and holds it until the transaction ends; busy when another process does.
func (w *worker) take(ctx context.Context) (at int64, err error) {
	w.busy = false
	if w.seen < 0 {
		if _, err = db.SQL(ctx).ExecContext(ctx, `INSERT INTO cursors (name, seq, updated_at) VALUES ($1, 0, $2) ON CONFLICT (name) DO NOTHING`, w.Name, clock.Now(ctx)); err != nil {
			return 0, err
		}
	}
	q := `SELECT seq FROM cursors WHERE name = $1`
	if w.r.db.Kind == dialect.Postgres {
		q += ` FOR UPDATE SKIP LOCKED`
	}
	err = db.SQL(ctx).QueryRowContext(ctx, q, w.Name).Scan(&at)
	if errors.Is(err, sql.ErrNoRows) {
		w.busy = true
		return 0, nil
	}
	return at, err
}

func (w *worker) put(ctx context.Context, at int64) error {
	_, err := db.SQL(ctx).ExecContext(ctx, `UPDATE cursors SET seq = $2, updated_at = $3 WHERE name = $1`, w.Name, at, clock.Now(ctx))
	return err
}
