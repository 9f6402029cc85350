package archive

import (
	"archive/zip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"
	"time"

	"github.com/holdfast-platform/holdfast/ent/migrate"
	"github.com/holdfast-platform/holdfast/server/internal/blob"
)

// A Target is where an archive is restored to: an empty database and a store
// without files.
type Target struct {
	URL   string
	Files *blob.Store
}

// ErrNotEmpty says that there is something that a restore would mix with.
var ErrNotEmpty = errors.New("the target is not empty")

// Restore verifies the whole archive, makes a database of its level, fills the target (first the files,
// then the rows, all of them in one transaction) and migrates it. When it fails it takes the files
// back; only when it is killed may some be left, and no row.
func Restore(ctx context.Context, archive io.ReaderAt, size int64, to Target, progress Progress) (*Manifest, error) {
	a, err := openArchive(archive, size)
	if err != nil {
		return nil, err
	}
	if err := a.verify(ctx, progress); err != nil {
		return nil, err
	}
	d, err := open(ctx, to.URL, true)
	if err != nil {
		return nil, err
	}
	defer func() { _ = d.Close() }()
	if tables, err := d.tables(ctx, d); err != nil {
		return nil, err
	} else if err := empty(ctx, d, tables, to.Files); err != nil {
		return nil, err
	}
	tables, err := a.prepare(ctx, d)
	if err != nil {
		return nil, err
	}
	l := &loader{database: d, archive: a, progress: progress, all: a.Rows()}
	err = a.unpack(ctx, to.Files)
	if err == nil {
		err = l.load(ctx, tables)
	}
	if err != nil {
		return nil, errors.Join(err, a.takeBack(ctx, to.Files))
	}
	if err := migrate.Apply(ctx, d.kind, d.DB); err != nil {
		return nil, fmt.Errorf("all rows are in the database, which could not be migrated to this program's level (the next start tries it again): %w", err)
	}
	return &a.Manifest, nil
}

// prepare brings the empty database to the archive's level.
func (a *archive) prepare(ctx context.Context, d *database) ([]table, error) {
	level := migrate.First
	if a.Level != nil {
		level = *a.Level
	}
	err := migrate.ApplyTo(ctx, d.kind, d.DB, level)
	switch {
	case errors.Is(err, migrate.ErrAhead):
		return nil, fmt.Errorf("the database has no rows, but the tables of a newer version than the archive: make an empty database: %w", err)
	case errors.Is(err, migrate.ErrNewer):
		return nil, fmt.Errorf("the archive is of version %s, which is newer than this program: %w", a.Version, err)
	case err != nil:
		return nil, err
	}
	tables, err := d.tables(ctx, d)
	if err == nil && fingerprint(tables) != a.Schema {
		err = fmt.Errorf("the archive is of version %s, whose tables differ from those of its level%s", a.Version, a.differences(tables))
	}
	return tables, err
}

// empty fails with ErrNotEmpty when a table or the store holds anything.
func empty(ctx context.Context, d *database, tables []table, store *blob.Store) error {
	for _, t := range tables {
		var some bool
		if err := d.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM "+quote(t.name)+")").Scan(&some); err != nil {
			return err
		}
		if some {
			return fmt.Errorf("%w: table %s has rows", ErrNotEmpty, t.name)
		}
	}
	return store.Keys(ctx, "", func(key string, _ time.Time) error {
		return fmt.Errorf("%w: there are files in %s, such as %s", ErrNotEmpty, store.Name(), key)
	})
}

// An archive is open for reading, with its manifest.
type archive struct {
	Manifest
	entries map[string]*zip.File
}

func openArchive(from io.ReaderAt, size int64) (*archive, error) {
	z, err := zip.NewReader(from, size)
	if err != nil {
		return nil, fmt.Errorf("not an archive of holdfast backup, or cut off: %w", err)
	}
	a := &archive{entries: map[string]*zip.File{}}
	for _, f := range z.File {
		if a.entries[f.Name] != nil {
			return nil, fmt.Errorf("the archive is damaged: %s is in it twice", f.Name)
		}
		a.entries[f.Name] = f
	}
	entry := a.entries[manifestName]
	if entry == nil {
		return nil, errors.New("not an archive of holdfast backup: it has no manifest")
	}
	r, err := entry.Open()
	if err != nil {
		return nil, err
	}
	defer func() { _ = r.Close() }()
	if err := json.NewDecoder(r).Decode(&a.Manifest); err != nil {
		return nil, fmt.Errorf("the archive's manifest is damaged: %w", err)
	}
	if a.Format != format {
		return nil, fmt.Errorf("the archive has format %d, this program reads %d", a.Format, format)
	}
	return a, nil
}

// verify reads everything once and compares sizes and hashes, and that there is
// nothing but what the manifest names.
func (a *archive) verify(ctx context.Context, progress Progress) error {
	known := map[string]bool{manifestName: true}
	all := int64(len(a.Tables) + len(a.Files))
	check := func(name string, size int64, sum string) error {
		known[name] = true
		entry := a.entries[name]
		if entry == nil {
			return fmt.Errorf("the archive is damaged: %s is missing", name)
		}
		r, err := entry.Open()
		if err != nil {
			return err
		}
		defer func() { _ = r.Close() }()
		t := newTally(io.Discard)
		if _, err := io.Copy(t, io.LimitReader(r, size+1)); err != nil {
			return fmt.Errorf("the archive is damaged: %s: %w", name, err)
		}
		if t.size != size || t.sum() != sum {
			return fmt.Errorf("the archive is damaged: %s is not what the manifest says", name)
		}
		if progress != nil {
			progress(int64(len(known)-1), all, "verify "+name)
		}
		return ctx.Err()
	}
	for _, t := range a.Tables {
		if err := check(t.entry(), t.Size, t.SHA256); err != nil {
			return err
		}
	}
	for _, f := range a.Files {
		if !strings.HasPrefix(f.Path, folder) || !fs.ValidPath(f.Path) || strings.Contains(f.Path, "\\") {
			return fmt.Errorf("the archive has a file in a place of its own choosing: %q", f.Path)
		}
		if err := check(f.entry(), f.Size, f.SHA256); err != nil {
			return err
		}
	}
	for name := range a.entries {
		if !known[name] {
			return fmt.Errorf("the archive is damaged: %s is in it without being in the manifest", name)
		}
	}
	return nil
}

// unpack stores the files.
func (a *archive) unpack(ctx context.Context, to *blob.Store) error {
	for _, f := range a.Files {
		if err := ctx.Err(); err != nil {
			return err
		}
		r, err := a.entries[f.entry()].Open()
		if err != nil {
			return err
		}
		put, err := to.Put(ctx, f.key(), r, 0)
		if err == nil && put.SHA256 != f.SHA256 {
			err = errors.New("changed while it was read")
		}
		if err := errors.Join(err, r.Close()); err != nil {
			return fmt.Errorf("%s: %w", f.Path, err)
		}
	}
	return nil
}

// takeBack removes the files again.
func (a *archive) takeBack(ctx context.Context, from *blob.Store) error {
	ctx = context.WithoutCancel(ctx)
	for _, f := range a.Files {
		if err := from.Delete(ctx, f.key()); err != nil {
			return err
		}
	}
	return nil
}

// differences names the first few columns that one side has and the other has not.
func (a *archive) differences(tables []table) string {
	sides := map[string]int{}
	for _, t := range a.Tables {
		for _, c := range t.Columns {
			sides[t.Name+"."+c]++
		}
	}
	for _, t := range tables {
		for _, c := range t.columns {
			sides[t.name+"."+c.name]--
		}
	}
	var only []string
	for name, side := range sides {
		if side != 0 {
			only = append(only, name)
		}
	}
	slices.Sort(only)
	if len(only) == 0 {
		return ""
	}
	return " (they differ in " + strings.Join(only[:min(len(only), 5)], ", ") + ")"
}
