package archive

import (
	"bufio"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// A loader fills an empty database from an archive.
type loader struct {
	*database
	archive   *archive
	progress  Progress
	done, all int64
}

// load fills all tables in one transaction; settle runs before the commit.
func (l *loader) load(ctx context.Context, tables []table) error {
	conn, err := l.Conn(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	if l.kind == sqliteKind { // inside a transaction it cannot be set
		if _, err := conn.ExecContext(ctx, "PRAGMA foreign_keys = OFF"); err != nil {
			return err
		}
	}
	tx, err := conn.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	raise, err := l.lowerReferences(ctx, tx)
	if err != nil {
		return err
	}
	for _, t := range tables {
		if err := l.table(ctx, tx, t); err != nil {
			return fmt.Errorf("table %s: %w", t.name, err)
		}
	}
	if err := raise(); err != nil {
		return fmt.Errorf("a reference of the archive leads nowhere: %w", err)
	}
	return tx.Commit()
}

// lowerReferences lets rows come in any order; raise checks all references.
func (l *loader) lowerReferences(ctx context.Context, tx *sql.Tx) (raise func() error, err error) {
	if l.kind == sqliteKind {
		return func() error {
			var broken int
			err := tx.QueryRowContext(ctx, "SELECT count(*) FROM pragma_foreign_key_check").Scan(&broken)
			if err == nil && broken > 0 {
				err = fmt.Errorf("%d rows", broken)
			}
			return err
		}, nil
	}
	rows, err := tx.QueryContext(ctx, `SELECT conrelid::regclass::text, quote_ident(conname), pg_get_constraintdef(oid)
		FROM pg_constraint WHERE contype = 'f' AND connamespace = current_schema()::regnamespace ORDER BY 1, 2`)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	var drop, add []string
	for rows.Next() {
		var table, name, text string
		if err := rows.Scan(&table, &name, &text); err != nil {
			return nil, err
		}
		drop = append(drop, "ALTER TABLE "+table+" DROP CONSTRAINT "+name)
		add = append(add, "ALTER TABLE "+table+" ADD CONSTRAINT "+name+" "+text)
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	all := func(statements []string) error {
		for _, s := range statements {
			if _, err := tx.ExecContext(ctx, s); err != nil {
				return err
			}
		}
		return nil
	}
	return func() error { return all(add) }, all(drop)
}

// parameters is how many a statement may have, on either database.
const parameters = 30_000

// table loads one table, many rows to a statement.
func (l *loader) table(ctx context.Context, tx *sql.Tx, t table) error {
	at := -1
	for i, a := range l.archive.Tables {
		if a.Name == t.name {
			at = i
		}
	}
	if at < 0 {
		return errors.New("the archive does not hold it")
	}
	from := l.archive.Tables[at]
	in, err := arrange(t, from.Columns)
	if err != nil {
		return err
	}
	r, err := l.archive.entries[from.entry()].Open()
	if err != nil {
		return err
	}
	defer func() { _ = r.Close() }()
	decoder := json.NewDecoder(bufio.NewReaderSize(r, 1<<16))
	batch := &batch{kind: l.kind, columns: in, size: max(1, min(500, parameters/len(in))), insert: l.insert(t, in)}
	var rows int64
	for decoder.More() {
		var raw []json.RawMessage
		if err := decoder.Decode(&raw); err != nil {
			return err
		}
		rows++
		if err := batch.add(ctx, tx, raw); err != nil {
			return fmt.Errorf("row %d: %w", rows, err)
		}
		if rows%1000 == 0 {
			l.step(1000, t.name)
		}
	}
	if err := batch.flush(ctx, tx); err != nil {
		return err
	}
	if rows != from.Rows {
		return fmt.Errorf("%d rows, the manifest says %d", rows, from.Rows)
	}
	l.step(rows%1000, t.name)
	return l.goOn(ctx, tx, t, from.Next)
}

func (l *loader) step(n int64, what string) {
	l.done += n
	if l.progress != nil {
		l.progress(l.done, l.all, what)
	}
}

// arrange finds the columns that the archive names, in its order.
func arrange(t table, names []string) ([]column, error) {
	var in []column
	for _, name := range names {
		for _, c := range t.columns {
			if c.name == name {
				in = append(in, c)
			}
		}
	}
	if len(in) != len(names) || len(in) != len(t.columns) {
		return nil, errors.New("its columns are not the archive's")
	}
	return in, nil
}

// insert is the statement up to its rows.
func (l *loader) insert(t table, in []column) string {
	var names []string
	for _, c := range in {
		names = append(names, quote(c.name))
	}
	text := "INSERT INTO " + quote(t.name) + " (" + strings.Join(names, ", ") + ")"
	if l.kind == postgresKind && t.counter != "" {
		text += " OVERRIDING SYSTEM VALUE"
	}
	return text + " VALUES "
}

// A batch is rows that go in by one statement.
type batch struct {
	kind    string
	columns []column
	size    int
	insert  string
	rows    int
	args    []any
	text    strings.Builder
}

func (b *batch) add(ctx context.Context, tx *sql.Tx, raw []json.RawMessage) error {
	if len(raw) != len(b.columns) {
		return errShape
	}
	if b.rows > 0 {
		b.text.WriteString(", ")
	}
	b.text.WriteByte('(')
	for i, c := range b.columns {
		v, err := c.shape.read(raw[i])
		if err != nil {
			return fmt.Errorf("%s: %w", c.name, err)
		}
		b.args = append(b.args, v)
		if i > 0 {
			b.text.WriteString(", ")
		}
		b.text.WriteString(c.parameter(b.kind, len(b.args)))
	}
	b.text.WriteByte(')')
	if b.rows++; b.rows < b.size {
		return nil
	}
	return b.flush(ctx, tx)
}

func (b *batch) flush(ctx context.Context, tx *sql.Tx) error {
	if b.rows == 0 {
		return nil
	}
	_, err := tx.ExecContext(ctx, b.insert+b.text.String(), b.args...)
	b.rows, b.args = 0, b.args[:0]
	b.text.Reset()
	return err
}
