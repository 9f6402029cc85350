package backup

import (
	"archive/zip"
	"bufio"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"
)

// A Source is what a backup is taken of.
type Source struct {
	URL     string // sqlite:FILE or postgres://…
	DataDir string // with the folders named in Folders
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
	m := &Manifest{Format: format, Version: from.Version, Made: from.Now.UTC(), From: names[d.kind], Schema: fingerprint(tables), Files: []File{}, Missing: missing}
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
	if m.Files, err = w.files(ctx, from.DataDir); err != nil {
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

// files writes the folders of the data folder, without following links.
func (w *writer) files(ctx context.Context, dataDir string) ([]File, error) {
	all := []File{}
	for _, folder := range Folders {
		root := filepath.Join(dataDir, folder)
		err := filepath.WalkDir(root, func(name string, e fs.DirEntry, err error) error {
			if errors.Is(err, fs.ErrNotExist) {
				return nil
			}
			if err != nil || !e.Type().IsRegular() {
				return errors.Join(err, ctx.Err())
			}
			inside, err := filepath.Rel(root, name)
			if err != nil {
				return err
			}
			f, err := w.file(name, path.Join(folder, filepath.ToSlash(inside)))
			if f != nil {
				all = append(all, *f)
			}
			return errors.Join(err, ctx.Err())
		})
		if err != nil {
			return nil, err
		}
	}
	return all, nil
}

func (w *writer) file(name, as string) (*File, error) {
	from, err := os.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer func() { _ = from.Close() }()
	f := &File{Path: as}
	entry, err := w.zip.CreateHeader(&zip.FileHeader{Name: f.entry(), Method: zip.Store}) // mostly compressed already
	if err != nil {
		return nil, err
	}
	to := newTally(entry)
	if _, err := io.Copy(to, from); err != nil {
		return nil, err
	}
	f.Size, f.SHA256 = to.size, to.sum()
	w.all++
	w.step(1, f.Path)
	return f, nil
}
