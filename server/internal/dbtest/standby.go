//go:build unix

package dbtest

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/jackc/pgx/v5"
)

// Crash ends the server as a lost machine does: nothing is flushed, no connection is closed in order. Its files stay
// until Stop.
func (s *PostgresServer) Crash() error {
	if err := syscall.Kill(s.PID, syscall.SIGQUIT); err != nil {
		return err
	}
	for {
		conn, err := pgx.Connect(context.Background(), s.URL+"postgres")
		if err != nil {
			return nil
		}
		_ = conn.Close(context.Background())
	}
}

// Standby starts a second server that follows this one by streaming replication, and makes this one wait for it: from
// then on what the primary has acknowledged is on both. The primary wants synchronous_commit=on among its settings.
func (s *PostgresServer) Standby(ctx context.Context, o Options) (*PostgresServer, error) {
	bin, err := binaries(ctx)
	if err != nil {
		return nil, err
	}
	who, err := unprivileged()
	if err != nil {
		return nil, err
	}
	folder, err := os.MkdirTemp(temporary(who), "holdfast-postgres-")
	if err != nil {
		return nil, err
	}
	conn, err := pgx.Connect(ctx, s.URL+"postgres")
	if err != nil {
		return nil, err
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	if err := s.copyTo(ctx, conn, folder, who); err != nil {
		return nil, fmt.Errorf("copy the primary's files: %w", err)
	}
	primary, err := url.Parse(s.URL)
	if err != nil {
		return nil, err
	}
	o.Settings = append(o.Settings, fmt.Sprintf("primary_conninfo=host=%s port=%s user=postgres password=%s application_name=standby",
		primary.Hostname(), primary.Port(), s.password))
	made, err := launch(ctx, o, who, bin, folder, s.password)
	if err != nil {
		return nil, err
	}
	for _, statement := range []string{"alter system set synchronous_standby_names = 'standby'", "select pg_reload_conf()"} {
		if _, err := conn.Exec(ctx, statement); err != nil {
			made.Stop()
			return nil, err
		}
	}
	for state := ""; state != "sync"; {
		err := conn.QueryRow(ctx, "select sync_state from pg_stat_replication where state = 'streaming'").Scan(&state)
		if err != nil && !errors.Is(err, pgx.ErrNoRows) {
			made.Stop()
			return nil, err
		}
	}
	return made, nil
}

// copyTo makes a base backup of the running server (PostgreSQL's documentation, "Making a Base Backup Using the Low
// Level API"). What is written meanwhile comes by replication.
func (s *PostgresServer) copyTo(ctx context.Context, conn *pgx.Conn, folder string, who credential) error {
	if _, err := conn.Exec(ctx, "select pg_backup_start('standby', true)"); err != nil {
		return err
	}
	from, to := filepath.Join(s.folder, "data"), filepath.Join(folder, "data")
	err := filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) { // it was removed meanwhile
			return nil
		}
		if err != nil {
			return err
		}
		name, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		if d.IsDir() {
			if err := os.Mkdir(filepath.Join(to, name), 0o700); err != nil {
				return err
			}
			return who.own(filepath.Join(to, name))
		}
		if strings.HasPrefix(name, "postmaster.") || filepath.Dir(name) == "pg_wal" {
			return nil
		}
		text, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return err
		}
		return write(filepath.Join(to, name), text, who)
	})
	if err != nil {
		return err
	}
	var label string
	if err := conn.QueryRow(ctx, "select labelfile from pg_backup_stop(false)").Scan(&label); err != nil {
		return err
	}
	return errors.Join(who.own(folder), write(filepath.Join(to, "backup_label"), []byte(label), who), write(filepath.Join(to, "standby.signal"), nil, who))
}

func write(path string, text []byte, who credential) error {
	if err := os.WriteFile(path, text, 0o600); err != nil {
		return err
	}
	return who.own(path)
}

// Promote makes a standby a primary that takes changes.
func (s *PostgresServer) Promote(ctx context.Context) error {
	conn, err := pgx.Connect(ctx, s.URL+"postgres")
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	_, err = conn.Exec(ctx, "select pg_promote(true, 60)")
	return err
}
