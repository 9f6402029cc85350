package db

import (
	"context"
	"database/sql"
	"database/sql/driver"

	"github.com/jackc/pgx/v5"
	"modernc.org/sqlite"
)

// tracer tells of every statement on PostgreSQL.
type tracer func(sql string)

// TraceQueryStart is pgx's hook.
func (t tracer) TraceQueryStart(ctx context.Context, _ *pgx.Conn, d pgx.TraceQueryStartData) context.Context {
	t(d.SQL)
	return ctx
}

// TraceQueryEnd is pgx's hook.
func (tracer) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}

// openLite opens an SQLite file, with a listener in between where there is one.
func openLite(dsn string, listen func(string)) (*sql.DB, error) {
	if listen == nil {
		return sql.Open("sqlite", dsn)
	}
	return sql.OpenDB(connector{dsn, listen}), nil
}

type connector struct {
	dsn    string
	listen func(string)
}

func (c connector) Driver() driver.Driver { return &sqlite.Driver{} }

func (c connector) Connect(context.Context) (driver.Conn, error) {
	conn, err := c.Driver().Open(c.dsn)
	if err != nil {
		return nil, err
	}
	return listening{conn, c.listen}, nil
}

type listening struct {
	driver.Conn
	listen func(string)
}

func (c listening) QueryContext(ctx context.Context, q string, args []driver.NamedValue) (driver.Rows, error) {
	c.listen(q)
	return c.Conn.(driver.QueryerContext).QueryContext(ctx, q, args)
}

func (c listening) ExecContext(ctx context.Context, q string, args []driver.NamedValue) (driver.Result, error) {
	c.listen(q)
	return c.Conn.(driver.ExecerContext).ExecContext(ctx, q, args)
}

func (c listening) BeginTx(ctx context.Context, o driver.TxOptions) (driver.Tx, error) {
	return c.Conn.(driver.ConnBeginTx).BeginTx(ctx, o)
}

func (c listening) CheckNamedValue(v *driver.NamedValue) error {
	if n, ok := c.Conn.(driver.NamedValueChecker); ok {
		return n.CheckNamedValue(v)
	}
	return driver.ErrSkip
}

func (c listening) ResetSession(ctx context.Context) error {
	if r, ok := c.Conn.(driver.SessionResetter); ok {
		return r.ResetSession(ctx)
	}
	return nil
}
