package db

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/holdfast-platform/holdfast/ent/viewer"
)

// commitBatches take transactions to PostgreSQL that need no answer before their end. Those of one tenant that come
// while another is on its way go together: one trip, one after the other on one connection, and one way to the disk for
// all. Each still stands or falls alone.
type commitBatches struct {
	mu   sync.Mutex
	away map[uuid.UUID]*[]*waitingCommit // tenants whose batches is on its way, with those who wait for the next
}

// waitingCommit is one transaction.
type waitingCommit struct {
	ctx   context.Context //nolint:containedctx // that of its call
	queue []posted
	steer chan struct{} // receives when it is the first of the next trip, which it then makes
	done  chan error    // receives its outcome
}

// crowded is how many go together at most.
const crowded = 32

// cross runs a transaction and tells when it is on the disk. It calls sent as soon as nobody who calls cross later can
// overtake.
func (f *commitBatches) cross(ctx context.Context, p pool, queue []posted, sent func()) error {
	tenant := viewer.From(ctx).TenantID
	me := &waitingCommit{ctx, queue, make(chan struct{}, 1), make(chan error, 1)}
	f.mu.Lock()
	if waiting, ok := f.away[tenant]; ok {
		*waiting = append(*waiting, me)
	} else {
		if f.away == nil {
			f.away = map[uuid.UUID]*[]*waitingCommit{}
		}
		f.away[tenant] = &[]*waitingCommit{me}
		me.steer <- struct{}{}
	}
	f.mu.Unlock()
	sent()
	select {
	case err := <-me.done:
		return err
	case <-me.steer:
	}
	f.mu.Lock()
	waiting := f.away[tenant]
	n := min(len(*waiting), crowded)
	group := (*waiting)[:n:n]
	*waiting = (*waiting)[n:]
	f.mu.Unlock()
	carry(p, group)
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(*waiting) > 0 {
		(*waiting)[0].steer <- struct{}{}
	} else {
		delete(f.away, tenant)
	}
	return <-me.done
}

// errAgain is the outcome of one that was not looked at, because one before it was refused: it counted on that one's
// number.
var errAgain = errors.New("db: one before it was refused")

// lasting is a context for a trip: it does not end with one of the calls, but when the time of the last of them is
// over.
func lasting(group []*waitingCommit) (context.Context, context.CancelFunc) {
	ctx, until := context.WithoutCancel(group[0].ctx), time.Time{}
	for _, g := range group {
		deadline, limited := g.ctx.Deadline()
		if !limited {
			return ctx, func() {}
		}
		if deadline.After(until) {
			until = deadline
		}
	}
	return context.WithDeadline(ctx, until)
}

// carry makes one trip.
func carry(p pool, group []*waitingCommit) {
	ctx, cancel := lasting(group)
	defer cancel()
	kept := 0
	conn, err := p.Acquire(ctx)
	if err == nil {
		defer conn.Release()
		kept, err = send(ctx, conn, group)
	}
	var refused *pgconn.PgError
	var unsent pgx.ErrPreprocessingBatch
	if kept < len(group) && (errors.As(err, &refused) || len(group) > 1 && errors.As(err, &unsent)) {
		if refused == nil {
			err = errAgain // nobody can say whose fault it is
		}
		for i, g := range group[kept:] {
			if i > 0 {
				err = errAgain
			}
			g.done <- err
		}
		if group, err = group[:kept], nil; kept > 0 {
			_, err = conn.Exec(ctx, "rollback; "+onDisk)
		}
	}
	for _, g := range group {
		g.done <- err
	}
}

// send tells how many transactions were kept: all, and on the disk, unless there is an error. Only the last one's
// commit waits for the disk: what was committed before it is then there too.
func send(ctx context.Context, conn *pgxpool.Conn, group []*waitingCommit) (kept int, err error) {
	b := &pgx.Batch{}
	for i, g := range group {
		b.Queue("begin")
		for _, q := range g.queue {
			b.Queue(q.text(i < len(group)-1), q.args...)
		}
		b.Queue("commit")
	}
	res := conn.SendBatch(ctx, b)
	defer func() { err = errors.Join(err, res.Close()) }()
	for _, q := range b.QueuedQueries {
		if _, err := res.Exec(); err != nil {
			return kept, err
		}
		if q.SQL == "commit" {
			kept++
		}
	}
	return kept, nil
}
