package journal_test

import (
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/holdfast-platform/holdfast/ent/viewer"
	"github.com/holdfast-platform/holdfast/server/internal/db"
	"github.com/holdfast-platform/holdfast/server/internal/journal"
)

// A record's history is found by the record, however long the tenant's journal is.
func TestHistoryIsFoundByTheRecord(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d *db.DB) {
		ann := person(t, d)
		tenant := viewer.From(ann).TenantID
		const lines = 20_000
		fill := `INSERT INTO journal (at, tenant_id, action, kind, record_id, changes)
			SELECT CURRENT_TIMESTAMP, $1, 'asset.updated', 'asset', gen_random_uuid(), '{"name":{"old":"a","new":"b"}}' FROM generate_series(1, $2)`
		if d.Kind != "postgres" {
			fill = `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $2) INSERT INTO journal (at, tenant_id, action, kind, record_id, changes)
				SELECT CURRENT_TIMESTAMP, $1, 'asset.updated', 'asset', lower(hex(randomblob(16))), '{"name":{"old":"a","new":"b"}}' FROM n`
		}
		_, err := d.Writer().ExecContext(t.Context(), fill, tenant, lines)
		must(t, err)
		if d.Kind == "postgres" {
			_, err = d.Writer().ExecContext(t.Context(), `ANALYZE journal`)
			must(t, err)
		}
		explain := "EXPLAIN "
		if d.Kind != "postgres" {
			explain = "EXPLAIN QUERY PLAN "
		}
		id := uuid.New()
		rows, err := d.Reader().QueryContext(t.Context(), explain+journal.HistoryQuery(d.Kind), tenant, tenant, id, "asset", tenant, id, "asset", tenant, id.String(), "asset")
		must(t, err)
		defer func() { must(t, rows.Close()) }()
		columns, err := rows.Columns()
		must(t, err)
		var plan strings.Builder
		for rows.Next() {
			row := make([]any, len(columns))
			for i := range row {
				row[i] = new(any)
			}
			must(t, rows.Scan(row...))
			plan.WriteString(strings.TrimSpace(stringOf(*row[len(row)-1].(*any))) + "\n")
		}
		for _, index := range []string{"journal_record", "journal_on", "journal_to"} {
			if !strings.Contains(plan.String(), index) {
				t.Errorf("without %s the plan is\n%s", index, plan.String())
			}
		}
	})
}

func stringOf(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case []byte:
		return string(v)
	}
	return ""
}
