// Package operate is what looks after an installation from the console: the doctor, migrations, archives, people, demo
// data.
package operate

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"entgo.io/ent/dialect"

	"github.com/holdfast-platform/holdfast/ent/migrate"
	"github.com/holdfast-platform/holdfast/server"
	"github.com/holdfast-platform/holdfast/server/internal/clock"
	"github.com/holdfast-platform/holdfast/server/internal/db"
)

// Grade is how a check came out.
type Grade string

// The grades. A warning is what an operator should know; a failure keeps the
// server from working as promised.
const (
	Good    Grade = "ok"
	Warning Grade = "warning"
	Failure Grade = "failure"
)

// Check is one thing that was looked at.
type Check struct {
	Subject string // database, storage, clock, settings, walls …
	Grade   Grade
	Detail  string
}

// An examination collects checks.
type examination struct {
	cfg    server.Config
	checks []Check
}

func (e *examination) note(subject string, g Grade, format string, args ...any) {
	e.checks = append(e.checks, Check{subject, g, fmt.Sprintf(format, args...)})
}

// Examine looks at an installation without changing it: settings, storage,
// database, clock, and what protects tenants from each other.
func Examine(ctx context.Context, cfg server.Config) []Check {
	e := &examination{cfg: cfg}
	e.settings()
	e.storage()
	e.files(ctx)
	e.scanner(ctx)
	e.secretKey()
	e.mail(ctx)
	e.signIn(ctx)
	e.database(ctx)
	return e.checks
}

func (e *examination) settings() {
	u, err := url.Parse(e.cfg.PublicURL)
	switch {
	case err != nil || u.Host == "":
		e.note("settings", Failure, "the public URL %q is none", e.cfg.PublicURL)
	case u.Scheme == "https" || Local(e.cfg.PublicURL):
		e.note("settings", Good, "people come by %s", e.cfg.PublicURL)
	default:
		e.note("settings", Warning, "people come by %s: passwords and tokens travel in the clear", e.cfg.PublicURL)
	}
	for _, p := range e.cfg.TrustedProxies {
		if p.Bits() == 0 {
			e.note("settings", Warning, "trusted_proxies holds %s: anybody may pretend any address, and the limits per address do not hold", p)
		}
	}
	if e.cfg.InternalHMACSecret != "" && len(e.cfg.InternalHMACSecret) < 16 {
		e.note("settings", Warning, "internal_hmac_secret is shorter than 16 characters")
	}
	if e.cfg.LicenseMode == "managed" && e.cfg.InternalHMACSecret == "" {
		e.note("settings", Failure, "license_mode is managed, but without internal_hmac_secret no licence can arrive: new tenants stay pending")
	}
}

// Local tells whether a URL leads to this machine only.
func Local(address string) bool {
	u, err := url.Parse(address)
	if err != nil {
		return false
	}
	ip := net.ParseIP(u.Hostname())
	return u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
}

// low is the free space below which a warning is due.
const low = 1 << 30

func (e *examination) storage() {
	info, err := os.Stat(e.cfg.DataDir)
	if errors.Is(err, os.ErrNotExist) {
		e.note("storage", Warning, "%s does not exist yet: the first start makes it", e.cfg.DataDir)
		return
	}
	if err != nil || !info.IsDir() {
		e.note("storage", Failure, "%s is no folder that can be read", e.cfg.DataDir)
		return
	}
	probe, err := os.CreateTemp(e.cfg.DataDir, ".doctor-")
	if err != nil {
		e.note("storage", Failure, "%s cannot be written to: %v", e.cfg.DataDir, errors.Unwrap(err))
		return
	}
	err = errors.Join(probe.Sync(), probe.Close(), os.Remove(probe.Name()))
	if err != nil {
		e.note("storage", Failure, "%s does not keep what is written: %v", e.cfg.DataDir, err)
		return
	}
	free, known := freeSpace(e.cfg.DataDir)
	switch {
	case known && free < low:
		e.note("storage", Warning, "%s has %d MiB left", e.cfg.DataDir, free>>20)
	case known:
		e.note("storage", Good, "%s can be written to; %d GiB are free", e.cfg.DataDir, free>>30)
	default:
		e.note("storage", Good, "%s can be written to", e.cfg.DataDir)
	}
	if info.Mode().Perm()&0o077 != 0 {
		e.note("storage", Warning, "%s is open to other users of this machine (mode %04o): chmod 700", e.cfg.DataDir, info.Mode().Perm())
	}
}

func (e *examination) mail(ctx context.Context) {
	if e.cfg.SMTPURL == "" {
		e.note("mail", Warning, "no smtp_url: mail is written to %s", filepath.Join(e.cfg.DataDir, "outbox"))
		return
	}
	u, err := url.Parse(e.cfg.SMTPURL)
	if err != nil {
		e.note("mail", Failure, "smtp_url does not parse")
		return
	}
	port := u.Port()
	if port == "" {
		port = map[string]string{"smtp": "587", "smtps": "465"}[u.Scheme]
	}
	dialer := net.Dialer{Timeout: 3 * time.Second}
	conn, err := dialer.DialContext(ctx, "tcp", net.JoinHostPort(u.Hostname(), port))
	if err != nil {
		e.note("mail", Failure, "the mail server does not answer: %v", err)
		return
	}
	_ = conn.Close()
	e.note("mail", Good, "%s answers", net.JoinHostPort(u.Hostname(), port))
}

func (e *examination) database(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	d, err := existing(ctx, e.cfg.DatabaseURL)
	if errors.Is(err, errNoDatabase) {
		e.note("database", Warning, "%v", err)
		return
	}
	if err != nil {
		e.note("database", Failure, "%v", err)
		return
	}
	defer func() { _ = d.Close() }()
	versions, err := migrate.Versions(ctx, d.Kind, d.Reader())
	if err != nil {
		e.note("database", Failure, "its schema cannot be read: %v", err)
		return
	}
	for _, v := range versions {
		switch {
		case v.Have > v.Want:
			e.note("schema", Failure, "%s is at %d, newer than this program's %d", v.Table, v.Have, v.Want)
		case v.Have < v.Want:
			e.note("schema", Warning, "%s is at %d: the next start brings it to %d", v.Table, v.Have, v.Want)
		default:
			e.note("schema", Good, "%s is at %d", v.Table, v.Have)
		}
	}
	if d.Kind == dialect.Postgres {
		e.postgres(ctx, d.Reader())
	} else {
		e.sqlite(ctx, d.Reader())
	}
	e.clock(ctx, d.Reader(), d.Kind)
	e.walls(ctx, d)
	e.sealed(ctx, d)
	e.journal(ctx, d)
	e.consumers(ctx, d)
}

func (e *examination) sqlite(ctx context.Context, q *sql.DB) {
	var version, check string
	var broken int
	err := errors.Join(
		q.QueryRowContext(ctx, "SELECT sqlite_version()").Scan(&version),
		q.QueryRowContext(ctx, "PRAGMA quick_check(1)").Scan(&check),
		q.QueryRowContext(ctx, "SELECT count(*) FROM pragma_foreign_key_check").Scan(&broken))
	switch {
	case err != nil:
		e.note("database", Failure, "SQLite: %v", err)
	case check != "ok":
		e.note("database", Failure, "the file is damaged: %s", check)
	case broken > 0:
		e.note("database", Failure, "%d references lead nowhere", broken)
	default:
		e.note("database", Good, "SQLite %s, the file is whole", version)
	}
}

func (e *examination) postgres(ctx context.Context, q *sql.DB) {
	values := map[string]string{"server_version": "", "fsync": "", "full_page_writes": "", "synchronous_commit": "", "server_encoding": "", "max_connections": ""}
	for name := range values {
		var text string
		if err := q.QueryRowContext(ctx, "SELECT current_setting($1)", name).Scan(&text); err != nil {
			e.note("database", Failure, "PostgreSQL: %v", err)
			return
		}
		values[name] = text
	}
	e.note("database", Good, "PostgreSQL %s, at most %s connections", values["server_version"], values["max_connections"])
	for _, name := range []string{"fsync", "full_page_writes", "synchronous_commit"} {
		if values[name] == "off" {
			e.note("database", Warning, "PostgreSQL's %s is off: a power cut may lose or spoil what was acknowledged", name)
		}
	}
	if values["server_encoding"] != "UTF8" {
		e.note("database", Failure, "the database's encoding is %s, it must be UTF8", values["server_encoding"])
	}
}

// tolerance is how far two clocks may be apart before tokens and service levels suffer.
const tolerance = 2 * time.Second

func (e *examination) clock(ctx context.Context, q *sql.DB, kind string) {
	now := clock.Now(ctx)
	if kind == dialect.Postgres {
		var there time.Time
		if err := q.QueryRowContext(ctx, "SELECT clock_timestamp()").Scan(&there); err != nil {
			e.note("clock", Failure, "%v", err)
			return
		}
		if apart := there.Sub(now).Abs(); apart > tolerance {
			e.note("clock", Failure, "this machine's and the database's clocks are %s apart", apart.Round(time.Millisecond))
			return
		}
	}
	var last sql.NullTime
	if err := q.QueryRowContext(ctx, "SELECT at FROM journal ORDER BY seq DESC LIMIT 1").Scan(&last); err != nil && !errors.Is(err, sql.ErrNoRows) {
		e.note("clock", Failure, "%v", err)
		return
	}
	if last.Valid && last.Time.Sub(now) > tolerance {
		e.note("clock", Failure, "the last change is noted %s in the future: this machine's clock has gone back", last.Time.Sub(now).Round(time.Second))
		return
	}
	e.note("clock", Good, "%s", now.Format(time.RFC3339))
}

// walls says which of them protect tenants from each other.
func (e *examination) walls(ctx context.Context, d *db.DB) {
	e.note("walls", Good, "1: each method's access rule; 2: the guards and policies on every query")
	if d.Kind != dialect.Postgres {
		e.note("walls", Good, "3: %s", d.Walls)
		return
	}
	var open sql.NullString
	if err := d.Reader().QueryRowContext(ctx, `SELECT string_agg(c.relname, ', ' ORDER BY c.relname) FROM pg_class c
		WHERE c.relkind = 'r' AND c.relnamespace = current_schema()::regnamespace AND NOT c.relrowsecurity
		AND EXISTS (SELECT 1 FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'tenant_id')`).Scan(&open); err != nil {
		e.note("walls", Failure, "3: %v", err)
		return
	}
	switch {
	case open.String != "":
		e.note("walls", Failure, "3: row-level security is off for %s", open.String)
	case !strings.Contains(d.Walls, "by the role"):
		e.note("walls", Warning, "3: %s", d.Walls)
	default:
		e.note("walls", Good, "3: %s", d.Walls)
	}
}
