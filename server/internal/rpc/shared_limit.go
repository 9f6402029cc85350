package rpc

import (
	"context"
	"log/slog"
	"time"

	"entgo.io/ent/dialect"
	"github.com/google/uuid"

	"github.com/holdfast-platform/holdfast/server/internal/db"
)

// overDatabase exchanges the counts of the limits through PostgreSQL. SQLite has one process only, and needs none.
type overDatabase struct {
	db      *db.DB
	process uuid.UUID
}

// OverDatabase is the exchange that servers on one database share; nil where there can be only one.
func OverDatabase(d *db.DB) Exchange {
	if d.Kind != dialect.Postgres {
		return nil
	}
	return overDatabase{d, uuid.New()}
}

// Exchange writes this process' counts and reads the others', in one statement.
func (o overDatabase) Exchange(ctx context.Context, window time.Time, counted map[string]int) (map[string]int, error) {
	keys, counts := make([]string, 0, len(counted)), make([]int32, 0, len(counted))
	for key, n := range counted {
		keys, counts = append(keys, key), append(counts, int32(min(n, 1<<30)))
	}
	rows, err := o.db.Writer().QueryContext(ctx, `WITH mine AS (
			INSERT INTO usage (key, process, window_start, count) SELECT k, $2, $3, n FROM unnest($1::text[], $4::int[]) AS t (k, n)
			ON CONFLICT (key, process) DO UPDATE SET window_start = excluded.window_start, count = excluded.count)
		SELECT key, sum(count) FROM usage WHERE key = ANY ($1::text[]) AND process <> $2 AND window_start = $3 GROUP BY key`,
		keys, o.process, window, counts)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	others := map[string]int{}
	for rows.Next() {
		var key string
		var n int
		if err := rows.Scan(&key, &n); err != nil {
			return nil, err
		}
		others[key] = n
	}
	return others, rows.Err()
}

// sweep removes what nobody asks for any more: answers whose day is over, counts of past windows.
func (d *Door) sweep(ctx context.Context) {
	now := d.now(ctx)
	_, err := d.DB.Writer().ExecContext(ctx, `DELETE FROM idempotency WHERE expires_at < $1`, now)
	if err == nil && d.DB.Kind == dialect.Postgres {
		_, err = d.DB.Writer().ExecContext(ctx, `DELETE FROM usage WHERE window_start < $1`, now.Add(-25*time.Hour))
	}
	if err != nil && ctx.Err() == nil {
		d.Log.LogAttrs(ctx, slog.LevelWarn, "sweep", slog.String("error", err.Error()))
	}
}
