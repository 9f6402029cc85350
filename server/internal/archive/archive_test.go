package archive

import (
	"archive/zip"
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/holdfast-platform/holdfast/ent/migrate"
	"github.com/holdfast-platform/holdfast/server/internal/blob"
	"github.com/holdfast-platform/holdfast/server/internal/dbtest"
)

var now = time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)

// fresh gives the URL of a fresh empty database of a kind.
func fresh(t *testing.T, kind string) string {
	t.Helper()
	if kind == sqliteKind {
		return dbtest.SQLite(t)
	}
	return dbtest.Postgres(t)
}

// filled gives a migrated database with three rows in every table, among them
// the values that are easily spoilt.
func filled(t *testing.T, kind string) string {
	t.Helper()
	url := fresh(t, kind)
	d, err := open(t.Context(), url, true)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = d.Close() }()
	if err := migrate.Apply(t.Context(), d.kind, d.DB); err != nil {
		t.Fatal(err)
	}
	fill(t, d)
	return url
}

// fill needs no knowledge of the schema: in the rows of one number every id is
// the same, so every reference leads somewhere.
func fill(t *testing.T, d *database) {
	t.Helper()
	tables, err := d.tables(t.Context(), d)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := d.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if d.kind == sqliteKind {
		if _, err := conn.ExecContext(t.Context(), "PRAGMA foreign_keys = OFF"); err != nil {
			t.Fatal(err)
		}
	}
	tx, err := conn.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	l := &loader{database: d}
	raise, err := l.lowerReferences(t.Context(), tx)
	if err != nil {
		t.Fatal(err)
	}
	for _, table := range tables {
		for i := range 3 {
			b := &batch{columns: table.columns, size: 1, insert: l.insert(table, table.columns)}
			var row []json.RawMessage
			for _, c := range table.columns {
				text, _ := json.Marshal(sample(c, i))
				row = append(row, text)
			}
			if err := b.add(t.Context(), tx, row); err != nil {
				t.Fatalf("%s: %v", table.name, err)
			}
		}
		if table.counter != "" { // as if later rows had been deleted
			if err := d.goOn(t.Context(), tx, table, 77); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := errors.Join(raise(), tx.Commit()); err != nil {
		t.Fatal(err)
	}
}

func sample(c column, i int) any {
	switch c.shape {
	case boolean:
		return i == 1
	case integer:
		return []int{0, 1<<31 - 1, -5}[i]
	case decimal:
		return []float64{0.1, -1e300, 9.8}[i]
	case instant:
		return now.Add(time.Duration(i) * 1234567 * time.Microsecond).Format(time.RFC3339Nano)
	case binary:
		return [][]byte{{}, {0, 1, 2, 255}, []byte("plain")}[i]
	case document:
		return []string{`{"a": [1, 2.5, "é"], "b": null}`, `[]`, `"<&>"`}[i]
	case unique:
		return fmt.Sprintf("0190aaaa-0000-7000-8000-00000000000%d", i)
	case words:
		return []string{"one two", "zürich", "a b c"}[i]
	}
	if c.name == "changes" { // JSON in a text on SQLite
		return []string{`{}`, `{"x": 1}`, `{"y": "z"}`}[i]
	}
	return []string{"plain", "O'Neil \"quoted\" \\ back\nline, 'x'; --", "Zürich 東京 🚀 \u2028 <b>&amp;</b>"}[i]
}

// stored opens the files of a data folder.
func stored(t *testing.T, dataDir string) *blob.Store {
	t.Helper()
	where, err := blob.Folder(filepath.Join(dataDir, "files"))
	if err != nil {
		t.Fatal(err)
	}
	s, err := blob.Open(t.Context(), where)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// take makes an archive and gives its bytes.
func take(t *testing.T, url, dataDir string) ([]byte, *Manifest) {
	t.Helper()
	var b bytes.Buffer
	m, err := Write(t.Context(), &b, Source{URL: url, Files: stored(t, dataDir), Version: "test", Now: now}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes(), m
}

func restore(t *testing.T, archive []byte, url, dataDir string) error {
	t.Helper()
	_, err := Restore(t.Context(), bytes.NewReader(archive), int64(len(archive)), Target{URL: url, Files: stored(t, dataDir)}, nil)
	return err
}

// content is all rows of an archive, told apart by table and column, without
// the order of rows and the spelling of JSON documents.
func content(t *testing.T, archive []byte) map[string][]string {
	t.Helper()
	a, err := openArchive(bytes.NewReader(archive), int64(len(archive)))
	if err != nil {
		t.Fatal(err)
	}
	all := map[string][]string{}
	for _, table := range a.Tables {
		r, err := a.entries[table.entry()].Open()
		if err != nil {
			t.Fatal(err)
		}
		decoder := json.NewDecoder(r)
		for decoder.More() {
			var row []any
			if err := decoder.Decode(&row); err != nil {
				t.Fatal(err)
			}
			for i, v := range row {
				var document any
				if text, ok := v.(string); ok && json.Unmarshal([]byte(text), &document) == nil {
					row[i] = document
				}
				if table.Columns[i] == "tokens" {
					parts := strings.Fields(fmt.Sprint(v))
					slices.Sort(parts)
					row[i] = parts
				}
			}
			text, _ := json.Marshal(row)
			all[table.Name] = append(all[table.Name], string(text))
		}
		slices.Sort(all[table.Name])
	}
	return all
}

func TestThereAndBack(t *testing.T) {
	t.Parallel()
	for _, from := range []string{sqliteKind, postgresKind} {
		for _, to := range []string{sqliteKind, postgresKind} {
			t.Run(names[from]+" to "+names[to], func(t *testing.T) {
				t.Parallel()
				data := t.TempDir()
				for name, text := range map[string]string{"files/ab/cd": "attachment", "files/empty": "", "files/ab/half.18f0.tmp": "on its way", "secret.key": "the key", "holdfast.db": "not this"} {
					if err := os.MkdirAll(filepath.Dir(filepath.Join(data, name)), 0o700); err != nil {
						t.Fatal(err)
					}
					if err := os.WriteFile(filepath.Join(data, name), []byte(text), 0o600); err != nil {
						t.Fatal(err)
					}
				}
				archive, m := take(t, filled(t, from), data)
				if len(m.Tables) < 20 || m.Rows() != int64(3*len(m.Tables)) || len(m.Files) != 2 {
					t.Fatalf("%d tables, %d rows, %d files", len(m.Tables), m.Rows(), len(m.Files))
				}
				url, target := fresh(t, to), t.TempDir()
				if err := restore(t, archive, url, target); err != nil {
					t.Fatal(err)
				}
				again, back := take(t, url, target)
				want, got := content(t, archive), content(t, again)
				for table := range want {
					if !slices.Equal(want[table], got[table]) {
						t.Errorf("%s:\nwant %s\ngot  %s", table, strings.Join(want[table], "\n     "), strings.Join(got[table], "\n     "))
					}
				}
				if text, err := os.ReadFile(filepath.Join(target, "files/ab/cd")); err != nil || string(text) != "attachment" {
					t.Errorf("the file is %q (%v)", text, err)
				}
				if entries, _ := os.ReadDir(target); len(entries) != 1 {
					t.Errorf("the data folder has %v, want only files", entries)
				}
				for _, table := range back.Tables {
					if table.Name == "journal" && table.Next != 77 {
						t.Errorf("the journal goes on after %d, want 77", table.Next)
					}
				}
				if to == sqliteKind {
					d, err := open(t.Context(), url, false)
					if err != nil {
						t.Fatal(err)
					}
					defer func() { _ = d.Close() }()
					var found int
					if err := d.QueryRowContext(t.Context(), `SELECT count(*) FROM search_index WHERE search_index MATCH '"zürich"'`).Scan(&found); err != nil || found != 1 {
						t.Errorf("full text finds %d (%v), want 1", found, err)
					}
				}
			})
		}
	}
}

func TestArchiveHoldsNoSecretKey(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	if err := os.WriteFile(filepath.Join(data, "secret.key"), []byte("THE-KEY-ITSELF"), 0o600); err != nil {
		t.Fatal(err)
	}
	archive, m := take(t, filled(t, sqliteKind), data)
	z, err := zip.NewReader(bytes.NewReader(archive), int64(len(archive)))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(r)
		if err != nil || strings.Contains(f.Name, "secret.key") || bytes.Contains(text, []byte("THE-KEY-ITSELF")) {
			t.Errorf("%s holds the key (%v)", f.Name, err)
		}
	}
	if !strings.Contains(m.Missing, "secret key") {
		t.Errorf("the manifest says %q", m.Missing)
	}
}

func TestTargetMustBeEmpty(t *testing.T) {
	t.Parallel()
	archive, _ := take(t, filled(t, sqliteKind), t.TempDir())
	for _, kind := range []string{sqliteKind, postgresKind} {
		t.Run(names[kind], func(t *testing.T) {
			t.Parallel()
			if err := restore(t, archive, filled(t, kind), t.TempDir()); !errors.Is(err, ErrNotEmpty) {
				t.Errorf("rows: got %v", err)
			}
			data := t.TempDir()
			if _, err := stored(t, data).Put(t.Context(), "x/y", strings.NewReader("there already"), 0); err != nil {
				t.Fatal(err)
			}
			if err := restore(t, archive, fresh(t, kind), data); !errors.Is(err, ErrNotEmpty) {
				t.Errorf("files: got %v", err)
			}
		})
	}
}

func TestTargetMustNotBeInUse(t *testing.T) {
	t.Parallel()
	archive, _ := take(t, filled(t, sqliteKind), t.TempDir())
	dbtest.Each(t, func(t *testing.T, url string) {
		driver, name := "pgx", url
		if file, ok := strings.CutPrefix(url, "sqlite:"); ok {
			driver, name = "sqlite", "file:"+file+"?_pragma=journal_mode(WAL)"
		}
		server, err := sql.Open(driver, name)
		if err != nil {
			t.Fatal(err)
		}
		conn, err := server.Conn(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		var n int
		if err := conn.QueryRowContext(t.Context(), "SELECT 1").Scan(&n); err != nil {
			t.Fatal(err)
		}
		if driver == "sqlite" { // a file is in use once it has been read
			if _, err := conn.ExecContext(t.Context(), "CREATE TABLE x (id int)"); err != nil {
				t.Fatal(err)
			}
			if _, err := conn.ExecContext(t.Context(), "DROP TABLE x"); err != nil {
				t.Fatal(err)
			}
		}
		if err := restore(t, archive, url, t.TempDir()); !errors.Is(err, ErrInUse) {
			t.Errorf("while another has it open: got %v", err)
		}
		if err := errors.Join(conn.Close(), server.Close()); err != nil {
			t.Fatal(err)
		}
		var err2 error
		for range 50 { // PostgreSQL takes a moment to see a connection go
			if err2 = restore(t, archive, url, t.TempDir()); err2 == nil {
				return
			}
			time.Sleep(20 * time.Millisecond)
		}
		t.Errorf("when it is free again: %v", err2)
	})
}

// TestDamage changes an archive in many ways; none may be restored.
func TestDamage(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	if err := os.MkdirAll(filepath.Join(data, "files"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(data, "files", "a"), []byte("what was seen"), 0o600); err != nil {
		t.Fatal(err)
	}
	archive, _ := take(t, filled(t, sqliteKind), data)
	for _, c := range []struct {
		name   string
		change func(name string, text []byte) (string, []byte)
		want   string
	}{
		{"a row is gone", func(name string, text []byte) (string, []byte) {
			if name == "tables/users.jsonl" {
				text = text[bytes.IndexByte(text, '\n')+1:]
			}
			return name, text
		}, "not what the manifest says"},
		{"a file differs", func(name string, text []byte) (string, []byte) {
			return name, bytes.Replace(text, []byte("what was seen"), []byte("what was sean"), 1)
		}, "not what the manifest says"},
		{"a table is gone", func(name string, text []byte) (string, []byte) {
			return strings.Replace(name, "tables/users.jsonl", "", 1), text
		}, "users.jsonl is missing"},
		{"an entry is too many", func(name string, text []byte) (string, []byte) {
			return name + "\x00more.txt", text
		}, "without being in the manifest"},
		{"a path leads out", func(name string, text []byte) (string, []byte) {
			return name, bytes.Replace(text, []byte(`"files/a"`), []byte(`"files/../../a"`), 1)
		}, "place of its own choosing"},
		{"a path leads to the key", func(name string, text []byte) (string, []byte) {
			return name, bytes.Replace(text, []byte(`"files/a"`), []byte(`"secret.key"`), 1)
		}, "place of its own choosing"},
		{"another format", func(name string, text []byte) (string, []byte) {
			return name, bytes.Replace(text, []byte(`"format": 1`), []byte(`"format": 9`), 1)
		}, "format 9"},
		{"another schema", func(name string, text []byte) (string, []byte) {
			return name, bytes.Replace(text, []byte(`"schema": "`), []byte(`"schema": "x`), 1)
		}, "of version test"},
		{"no manifest", func(name string, text []byte) (string, []byte) {
			return strings.Replace(name, manifestName, "other.json", 1), text
		}, "no manifest"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			url := dbtest.SQLite(t)
			err := restore(t, rewrite(t, archive, c.change), url, t.TempDir())
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want an error with %q", err, c.want)
			}
		})
	}
	t.Run("cut off", func(t *testing.T) {
		t.Parallel()
		if err := restore(t, archive[:len(archive)-200], dbtest.SQLite(t), t.TempDir()); err == nil {
			t.Error("restored")
		}
	})
}

// rewrite copies an archive through a change; a name with a NUL gives a second entry.
func rewrite(t *testing.T, archive []byte, change func(string, []byte) (string, []byte)) []byte {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(archive), int64(len(archive)))
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	out := zip.NewWriter(&b)
	for i, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		name, text := change(f.Name, text)
		name, second, more := strings.Cut(name, "\x00")
		for _, name := range []string{name, second} {
			if name == "" || name == second && (!more || i > 0) {
				continue
			}
			w, err := out.Create(name)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := w.Write(text); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestBrokenReference: rows that point nowhere are refused, and nothing stays.
func TestBrokenReference(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, url string) {
		source := filled(t, sqliteKind)
		d, err := sql.Open("sqlite", "file:"+strings.TrimPrefix(source, "sqlite:"))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := d.ExecContext(t.Context(), "DELETE FROM users WHERE id = '0190aaaa-0000-7000-8000-000000000001'"); err != nil {
			t.Fatal(err)
		}
		if err := d.Close(); err != nil {
			t.Fatal(err)
		}
		broken, _ := take(t, source, t.TempDir())
		if err := restore(t, broken, url, t.TempDir()); err == nil || !strings.Contains(err.Error(), "leads nowhere") {
			t.Fatalf("got %v", err)
		}
		whole, _ := take(t, filled(t, sqliteKind), t.TempDir())
		if err := restore(t, whole, url, t.TempDir()); err != nil {
			t.Errorf("after the refusal the target is not empty: %v", err)
		}
	})
}

// TestHot takes backups while pairs of rows are written: each has both or none.
func TestHot(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{sqliteKind, postgresKind} {
		t.Run(names[kind], func(t *testing.T) {
			t.Parallel()
			url := filled(t, kind)
			driver, name := "pgx", url
			if file, ok := strings.CutPrefix(url, "sqlite:"); ok {
				driver, name = "sqlite", "file:"+file+"?_pragma=journal_mode(WAL)&_pragma=busy_timeout(5000)&_txlock=immediate&_time_format=sqlite"
			}
			d, err := sql.Open(driver, name)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = d.Close() }()
			ctx, stop := context.WithCancel(t.Context())
			written := make(chan int)
			go func() {
				n := 0
				for ctx.Err() == nil {
					tx, err := d.BeginTx(t.Context(), nil)
					if err != nil {
						t.Error(err)
						break
					}
					_, err1 := tx.ExecContext(t.Context(), "INSERT INTO nonces (nonce, expires_at) VALUES ($1, $2)", fmt.Sprint("hot", n), now)
					_, err2 := tx.ExecContext(t.Context(), "INSERT INTO cursors (name, seq, updated_at) VALUES ($1, 1, $2)", fmt.Sprint("hot", n), now)
					if err := errors.Join(err1, err2, tx.Commit()); err != nil {
						t.Error(err)
						break
					}
					n++
				}
				written <- n
			}()
			seen := map[int64]bool{}
			for range 20 {
				_, m := take(t, url, t.TempDir())
				rows := map[string]int64{}
				for _, table := range m.Tables {
					rows[table.Name] = table.Rows
				}
				if rows["nonces"] != rows["cursors"] {
					t.Errorf("%d nonces and %d cursors", rows["nonces"], rows["cursors"])
				}
				seen[rows["nonces"]] = true
			}
			stop()
			if n := <-written; n == 0 || len(seen) < 2 {
				t.Errorf("%d pairs were written, %d different numbers seen: nothing happened meanwhile", n, len(seen))
			}
		})
	}
}

func TestNoDatabase(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, url string) {
		if _, err := Write(t.Context(), io.Discard, Source{URL: url, Files: stored(t, t.TempDir()), Now: now}, nil); err == nil {
			t.Error("an archive of nothing was made")
		}
	})
}
