package dbtest

import (
	"context"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

func TestPostgresIsFreshAndDropped(t *testing.T) {
	t.Parallel()
	var url string
	t.Run("inner", func(t *testing.T) {
		url = Postgres(t)
		conn, err := pgx.Connect(t.Context(), url)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = conn.Close(t.Context()) }()
		if _, err := conn.Exec(t.Context(), "CREATE TABLE here (id int)"); err != nil {
			t.Fatal(err)
		}
	})
	if conn, err := pgx.Connect(t.Context(), url); err == nil {
		_ = conn.Close(t.Context())
		t.Fatal("the database is still there after its test")
	}
	conn, err := pgx.Connect(t.Context(), Postgres(t))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(t.Context()) }()
	var tables int
	if err := conn.QueryRow(t.Context(), "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").Scan(&tables); err != nil || tables != 0 {
		t.Fatalf("a fresh database has %d tables (%v), want none", tables, err)
	}
}

func TestTemplateIsPreparedOnce(t *testing.T) {
	t.Parallel()
	prepared := 0
	prepare := func(url string) error {
		prepared++
		conn, err := pgx.Connect(t.Context(), url)
		if err != nil {
			return err
		}
		defer func() { _ = conn.Close(t.Context()) }()
		_, err = conn.Exec(t.Context(), "CREATE TABLE here (id int)")
		return err
	}
	key := t.Name() + random()
	for range 2 {
		conn, err := pgx.Connect(t.Context(), Template(t, key, prepare))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := conn.Exec(t.Context(), "INSERT INTO here VALUES (1)"); err != nil {
			t.Error(err)
		}
		var rows int
		if err := conn.QueryRow(t.Context(), "SELECT count(*) FROM here").Scan(&rows); err != nil || rows != 1 {
			t.Errorf("a copy has %d rows (%v), want its own one", rows, err)
		}
		_ = conn.Close(t.Context())
	}
	if prepared != 1 {
		t.Errorf("prepared %d times, want once", prepared)
	}
}

// TestStartAndStop starts a server of its own, whatever the variable says.
func TestStartAndStop(t *testing.T) {
	t.Parallel()
	s, err := Start(t.Context(), Options{Connections: 20})
	if err != nil {
		t.Fatal(err)
	}
	conn, err := pgx.Connect(t.Context(), s.URL+"postgres")
	if err != nil {
		t.Fatal(err)
	}
	var folder, most, addresses string
	if err := conn.QueryRow(t.Context(), "SELECT current_setting('data_directory'), current_setting('max_connections'), current_setting('listen_addresses')").Scan(&folder, &most, &addresses); err != nil {
		t.Fatal(err)
	}
	_ = conn.Close(t.Context())
	if most != "20" || addresses != "127.0.0.1" {
		t.Errorf("max_connections %s, listen_addresses %s; want 20 and 127.0.0.1", most, addresses)
	}
	s.Stop()
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	if conn, err := pgx.Connect(ctx, s.URL+"postgres"); err == nil {
		_ = conn.Close(ctx)
		t.Error("the server answers after Stop")
	}
	if _, err := os.Stat(strings.TrimSuffix(folder, "/data")); !os.IsNotExist(err) {
		t.Errorf("the server's folder is still there: %v", err)
	}
}

func TestPasswordStaysOutOfErrors(t *testing.T) {
	t.Parallel()
	base := "postgres://postgres:s3cret-word@127.0.0.1:1/"
	err := admin(t.Context(), base, "SELECT 1")
	if err == nil || strings.Contains(err.Error(), "s3cret-word") {
		t.Errorf("got %v", err)
	}
}
