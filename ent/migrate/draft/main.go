// Command draft writes a migration for both dialects where ent's tables differ from the reviewed files. Run it at the
// top of the project:
//
//	draft NAME POSTGRES_SERVER
//
// The server's URL ends in "/", without a database: draft makes an empty one there and drops it. An unchanged schema
// writes nothing.
package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/google/uuid"
	_ "github.com/jackc/pgx/v5/stdlib"
	_ "modernc.org/sqlite"

	"github.com/holdfast-platform/holdfast/ent/migrate/diff"
	"github.com/holdfast-platform/holdfast/gen/ent/migrate"
)

func main() {
	if err := run(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, "draft:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) (err error) {
	if len(os.Args) != 3 || !strings.HasSuffix(os.Args[2], "/") {
		return errors.New(`usage: draft NAME POSTGRES_SERVER (a URL that ends in "/")`)
	}
	name, server := os.Args[1], os.Args[2]
	if err := draft(ctx, "sqlite3", "sqlite", "sqlite", "file:draft?mode=memory&_pragma=foreign_keys(1)", name); err != nil {
		return err
	}
	admin, err := sql.Open("pgx", server+"postgres")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, admin.Close()) }()
	scratch := "draft_" + strings.ReplaceAll(uuid.NewString(), "-", "")
	if _, err := admin.ExecContext(ctx, "CREATE DATABASE "+scratch); err != nil {
		return err
	}
	defer func() {
		_, dropped := admin.ExecContext(ctx, "DROP DATABASE "+scratch+" WITH (FORCE)")
		err = errors.Join(err, dropped)
	}()
	return draft(ctx, "postgres", "postgres", "pgx", server+scratch, name)
}

// draft compares one dialect.
func draft(ctx context.Context, kind, dir, driver, url, name string) error {
	tables, err := diff.Tables(kind, migrate.Tables)
	if err != nil {
		return err
	}
	db, err := sql.Open(driver, url)
	if err != nil {
		return err
	}
	db.SetMaxOpenConns(1)
	if err := diff.Write(ctx, kind, db, "ent/migrate/"+dir, name, tables); err != nil {
		return errors.Join(fmt.Errorf("%s: %w", kind, err), db.Close())
	}
	return db.Close()
}
