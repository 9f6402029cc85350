package db_test

import (
	"database/sql"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"entgo.io/ent/dialect/sql/schema"
	entfield "entgo.io/ent/schema/field"

	"github.com/holdfast-platform/holdfast/ent/migrate"
	"github.com/holdfast-platform/holdfast/ent/migrate/diff"
	entmigrate "github.com/holdfast-platform/holdfast/gen/ent/migrate"
	"github.com/holdfast-platform/holdfast/server/internal/dbtest"
)

// migrations is the folder of the reviewed files.
const migrations = "../../../ent/migrate"

var dirs = map[string]string{"sqlite3": "sqlite", "postgres": "postgres"}

// open gives an empty database with one connection: the files that are replayed open and end transactions.
func openEmpty(t *testing.T, kind string) *sql.DB {
	t.Helper()
	driver, url := "pgx", ""
	if kind == "sqlite3" {
		driver, url = "sqlite", "file:"+strings.TrimPrefix(dbtest.SQLite(t), "sqlite:")+"?_pragma=foreign_keys(1)"
	} else {
		url = dbtest.Postgres(t)
	}
	db, err := sql.Open(driver, url)
	must(t, err)
	db.SetMaxOpenConns(1)
	if kind == "postgres" {
		db.SetMaxOpenConns(4)
	}
	t.Cleanup(func() { must(t, db.Close()) })
	return db
}

func dialects(t *testing.T, f func(t *testing.T, kind string)) {
	for _, kind := range []string{"sqlite3", "postgres"} {
		t.Run(kind, func(t *testing.T) { f(t, kind) })
	}
}

func names(t *testing.T, dir string) string {
	t.Helper()
	var found []string
	must(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			found = append(found, d.Name())
		}
		return err
	}))
	return strings.Join(found, " ")
}

// The committed files are what the schema asks for: a draft writes nothing.
func TestUnchangedWritesNothing(t *testing.T) {
	t.Parallel()
	dialects(t, func(t *testing.T, kind string) {
		dir := t.TempDir()
		must(t, os.CopyFS(dir, os.DirFS(filepath.Join(migrations, dirs[kind]))))
		tables, err := diff.Tables(kind, entmigrate.Tables)
		must(t, err)
		must(t, diff.Write(t.Context(), kind, openEmpty(t, kind), dir, "again", tables))
		if got, want := names(t, dir), names(t, filepath.Join(migrations, dirs[kind])); got != want {
			t.Fatalf("got %s, want %s", got, want)
		}
	})
}

// A changed column keeps all rows, of the table and of those that point at it; hand-written SQL is left alone; an older
// program refuses.
func TestRebuild(t *testing.T) {
	t.Parallel()
	dialects(t, func(t *testing.T, kind string) {
		root := t.TempDir()
		must(t, os.CopyFS(root, os.DirFS(migrations)))
		db := openEmpty(t, kind)
		must(t, migrate.ApplyFrom(t.Context(), kind, db, os.DirFS(root)))
		const tenant = "'00000000-0000-0000-0000-00000000000a'"
		for _, q := range []string{
			`INSERT INTO sites (id, version, created_at, updated_at, tenant_id, name, status) VALUES ('00000000-0000-0000-0000-000000000001', 1, '2026-01-01', '2026-01-01', ` + tenant + `, 'hq', 'active')`,
			`INSERT INTO assets (id, version, created_at, updated_at, tenant_id, number, name, asset_type, site_id) VALUES
				('00000000-0000-0000-0000-000000000002', 1, '2026-01-01', '2026-01-01', ` + tenant + `, 1, 'a', 'server', '00000000-0000-0000-0000-000000000001')`,
			`INSERT INTO counters (tenant_id, kind, last, live) VALUES (` + tenant + `, 'Asset', 1, 1)`,
		} {
			_, err := db.Exec(q)
			must(t, err)
		}
		tables, err := diff.Tables(kind, entmigrate.Tables)
		must(t, err)
		for _, table := range tables {
			if table.Name == "sites" {
				c, _ := table.Column("name")
				c.Nullable = true
				table.Columns = append(table.Columns, &schema.Column{Name: "plan", Type: entfield.TypeString, Default: "free"})
			}
		}
		must(t, diff.Write(t.Context(), kind, openEmpty(t, kind), filepath.Join(root, dirs[kind]), "plan", tables))
		must(t, migrate.ApplyFrom(t.Context(), kind, db, os.DirFS(root)))
		var plan string
		var counters int
		must(t, db.QueryRow(`SELECT s.plan, (SELECT count(*) FROM counters) FROM assets a JOIN sites s ON s.tenant_id = a.tenant_id AND s.id = a.site_id`).Scan(&plan, &counters))
		if plan != "free" || counters != 1 {
			t.Fatalf("plan %q, counters %d", plan, counters)
		}
		if err := migrate.Apply(t.Context(), kind, db); !errors.Is(err, migrate.ErrNewer) {
			t.Fatalf("an older program: %v", err)
		}
	})
}

// Every reference inside a tenant is a composite key in the database itself, and none of them deletes or clears by
// itself.
func TestReferencesCarryTheTenant(t *testing.T) {
	t.Parallel()
	dialects(t, func(t *testing.T, kind string) {
		db := openEmpty(t, kind)
		must(t, migrate.Apply(t.Context(), kind, db))
		q := `SELECT m.name, group_concat(f."from", ','), f.on_delete FROM sqlite_master m, pragma_foreign_key_list(m.name) f WHERE m.type = 'table' GROUP BY m.name, f.id`
		if kind == "postgres" {
			q = `SELECT c.conrelid::regclass::text, (SELECT string_agg(attname, ',' ORDER BY ord) FROM unnest(c.conkey) WITH ORDINALITY k(num, ord)
				JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.num), CASE c.confdeltype WHEN 'a' THEN 'NO ACTION' ELSE c.confdeltype::text END
				FROM pg_constraint c WHERE c.contype = 'f'`
		}
		rows, err := db.Query(q)
		must(t, err)
		defer rows.Close()
		n := 0
		for rows.Next() {
			var table, columns, onDelete string
			must(t, rows.Scan(&table, &columns, &onDelete))
			n++
			global := table == "login_sessions" || table == "memberships" && columns == "user_id"
			if onDelete != "NO ACTION" || !global && !strings.HasPrefix(columns, "tenant_id,") {
				t.Errorf("%s (%s) on delete %s", table, columns, onDelete)
			}
		}
		must(t, rows.Err())
		if n < 25 {
			t.Fatalf("only %d references", n)
		}
	})
}

// TestHandFilesAreInOrder keeps the names of the hand-written files in the order of their numbers: where a folder has
// no Go among them, goose runs them by name.
func TestHandFilesAreInOrder(t *testing.T) {
	t.Parallel()
	for _, dir := range dirs {
		files, err := filepath.Glob(filepath.Join(migrations, "hand", dir, "*.sql"))
		must(t, err)
		if len(files) == 0 {
			t.Errorf("%s has none", dir)
		}
		last := 0
		for _, f := range files { // by name
			number, _, _ := strings.Cut(filepath.Base(f), "_")
			n, err := strconv.Atoi(number)
			must(t, err)
			if n <= last || len(number) != 2 {
				t.Errorf("%s: after %02d; write the number with two digits", f, last)
			}
			last = n
		}
	}
}
