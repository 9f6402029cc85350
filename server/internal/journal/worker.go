package journal

import (
	"context"
	"database/sql"
	"errors"
	"log/slog"
	"slices"
	"time"

	"entgo.io/ent/dialect"
	"github.com/google/uuid"

	"github.com/holdfast-platform/holdfast/server/internal/clock"
	"github.com/holdfast-platform/holdfast/server/internal/db"
)

// worker is a consumer at work in this process.
type worker struct {
	Consumer
	r *Reader
	// every line up to here is done, by this process or another, waits as a failure, or concerns nobody; -1 before the
	// first look
	seen    int64
	kept    int64 // the place in the table, as last seen
	rests   time.Time
	failing bool // there are lines to be tried again
	done    result
	failed  error // why nothing of the last round was kept
}

// result is what came of a round, to be believed once it is committed.
type result struct {
	at      int64
	busy    bool // another process is at it
	failing bool
	pause   time.Duration // before the next try
}

// due tells whether there is something to do.
func (w *worker) due(ctx context.Context, upto int64, now time.Time) bool {
	if upto < 0 || now.Before(w.rests) {
		return false
	}
	if w.failing || w.seen < 0 {
		return true
	}
	for w.seen < upto {
		if w.Kinds == nil && w.Wants == nil {
			return true
		}
		lines, err := w.r.all(ctx, w.r.db.System(), w.seen, upto, batch) // what concerns nobody needs no transaction
		if err != nil {
			w.rest(ctx, err)
			return false
		}
		if len(lines) == 0 {
			w.seen = upto
			return false
		}
		last := lines[len(lines)-1].Seq
		if slices.ContainsFunc(lines, w.concerns) || last-w.kept >= lag {
			return true
		}
		w.seen = last
	}
	return false
}

// rest takes note of what came of a round, and says how long the next one waits.
func (w *worker) rest(ctx context.Context, err error) {
	pause := w.Every
	switch {
	case err != nil:
		pause = max(pause, Poll)
		if ctx.Err() == nil {
			w.r.log.ErrorContext(ctx, "a consumer of the journal failed", slog.String("consumer", w.Name), slog.Int64("after", w.seen), slog.Any("error", err))
		}
	case w.done.busy:
		pause = max(pause, time.Second)
	default:
		w.seen, w.kept, w.failing = w.done.at, w.done.at, w.done.failing
		pause = max(pause, w.done.pause)
	}
	w.rests = clock.Now(ctx).Add(pause)
}

// work takes the place, tries again what failed, handles the lines after the place and moves it.
func (w *worker) work(ctx context.Context, upto int64) error {
	at, err := w.take(ctx)
	if err != nil || w.done.busy {
		return err
	}
	failures, err := failuresOf(ctx, db.SQL(ctx), `WHERE consumer = $1`, w.Name)
	if err != nil {
		return err
	}
	waiting := map[uuid.UUID]bool{}
	for i := range failures {
		f := &failures[i]
		ended := false
		if !f.Stopped() {
			if ended, err = w.again(ctx, f, at); err != nil {
				return err
			}
		}
		waiting[f.Tenant] = !ended
	}
	lines, err := w.r.all(ctx, db.SQL(ctx), at, upto, batch)
	if err != nil {
		return err
	}
	w.done.at = max(at, upto)
	if len(lines) == 0 {
		return nil
	}
	var wanted []db.Line
	for _, l := range lines {
		if w.concerns(l) && !waiting[l.TenantID] {
			wanted = append(wanted, l)
		}
	}
	if err := w.handle(ctx, wanted); err != nil {
		return err
	}
	w.done.at = lines[len(lines)-1].Seq
	return w.put(ctx, w.done.at)
}

// handle does the lines together, or else tenant by tenant; those of a tenant that fail from then on wait.
func (w *worker) handle(ctx context.Context, lines []db.Line) error {
	if len(lines) == 0 {
		return nil
	}
	refused, err := w.try(ctx, lines)
	if err != nil || refused == nil {
		return err
	}
	var tenants []uuid.UUID
	own := map[uuid.UUID][]db.Line{}
	for _, l := range lines {
		if own[l.TenantID] == nil {
			tenants = append(tenants, l.TenantID)
		}
		own[l.TenantID] = append(own[l.TenantID], l)
	}
	for _, tenant := range tenants {
		if len(tenants) > 1 {
			if refused, err = w.try(ctx, own[tenant]); err != nil {
				return err
			}
		}
		if refused == nil {
			continue
		}
		f := Failure{Consumer: w.Name, Tenant: tenant, Seq: own[tenant][0].Seq}
		if len(own[tenant]) == 1 {
			f.Tries = 1
		}
		if err := w.wait(ctx, &f, refused); err != nil {
			return err
		}
	}
	return nil
}

func (w *worker) try(ctx context.Context, lines []db.Line) (refused, err error) {
	return db.Attempt(ctx, func(ctx context.Context) error { return w.Do(ctx, lines) })
}

// again does a tenant's lines up to a place, one by one from the one that failed. ended tells that none is left.
func (w *worker) again(ctx context.Context, f *Failure, upto int64) (ended bool, err error) {
	lines, err := read(ctx, db.SQL(ctx), `WHERE tenant_id = $1 AND seq >= $2 AND seq <= $3 ORDER BY seq LIMIT $4`, f.Tenant, f.Seq, upto, batch)
	if err != nil {
		return false, err
	}
	for _, l := range lines {
		if !w.concerns(l) {
			continue
		}
		refused, err := w.try(ctx, []db.Line{l})
		if err != nil {
			return false, err
		}
		if refused == nil {
			continue
		}
		if f.Seq != l.Seq {
			f.Seq, f.Tries = l.Seq, 0
		}
		if f.Tries++; f.Tries < tries || !w.PassesOver {
			return false, w.wait(ctx, f, refused)
		}
		w.tell(ctx, "passes over a line", f, refused)
	}
	if len(lines) == batch {
		w.done.failing = true
		f.Seq, f.Tries = lines[batch-1].Seq+1, 0
		return false, f.put(ctx)
	}
	_, err = db.SQL(ctx).ExecContext(ctx, `DELETE FROM consumer_failures WHERE consumer = $1 AND tenant_id = $2`, f.Consumer, f.Tenant)
	return true, err
}

// wait writes down that a tenant's lines wait, and stops the consumer for it after the last try.
func (w *worker) wait(ctx context.Context, f *Failure, refused error) error {
	now := clock.Now(ctx)
	f.Error, f.FailedAt = clipped(refused.Error()), now
	if f.Tries >= tries {
		f.StoppedAt = &now
		w.tell(ctx, "has stopped for the tenant: mend the cause, then holdfast consumers retry", f, refused)
	} else {
		w.done.failing, w.done.pause = true, max(w.done.pause, time.Duration(max(1, f.Tries))*Poll)
	}
	return f.put(ctx)
}

func (w *worker) tell(ctx context.Context, what string, f *Failure, refused error) {
	line, log := f.Seq, w.r.log
	db.AfterCommit(ctx, func() {
		log.ErrorContext(ctx, "a consumer of the journal gives up", slog.String("outcome", what), slog.String("consumer", w.Name), slog.String("tenant", f.Tenant.String()), slog.Int64("line", line), slog.Any("error", refused))
	})
}

// take reads the place and holds it until the transaction ends; busy when another process does.
func (w *worker) take(ctx context.Context) (at int64, err error) {
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
		w.done.busy = true
		return 0, nil
	}
	return at, err
}

func (w *worker) put(ctx context.Context, at int64) error {
	_, err := db.SQL(ctx).ExecContext(ctx, `UPDATE cursors SET seq = $2, updated_at = $3 WHERE name = $1`, w.Name, at, clock.Now(ctx))
	return err
}
