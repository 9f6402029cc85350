package backup

import (
	"archive/zip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/holdfast-platform/holdfast/ent/migrate"
)

// A Target is where an archive is restored to: an empty database and a data
// folder without files.
type Target struct {
	URL     string
	DataDir string
}

// ErrNotEmpty says that there is something that a restore would mix with.
var ErrNotEmpty = errors.New("the target is not empty")

// Restore verifies the whole archive, then fills the target: all or nothing of
// the rows, in one transaction.
func Restore(ctx context.Context, archive io.ReaderAt, size int64, to Target, progress Progress) (*Manifest, error) {
	a, err := openArchive(archive, size)
	if err != nil {
		return nil, err
	}
	if err := a.verify(ctx, progress); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(to.DataDir, 0o700); err != nil {
		return nil, err
	}
	d, err := open(ctx, to.URL, true)
	if err != nil {
		return nil, err
	}
	defer func() { _ = d.Close() }()
	if err := migrate.Apply(ctx, d.kind, d.DB); err != nil {
		return nil, err
	}
	tables, err := d.tables(ctx, d)
	if err != nil {
		return nil, err
	}
	if fingerprint(tables) != a.Schema {
		return nil, fmt.Errorf("the archive is of version %s, whose tables differ from this program's: restore it with that version, then start this one, which migrates it%s", a.Version, a.differences(tables))
	}
	if err := empty(ctx, d, tables, to.DataDir); err != nil {
		return nil, err
	}
	draft, err := a.unpack(ctx, to.DataDir)
	defer func() { _ = os.RemoveAll(draft) }()
	if err != nil {
		return nil, err
	}
	l := &loader{database: d, archive: a, progress: progress, all: a.Rows()}
	if err := l.load(ctx, tables, func() error { return settle(draft, to.DataDir) }); err != nil {
		return nil, err
	}
	return &a.Manifest, nil
}

// empty fails with ErrNotEmpty when a table or a folder holds anything.
func empty(ctx context.Context, d *database, tables []table, dataDir string) error {
	for _, t := range tables {
		var some bool
		if err := d.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM "+quote(t.name)+")").Scan(&some); err != nil {
			return err
		}
		if some {
			return fmt.Errorf("%w: table %s has rows", ErrNotEmpty, t.name)
		}
	}
	for _, folder := range Folders {
		entries, err := os.ReadDir(filepath.Join(dataDir, folder))
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
		if len(entries) > 0 {
			return fmt.Errorf("%w: folder %s has files", ErrNotEmpty, filepath.Join(dataDir, folder))
		}
	}
	return nil
}

// settle moves the unpacked folders to their places.
func settle(draft, dataDir string) error {
	for _, folder := range Folders {
		from, to := filepath.Join(draft, folder), filepath.Join(dataDir, folder)
		if _, err := os.Stat(from); errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err := os.Remove(to); err != nil && !errors.Is(err, os.ErrNotExist) { // it is empty
			return err
		}
		if err := os.Rename(from, to); err != nil {
			return err
		}
	}
	return nil
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
		if folder, _, _ := strings.Cut(f.Path, "/"); !filepath.IsLocal(filepath.FromSlash(f.Path)) || !slices.Contains(Folders, folder) {
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

// unpack writes the files into a new folder beside their places.
func (a *archive) unpack(ctx context.Context, dataDir string) (string, error) {
	draft, err := os.MkdirTemp(dataDir, ".restore-")
	if err != nil {
		return "", err
	}
	for _, f := range a.Files {
		if err := ctx.Err(); err != nil {
			return draft, err
		}
		if err := a.unpackFile(f, filepath.Join(draft, filepath.FromSlash(f.Path))); err != nil {
			return draft, fmt.Errorf("%s: %w", f.Path, err)
		}
	}
	return draft, nil
}

func (a *archive) unpackFile(f File, name string) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		return err
	}
	r, err := a.entries[f.entry()].Open()
	if err != nil {
		return err
	}
	defer func() { _ = r.Close() }()
	out, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	t := newTally(out)
	_, err = io.Copy(t, r)
	if err == nil && t.sum() != f.SHA256 {
		err = errors.New("changed while it was read")
	}
	if err == nil {
		err = out.Sync()
	}
	return errors.Join(err, out.Close())
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
