package dbtest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// Options are the few things about a server that a caller may choose.
type Options struct {
	Connections int      // most connections at once; 0 means 300
	Durable     bool     // write to the disk as in production: slower
	Settings    []string // further "name=value" settings
}

// PostgresServer is one that this process has started. It ends with the process, also
// when that is killed: a small shell beside the server waits for the pipe that
// only this process holds open.
type PostgresServer struct {
	URL string // ends in "/", without a database
	PID int    // of the server's main process

	folder, password string

	alive io.Closer
	done  chan struct{}
}

// Stop takes the server down and removes its files.
func (s *PostgresServer) Stop() {
	_ = s.alive.Close()
	<-s.done
}

// watch runs initdb's result and outlives nobody: $1 is the server's program,
// $2 its folder, the rest its settings.
const watch = `
program=$1 folder=$2; shift 2
"$program" -D "$folder/data" "$@" &
server=$!
trap '' INT TERM HUP
cat >/dev/null
kill -INT $server 2>/dev/null
wait $server
cd /
rm -rf "$folder"
`

// Start makes a new cluster in a temporary folder and starts it on a free port
// of the loopback address.
func Start(ctx context.Context, o Options) (*PostgresServer, error) {
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
	password := random() + random()
	secret := filepath.Join(folder, "password")
	if err := os.WriteFile(secret, []byte(password), 0o600); err != nil {
		return nil, err
	}
	if err := who.own(folder, secret); err != nil {
		return nil, err
	}
	initdb := exec.CommandContext(ctx, filepath.Join(bin, "initdb"),
		"-D", filepath.Join(folder, "data"), "-U", "postgres", "-A", "scram-sha-256", "--pwfile", secret,
		"-E", "UTF8", "--locale=C", "--no-sync", "--no-instructions")
	initdb.Dir = folder
	initdb.Env = plain()
	who.run(initdb)
	if out, err := initdb.CombinedOutput(); err != nil {
		_ = os.RemoveAll(folder)
		return nil, fmt.Errorf("initdb: %w\n%s", err, out)
	}
	// Another process may take a free port before the server does.
	for try := 0; ; try++ {
		s, err := launch(ctx, o, who, bin, folder, password)
		if err == nil || try == 2 {
			return s, err
		}
	}
}

func launch(ctx context.Context, o Options, who credential, bin, folder, password string) (*PostgresServer, error) {
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	log, err := os.Create(filepath.Join(folder, "log"))
	if err != nil {
		return nil, err
	}
	defer func() { _ = log.Close() }()
	args := []string{"-c", watch, "sh", filepath.Join(bin, "postgres"), folder}
	for _, setting := range settings(o, port) {
		args = append(args, "-c", setting)
	}
	shell := exec.Command("/bin/sh", args...)
	shell.Dir, shell.Env = folder, plain()
	shell.Stdout, shell.Stderr = log, log
	who.run(shell)
	alive, err := shell.StdinPipe()
	if err != nil {
		return nil, err
	}
	if err := shell.Start(); err != nil {
		return nil, err
	}
	s := &PostgresServer{
		URL:    fmt.Sprintf("postgres://postgres:%s@127.0.0.1:%d/", password, port),
		folder: folder, password: password,
		alive: alive, done: make(chan struct{}),
	}
	go func() { _ = shell.Wait(); close(s.done) }()
	if err := s.wait(ctx, folder); err != nil {
		text, _ := os.ReadFile(log.Name())
		return nil, fmt.Errorf("start postgres: %w\n%s", err, text)
	}
	return s, nil
}

// wait returns when the server answers.
func (s *PostgresServer) wait(ctx context.Context, folder string) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for {
		conn, err := pgx.Connect(ctx, s.URL+"postgres")
		if err == nil {
			_ = conn.Close(ctx)
			pid, err := os.ReadFile(filepath.Join(folder, "data", "postmaster.pid"))
			if err != nil {
				return err
			}
			first, _, _ := strings.Cut(string(pid), "\n")
			s.PID, err = strconv.Atoi(first)
			return err
		}
		select {
		case <-s.done:
			return errors.New("the server ended")
		case <-ctx.Done():
			_ = s.alive.Close()
			return err
		case <-time.After(50 * time.Millisecond):
		}
	}
}

func settings(o Options, port int) []string {
	if o.Connections == 0 {
		o.Connections = 300
	}
	list := []string{
		"listen_addresses=127.0.0.1", "port=" + strconv.Itoa(port), "unix_socket_directories=",
		"max_connections=" + strconv.Itoa(o.Connections), "max_wal_size=2GB", "timezone=UTC", "log_timezone=UTC",
	}
	if !o.Durable {
		list = append(list, "fsync=off", "full_page_writes=off", "synchronous_commit=off")
	}
	return append(list, o.Settings...)
}

// binaries returns the folder that holds initdb and postgres.
func binaries(ctx context.Context) (string, error) {
	if program, err := exec.LookPath("postgres"); err == nil {
		if program, err = filepath.EvalSymlinks(program); err == nil && complete(filepath.Dir(program)) {
			return filepath.Dir(program), nil
		}
	}
	var found []string
	for _, pattern := range []string{"/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/opt/homebrew/opt/postgresql*/bin", "/usr/local/opt/postgresql*/bin"} {
		folders, _ := filepath.Glob(pattern)
		for _, folder := range folders {
			if complete(folder) {
				found = append(found, folder)
			}
		}
	}
	if len(found) > 0 {
		return slices.Max(found), nil
	}
	return fetch(ctx)
}

func complete(folder string) bool {
	for _, name := range []string{"initdb", "postgres"} {
		if info, err := os.Stat(filepath.Join(folder, name)); err != nil || info.IsDir() {
			return false
		}
	}
	return true
}

// plain is the environment without what would steer PostgreSQL or its clients.
func plain() []string {
	return slices.DeleteFunc(os.Environ(), func(v string) bool {
		return strings.HasPrefix(v, "PG") || strings.HasPrefix(v, "LC_") || strings.HasPrefix(v, "HOLDFAST_")
	})
}

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer func() { _ = l.Close() }()
	return l.Addr().(*net.TCPAddr).Port, nil
}
