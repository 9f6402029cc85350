package db

import (
	"container/list"
	"context"
	"database/sql"
	"database/sql/driver"

	"github.com/jackc/pgx/v5"
	"modernc.org/sqlite"
)

// tracer tells of every statement on PostgreSQL.
type tracer func(ctx context.Context, sql string)

// TraceQueryStart is pgx's hook.
func (t tracer) TraceQueryStart(ctx context.Context, _ *pgx.Conn, d pgx.TraceQueryStartData) context.Context {
	t(ctx, d.SQL)
	return ctx
}

// TraceQueryEnd is pgx's hook.
func (tracer) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}

// TraceBatchStart is pgx's hook.
func (t tracer) TraceBatchStart(ctx context.Context, _ *pgx.Conn, d pgx.TraceBatchStartData) context.Context {
	for _, q := range d.Batch.QueuedQueries {
		t(ctx, q.SQL)
	}
	return ctx
}

// TraceBatchQuery is pgx's hook.
func (tracer) TraceBatchQuery(context.Context, *pgx.Conn, pgx.TraceBatchQueryData) {}

// TraceBatchEnd is pgx's hook.
func (tracer) TraceBatchEnd(context.Context, *pgx.Conn, pgx.TraceBatchEndData) {}

// openLite opens an SQLite file. Each connection keeps the statements that it has prepared: parsing costs as much as
// running the short ones, and pgx does the same on PostgreSQL.
func openLite(dsn string, listen func(context.Context, string)) *sql.DB {
	if listen == nil {
		listen = func(context.Context, string) {}
	}
	return sql.OpenDB(connector{dsn, listen})
}

type connector struct {
	dsn    string
	listen func(context.Context, string)
}

func (c connector) Driver() driver.Driver { return &sqlite.Driver{} }

func (c connector) Connect(context.Context) (driver.Conn, error) {
	inner, err := c.Driver().Open(c.dsn)
	if err != nil {
		return nil, err
	}
	return &conn{Conn: inner, listen: c.listen, kept: map[string]*list.Element{}}, nil
}

const (
	keptStatements = 256
	keptLength     = 8 << 10 // longer ones are bulk changes, seldom the same twice
)

// conn is one connection with its statements, the most recently used in front. database/sql uses it from one goroutine
// at a time.
type conn struct {
	driver.Conn
	listen func(context.Context, string)
	kept   map[string]*list.Element
	recent list.List
}

type prepared struct {
	driver.Stmt
	text string
	busy bool // rows of it are being read
}

// prepare finds a statement that is free, or makes one; keep is false for one that the caller has to close.
func (c *conn) prepare(ctx context.Context, text string) (p *prepared, keep bool, err error) {
	if e := c.kept[text]; e != nil {
		if p := e.Value.(*prepared); !p.busy {
			c.recent.MoveToFront(e)
			return p, true, nil
		}
	}
	stmt, err := c.Conn.(driver.ConnPrepareContext).PrepareContext(ctx, text)
	if err != nil {
		return nil, false, err
	}
	p = &prepared{Stmt: stmt, text: text}
	if len(text) > keptLength || c.kept[text] != nil {
		return p, false, nil
	}
	c.kept[text] = c.recent.PushFront(p)
	for e := c.recent.Back(); e != nil && c.recent.Len() > keptStatements; {
		before := e.Prev()
		if old := e.Value.(*prepared); !old.busy {
			c.recent.Remove(e)
			delete(c.kept, old.text)
			if err := old.Close(); err != nil {
				return nil, false, err
			}
		}
		e = before
	}
	return p, true, nil
}

// QueryContext runs a kept statement.
func (c *conn) QueryContext(ctx context.Context, text string, args []driver.NamedValue) (driver.Rows, error) {
	c.listen(ctx, text)
	p, keep, err := c.prepare(ctx, text)
	if err != nil {
		return nil, err
	}
	rows, err := p.Stmt.(driver.StmtQueryContext).QueryContext(ctx, args)
	if err != nil {
		if !keep {
			_ = p.Close() // the query's own error says more
		}
		return nil, err
	}
	p.busy = true
	return &reading{rows, p, keep}, nil
}

// ExecContext runs a kept statement.
func (c *conn) ExecContext(ctx context.Context, text string, args []driver.NamedValue) (driver.Result, error) {
	c.listen(ctx, text)
	p, keep, err := c.prepare(ctx, text)
	if err != nil {
		return nil, err
	}
	result, err := p.Stmt.(driver.StmtExecContext).ExecContext(ctx, args)
	if !keep {
		if e := p.Close(); err == nil {
			err = e
		}
	}
	return result, err
}

// reading are rows that give their statement back.
type reading struct {
	driver.Rows
	from *prepared
	keep bool
}

func (r *reading) Close() error {
	err := r.Rows.Close()
	r.from.busy = false
	if !r.keep {
		if e := r.from.Close(); err == nil {
			err = e
		}
	}
	return err
}

// Close closes the statements and the connection.
func (c *conn) Close() error {
	for e := c.recent.Front(); e != nil; e = e.Next() {
		_ = e.Value.(*prepared).Close() // closing the connection reports what matters
	}
	return c.Conn.Close()
}

// BeginTx is the connection's own.
func (c *conn) BeginTx(ctx context.Context, o driver.TxOptions) (driver.Tx, error) {
	return c.Conn.(driver.ConnBeginTx).BeginTx(ctx, o)
}

// CheckNamedValue is the connection's own.
func (c *conn) CheckNamedValue(v *driver.NamedValue) error {
	if n, ok := c.Conn.(driver.NamedValueChecker); ok {
		return n.CheckNamedValue(v)
	}
	return driver.ErrSkip
}

// ResetSession is the connection's own.
func (c *conn) ResetSession(ctx context.Context) error {
	if r, ok := c.Conn.(driver.SessionResetter); ok {
		return r.ResetSession(ctx)
	}
	return nil
}

// Ping is the connection's own.
func (c *conn) Ping(ctx context.Context) error {
	if p, ok := c.Conn.(driver.Pinger); ok {
		return p.Ping(ctx)
	}
	return nil
}
