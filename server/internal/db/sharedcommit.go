package db

import (
	"context"
	"database/sql"
	"errors"
	"sync/atomic"
	"time"

	entsql "entgo.io/ent/dialect/sql"
	"modernc.org/sqlite"

	"github.com/holdfast-platform/holdfast/ent/viewer"
	"github.com/holdfast-platform/holdfast/server/internal/clock"
)

// liteWriter is the one writer of SQLite. Transactions that wait for it while another is at work share that one's
// commit, and with it the way to the disk: each is a savepoint in one common transaction, so that it stands or falls
// alone until it ends, and is answered when what it has kept is on the disk. Machine work and what takes long have a
// transaction of their own: nobody's answer waits for it.
type liteWriter struct {
	pool    *sql.DB       // of one connection
	turn    chan struct{} // holds one token while a transaction is at work
	waiting atomic.Int32  // how many will take the turn
	common  *common       // what is open, for whoever has the turn
}

// common is a transaction that several share.
type common struct {
	conn *sql.Conn
	open time.Time
	kept bool          // it has changes that somebody waits for
	done chan struct{} // closed behind its end
	err  error         // why nothing of it was kept
}

// together is how long the first of several that share a commit waits for more of them.
const together = 10 * time.Millisecond

type byItselfKey struct{}

// ByItself is a context whose transactions may take long: they share their commit with nobody.
func ByItself(ctx context.Context) context.Context {
	return context.WithValue(ctx, byItselfKey{}, true)
}

func (w *liteWriter) begin(ctx context.Context) (*liteTx, error) {
	w.waiting.Add(1)
	select {
	case w.turn <- struct{}{}:
		w.waiting.Add(-1)
	case <-ctx.Done():
		go func() { // whoever has the turn counts on the next one to end what is open
			w.turn <- struct{}{}
			w.waiting.Add(-1)
			_ = w.pass(false)
		}()
		return nil, ctx.Err()
	}
	t := &liteTx{w: w, alone: ctx.Value(byItselfKey{}) != nil || viewer.From(ctx).Machine()}
	if err := t.begin(ctx); err != nil {
		return nil, errors.Join(err, w.pass(false))
	}
	return t, nil
}

func (t *liteTx) begin(ctx context.Context) error {
	if t.alone && t.w.common != nil {
		t.w.end()
	}
	if t.w.common == nil {
		conn, err := t.w.pool.Conn(ctx)
		if err != nil {
			return err
		}
		if _, err := conn.ExecContext(ctx, "BEGIN IMMEDIATE"); err != nil {
			return errors.Join(err, conn.Close())
		}
		t.w.common = &common{conn: conn, open: clock.System.Now(), done: make(chan struct{})}
	}
	t.common = t.w.common
	return t.say("SAVEPOINT one")
}

// pass gives the turn on. Who keeps something waits until it is on the disk; it gets there at once when nobody else is
// coming.
func (w *liteWriter) pass(keep bool) error {
	c := w.common
	if c == nil {
		<-w.turn
		return nil
	}
	c.kept = c.kept || keep
	if c.err != nil || w.waiting.Load() == 0 || clock.System.Now().Sub(c.open) > together {
		w.end()
	}
	<-w.turn
	if !keep {
		return nil
	}
	<-c.done
	return c.err
}

// end ends what is open, for all who share it.
func (w *liteWriter) end() {
	c := w.common
	w.common = nil
	ctx := context.Background()
	how := "COMMIT"
	if c.err != nil || !c.kept {
		how = "ROLLBACK"
	}
	if _, err := c.conn.ExecContext(ctx, how); err != nil && c.err == nil {
		c.err = err
		_, _ = c.conn.ExecContext(ctx, "ROLLBACK") // the commit's own error says more
	}
	if err := c.conn.Close(); err != nil && c.err == nil {
		c.err = err
	}
	close(c.done)
}

// liteTx is one transaction: a savepoint in a common one.
type liteTx struct {
	w      *liteWriter
	common *common // nil behind its end
	alone  bool
	broken error // what ended the common transaction while this one was at work
}

// ready tells whether a statement may run, and in which context: one that is cut short would take the others' changes
// along.
func (t *liteTx) ready(ctx context.Context) (context.Context, error) {
	switch {
	case t.common == nil:
		return nil, sql.ErrTxDone
	case t.broken != nil:
		return nil, t.broken
	case ctx.Err() != nil:
		return nil, ctx.Err()
	}
	return context.WithoutCancel(ctx), nil
}

// heard looks for errors by which SQLite rolls back more than the statement: what came after it would be kept at once.
func (t *liteTx) heard(err error) error {
	var lite *sqlite.Error
	if errors.As(err, &lite) {
		switch lite.Code() & 0xff {
		case 5, 7, 9, 10, 11, 13: // SQLITE_BUSY, NOMEM, INTERRUPT, IOERR, CORRUPT, FULL
			t.broken = err
		}
	}
	return err
}

// say runs a statement about the transaction itself.
func (t *liteTx) say(statement string) error {
	_, err := t.common.conn.ExecContext(context.Background(), statement)
	if err != nil && t.common.err == nil {
		t.common.err = err
	}
	return err
}

func (t *liteTx) begunBy(ctx context.Context, savepoint string) error { return t.post(ctx, savepoint) }

func (t *liteTx) undo(ctx context.Context, savepoint string) error {
	if err := t.post(ctx, "ROLLBACK TO "+savepoint); err != nil {
		return err
	}
	return t.post(ctx, "RELEASE "+savepoint)
}

// ExecContext runs a statement.
func (t *liteTx) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	ctx, err := t.ready(ctx)
	if err != nil {
		return nil, err
	}
	res, err := t.common.conn.ExecContext(ctx, query, args...)
	return res, t.heard(err)
}

// QueryContext runs a query.
func (t *liteTx) QueryContext(ctx context.Context, query string, args ...any) (Rows, error) {
	ctx, err := t.ready(ctx)
	if err != nil {
		return nil, err
	}
	rows, err := t.common.conn.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, t.heard(err)
	}
	return rows, nil
}

// QueryRowContext runs a query for one row.
func (t *liteTx) QueryRowContext(ctx context.Context, query string, args ...any) Row {
	ctx, err := t.ready(ctx)
	if err != nil {
		return single{nil, err}
	}
	return heardRow{t, t.common.conn.QueryRowContext(ctx, query, args...)}
}

// heardRow is a row whose error is heard.
type heardRow struct {
	t   *liteTx
	row Row
}

// Scan reads the row.
func (r heardRow) Scan(dest ...any) error { return r.t.heard(r.row.Scan(dest...)) }

// Exec runs ent's statement.
func (t *liteTx) Exec(ctx context.Context, query string, args, v any) error {
	ctx, err := t.ready(ctx)
	if err != nil {
		return err
	}
	return t.heard(entsql.Conn{ExecQuerier: t.common.conn}.Exec(ctx, query, args, v))
}

// Query runs ent's query.
func (t *liteTx) Query(ctx context.Context, query string, args, v any) error {
	ctx, err := t.ready(ctx)
	if err != nil {
		return err
	}
	return t.heard(entsql.Conn{ExecQuerier: t.common.conn}.Query(ctx, query, args, v))
}

func (t *liteTx) post(ctx context.Context, query string, args ...any) error {
	_, err := t.ExecContext(ctx, query, args...)
	return err
}

func (t *liteTx) flush(context.Context) error { return nil }

func (t *liteTx) commit(ctx context.Context, sent func()) error {
	if _, err := t.ready(ctx); err != nil {
		return err
	}
	sent()
	released := t.say("RELEASE one")
	t.common = nil
	return errors.Join(released, t.w.pass(released == nil))
}

// Commit ends the transaction.
func (t *liteTx) Commit() error { return t.commit(context.Background(), func() {}) }

// Rollback ends it without keeping anything; after Commit it does nothing.
func (t *liteTx) Rollback() error {
	if t.common == nil {
		return nil
	}
	if t.common.err = t.broken; t.broken == nil && t.say("ROLLBACK TO one") == nil {
		_ = t.say("RELEASE one") // an error ends the common transaction
	}
	t.common = nil
	return t.w.pass(false)
}
