// Package diff drafts migrations: it compares ent's tables with what the reviewed files build, and writes the
// difference as goose files.
package diff

import (
	"bytes"
	"context"
	"database/sql"
	"slices"
	"strings"

	"ariga.io/atlas/sql/migrate"
	"ariga.io/atlas/sql/sqltool"
	"entgo.io/ent/dialect"
	dsl "entgo.io/ent/dialect/entsql"
	entsql "entgo.io/ent/dialect/sql"
	"entgo.io/ent/dialect/sql/schema"

	"github.com/holdfast-platform/holdfast/gen/ent"
)

// Tables are ent's tables with (tenant_id, x_id) → (tenant_id, id) in place of x_id → id, so that the database itself
// refuses a reference into another tenant. A NULL x_id is not checked (MATCH SIMPLE), which is what an optional
// reference wants. ON DELETE must not be SET NULL, ent's default for an optional edge: it would clear tenant_id as
// well. It must not be CASCADE: no hook sees what the database deletes, so the journal would not either. A room unlinks
// or deletes the dependants itself. Columns that hold a person point at (tenant_id, user_id) of the memberships. Shadow
// columns sort by code point.
func Tables(kind string, tables []*schema.Table) ([]*schema.Table, error) {
	tables, err := schema.CopyTables(tables)
	if err != nil {
		return nil, err
	}
	byName := map[string]*schema.Table{}
	for _, t := range tables {
		byName[t.Name] = t
	}
	for _, k := range ent.Kinds {
		t := byName[k.Table]
		if !k.Tenant {
			continue
		}
		members := byName[ent.Kinds["Membership"].Table]
		for _, name := range k.People {
			person, _ := t.Column(name)
			tenant, _ := t.Column("tenant_id")
			to1, _ := members.Column("tenant_id")
			to2, _ := members.Column("user_id")
			fk := &schema.ForeignKey{Symbol: t.Name + "_" + name, Columns: []*schema.Column{tenant, person}, RefTable: members,
				RefColumns: []*schema.Column{to1, to2}, OnDelete: schema.NoAction}
			t.ForeignKeys = append(t.ForeignKeys, fk)
			cover(t, fk)
		}
	}
	points := map[string]map[string]string{}
	for _, k := range ent.Kinds {
		t := byName[k.Table]
		points[k.Table] = k.Points
		for name, to := range k.Points {
			from, _ := t.Column(name)
			target := byName[ent.Kinds[to].Table]
			id, _ := target.Column("id")
			t.ForeignKeys = append(t.ForeignKeys, &schema.ForeignKey{Symbol: t.Name + "_" + name, Columns: []*schema.Column{from}, RefTable: target, RefColumns: []*schema.Column{id}})
		}
	}
	for _, t := range tables {
		for _, c := range t.Columns {
			if kind == dialect.Postgres && (strings.HasSuffix(c.Name, "_fold") || strings.HasSuffix(c.Name, "_key")) {
				c.Collation = "C"
			}
		}
		if kind == dialect.Postgres {
			// A table that points at itself: PostgreSQL wants the unique index first, atlas writes it last.
			// Hand-written SQL adds these.
			t.ForeignKeys = slices.DeleteFunc(t.ForeignKeys, func(fk *schema.ForeignKey) bool { return fk.RefTable == t })
			for name := range points[t.Name] {
				tenant, _ := t.Column("tenant_id")
				c, _ := t.Column(name)
				t.Indexes = append(t.Indexes, &schema.Index{Name: t.Name + "_" + name, Columns: []*schema.Column{tenant, c}})
			}
		}
		for _, fk := range t.ForeignKeys {
			if len(fk.Columns) > 1 {
				continue
			}
			fk.OnDelete = schema.NoAction
			from, ok := t.Column("tenant_id")
			to, ok2 := fk.RefTable.Column("tenant_id")
			if ok && ok2 {
				fk.Columns = append([]*schema.Column{from}, fk.Columns...)
				fk.RefColumns = append([]*schema.Column{to}, fk.RefColumns...)
			}
			cover(t, fk)
		}
		for _, i := range t.Indexes {
			narrow(i)
		}
	}
	return tables, nil
}

// narrow leaves the rows without a value out of an index that only finds rows by an optional one: most have none, and
// each index costs a write something.
func narrow(i *schema.Index) {
	if !i.Unique && len(i.Columns) == 2 && i.Columns[0].Name == "tenant_id" && i.Columns[1].Nullable && i.Annotation == nil {
		i.Annotation = dsl.IndexWhere(i.Columns[1].Name + " IS NOT NULL")
	}
}

// cover indexes a foreign key, unless an index begins with its columns: neither database does it by itself, and without
// one deleting a site reads all assets.
func cover(t *schema.Table, fk *schema.ForeignKey) {
	for _, i := range t.Indexes {
		same := len(i.Columns) >= len(fk.Columns)
		for n := 0; same && n < len(fk.Columns); n++ {
			same = i.Columns[n].Name == fk.Columns[n].Name
		}
		if same {
			return
		}
	}
	t.Indexes = append(t.Indexes, &schema.Index{Name: fk.Symbol, Columns: fk.Columns})
}

// Write adds a file to dir when the tables differ. db must be empty: in memory on SQLite, a scratch database on
// PostgreSQL. On SQLite it must have one connection, because the files that are replayed open and end transactions.
func Write(ctx context.Context, kind string, db *sql.DB, dir, name string, tables []*schema.Table) error {
	goose, err := sqltool.NewGooseDir(dir)
	if err != nil {
		return err
	}
	m, err := schema.NewMigrate(entsql.OpenDB(kind, db), schema.WithDir(goose), schema.WithFormatter(formatter{}),
		schema.WithMigrationMode(schema.ModeReplay), schema.WithDialect(kind), schema.WithDropColumn(true), schema.WithDropIndex(true))
	if err != nil {
		return err
	}
	return m.NamedDiff(ctx, name, tables...)
}

// formatter cuts the Down part (forward only; that of a rebuild is wrong anyway), and marks SQLite rebuilds: "PRAGMA
// foreign_keys = off" does nothing inside a transaction, so goose must not open one, or dropping the old table takes
// its child rows along. The file opens its own after the pragma: without one, a failure half-way leaves the table under
// its temporary name.
type formatter struct{}

// Format writes the files of a plan.
func (formatter) Format(plan *migrate.Plan) ([]migrate.File, error) {
	files, err := sqltool.GooseFormatter.Format(plan)
	for i, f := range files {
		text, _, _ := bytes.Cut(f.Bytes(), []byte("-- +goose Down"))
		if bytes.Contains(text, []byte("PRAGMA foreign_keys = off")) {
			text = append([]byte("-- +goose NO TRANSACTION\n"), text...)
			text = bytes.ReplaceAll(text, []byte("PRAGMA foreign_keys = off;\n"), []byte("PRAGMA foreign_keys = off;\nBEGIN;\n"))
			text = bytes.ReplaceAll(text, []byte("PRAGMA foreign_keys = on;\n"), []byte("COMMIT;\nPRAGMA foreign_keys = on;\n"))
		}
		files[i] = migrate.NewLocalFile(f.Name(), text)
	}
	return files, err
}
