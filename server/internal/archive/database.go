package archive

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	_ "modernc.org/sqlite" // the driver "sqlite"

	"github.com/holdfast-platform/holdfast/server/internal/db"
)

// The kinds of databases, as ent names dialects.
const (
	sqliteKind   = "sqlite3"
	postgresKind = "postgres"
)

// names as they stand in a manifest.
var names = map[string]string{sqliteKind: "sqlite", postgresKind: "postgres"}

// A database is opened here with connections of its own: a backup and a
// restore range over all tenants and past the guards.
type database struct {
	kind string
	*sql.DB
}

// open takes "sqlite:FILE" or a PostgreSQL URL. Alone, nobody else may have the
// database open, nor open it until it is closed.
func open(ctx context.Context, url string, alone bool) (*database, error) {
	file, ok := strings.CutPrefix(url, "sqlite:")
	if !ok {
		c, err := pgx.ParseConfig(url)
		if err != nil {
			return nil, errors.New("not a PostgreSQL URL") // pgx's own text may hold the password
		}
		c.RuntimeParams["application_name"] = "holdfast backup"
		c.RuntimeParams["timezone"] = "UTC"
		d := &database{postgresKind, stdlib.OpenDB(*c)}
		d.SetMaxOpenConns(2) // one for the work, one to look at the catalogue beside it
		return d, d.check(ctx, alone)
	}
	file, err := filepath.Abs(file)
	if err != nil {
		return nil, err
	}
	options := "?_pragma=busy_timeout(5000)&_time_format=sqlite"
	if alone {
		options = "?_pragma=busy_timeout(1000)&_pragma=locking_mode(EXCLUSIVE)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=foreign_keys(1)&_time_format=sqlite&_txlock=immediate"
	} else if _, err := os.Stat(file); err != nil {
		return nil, fmt.Errorf("there is no database: %w", err)
	}
	if alone {
		if err := db.MakeFile(file); err != nil {
			return nil, err
		}
	}
	d := &database{kind: sqliteKind}
	escaped := strings.NewReplacer("%", "%25", "?", "%3f", "#", "%23").Replace(file)
	if d.DB, err = sql.Open("sqlite", "file:"+escaped+options); err != nil {
		return nil, err
	}
	d.SetMaxOpenConns(1)
	return d, d.check(ctx, alone)
}

// ErrInUse says that a server, or anybody else, has the database open.
var ErrInUse = errors.New("the database is in use: stop every server on it first")

func (d *database) check(ctx context.Context, alone bool) error {
	err := d.PingContext(ctx)
	if err == nil && alone {
		err = d.alone(ctx)
	}
	if err != nil {
		return errors.Join(err, d.Close())
	}
	return nil
}

// alone fails with ErrInUse when others have the database open.
func (d *database) alone(ctx context.Context) error {
	if d.kind == postgresKind {
		var others int
		err := d.QueryRowContext(ctx, `SELECT count(*) FROM pg_stat_activity
			WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend' AND application_name <> 'holdfast backup'`).Scan(&others)
		if err == nil && others > 0 {
			return fmt.Errorf("%w (%d other connections)", ErrInUse, others)
		}
		return err
	}
	// The exclusive lock is taken with the first write and kept until the end.
	if _, err := d.ExecContext(ctx, "PRAGMA user_version = 0"); err != nil {
		if strings.Contains(err.Error(), "locked") || strings.Contains(err.Error(), "busy") {
			return ErrInUse
		}
		return err
	}
	return nil
}

// A queryer is a database or a transaction on it.
type queryer interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
}

// A shape is how a column's values are written, the same on both databases.
type shape int

const (
	textual shape = iota
	boolean
	integer
	decimal
	instant
	binary
	document // JSON
	unique   // UUID
	words    // the words of a text, with spaces between
)

var shapes = map[string]shape{
	"text": textual, "character varying": textual, "varchar": textual, "date": textual,
	"boolean": boolean, "bool": boolean,
	"integer": integer, "bigint": integer, "smallint": integer,
	"real": decimal, "double precision": decimal, "float": decimal,
	"timestamp with time zone": instant, "datetime": instant,
	"bytea": binary, "blob": binary,
	"json": document, "jsonb": document,
	"uuid": unique, "tsvector": words,
}

type column struct {
	name  string
	shape shape
}

type table struct {
	name    string
	columns []column
	counter string // the column that the database itself numbers
}

// expression is how a column is read, where the driver would give something else.
func (c column) expression(kind string) string {
	switch {
	case kind == postgresKind && c.shape == words:
		return "array_to_string(tsvector_to_array(" + quote(c.name) + "), ' ')"
	case kind == postgresKind && (c.shape == unique || c.shape == document):
		return quote(c.name) + "::text"
	}
	return quote(c.name)
}

// parameter is how a column is written. SQLite takes $1 for a name and goes through all names for each value: without
// names, thousands of values bind twenty times faster.
func (c column) parameter(kind string, n int) string {
	switch {
	case kind == sqliteKind:
		return "?"
	case c.shape == words:
		return fmt.Sprintf("array_to_tsvector(string_to_array($%d, ' '))", n)
	}
	return fmt.Sprintf("$%d", n)
}

// own are columns that one database has and the other has not.
var own = map[string]bool{"search.id": true}

// tables lists what an archive holds of a database, in the order of names.
func (d *database) tables(ctx context.Context, q queryer) ([]table, error) {
	query := `SELECT c.table_name, c.column_name, c.data_type, c.is_identity = 'YES'
		FROM information_schema.columns c JOIN information_schema.tables t USING (table_schema, table_name)
		WHERE c.table_schema = current_schema() AND t.table_type = 'BASE TABLE' AND c.is_generated = 'NEVER'
		ORDER BY c.table_name COLLATE "C", c.ordinal_position`
	if d.kind == sqliteKind {
		query = `SELECT m.name, c.name, lower(c.type), c.pk = 1 AND m.sql LIKE '%AUTOINCREMENT%'
			FROM sqlite_master m, pragma_table_info(m.name) c WHERE m.type = 'table' ORDER BY m.name, c.cid`
	}
	rows, err := q.QueryContext(ctx, query)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	var all []table
	for rows.Next() {
		var name, field, kind string
		var counter bool
		if err := rows.Scan(&name, &field, &kind, &counter); err != nil {
			return nil, err
		}
		if !db.Archived(name) || own[name+"."+field] {
			continue
		}
		if len(all) == 0 || all[len(all)-1].name != name {
			all = append(all, table{name: name})
		}
		t := &all[len(all)-1]
		kind, _, _ = strings.Cut(kind, "(")
		s, known := shapes[kind]
		if !known {
			return nil, fmt.Errorf("%s.%s has the type %q, which an archive cannot hold", name, field, kind)
		}
		t.columns = append(t.columns, column{field, s})
		if counter {
			t.counter = field
		}
	}
	// The same order of columns on both databases.
	for _, t := range all {
		slices.SortFunc(t.columns, func(a, b column) int { return strings.Compare(a.name, b.name) })
	}
	return all, rows.Err()
}

// last is the last number that the table's own counter gave out.
func (d *database) last(ctx context.Context, q queryer, t table) (int64, error) {
	if t.counter == "" {
		return 0, nil
	}
	var last sql.NullInt64
	query := `SELECT seq FROM sqlite_sequence WHERE name = $1`
	args := []any{t.name}
	if d.kind == postgresKind {
		query = `SELECT last_value FROM pg_sequences WHERE schemaname = current_schema() AND quote_ident(sequencename) = split_part(pg_get_serial_sequence($1, $2), '.', 2)`
		args = append(args, t.counter)
	}
	err := q.QueryRowContext(ctx, query, args...).Scan(&last)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	return last.Int64, err
}

// goOn makes the table's own counter go on after a number.
func (d *database) goOn(ctx context.Context, q queryer, t table, last int64) error {
	if t.counter == "" || last == 0 {
		return nil
	}
	if d.kind == postgresKind {
		_, err := q.ExecContext(ctx, `SELECT setval(pg_get_serial_sequence($1, $2), $3)`, t.name, t.counter, last)
		return err
	}
	if _, err := q.ExecContext(ctx, `DELETE FROM sqlite_sequence WHERE name = $1`, t.name); err != nil {
		return err
	}
	_, err := q.ExecContext(ctx, `INSERT INTO sqlite_sequence (name, seq) VALUES ($1, $2)`, t.name, last)
	return err
}

// quote makes a name of the catalogue safe in a statement.
func quote(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }
