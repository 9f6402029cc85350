package db

import (
	"context"
	"database/sql"

	"entgo.io/ent/dialect"
)

// Querier is plain SQL; $1 works on both databases.
type Querier interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) Row
}

// Rows are the answer to a query. They are to be closed, and hold a connection until then.
type Rows interface {
	Next() bool
	Scan(dest ...any) error
	Err() error
	Close() error
}

// Row is the one row of an answer; Scan gives sql.ErrNoRows where there is none.
type Row interface{ Scan(dest ...any) error }

// standard is what database/sql's pools and transactions have.
type standard interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// viaSQL is a Querier by database/sql.
type viaSQL struct{ standard }

func (p viaSQL) QueryContext(ctx context.Context, query string, args ...any) (Rows, error) {
	rows, err := p.standard.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err // not rows: a nil pointer in an interface is not nil
	}
	return rows, nil
}

func (p viaSQL) QueryRowContext(ctx context.Context, query string, args ...any) Row {
	return p.standard.QueryRowContext(ctx, query, args...)
}

// transaction is what a unit of work runs in.
type transaction interface {
	Querier
	dialect.Tx
	// post runs a statement whose answer nobody waits for: at the latest before the next statement with an answer, and
	// its error is that one's.
	post(ctx context.Context, query string, args ...any) error
	// flush runs what was posted.
	flush(ctx context.Context) error
	// begunBy sets a savepoint behind what was posted, undo takes everything back that came behind it.
	begunBy(ctx context.Context, savepoint string) error
	undo(ctx context.Context, savepoint string) error
	// commit runs what was posted and keeps everything; sent is called when the database has been told to.
	commit(ctx context.Context, sent func()) error
}
