// Command draft writes a migration for both dialects where ent's tables differ from the reviewed files:
// draft NAME POSTGRES_URL_OF_AN_EMPTY_DATABASE, run at the top of the project. An unchanged schema writes nothing.
package main

import (
	"context"
	"database/sql"
	"fmt"
	"os"

	_ "github.com/jackc/pgx/v5/stdlib"
	_ "modernc.org/sqlite"

	"github.com/holdfast-platform/holdfast/ent/migrate/diff"
	"github.com/holdfast-platform/holdfast/gen/ent/migrate"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "draft:", err)
		os.Exit(1)
	}
}

func run() error {
	if len(os.Args) != 3 {
		return fmt.Errorf("usage: draft NAME POSTGRES_URL")
	}
	for _, d := range []struct{ kind, dir, driver, url string }{
		{"sqlite3", "sqlite", "sqlite", "file:draft?mode=memory&_pragma=foreign_keys(1)"},
		{"postgres", "postgres", "pgx", os.Args[2]},
	} {
		tables, err := diff.Tables(d.kind, migrate.Tables)
		if err != nil {
			return err
		}
		db, err := sql.Open(d.driver, d.url)
		if err != nil {
			return err
		}
		db.SetMaxOpenConns(1)
		if err := diff.Write(context.Background(), d.kind, db, "ent/migrate/"+d.dir, os.Args[1], tables); err != nil {
			return fmt.Errorf("%s: %w", d.kind, err)
		}
		if err := db.Close(); err != nil {
			return err
		}
	}
	return nil
}
