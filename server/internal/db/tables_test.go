package db_test

import (
	"slices"
	"testing"

	"github.com/holdfast-platform/holdfast/ent/migrate"
	"github.com/holdfast-platform/holdfast/server/internal/db"
)

// Every table of a migrated database is registered, with the wall that its columns ask for; every column with keys of
// files has a folder.
func TestTablesAreRegistered(t *testing.T) {
	t.Parallel()
	dialects(t, func(t *testing.T, kind string) {
		d := openEmpty(t, kind)
		must(t, migrate.Apply(t.Context(), kind, d))
		query := `SELECT t.table_name, EXISTS (SELECT 1 FROM information_schema.columns c WHERE c.table_name = t.table_name AND c.column_name = 'tenant_id')
			FROM information_schema.tables t WHERE t.table_schema = 'public' AND t.table_type = 'BASE TABLE'`
		if kind == "sqlite3" {
			query = `SELECT name, EXISTS (SELECT 1 FROM pragma_table_info(m.name) c WHERE c.name = 'tenant_id') FROM sqlite_master m WHERE type = 'table'`
		}
		rows, err := d.QueryContext(t.Context(), query)
		must(t, err)
		defer func() { must(t, rows.Close()) }()
		for rows.Next() {
			var name string
			var tenant bool
			must(t, rows.Scan(&name, &tenant))
			if !db.Registered(name) {
				t.Errorf("the table %s is not on the list in tables.go", name)
				continue
			}
			at := slices.IndexFunc(db.Tables(), func(t db.Table) bool { return t.Name == name })
			if at >= 0 && db.Tables()[at].Tenant != tenant {
				t.Errorf("the table %s has a tenant_id: %v, the list says %v", name, tenant, !tenant)
			}
		}
		must(t, rows.Err())
	})
	for _, table := range db.Tables() {
		for column, folder := range table.Storage {
			if folder == "" {
				t.Errorf("%s.%s holds keys of files, whose folder is not registered in tables.go", table.Name, column)
			}
		}
		if !table.Archive && table.Why == "" {
			t.Errorf("no archive holds %s, and nobody says why", table.Name)
		}
	}
}
