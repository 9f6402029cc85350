package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"entgo.io/ent/dialect"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/holdfast-platform/holdfast/ent/migrate"
	gen "github.com/holdfast-platform/holdfast/gen/ent"
)

const (
	// retokenizeRows is how many rows one transaction makes anew; retokenizePause is how long others may write between
	// two.
	retokenizeRows  = 200
	retokenizePause = 5 * time.Millisecond
	// retokenizeEvery is how often rows of servers of the version before are looked for.
	retokenizeEvery = time.Minute
)

// Retokenize makes the tokens of texts anew that are of an earlier form, tenant by tenant, behind the requests, and
// looks for such rows from time to time until the context ends: servers of the version before may still write some.
func (d *DB) Retokenize(ctx context.Context, log *slog.Logger) error {
	for {
		n, err := d.RetokenizeNow(ctx)
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil:
			log.LogAttrs(ctx, slog.LevelWarn, "texts are not tokenized anew", slog.String("error", err.Error()))
		case n > 0:
			log.LogAttrs(ctx, slog.LevelInfo, "texts were tokenized anew", slog.Int("records", n))
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(retokenizeEvery):
		}
	}
}

// ExpectEarlierTexts has searches ask for rows of an earlier form, too, until Retokenize finds none: such rows may have
// come.
func (d *DB) ExpectEarlierTexts() { d.textsCurrent.Store(false) }

// RetokenizeNow does it once and tells how many records it was.
func (d *DB) RetokenizeNow(ctx context.Context) (done int, err error) {
	for {
		n, err := d.retokenizeSome(ctx)
		done += n
		if err != nil {
			d.textsCurrent.Store(false)
			return done, fmt.Errorf("tokenize texts anew: %w", err)
		}
		if n == 0 {
			d.textsCurrent.Store(true)
			return done, nil
		}
		d.textsCurrent.Store(false)
		select {
		case <-ctx.Done():
			return done, ctx.Err()
		case <-time.After(retokenizePause):
		}
	}
}

// retokenizeSome works on some rows of one tenant.
func (d *DB) retokenizeSome(ctx context.Context) (n int, err error) {
	var any bool // most starts find nothing: no transaction for that
	if err := d.sysReader.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM search WHERE form = 1)`).Scan(&any); err != nil || !any {
		return 0, err
	}
	tx, err := d.sysWriter.BeginTx(ctx, nil)
	if err != nil {
		return 0, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, tx.Rollback())
		}
	}()
	columns, lock := `record_id, tenant_id, kind, number, body, tokens`, ``
	if d.Kind == dialect.Postgres { // a change of the record waits, or is waited for
		columns, lock = `record_id, tenant_id, kind, number, body, array_to_string(tsvector_to_array(tokens), ' ')`, ` FOR UPDATE`
	}
	rows, err := tx.QueryContext(ctx, fmt.Sprintf(`SELECT %s FROM search WHERE form = 1 AND tenant_id = (SELECT tenant_id FROM search WHERE form = 1 ORDER BY tenant_id LIMIT 1)
		ORDER BY record_id LIMIT %d%s`, columns, retokenizeRows, lock))
	if err != nil {
		return 0, err
	}
	type row struct {
		id, tenant   uuid.UUID
		kind         string
		number       int64
		body, tokens string
	}
	var some []row
	for rows.Next() {
		var r row
		if err := rows.Scan(&r.id, &r.tenant, &r.kind, &r.number, &r.body, &r.tokens); err != nil {
			return 0, errors.Join(err, rows.Close())
		}
		some = append(some, r)
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return 0, err
	}
	for _, r := range some {
		if err := d.retokenizeRow(ctx, tx, r.id, tokensAnew(r.tenant, r.kind, r.number, r.body, r.tokens)); err != nil {
			return 0, err
		}
	}
	return len(some), tx.Commit()
}

func (d *DB) retokenizeRow(ctx context.Context, tx *sql.Tx, id uuid.UUID, tokens []string) error {
	if d.Kind == dialect.Postgres {
		_, err := tx.ExecContext(ctx, `UPDATE search SET form = $1, narrowed = true, tokens = array_to_tsvector($2::text[]) WHERE record_id = $3`,
			textForm, pgtype.FlatArray[string](tokens), id)
		return err
	}
	var rowid int64
	text := strings.Join(tokens, " ")
	if err := tx.QueryRowContext(ctx, `UPDATE search SET form = ?, narrowed = true, tokens = ? WHERE record_id = ? RETURNING id`, textForm, text, id).Scan(&rowid); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, `DELETE FROM search_index WHERE rowid = ?`, rowid); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, `INSERT INTO search_index (rowid, tokens) VALUES (?, ?)`, rowid, text)
	return err
}

// tokensAnew makes tokens of the present form from a row's texts; those of its facets stay.
func tokensAnew(tenant uuid.UUID, kind string, number int64, body, before string) []string {
	scope := Scope(tenant, kind)
	var facets []string
	for _, t := range strings.Fields(before) {
		if strings.HasPrefix(t, scope+"·") {
			facets = append(facets, t)
		}
	}
	scopes := []string{scope}
	if k := gen.Kinds[ByKind(kind)]; k != nil && len(k.Facets) > 0 {
		if combined := combinedToken(scope, facetsInScope(k), facets); combined != "" {
			scopes = append(scopes, migrate.FacetScope(combined))
		}
	}
	return tokensOf(body, Short(ByKind(kind), number), scopes, facets)
}

// combinedToken is the facets' token that has the columns and no other: the shortest that has them.
func combinedToken(scope string, columns, facets []string) string {
	found := ""
	for _, t := range facets {
		has := true
		for _, c := range columns {
			has = has && strings.Contains(t[len(scope):], facet("", c, ""))
		}
		if has && (found == "" || len(t) < len(found)) {
			found = t
		}
	}
	return found
}
