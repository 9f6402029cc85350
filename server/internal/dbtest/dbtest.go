// Package dbtest gives tests their databases: a fresh empty one each, on
// SQLite and on PostgreSQL.
//
// PostgreSQL is the server that HOLDFAST_TEST_POSTGRES names (a URL that ends
// in "/", without a database). Where the variable is unset, the test process
// starts a server of its own from the binaries on the machine or, where there
// are none, from an npm package, and takes it down when it ends. Several
// packages share one server when they run under the wrapper:
//
//	go run ./server/internal/dbtest/run -- go test ./...
package dbtest

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// Variable is the environment variable that names the server.
const Variable = "HOLDFAST_TEST_POSTGRES"

// Each runs test once on SQLite and once on PostgreSQL, in parallel, with the
// URL of a fresh empty database.
func Each(t *testing.T, test func(t *testing.T, url string)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		test(t, SQLite(t))
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		test(t, Postgres(t))
	})
}

// SQLite returns the URL of a database file that does not exist yet, in a
// folder that goes with the test.
func SQLite(t testing.TB) string {
	t.Helper()
	return "sqlite:" + filepath.Join(t.TempDir(), "holdfast.db")
}

// Postgres returns the URL of a fresh empty database, dropped with the test.
func Postgres(t testing.TB) string {
	t.Helper()
	return create(t, "template0")
}

// Template returns the URL of a fresh copy of a prepared database. The first
// caller with a key prepares the original; later ones, in other test processes
// too, copy it. The key names all that the preparation depends on: a changed
// schema needs another key. Nothing may be connected to url when prepare
// returns.
func Template(t testing.TB, key string, prepare func(url string) error) string {
	t.Helper()
	sum := sha256.Sum256([]byte(key))
	name := "holdfast_template_" + hex.EncodeToString(sum[:8])
	if err := ensure(t.Context(), name, prepare); err != nil {
		t.Fatalf("prepare the template database: %v", err)
	}
	return create(t, name)
}

// Server returns the URL of the PostgreSQL server, ending in "/".
func Server() (string, error) { return server() }

// server starts a server at most once per process.
var server = sync.OnceValues(func() (string, error) {
	if given := os.Getenv(Variable); given != "" {
		if !strings.HasSuffix(given, "/") {
			return "", fmt.Errorf("%s must end in \"/\"", Variable)
		}
		return given, nil
	}
	s, err := Start(context.Background(), Options{})
	if err != nil {
		return "", err
	}
	return s.URL, nil // the server ends with this process
})

func create(t testing.TB, template string) string {
	t.Helper()
	base, err := server()
	if err != nil {
		t.Fatalf("no PostgreSQL: %v", err)
	}
	name := "holdfast_test_" + random()
	if err := admin(t.Context(), base, "CREATE DATABASE "+name+" TEMPLATE "+template); err != nil {
		t.Fatalf("create a database: %v", err)
	}
	t.Cleanup(func() {
		// The test's own context is over by now.
		ctx := context.WithoutCancel(t.Context())
		if err := admin(ctx, base, "DROP DATABASE IF EXISTS "+name+" WITH (FORCE)"); err != nil {
			t.Errorf("drop the database: %v", err)
		}
	})
	return base + name
}

// ensure makes the template under another name and renames it at the end, so
// that what bears the name is whole.
func ensure(ctx context.Context, name string, prepare func(url string) error) error {
	base, err := server()
	if err != nil {
		return err
	}
	conn, err := pgx.Connect(ctx, base+"postgres")
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(ctx) }()
	if _, err := conn.Exec(ctx, "SELECT pg_advisory_lock(hashtext($1))", name); err != nil {
		return err
	}
	var there bool
	if err := conn.QueryRow(ctx, "SELECT EXISTS (SELECT 1 FROM pg_database WHERE datname = $1)", name).Scan(&there); err != nil || there {
		return err
	}
	draft := "holdfast_test_" + random()
	if _, err := conn.Exec(ctx, "CREATE DATABASE "+draft+" TEMPLATE template0"); err != nil {
		return err
	}
	if err := prepare(base + draft); err != nil {
		_, dropped := conn.Exec(ctx, "DROP DATABASE "+draft+" WITH (FORCE)")
		return errors.Join(err, dropped)
	}
	_, err = conn.Exec(ctx, "ALTER DATABASE "+draft+" RENAME TO "+name)
	return err
}

// admin runs one statement in the server's own database.
func admin(ctx context.Context, base, statement string) error {
	conn, err := pgx.Connect(ctx, base+"postgres")
	if err != nil {
		return redact(err, base)
	}
	defer func() { _ = conn.Close(ctx) }()
	if _, err = conn.Exec(ctx, statement); err != nil {
		var pg *pgconn.PgError
		if errors.As(err, &pg) && pg.Code == "55006" { // object in use: one more try
			_, err = conn.Exec(ctx, statement)
		}
	}
	return err
}

// redact keeps the server's password out of a test's output.
func redact(err error, base string) error {
	u, parse := url.Parse(base)
	if parse != nil {
		return errors.New("the server's URL is malformed")
	}
	password, _ := u.User.Password()
	if password == "" || !strings.Contains(err.Error(), password) {
		return err
	}
	return errors.New(strings.ReplaceAll(err.Error(), password, "xxxxx"))
}

func random() string {
	b := make([]byte, 8)
	_, _ = rand.Read(b) // never fails
	return hex.EncodeToString(b)
}
