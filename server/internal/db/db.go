// Package db opens the database, puts the guards on the client, and runs a request in one transaction. It is the only
// place that makes ent clients.
package db

import (
	"context"
	"database/sql"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"

	"entgo.io/ent/dialect"
	entsql "entgo.io/ent/dialect/sql"

	"github.com/holdfast-platform/holdfast/ent/migrate"
	"github.com/holdfast-platform/holdfast/gen/ent"
	_ "github.com/holdfast-platform/holdfast/gen/ent/runtime" // defaults and policies; without it every call fails
)

// Config says which database.
type Config struct {
	// URL is "sqlite:FILE" or "postgres://…".
	URL string
	// MaxConns is the size of each PostgreSQL pool; 0 chooses four per core, at least 8.
	MaxConns int
	// SkipMigrations leaves the schema alone; opening then fails where it is not the program's.
	SkipMigrations bool
	// Statement, for tests, is told of every SQL statement before it runs, with the context of whoever asked for it.
	Statement func(ctx context.Context, sql string)
}

// DB is one database. Reads outside a transaction go to a pool that cannot write, on both dialects: a forgotten
// transaction is an error.
type DB struct {
	// Kind is dialect.SQLite or dialect.Postgres.
	Kind string
	// Walls says in words what protects tenants from each other below the program.
	Walls string

	writer, reader       *sql.DB // the app's, on SQLite
	lite                 *liteWriter
	sysWriter, sysReader *sql.DB // the owner's; the same as the app's on SQLite
	client, sysClient    *ent.Client
	pools                struct{ writer, reader, sysWriter, sysReader pool } // on PostgreSQL

	queues  queues
	batches commitBatches
	mu      sync.Mutex
	wakes   map[chan struct{}]struct{}
	commits []func([]*Line)
	kept    map[any]any

	textsCurrent atomic.Bool // no row of the texts is of an earlier form, see Retokenize
}

// Open opens a database and brings its schema up to date.
func Open(ctx context.Context, cfg Config) (*DB, error) {
	d := &DB{wakes: map[chan struct{}]struct{}{}}
	var err error
	if file, ok := strings.CutPrefix(cfg.URL, "sqlite:"); ok {
		err = d.openSQLite(file, cfg)
	} else {
		err = d.openPostgres(ctx, cfg)
	}
	if err == nil && !cfg.SkipMigrations {
		err = migrate.Apply(ctx, d.Kind, d.sysWriter)
	}
	if err == nil && d.Kind == dialect.Postgres {
		err = d.raiseWalls(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, d.Close())
	}
	if d.Kind == dialect.Postgres {
		d.client, d.sysClient = guarded(d.pools.reader), guarded(d.pools.sysReader)
		return d, nil
	}
	d.client = guarded(entsql.OpenDB(d.Kind, d.reader))
	d.sysClient = d.client
	return d, nil
}

// guarded is the one maker of clients.
func guarded(driver dialect.Driver) *ent.Client {
	c := ent.NewClient(ent.Driver(driver))
	guard(c)
	return c
}

func (d *DB) openSQLite(file string, cfg Config) error {
	d.Kind = dialect.SQLite
	d.Walls = "the program's guards (SQLite has no row-level security)"
	file, err := filepath.Abs(file)
	if err != nil {
		return err
	}
	if err := MakeFile(file); err != nil {
		return err
	}
	const common = "?_pragma=foreign_keys(1)&_pragma=busy_timeout(5000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=wal_autocheckpoint(4000)&_pragma=cache_size(-4096)&_time_format=sqlite"
	escaped := strings.NewReplacer("%", "%25", "?", "%3f", "#", "%23").Replace(file)
	d.writer = openLite("file:"+escaped+common+"&_txlock=immediate", cfg.Statement)
	d.reader = openLite("file:"+escaped+common+"&_pragma=query_only(1)", cfg.Statement)
	d.writer.SetMaxOpenConns(1) // writers queue here, not in SQLite's busy loop
	d.lite = &liteWriter{pool: d.writer, turn: make(chan struct{}, 1)}
	d.reader.SetMaxOpenConns(runtime.NumCPU() * 2)
	d.reader.SetMaxIdleConns(runtime.NumCPU() * 2)
	d.sysWriter, d.sysReader = d.writer, d.reader
	return nil
}

// MakeFile makes an empty SQLite database that only its owner reads, where there is none. SQLite itself would let
// everybody read it; its journal gets the file's mode.
func MakeFile(file string) error {
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return f.Close()
}

// Close closes the pools.
func (d *DB) Close() error {
	var errs []error
	for _, p := range []*sql.DB{d.writer, d.reader, d.sysWriter, d.sysReader} {
		if p != nil {
			errs = append(errs, p.Close())
		}
	}
	for _, p := range []pool{d.pools.writer, d.pools.reader, d.pools.sysWriter, d.pools.sysReader} {
		if p.Pool != nil {
			p.Pool.Close()
		}
	}
	return errors.Join(errs...)
}

// Writer and Reader are the pools of the installation's own work: the job queue, backups, sweeps. No guard is on them.
func (d *DB) Writer() *sql.DB { return d.sysWriter }

// Reader is the one that cannot write.
func (d *DB) Reader() *sql.DB { return d.sysReader }

// System is plain SQL on the pool that cannot write, over all tenants. No guard is on it.
func (d *DB) System() Querier {
	if d.Kind == dialect.Postgres {
		return d.pools.sysReader
	}
	return viaSQL{d.sysReader}
}

// Ping tells whether the database answers.
func (d *DB) Ping(ctx context.Context) error { return d.sysReader.PingContext(ctx) }

// Woken gives a channel that receives after each commit of this process that wrote to the journal, until stop is
// called. It may be shared by several commits; consumers poll beside it for those of others.
func (d *DB) Woken() (woken <-chan struct{}, stop func()) {
	c := make(chan struct{}, 1)
	d.mu.Lock()
	defer d.mu.Unlock()
	d.wakes[c] = struct{}{}
	return c, func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		delete(d.wakes, c)
	}
}

// OnCommit has f called after each commit of this process, before the writer gets their answer, with the lines that it
// wrote (without seq): for caches that must not be stale in the process that changed what they hold. To be called
// before the first request.
func (d *DB) OnCommit(f func([]*Line)) { d.commits = append(d.commits, f) }

// Keep hangs something on the database for as long as this process has it open: a cache of what it holds. To be called
// before the first request; Kept finds it again.
func (d *DB) Keep(key, value any) {
	if d.kept == nil {
		d.kept = map[any]any{}
	}
	d.kept[key] = value
}

// Kept is what was kept under a key; nil when nothing was.
func (d *DB) Kept(key any) any { return d.kept[key] }

func (d *DB) tell(lines []*Line) {
	for _, f := range d.commits {
		f(lines)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	for c := range d.wakes {
		select {
		case c <- struct{}{}:
		default:
		}
	}
}
