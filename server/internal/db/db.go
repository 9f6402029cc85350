// Package db opens the database, puts the guards on the client, and runs a request in one transaction. It is the only place that makes
// ent clients.
package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"strings"
	"sync"

	"entgo.io/ent/dialect"
	entsql "entgo.io/ent/dialect/sql"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/holdfast-platform/holdfast/ent/migrate"
	"github.com/holdfast-platform/holdfast/ent/viewer"
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

// DB is one database. Reads outside a transaction go to a pool that cannot write, on both dialects: a forgotten transaction is an error.
type DB struct {
	// Kind is dialect.SQLite or dialect.Postgres.
	Kind string
	// Walls says in words what protects tenants from each other below the program.
	Walls string

	writer, reader       *sql.DB // the app's
	sysWriter, sysReader *sql.DB // the owner's; the same as the app's on SQLite
	client, sysClient    *ent.Client
	pools                []*pgxpool.Pool

	mu      sync.Mutex
	wakes   map[chan struct{}]struct{}
	commits []func([]*Line)
	kept    map[any]any
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
	d.client = guarded(d.Kind, d.reader)
	d.sysClient = d.client
	if d.sysReader != d.reader {
		d.sysClient = guarded(d.Kind, d.sysReader)
	}
	return d, nil
}

// guarded is the one maker of clients.
func guarded(kind string, pool *sql.DB) *ent.Client {
	c := ent.NewClient(ent.Driver(entsql.OpenDB(kind, pool)))
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
	const common = "?_pragma=foreign_keys(1)&_pragma=busy_timeout(5000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=cache_size(-8192)&_time_format=sqlite"
	escaped := strings.NewReplacer("%", "%25", "?", "%3f", "#", "%23").Replace(file)
	d.writer = openLite("file:"+escaped+common+"&_txlock=immediate", cfg.Statement)
	d.reader = openLite("file:"+escaped+common+"&_pragma=query_only(1)", cfg.Statement)
	d.writer.SetMaxOpenConns(1) // writers queue here, not in SQLite's busy loop
	d.reader.SetMaxOpenConns(runtime.NumCPU() * 2)
	d.reader.SetMaxIdleConns(runtime.NumCPU() * 2)
	d.sysWriter, d.sysReader = d.writer, d.reader
	return nil
}

func (d *DB) openPostgres(ctx context.Context, cfg Config) error {
	d.Kind = dialect.Postgres
	conns := cfg.MaxConns
	if conns == 0 {
		conns = max(8, 4*runtime.NumCPU())
	}
	for _, p := range []struct {
		to        **sql.DB
		app, read bool
		conns     int
	}{
		{&d.sysWriter, false, false, max(4, conns/2)}, {&d.sysReader, false, true, max(4, conns/2)},
		{&d.writer, true, false, conns}, {&d.reader, true, true, conns},
	} {
		c, err := pgxpool.ParseConfig(cfg.URL)
		if err != nil {
			return fmt.Errorf("the database's URL does not parse: %w", redact(err))
		}
		c.MaxConns = int32(p.conns)
		c.ConnConfig.RuntimeParams["application_name"] = "holdfast"
		c.ConnConfig.RuntimeParams["timezone"] = "UTC"
		if p.read {
			c.ConnConfig.RuntimeParams["default_transaction_read_only"] = "on"
		}
		if p.app {
			c.AfterConnect, c.PrepareConn = d.enter, bind
		}
		if cfg.Statement != nil {
			c.ConnConfig.Tracer = tracer(cfg.Statement)
		}
		pool, err := pgxpool.NewWithConfig(ctx, c)
		if err != nil {
			return redact(err)
		}
		d.pools = append(d.pools, pool)
		*p.to = stdlib.OpenDBFromPool(pool)
	}
	return d.sysWriter.PingContext(ctx)
}

// redact keeps a password out of an error about the URL.
func redact(err error) error {
	var parse *pgconnParseError
	if errors.As(err, &parse) {
		return errors.New("not a PostgreSQL URL")
	}
	return err
}

// bind tells the connection whose rows it may see. It remembers, so that it is asked only when the tenant changes.
func bind(ctx context.Context, c *pgx.Conn) (bool, error) {
	want := ""
	if v := viewer.From(ctx); v != nil {
		want = v.TenantID.String()
	}
	data := c.PgConn().CustomData()
	if have, ok := data["tenant"].(string); ok && have == want {
		return true, nil
	}
	delete(data, "tenant")
	if _, err := c.Exec(ctx, `select set_config('app.tenant_id', $1, false)`, want); err != nil {
		return false, err
	}
	data["tenant"] = want
	return true, nil
}

// Close closes the pools.
func (d *DB) Close() error {
	var errs []error
	for _, p := range []*sql.DB{d.writer, d.reader, d.sysWriter, d.sysReader} {
		if p != nil {
			errs = append(errs, p.Close())
		}
	}
	for _, p := range d.pools {
		p.Close()
	}
	return errors.Join(errs...)
}

// Writer and Reader are the pools of the installation's own work: the job queue, backups, sweeps. No guard is on them.
func (d *DB) Writer() *sql.DB { return d.sysWriter }

// Reader is the one that cannot write.
func (d *DB) Reader() *sql.DB { return d.sysReader }

// Ping tells whether the database answers.
func (d *DB) Ping(ctx context.Context) error { return d.sysReader.PingContext(ctx) }

// Woken gives a channel that receives after each commit of this process that wrote to the journal, until stop is called. It may be
// shared by several commits; consumers poll beside it for those of others.
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

// OnCommit has f called after each commit of this process, before the writer gets his answer, with the lines that it wrote (without
// seq): for caches that must not be stale in the process that changed what they hold. To be called before the first request.
func (d *DB) OnCommit(f func([]*Line)) { d.commits = append(d.commits, f) }

// Keep hangs something on the database for as long as this process has it open: a cache of what it holds. To be called before the first
// request; Kept finds it again.
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
