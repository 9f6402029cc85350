package db_test

import (
	"strings"
	"testing"

	"github.com/holdfast-platform/holdfast/server/internal/db"
	"github.com/holdfast-platform/holdfast/server/internal/dbtest"
)

// SQLite would plan a LIKE anew for each pattern, to use the index for those that begin with letters.
func TestSQLiteKeepsItsPlans(t *testing.T) {
	t.Parallel()
	d, err := db.Open(t.Context(), db.Config{URL: dbtest.SQLite(t)})
	must(t, err)
	defer func() { must(t, d.Close()) }()
	_, err = d.Writer().ExecContext(t.Context(), `CREATE TEMPORARY TABLE words (word text COLLATE nocase); CREATE INDEX temp.by_word ON words (word)`)
	must(t, err)
	var id, parent, unused int
	var plan string
	must(t, d.Writer().QueryRowContext(t.Context(), `EXPLAIN QUERY PLAN SELECT word FROM words WHERE word LIKE ?`, "a%").Scan(&id, &parent, &unused, &plan))
	if !strings.HasPrefix(plan, "SCAN") {
		t.Errorf("it is planned for the pattern: %s", plan)
	}
}
