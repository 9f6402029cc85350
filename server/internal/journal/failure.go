package journal

import (
	"context"
	"fmt"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"github.com/holdfast-platform/holdfast/ent/viewer"
	"github.com/holdfast-platform/holdfast/server/internal/db"
)

// Failure says that a consumer could not work off a tenant's lines: they wait, from Seq on.
type Failure struct {
	Consumer string
	// Tenant is whose lines wait; zero for the installation's own.
	Tenant uuid.UUID
	// Seq is the line that failed, Tries how often; 0 while it is not known which of several it was.
	Seq   int64
	Tries int
	// Error is what the last try said, in up to 500 bytes.
	Error    string
	FailedAt time.Time
	// StoppedAt is when it was tried for the last time; nil while that still goes on by itself.
	StoppedAt *time.Time
}

// Stopped tells that the lines wait for an operator.
func (f *Failure) Stopped() bool { return f.StoppedAt != nil }

// Failures are those of all consumers and tenants, stopped or still tried again.
func Failures(ctx context.Context, d *db.DB) ([]Failure, error) {
	return failuresOf(ctx, d.System(), ``)
}

func failuresOf(ctx context.Context, q db.Querier, where string, args ...any) ([]Failure, error) {
	rows, err := q.QueryContext(ctx, `SELECT consumer, tenant_id, seq, tries, error, failed_at, stopped_at FROM consumer_failures `+
		where+` ORDER BY consumer, tenant_id`, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []Failure
	for rows.Next() {
		var f Failure
		if err := rows.Scan(&f.Consumer, &f.Tenant, &f.Seq, &f.Tries, &f.Error, &f.FailedAt, &f.StoppedAt); err != nil {
			return nil, err
		}
		out = append(out, f)
	}
	return out, rows.Err()
}

// put writes it down in place of the one before.
func (f *Failure) put(ctx context.Context) error {
	_, err := db.SQL(ctx).ExecContext(ctx, `INSERT INTO consumer_failures (consumer, tenant_id, seq, tries, error, failed_at, stopped_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (consumer, tenant_id)
		DO UPDATE SET seq = excluded.seq, tries = excluded.tries, error = excluded.error, failed_at = excluded.failed_at, stopped_at = excluded.stopped_at`,
		f.Consumer, f.Tenant, f.Seq, f.Tries, f.Error, f.FailedAt, f.StoppedAt)
	return err
}

// clipped is a text that the table takes.
func clipped(text string) string {
	const limit = 500
	if len(text) <= limit {
		return text
	}
	for limit := limit; ; limit-- {
		if utf8.RuneStart(text[limit]) {
			return text[:limit]
		}
	}
}

// Retry lets a consumer that has stopped go on with a tenant's lines, or with those of all where tenant is nil. It
// answers how many tenants that is. Running servers notice within a second.
func Retry(ctx context.Context, d *db.DB, consumer string, tenant *uuid.UUID) (n int64, err error) {
	err = d.Tx(db.System(d.In(ctx), viewer.Dispatcher), func(ctx context.Context) error {
		q, args := `UPDATE consumer_failures SET tries = 0, stopped_at = NULL WHERE consumer = $1 AND stopped_at IS NOT NULL`, []any{consumer}
		if tenant != nil {
			q, args = q+` AND tenant_id = $2`, append(args, *tenant)
		}
		res, err := db.SQL(ctx).ExecContext(ctx, q, args...)
		if err != nil {
			return err
		}
		n, err = res.RowsAffected()
		return err
	})
	return n, err
}

// Place is how far a consumer has come.
type Place struct {
	Consumer string
	// Seq is the last line that it has done, Behind how many lines came since.
	Seq, Behind int64
}

// Places are those of all consumers that ever ran.
func Places(ctx context.Context, d *db.DB) ([]Place, error) {
	rows, err := d.System().QueryContext(ctx, `SELECT c.name, c.seq, (SELECT count(*) FROM journal j WHERE j.seq > c.seq) FROM cursors c ORDER BY c.name`)
	if err != nil {
		return nil, fmt.Errorf("the places of the journal's consumers: %w", err)
	}
	defer rows.Close()
	var out []Place
	for rows.Next() {
		var p Place
		if err := rows.Scan(&p.Consumer, &p.Seq, &p.Behind); err != nil {
			return nil, err
		}
		out = append(out, p)
	}
	return out, rows.Err()
}
