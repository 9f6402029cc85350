package archive

import (
	"archive/zip"
	"bufio"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/holdfast-platform/holdfast/ent/migrate"
	"github.com/holdfast-platform/holdfast/server/internal/blob"
)

// A Source is what a backup is taken of.
type Source struct {
	URL     string // sqlite:FILE or postgres://…
	Files   *blob.Store
	Version string // of the program
	Now     time.Time
}

// Write takes a backup while servers run. All rows are those of one moment; the
// files are read after it, so that every file a row speaks of is there. (A file
// is never changed, and one that was deleted meanwhile is left out: the row that
// spoke of it was deleted too, after the moment.)
func Write(ctx context.Context, to io.Writer, from Source, progress Progress) (*Manifest, error) {
	d, err := open(ctx, from.URL, false)
	if err != nil {
		return nil, err
	}
	defer func() { _ = d.Close() }()
	var options *sql.TxOptions
	if d.kind == postgresKind {
		options = &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true}
	}
	tx, err := d.BeginTx(ctx, options)
	if err != nil {
		return nil, err
	}
	defer func() { _ = tx.Rollback() }()
	tables, err := d.tables(ctx, tx)
	if err != nil {
		return nil, err
	}
	if len(tables) == 0 {
		return nil, errors.New("the database has no tables: it has never been started")
	}
	level, err := migrate.LevelOf(ctx, d.kind, tx)
	if err != nil {
		return nil, err
	}
	m := &Manifest{
		Format: format, Version: from.Version, Made: from.Now.UTC(), From: names[d.kind], Schema: fingerprint(tables), Level: &level,
		Files: []File{}, Missing: missing,
	}
	w := &writer{zip: zip.NewWriter(to), progress: progress}
	for _, t := range tables {
		n, err := rowCount(ctx, tx, t)
		if err != nil {
			return nil, err
		}
		w.all += n
	}
	for _, t := range tables {
		written, err := w.table(ctx, d, tx, t)
		if err != nil {
			return nil, fmt.Errorf("table %s: %w", t.name, err)
		}
		m.Tables = append(m.Tables, *written)
	}
	if err := tx.Rollback(); err != nil {
		return nil, err
	}
	if m.Files, err = w.files(ctx, from.Files); err != nil {
		return nil, err
	}
	entry, err := w.zip.Create(manifestName)
	if err != nil {
		return nil, err
	}
	out := json.NewEncoder(entry)
	out.SetIndent("", "  ")
	if err := out.Encode(m); err != nil {
		return nil, err
	}
	return m, w.zip.Close()
}

type writer struct {
	zip       *zip.Writer
	progress  Progress
	done, all int64
}

func (w *writer) step(n int64, what string) {
	w.done += n
	if w.progress != nil {
		w.progress(w.done, w.all, what)
	}
}

func rowCount(ctx context.Context, q queryer, t table) (n int64, err error) {
	err = q.QueryRowContext(ctx, "SELECT count(*) FROM "+quote(t.name)).Scan(&n)
	return n, err
}

// table writes the rows of one table.
func (w *writer) table(ctx context.Context, d *database, q queryer, t table) (*Table, error) {
	out := &Table{Name: t.name}
	var err error
	if out.Next, err = d.last(ctx, q, t); err != nil {
		return nil, err
	}
	var expressions []string
	for _, c := range t.columns {
		out.Columns = append(out.Columns, c.name)
		expressions = append(expressions, c.expression(d.kind))
	}
	rows, err := q.QueryContext(ctx, "SELECT "+strings.Join(expressions, ", ")+" FROM "+quote(t.name))
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	entry, err := w.zip.Create(out.entry())
	if err != nil {
		return nil, err
	}
	buffered := bufio.NewWriterSize(entry, 1<<16)
	to := newTally(buffered)
	encoder := json.NewEncoder(to)
	encoder.SetEscapeHTML(false)
	values := make([]any, len(t.columns))
	row := make([]any, len(t.columns))
	for i := range values {
		row[i] = &values[i]
	}
	for rows.Next() {
		if err := rows.Scan(row...); err != nil {
			return nil, err
		}
		for i, c := range t.columns {
			if values[i], err = c.shape.write(values[i]); err != nil {
				return nil, fmt.Errorf("%s: %w", c.name, err)
			}
		}
		if err := encoder.Encode(values); err != nil {
			return nil, err
		}
		if out.Rows++; out.Rows%1000 == 0 {
			w.step(1000, t.name)
		}
	}
	if err := errors.Join(rows.Err(), buffered.Flush()); err != nil {
		return nil, err
	}
	w.step(out.Rows%1000, t.name)
	out.Size, out.SHA256 = to.size, to.sum()
	return out, nil
}

// files writes what is in the store.
func (w *writer) files(ctx context.Context, store *blob.Store) ([]File, error) {
	all := []File{}
	err := store.Keys(ctx, "", func(key string, _ time.Time) error {
		if strings.HasSuffix(key, ".tmp") { // on its way in, or left by a crash
			return nil
		}
		f, err := w.file(ctx, store, key)
		if f != nil {
			all = append(all, *f)
		}
		return errors.Join(err, ctx.Err())
	})
	return all, err
}

// file writes one file, unless it has gone since it was listed.
func (w *writer) file(ctx context.Context, store *blob.Store, key string) (*File, error) {
	from, err := store.Get(ctx, key)
	if blob.Gone(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer func() { _ = from.Close() }()
	content := bufio.NewReaderSize(from, 1<<16)
	if _, err := content.Peek(1); blob.Gone(err) {
		return nil, nil
	} else if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	f := &File{Path: folder + key}
	entry, err := w.zip.CreateHeader(&zip.FileHeader{Name: f.entry(), Method: zip.Store}) // mostly compressed already
	if err != nil {
		return nil, err
	}
	to := newTally(entry)
	if _, err := io.Copy(to, content); err != nil {
		return nil, err
	}
	f.Size, f.SHA256 = to.size, to.sum()
	w.all++
	w.step(1, f.Path)
	return f, nil
}
