package migrate

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"slices"
	"strings"

	"github.com/pressly/goose/v3"
)

// FacetScope is the scope of the words of those records that have some facets' values: combined is the token of these
// values together. 64 bits of SHA-256 as hexadecimal digits, which PostgreSQL can make too.
func FacetScope(combined string) string {
	sum := sha256.Sum256([]byte(combined))
	return hex.EncodeToString(sum[:8])
}

// firstFacets are the facets that each kind's words were first narrowed by, as they stand in tokens.
var firstFacets = map[string][]string{
	"asset": {"asset·type", "criticality"}, "finding": {"remediation·status", "risk·level"}, "incident": {"category", "severity"},
	"session": {"status"}, "site": {"status"}, "template": {"category"},
}

// addFacetScopes is version 6 for SQLite, which has no hash function of its own; see that of PostgreSQL for what it
// does.
var addFacetScopes = goose.NewGoMigration(6, &goose.GoFunc{RunTx: func(ctx context.Context, tx *sql.Tx) error {
	if _, err := tx.ExecContext(ctx, `ALTER TABLE search ADD COLUMN narrowed bool NOT NULL DEFAULT false`); err != nil {
		return err
	}
	for kind, columns := range firstFacets {
		if err := addFacetScopesTo(ctx, tx, kind, columns); err != nil {
			return err
		}
	}
	_, err := tx.ExecContext(ctx, `INSERT INTO search_index (search_index) VALUES ('delete-all');
		INSERT INTO search_index (rowid, tokens) SELECT id, tokens FROM search`)
	return err
}}, nil)

// addFacetScopesTo gives the rows of a kind their words in the narrow scope, some thousand at a time.
func addFacetScopesTo(ctx context.Context, tx *sql.Tx, kind string, columns []string) error {
	type row struct {
		id     int64
		tokens string
	}
	for last := int64(0); ; {
		rows, err := tx.QueryContext(ctx, `SELECT id, tokens FROM search WHERE kind = ? AND id > ? ORDER BY id LIMIT 2000`, kind, last)
		if err != nil {
			return err
		}
		var some []row
		for rows.Next() {
			var r row
			if err := rows.Scan(&r.id, &r.tokens); err != nil {
				return err
			}
			some = append(some, r)
		}
		if err := rows.Close(); err != nil {
			return err
		}
		if len(some) == 0 {
			return rows.Err()
		}
		for _, r := range some {
			if _, err := tx.ExecContext(ctx, `UPDATE search SET tokens = ? WHERE id = ?`, withFacetScopes(r.tokens, columns), r.id); err != nil {
				return err
			}
		}
		last = some[len(some)-1].id
	}
}

// withFacetScopes adds to a record's tokens those of its words in the narrow scope.
func withFacetScopes(tokens string, columns []string) string {
	const scope = 13 // characters before each token; behind them stands one for the length of a word
	all := strings.Fields(tokens)
	combined := ""
	for _, t := range all { // of the combinations with all columns, the one without any other
		rest, ok := strings.CutPrefix(t[scope:], "·"+columns[0]+"·")
		if ok && (len(columns) == 1 || strings.Contains(rest, "·"+columns[1]+"·")) && (combined == "" || len(t) < len(combined)) {
			combined = t
		}
	}
	if combined == "" {
		return tokens
	}
	narrow := FacetScope(combined)
	for _, t := range slices.Clone(all) {
		if number := t[scope+1] >= '0' && t[scope+1] <= '9'; !number && !strings.Contains(t, "·") {
			all = append(all, narrow+t[scope:])
		}
	}
	return strings.Join(all, " ")
}
