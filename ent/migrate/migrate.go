// Package migrate brings a database to the schema of this program: reviewed SQL, forward only.
package migrate

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

//go:embed sqlite/*.sql postgres/*.sql hand
var files embed.FS

// ErrNewer says that a newer program has changed the database: this one refuses to touch it.
var ErrNewer = errors.New("the database belongs to a newer version of this program")

// dirs names the folder of a dialect, as ent names dialects.
var dirs = map[string]string{"sqlite3": "sqlite", "postgres": "postgres"}

// Apply runs ent's files, then the hand-written ones. They have a folder and a version table of their own, because the
// generator replays its folder and would drop what it finds there and does not know.
func Apply(ctx context.Context, kind string, db *sql.DB) error {
	return ApplyFrom(ctx, kind, db, files)
}

// ApplyFrom is Apply with other files.
func ApplyFrom(ctx context.Context, kind string, db *sql.DB, files fs.FS) error {
	for _, s := range steps(kind) {
		p, err := provider(kind, db, files, s, true)
		if err != nil {
			return err
		}
		have, want, err := p.GetVersions(ctx)
		if err != nil {
			return err
		}
		if have > want {
			return fmt.Errorf("%w: %s is at %d, known is %d", ErrNewer, s.table, have, want)
		}
		if have == want {
			continue
		}
		done, err := p.Up(ctx)
		if err != nil {
			return err
		}
		if kind == "sqlite3" && len(done) > 0 { // the files turn the enforcement off
			var broken int
			if err := db.QueryRowContext(ctx, `SELECT count(*) FROM pragma_foreign_key_check`).Scan(&broken); err != nil || broken > 0 {
				return errors.Join(err, fmt.Errorf("%d references lead nowhere after the migration", broken))
			}
		}
	}
	return nil
}

// Version is one half of the schema: where the database is and where this program would bring it.
type Version struct {
	Table      string
	Have, Want int64
}

// Versions tells where a database stands, without changing it. A database that was never migrated has 0.
func Versions(ctx context.Context, kind string, db *sql.DB) ([]Version, error) {
	var out []Version
	for _, s := range steps(kind) {
		p, err := provider(kind, db, files, s, false)
		if err != nil {
			return nil, err
		}
		have, want, err := p.GetVersions(ctx)
		if err != nil {
			return nil, err
		}
		out = append(out, Version{s.table, have, want})
	}
	return out, nil
}

type step struct{ dir, table string }

func steps(kind string) []step {
	return []step{{dirs[kind], "schema_version"}, {"hand/" + dirs[kind], "schema_version_hand"}}
}

func provider(kind string, db *sql.DB, files fs.FS, s step, locked bool) (*goose.Provider, error) {
	dir, err := fs.Sub(files, s.dir)
	if err != nil {
		return nil, err
	}
	opts := []goose.ProviderOption{goose.WithTableName(s.table), goose.WithDisableGlobalRegistry(true)}
	if kind == "postgres" && locked { // one replica migrates, the others wait
		locker, err := lock.NewPostgresSessionLocker()
		if err != nil {
			return nil, err
		}
		opts = append(opts, goose.WithSessionLocker(locker))
	}
	if s.dir == "hand/sqlite" {
		opts = append(opts, goose.WithGoMigrations(addFacetScopes))
	}
	return goose.NewProvider(goose.Dialect(kind), db, dir, opts...)
}
