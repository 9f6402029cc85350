package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
)

// A subject is a program under test with its database.
type subject struct {
	cmd   *exec.Cmd
	addr  string
	token string
	ready time.Duration // from its start to its first good answer
}

// start runs a program and waits until path answers 200.
func start(ctx context.Context, program, path string, args, env []string) (*subject, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s := &subject{addr: l.Addr().String()}
	if err := l.Close(); err != nil {
		return nil, err
	}
	s.cmd = exec.CommandContext(ctx, program, append(args, s.addr)...) //nolint:gosec // built by this program
	s.cmd.Env = append(os.Environ(), env...)
	var said bytes.Buffer
	s.cmd.Stderr = &said
	if strings.HasSuffix(program, "holdfast") { // its log is written, as in production, but not kept
		if s.cmd.Stderr, err = os.OpenFile(os.DevNull, os.O_WRONLY, 0); err != nil {
			return nil, err
		}
	}
	begin := time.Now()
	if err := s.cmd.Start(); err != nil {
		return nil, err
	}
	for time.Since(begin) < 5*time.Minute {
		time.Sleep(5 * time.Millisecond)
		if answer, err := http.Get("http://" + s.addr + path); err == nil {
			_ = answer.Body.Close()
			if answer.StatusCode == http.StatusOK {
				s.ready = time.Since(begin)
				return s, nil
			}
		}
	}
	s.stop()
	return nil, fmt.Errorf("%s did not get ready: %s", program, said.String())
}

func (s *subject) stop() {
	_ = s.cmd.Process.Signal(syscall.SIGTERM)
	_ = s.cmd.Wait()
}

// call sends JSON by REST and reads the answer.
func (s *subject) call(ctx context.Context, method, path, kind string, body []byte, answer any) error {
	r, err := http.NewRequestWithContext(ctx, method, "http://"+s.addr+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", kind)
	if s.token != "" {
		r.Header.Set("Authorization", "Bearer "+s.token)
	}
	got, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	defer func() { _ = got.Body.Close() }()
	text, err := io.ReadAll(got.Body)
	if err != nil {
		return err
	}
	if got.StatusCode >= 300 {
		return fmt.Errorf("%s %s: %s: %.300s", method, path, got.Status, text)
	}
	return json.Unmarshal(text, answer)
}

// database makes an empty one and says how each program is told.
func database(ctx context.Context, kind, folder, name string) (holdfast []string, limit []string, err error) {
	if kind == "sqlite" {
		if err := os.MkdirAll(filepath.Join(folder, name), 0o700); err != nil {
			return nil, nil, err
		}
		return nil, []string{"-sqlite", filepath.Join(folder, name, "limit.db")}, nil
	}
	base := os.Getenv("HOLDFAST_TEST_POSTGRES")
	if base == "" {
		return nil, nil, errors.New("no PostgreSQL: run this by \"go tool task bench\"")
	}
	conn, err := pgx.Connect(ctx, base+"postgres")
	if err != nil {
		return nil, nil, err
	}
	defer func() { _ = conn.Close(ctx) }()
	if _, err := conn.Exec(ctx, "CREATE DATABASE "+name); err != nil {
		return nil, nil, err
	}
	return []string{"HOLDFAST_DATABASE_URL=" + base + name}, []string{"-pg", base + name}, nil
}

// processes are those whose CPU time counts for a subject.
func (s *subject) processes(kind string) []int {
	all := []int{s.cmd.Process.Pid}
	if id, err := strconv.Atoi(os.Getenv("HOLDFAST_TEST_POSTGRES_PID")); err == nil && kind == "postgres" {
		all = append(all, id)
	}
	return all
}

// enter registers a tenant and takes an API token of its first person.
func (s *subject) enter(ctx context.Context, tenant string) (token string, err error) {
	s.token = ""
	var signedIn struct {
		AccessToken string `json:"access_token"`
	}
	registration, err := json.Marshal(map[string]string{
		"tenant_name": tenant, "full_name": "Bench", "email": tenant + "@bench.example", "password": "a yardstick, not a secret 4711",
	})
	if err != nil {
		return "", err
	}
	if err := s.call(ctx, "POST", "/api/v1/auth/register", "application/json", registration, &signedIn); err != nil {
		return "", err
	}
	s.token = signedIn.AccessToken
	var made struct{ Token string }
	if err := s.call(ctx, "POST", "/api/v1/api-tokens", "application/json", []byte(`{"name":"bench","scopes":["*"]}`), &made); err != nil {
		return "", err
	}
	s.token = made.Token
	return made.Token, nil
}

// The words of the assets: as selective as those of the yardstick's rows.
var (
	kinds   = []string{"server", "workstation", "virtual_machine", "network_device", "plc"}
	weights = []string{"low", "medium", "high", "critical"}
	things  = []string{"printer", "laptop", "vpn", "mail", "badge", "rack", "disk", "license", "phone", "monitor"}
)

// fill imports assets, some thousand at a time.
func (s *subject) fill(ctx context.Context, rows int) error {
	for from := 0; from < rows; from += 5000 {
		var b bytes.Buffer
		b.WriteString("name,asset_type,criticality,environment,producer,model,serial,os,description\n")
		for i := from; i < min(from+5000, rows); i++ {
			fmt.Fprintf(&b, "The %s on floor %d number %d,%s,%s,production,Dell,Model %d,S%08d,Debian 12,%s\n",
				things[i%10], i%40, i, kinds[i/10%5], weights[i/50%4], i%50, i, strings.Repeat("Bought for the floor and looked after by the desk. ", 4))
		}
		var done struct{ Summary struct{ Create int } }
		if err := s.call(ctx, "POST", "/api/v1/assets/import?dry_run=false", "text/csv", b.Bytes(), &done); err != nil {
			return err
		}
	}
	return nil
}

// sample reads ids from all over the table, and cursors.
func (s *subject) sample(ctx context.Context, rows int) (ids, cursors []string, err error) {
	type page struct {
		Items []struct{ ID string }
		Next  string `json:"next_cursor"`
	}
	pages := min(rows, 100_000) / 100
	for i := range min(pages, 40) {
		var p page
		if err := s.call(ctx, "GET", fmt.Sprintf("/api/v1/assets?per_page=100&total=none&page=%d", 1+i*pages/40), "application/json", nil, &p); err != nil {
			return nil, nil, err
		}
		for _, item := range p.Items {
			ids = append(ids, item.ID)
		}
	}
	next := ""
	for range 40 {
		var p page
		if err := s.call(ctx, "GET", "/api/v1/assets?per_page=25&cursor="+url.QueryEscape(next), "application/json", nil, &p); err != nil {
			return nil, nil, err
		}
		next = p.Next
		cursors = append(cursors, next)
	}
	return ids, cursors, nil
}
