package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"runtime"
	"slices"

	"entgo.io/ent/dialect"
	entsql "entgo.io/ent/dialect/sql"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/holdfast-platform/holdfast/ent/viewer"
)

// openPostgres opens four pools: the app's and the owner's, each with one that cannot write. Requests go to them by pgx
// itself; database/sql on top would open and give back a connection per statement and copy each value twice.
func (d *DB) openPostgres(ctx context.Context, cfg Config) error {
	d.Kind = dialect.Postgres
	conns := cfg.MaxConns
	if conns == 0 {
		conns = max(8, 4*runtime.NumCPU())
	}
	for _, p := range []struct {
		to        *pool
		app, read bool
		conns     int
	}{
		{&d.pools.sysWriter, false, false, max(4, conns/2)}, {&d.pools.sysReader, false, true, max(4, conns/2)},
		{&d.pools.writer, true, false, conns}, {&d.pools.reader, true, true, conns},
	} {
		c, err := pgxpool.ParseConfig(cfg.URL)
		if err != nil {
			return fmt.Errorf("the database's URL does not parse: %w", redact(err))
		}
		c.MaxConns = int32(p.conns)
		c.ConnConfig.RuntimeParams["application_name"] = "holdfast"
		c.ConnConfig.RuntimeParams["timezone"] = "UTC"
		c.AfterConnect = func(_ context.Context, conn *pgx.Conn) error { register(conn.TypeMap()); return nil }
		if p.app {
			c.AfterConnect, c.PrepareConn = d.enter, bind
		}
		switch {
		case p.read && c.ConnConfig.ValidateConnect == nil:
			c.ConnConfig.RuntimeParams["default_transaction_read_only"] = "on"
		case p.read: // said at the beginning it would make every server look like a standby to target_session_attrs
			enter := c.AfterConnect
			c.AfterConnect = func(ctx context.Context, conn *pgx.Conn) error {
				if _, err := conn.Exec(ctx, "set default_transaction_read_only = on"); err != nil {
					return err
				}
				return enter(ctx, conn)
			}
		}
		if cfg.Statement != nil {
			c.ConnConfig.Tracer = tracer(cfg.Statement)
		}
		made, err := pgxpool.NewWithConfig(ctx, c)
		if err != nil {
			return redact(err)
		}
		*p.to = pool{made}
	}
	d.sysWriter, d.sysReader = stdlib.OpenDBFromPool(d.pools.sysWriter.Pool), stdlib.OpenDBFromPool(d.pools.sysReader.Pool)
	return d.sysWriter.PingContext(ctx)
}

// redact keeps a password out of an error about the URL.
func redact(err error) error {
	var parse *pgconnParseError
	if errors.As(err, &parse) {
		return errors.New("not a PostgreSQL URL")
	}
	return err
}

// bind tells the connection whose rows it may see. It remembers, so that it is asked only when the tenant changes.
func bind(ctx context.Context, c *pgx.Conn) (bool, error) {
	want := ""
	if v := viewer.From(ctx); v != nil {
		want = v.TenantID.String()
	}
	data := c.PgConn().CustomData()
	if have, ok := data["tenant"].(string); ok && have == want {
		return true, nil
	}
	delete(data, "tenant")
	if _, err := c.Exec(ctx, `select set_config('app.tenant_id', $1, false)`, want); err != nil {
		return false, err
	}
	data["tenant"] = want
	return true, nil
}

// pool is one pool of connections, for ent's reads and for plain SQL. Each statement takes a connection, which is bound
// to the tenant of the statement's context on the way (see bind).
type pool struct{ *pgxpool.Pool }

// attempts is how often a statement that never reached the database is sent: a connection may have died while nobody
// looked.
const attempts = 3

// Dialect is ent's name of the database.
func (pool) Dialect() string { return dialect.Postgres }

// Close leaves the pool open: it is the DB's.
func (pool) Close() error { return nil }

// Tx is not for reads.
func (pool) Tx(context.Context) (dialect.Tx, error) {
	return nil, errors.New("db: a transaction is opened by Tx")
}

// Exec runs ent's statement.
func (p pool) Exec(ctx context.Context, query string, args, v any) error {
	res, err := p.ExecContext(ctx, query, args.([]any)...)
	if into, ok := v.(*sql.Result); ok && err == nil {
		*into = res
	}
	return err
}

// Query runs ent's query.
func (p pool) Query(ctx context.Context, query string, args, v any) error {
	rows, err := p.query(ctx, query, args.([]any))
	if err != nil {
		return err
	}
	v.(*entsql.Rows).ColumnScanner = rows
	return nil
}

// ExecContext runs a statement.
func (p pool) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	for try := 1; ; try++ {
		tag, err := p.Pool.Exec(ctx, query, args...)
		if err == nil || try == attempts || !pgconn.SafeToRetry(err) {
			return affected(tag), err
		}
	}
}

// QueryContext runs a query.
func (p pool) QueryContext(ctx context.Context, query string, args ...any) (Rows, error) {
	rows, err := p.query(ctx, query, args)
	if err != nil {
		return nil, err
	}
	return rows, nil
}

// QueryRowContext runs a query for one row.
func (p pool) QueryRowContext(ctx context.Context, query string, args ...any) Row {
	rows, err := p.query(ctx, query, args)
	return single{rows, err}
}

func (p pool) query(ctx context.Context, query string, args []any) (*pgRows, error) {
	for try := 1; ; try++ {
		conn, err := p.Acquire(ctx)
		if err != nil {
			return nil, err
		}
		rows, err := conn.Query(ctx, query, args...)
		if err == nil {
			return &pgRows{rows: rows, conn: conn.Conn(), done: conn.Release}, nil
		}
		rows.Close()
		conn.Release()
		if try == attempts || !pgconn.SafeToRetry(err) {
			return nil, err
		}
	}
}

// affected is the outcome of a statement.
type affected pgconn.CommandTag

// LastInsertId is not known on PostgreSQL.
func (affected) LastInsertId() (int64, error) {
	return 0, errors.New("db: PostgreSQL tells ids by RETURNING")
}

// RowsAffected is how many rows it touched.
func (a affected) RowsAffected() (int64, error) { return pgconn.CommandTag(a).RowsAffected(), nil }

// pgTx is one transaction on one connection. What nobody waits for is sent together with the next statement that
// somebody waits for, the begin with the first, and the last ones with the commit: each trip to the database costs more
// than most statements.
type pgTx struct {
	pool    pool
	batches *commitBatches
	conn    *pgxpool.Conn // from the first statement that somebody waits for
	queue   []posted
	begun   bool
	ended   bool
	early   bool // it commits early: the commit is followed by onDisk
	guess   bool // it has taken a counter to stand where it may not
}

type posted struct {
	query string
	args  []any
	early bool // it has the commit let go early
}

// text is what is sent.
func (p posted) text(early bool) string {
	if p.early && early {
		return p.query + " RETURNING " + letGo
	}
	return p.query
}

// ready has a connection for the next statement.
func (t *pgTx) ready(ctx context.Context) (err error) {
	switch {
	case t.ended:
		return sql.ErrTxDone
	case t.conn == nil:
		t.conn, err = t.pool.Acquire(ctx)
	}
	return err
}

// batch is what has to be sent before the next statement.
func (t *pgTx) batch() *pgx.Batch {
	b := &pgx.Batch{}
	if !t.begun {
		b.Queue("begin")
	}
	for _, q := range t.queue {
		b.Queue(q.text(true), q.args...)
	}
	t.queue, t.begun = nil, true
	return b
}

// send runs the queue and, behind it, a query whose answer the caller reads from the result.
func (t *pgTx) send(ctx context.Context, query string, args []any) (pgx.BatchResults, error) {
	if err := t.ready(ctx); err != nil {
		return nil, err
	}
	b := t.batch()
	waiting := b.Len()
	b.Queue(query, args...)
	res := t.conn.SendBatch(ctx, b)
	for range waiting {
		if _, err := res.Exec(); err != nil {
			_ = res.Close() // the statement's own error says more
			return nil, err
		}
	}
	return res, nil
}

// alone tells that nothing has to be sent before the next statement.
func (t *pgTx) alone() bool { return t.begun && len(t.queue) == 0 && !t.ended }

// Exec runs ent's statement. Nobody waits for that of a create: its id is known, and what is wrong with it is said by
// the next one.
func (t *pgTx) Exec(ctx context.Context, query string, args, v any) error {
	if v == nil {
		return t.post(ctx, query, args.([]any)...)
	}
	res, err := t.ExecContext(ctx, query, args.([]any)...)
	if into, ok := v.(*sql.Result); ok && err == nil {
		*into = res
	}
	return err
}

// Query runs ent's query.
func (t *pgTx) Query(ctx context.Context, query string, args, v any) error {
	rows, err := t.query(ctx, query, args.([]any))
	if err != nil {
		return err
	}
	v.(*entsql.Rows).ColumnScanner = rows
	return nil
}

// ExecContext runs a statement.
func (t *pgTx) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	if t.alone() {
		tag, err := t.conn.Exec(ctx, query, args...)
		return affected(tag), err
	}
	res, err := t.send(ctx, query, args)
	if err != nil {
		return nil, err
	}
	tag, err := res.Exec()
	return affected(tag), errors.Join(err, res.Close())
}

// QueryContext runs a query.
func (t *pgTx) QueryContext(ctx context.Context, query string, args ...any) (Rows, error) {
	rows, err := t.query(ctx, query, args)
	if err != nil {
		return nil, err
	}
	return rows, nil
}

// QueryRowContext runs a query for one row.
func (t *pgTx) QueryRowContext(ctx context.Context, query string, args ...any) Row {
	rows, err := t.query(ctx, query, args)
	return single{rows, err}
}

func (t *pgTx) query(ctx context.Context, query string, args []any) (*pgRows, error) {
	if t.alone() {
		rows, err := t.conn.Query(ctx, query, args...)
		if err != nil {
			rows.Close()
			return nil, err
		}
		return &pgRows{rows: rows, conn: t.conn.Conn()}, nil
	}
	res, err := t.send(ctx, query, args)
	if err != nil {
		return nil, err
	}
	rows, err := res.Query()
	if err != nil {
		return nil, errors.Join(err, res.Close())
	}
	return &pgRows{rows: rows, conn: t.conn.Conn(), batch: res}, nil
}

// few is how many posted statements wait at most.
const few = 100

func (t *pgTx) post(ctx context.Context, query string, args ...any) error {
	t.queue = append(t.queue, posted{query: query, args: args})
	if len(t.queue) < few && len(args) < 1000 {
		return nil
	}
	return t.flush(ctx)
}

func (t *pgTx) flush(ctx context.Context) error {
	if len(t.queue) == 0 {
		return nil
	}
	last := t.queue[len(t.queue)-1]
	t.queue = t.queue[:len(t.queue)-1]
	_, err := t.ExecContext(ctx, last.text(true), last.args...)
	return err
}

// begunBy runs what was posted first, so that its errors are not those of what comes behind the savepoint.
func (t *pgTx) begunBy(ctx context.Context, savepoint string) error {
	if slices.ContainsFunc(t.queue, func(q posted) bool { return q.query != "RELEASE "+savepoint }) {
		if err := t.flush(ctx); err != nil {
			return err
		}
	}
	return t.post(ctx, savepoint)
}

func (t *pgTx) undo(ctx context.Context, savepoint string) error {
	for i, q := range t.queue {
		if q.query == savepoint { // not even sent
			t.queue = t.queue[:i]
			return nil
		}
	}
	t.queue = nil
	_, err := t.conn.Exec(ctx, "ROLLBACK TO "+savepoint+"; RELEASE "+savepoint)
	return err
}

// letGo has the commit let go of the transaction's locks before its changes are on the disk, where others wait for
// these. To a row that is changed it is a part of what the change returns.
const letGo = "set_config('synchronous_commit', 'off', true)"

// onDisk is a transaction of its own behind one that committed early. Changes reach the disk in the order of commits,
// so when this one has, those before it have, and all that wait at once share the way.
const onDisk = "select pg_logical_emit_message(true, 'holdfast', '')"

func (t *pgTx) commit(ctx context.Context, sent func()) error {
	switch {
	case t.ended:
		return sql.ErrTxDone
	case t.begun:
	case len(t.queue) == 0:
		return t.Rollback() // it did nothing
	case t.early && t.batches != nil:
		t.begun, t.ended = true, true
		return t.batches.cross(ctx, t.pool, t.queue, sent)
	}
	if err := t.ready(ctx); err != nil {
		return err
	}
	if err := t.finish(ctx, sent); err != nil {
		return err
	}
	t.ended = true
	t.conn.Release()
	return nil
}

func (t *pgTx) finish(ctx context.Context, sent func()) (err error) {
	b := t.batch()
	b.Queue("commit")
	if t.early {
		b.Queue(onDisk)
	}
	res := t.conn.SendBatch(ctx, b)
	if !t.guess { // else one that guesses next could overtake
		sent()
	}
	defer func() { err = errors.Join(err, res.Close()) }()
	for _, q := range b.QueuedQueries {
		tag, err := res.Exec()
		if err == nil && q.SQL == "commit" && tag.String() == "ROLLBACK" {
			err = pgx.ErrTxCommitRollback
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// Commit ends the transaction.
func (t *pgTx) Commit() error { return t.commit(context.Background(), func() {}) }

// Rollback ends it without keeping anything; after Commit it does nothing.
func (t *pgTx) Rollback() error {
	if t.ended {
		return nil
	}
	conn := t.conn
	t.ended, t.queue = true, nil
	if conn == nil {
		return nil
	}
	defer conn.Release() // one that is still in a transaction is thrown away
	if !t.begun || conn.Conn().IsClosed() {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), rollbackTime)
	defer cancel()
	_, err := conn.Exec(ctx, "rollback")
	return err
}
