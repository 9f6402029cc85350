// Package journal reads the event log: its order for those who follow it, the history of a record, the audit list, and
// the hash chain that shows whether somebody tampered with it. It is written by the guards in package db.
package journal

import (
	"cmp"
	"context"
	"encoding/json"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/holdfast-platform/holdfast/server/internal/db"
)

const (
	// Poll is how often the journal is looked at for what other processes wrote; own commits wake the reader at once.
	Poll = 400 * time.Millisecond
	// kept is how many lines a reader keeps in memory for those who follow closely.
	kept = 1024
	// batch is how many lines are read at once.
	batch = 1000
	// pace is how long own commits gather before they are read together: each look makes writers wait for a moment.
	pace = 40 * time.Millisecond
)

// Reader follows the journal for one process. Streams and caches hang on it: each line reaches them once, in the
// journal's order. Its place is in memory: what happened before it started concerns nobody who started with it.
type Reader struct {
	db  *db.DB
	log *slog.Logger

	asked chan chan struct{} // who wants to be told after the next look

	mu        sync.Mutex
	at        int64         // every line up to here has been read; -1 before the first look
	moved     chan struct{} // closed when at moves
	ring      []db.Line     // the last lines, in order
	since     int64         // the place after which the ring has every line
	followers []func([]db.Line)
}

// NewReader reads the journal of a database once Run is called.
func NewReader(d *db.DB, log *slog.Logger) *Reader {
	return &Reader{db: d, log: log, asked: make(chan chan struct{}), at: -1, moved: make(chan struct{})}
}

// Follow calls f with new lines, in order, from one goroutine. f must be quick; what it drops from a cache is dropped
// before anybody who waits for these lines goes on. Call it before Run.
func (r *Reader) Follow(f func([]db.Line)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.followers = append(r.followers, f)
}

// Run reads until the context ends. When the database is away it tries again.
func (r *Reader) Run(ctx context.Context) error {
	woken, stop := r.db.Woken()
	defer stop()
	tick := time.NewTicker(Poll)
	defer tick.Stop()
	var waiting []chan struct{}
	failing := false
	for {
		more, err := r.look(ctx)
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil && !failing:
			r.log.WarnContext(ctx, "the journal cannot be read", slog.Any("error", err))
		}
		if failing = err != nil; !failing && !more {
			for _, w := range waiting {
				close(w)
			}
			waiting = nil
		}
		if more {
			continue
		}
		select {
		case <-ctx.Done():
			return nil
		case <-woken:
			wait := pace
			if failing {
				wait = Poll
			}
			select {
			case <-ctx.Done():
				return nil
			case <-time.After(wait):
			case w := <-r.asked:
				waiting = append(waiting, w)
			}
		case <-tick.C:
		case w := <-r.asked:
			waiting = append(waiting, w)
		}
	}
}

// look reads what is new, and tells whether there may be more.
func (r *Reader) look(ctx context.Context) (more bool, err error) {
	at := r.At()
	if at < 0 {
		return r.begin(ctx)
	}
	lines, err := r.db.Tail(ctx, at, batch)
	if err != nil || len(lines) == 0 {
		return false, err
	}
	r.mu.Lock()
	followers := r.followers
	r.mu.Unlock()
	for _, f := range followers {
		f(lines)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.ring = append(r.ring, lines...)
	if len(r.ring) > 2*kept {
		r.since = r.ring[len(r.ring)-kept-1].Seq
		r.ring = slices.Clone(r.ring[len(r.ring)-kept:])
	}
	r.move(lines[len(lines)-1].Seq)
	return len(lines) == batch, nil
}

// begin finds the end of the journal. Reading its last line by Tail makes sure that no line before it is still on its
// way.
func (r *Reader) begin(ctx context.Context) (more bool, err error) {
	head, err := r.db.Head(ctx)
	if err != nil {
		return false, err
	}
	if head > 0 {
		lines, err := r.db.Tail(ctx, head-1, 1)
		if err != nil || len(lines) == 0 {
			return false, err // a writer hangs: another try
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.since = head
	r.move(head)
	return true, nil
}

func (r *Reader) move(to int64) {
	r.at = to
	close(r.moved)
	r.moved = make(chan struct{})
}

// At is the place up to which everything has been read and handed to the followers; -1 before the first look.
func (r *Reader) At() int64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.at
}

// Wait waits for a line after a place and tells how far the journal has been read.
func (r *Reader) Wait(ctx context.Context, after int64) (int64, error) {
	for {
		r.mu.Lock()
		at, moved := r.at, r.moved
		r.mu.Unlock()
		if at > after {
			return at, nil
		}
		select {
		case <-ctx.Done():
			return at, ctx.Err()
		case <-moved:
		}
	}
}

// Progress tells how far the journal has been read, and is closed when it is read further.
func (r *Reader) Progress() (at int64, further <-chan struct{}) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.at, r.moved
}

// CatchUp waits until everything that was committed before the call has been read, and tells how far that is.
func (r *Reader) CatchUp(ctx context.Context) (int64, error) {
	head, err := r.db.Head(ctx)
	if err != nil {
		return 0, err
	}
	if at := r.At(); at >= head {
		return at, nil
	}
	looked := make(chan struct{})
	select {
	case r.asked <- looked:
	case <-ctx.Done():
		return 0, ctx.Err()
	}
	select {
	case <-looked:
	case <-ctx.Done():
		return 0, ctx.Err()
	}
	return r.Wait(ctx, head-1) // a writer may have made the look come back with nothing
}

// Lines are a tenant's lines after a place, up to another one that has been read; at most limit. upto moves down to the
// last line that was looked at when there are more. They come from memory, or from the database when the place is long
// past.
func (r *Reader) Lines(ctx context.Context, tenant uuid.UUID, after, upto int64, limit int) (lines []db.Line, until int64, err error) {
	if near, ok := r.remembered(after, upto); ok {
		for _, l := range near {
			if l.TenantID == tenant {
				if lines = append(lines, l); len(lines) == limit {
					return lines, l.Seq, nil
				}
			}
		}
		return lines, upto, nil
	}
	lines, err = read(ctx, r.db.System(), `WHERE tenant_id = $1 AND seq > $2 AND seq <= $3 ORDER BY seq LIMIT $4`, tenant, after, upto, limit)
	if len(lines) == limit {
		upto = lines[limit-1].Seq
	}
	return lines, upto, err
}

// all are everybody's lines, like Lines, by q where they are not in memory.
func (r *Reader) all(ctx context.Context, q db.Querier, after, upto int64, limit int) ([]db.Line, error) {
	if near, ok := r.remembered(after, upto); ok {
		return near[:min(len(near), limit)], nil
	}
	return read(ctx, q, `WHERE seq > $1 AND seq <= $2 ORDER BY seq LIMIT $3`, after, upto, limit)
}

// remembered are the lines between two places that are still in memory; not ok when some of them are not.
func (r *Reader) remembered(after, upto int64) (lines []db.Line, ok bool) {
	r.mu.Lock()
	ring, since := r.ring, r.since
	r.mu.Unlock()
	if after < since {
		return nil, false
	}
	place := func(l db.Line, seq int64) int { return cmp.Compare(l.Seq, seq) }
	from, _ := slices.BinarySearchFunc(ring, after+1, place)
	to, _ := slices.BinarySearchFunc(ring, upto+1, place)
	return ring[from:max(from, to)], true
}

// read reads lines by plain SQL; the caller names the tenant.
func read(ctx context.Context, q db.Querier, where string, args ...any) ([]db.Line, error) {
	rows, err := q.QueryContext(ctx, `SELECT `+db.Columns+` FROM journal `+where, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []db.Line
	for rows.Next() {
		var l db.Line
		if err := scan(rows, &l); err != nil {
			return nil, err
		}
		out = append(out, l)
	}
	return out, rows.Err()
}

// scan reads a row of db.Columns and what the query adds to them.
func scan(rows db.Rows, l *db.Line, more ...any) error {
	var changes *string
	into := []any{&l.Seq, &l.At, &l.TenantID, &l.ClientID, &l.PersonID, &l.TokenID, &l.Actor, &l.Action, &l.Kind, &l.RecordID, &l.Label, &l.Number,
		&l.OnKind, &l.OnID, &l.Internal, &l.Version, &changes, &l.Reason, &l.RequestID, &l.IP}
	if err := rows.Scan(append(into, more...)...); err != nil {
		return err
	}
	l.At = l.At.UTC()
	if changes == nil {
		return nil
	}
	return json.Unmarshal([]byte(*changes), &l.Changes)
}
