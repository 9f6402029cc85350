package operate

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/holdfast-platform/holdfast/server"
	"github.com/holdfast-platform/holdfast/server/internal/archive"
	"github.com/holdfast-platform/holdfast/server/internal/clock"
	"github.com/holdfast-platform/holdfast/server/internal/db"
	"github.com/holdfast-platform/holdfast/server/internal/job"
)

// errNoDatabase is the answer where no server has been started yet.
var errNoDatabase = errors.New("the first start makes it")

// existing opens the database as it is, if there is one.
func existing(ctx context.Context, address string) (*db.DB, error) {
	if file, ok := strings.CutPrefix(address, "sqlite:"); ok {
		if _, err := os.Stat(file); errors.Is(err, os.ErrNotExist) {
			return nil, fmt.Errorf("%s does not exist yet: %w", file, errNoDatabase)
		}
	}
	d, err := db.Open(ctx, db.Config{URL: address, SkipMigrations: true})
	var pg *pgconn.PgError
	if errors.As(err, &pg) && pg.Code == "42P01" { // undefined table
		return nil, fmt.Errorf("the database answers, but has no tables yet: %w", errNoDatabase)
	}
	return d, err
}

// Present is an error where there is no database yet.
func Present(ctx context.Context, cfg server.Config) error {
	d, err := existing(ctx, cfg.DatabaseURL)
	if err != nil {
		return err
	}
	return d.Close()
}

// Migrate brings the database's schema up to date without serving.
func Migrate(ctx context.Context, cfg server.Config) error {
	d, err := db.Open(ctx, db.Config{URL: cfg.DatabaseURL})
	if err != nil {
		return err
	}
	return errors.Join(job.Migrate(ctx, d), d.Close())
}

// Archive says what a backup holds.
type Archive = archive.Manifest

// Progress is told how far long work is: so much of so much.
type Progress func(done, all int64, what string)

// Backup writes an archive of the database and the files, while servers run.
func Backup(ctx context.Context, to io.Writer, cfg server.Config, progress Progress) (*Archive, error) {
	files, err := cfg.OpenFiles(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { _ = files.Close() }()
	from := archive.Source{URL: cfg.DatabaseURL, Files: files, Version: cfg.Version, Now: clock.Now(ctx)}
	return archive.Write(ctx, to, from, archive.Progress(progress))
}

// Restore fills an empty database and an empty place of files from an archive, which may
// have been made on the other kind of database.
func Restore(ctx context.Context, from *os.File, cfg server.Config, progress Progress) (*Archive, error) {
	info, err := from.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, errors.New("an archive must be a file: it is read twice, the first time to verify it")
	}
	if err := os.MkdirAll(cfg.DataDir, 0o700); err != nil {
		return nil, err
	}
	files, err := cfg.OpenFiles(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { _ = files.Close() }()
	return archive.Restore(ctx, from, info.Size(), archive.Target{URL: cfg.DatabaseURL, Files: files}, archive.Progress(progress))
}
