package proof

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/holdfast-platform/holdfast/server"
	"github.com/holdfast-platform/holdfast/server/internal/dbtest"
	"github.com/holdfast-platform/holdfast/server/internal/journal"
	"github.com/holdfast-platform/holdfast/server/operate"
)

// earlier are the builds whose data is kept in testdata: a data folder with its secret key, a PostgreSQL dump and an
// archive of the same rows. A release adds a folder and never changes an old one.
var earlier = []string{"2026-11"}

// What an earlier build has left is opened, migrated and restored, on both databases: every record, line of history,
// seal and short number is found again, people sign in with their old passwords, and files have what they had.
func TestUpgradeKeepsWhatIsThere(t *testing.T) {
	for _, build := range earlier {
		from := filepath.Join("testdata", build)
		for how, prepare := range map[string]func(t *testing.T, from string, cfg *server.Config){
			"data folder":         openFolder,
			"dump":                loadDump,
			"archive to SQLite":   func(t *testing.T, from string, cfg *server.Config) { restore(t, from, dbtest.SQLite(t), cfg) },
			"archive to Postgres": func(t *testing.T, from string, cfg *server.Config) { restore(t, from, dbtest.Postgres(t), cfg) },
		} {
			t.Run(build+"/"+how, func(t *testing.T) {
				t.Parallel()
				cfg := server.Config{DataDir: filepath.Join(t.TempDir(), "data"), RateLimitLogin: "1000/minute"}
				unpack(t, from, cfg.DataDir)
				prepare(t, from, &cfg)
				compare(t, from, cfg)
			})
		}
	}
}

// unpack lays out the data folder.
func unpack(t *testing.T, from, to string) {
	t.Helper()
	f, err := os.Open(filepath.Join(from, "data.tar.gz"))
	must(t, err)
	defer func() { _ = f.Close() }()
	unzipped, err := gzip.NewReader(f)
	must(t, err)
	for in := tar.NewReader(unzipped); ; {
		h, err := in.Next()
		if errors.Is(err, io.EOF) {
			return
		}
		must(t, err)
		name := filepath.Join(to, filepath.Clean("/"+h.Name))
		if h.Typeflag == tar.TypeDir {
			must(t, os.MkdirAll(name, 0o700))
			continue
		}
		body, err := io.ReadAll(in)
		must(t, err)
		must(t, os.WriteFile(name, body, 0o600))
	}
}

func openFolder(_ *testing.T, _ string, cfg *server.Config) {
	cfg.DatabaseURL = "sqlite:" + filepath.Join(cfg.DataDir, "holdfast.db")
}

// loadDump runs the SQL of pg_dump on an empty database.
func loadDump(t *testing.T, from string, cfg *server.Config) {
	t.Helper()
	f, err := os.Open(filepath.Join(from, "dump.sql.gz"))
	must(t, err)
	defer func() { _ = f.Close() }()
	unzipped, err := gzip.NewReader(f)
	must(t, err)
	sql, err := io.ReadAll(unzipped)
	must(t, err)
	cfg.DatabaseURL = dbtest.Postgres(t)
	conn, err := pgx.Connect(t.Context(), cfg.DatabaseURL)
	must(t, err)
	_, err = conn.PgConn().Exec(t.Context(), string(sql)).ReadAll()
	must(t, errors.Join(err, conn.Close(t.Context())))
}

// restore fills an empty database, and a data folder that has the secret key only.
func restore(t *testing.T, from, url string, cfg *server.Config) {
	t.Helper()
	cfg.DatabaseURL = url
	for _, name := range []string{"files", "holdfast.db"} {
		must(t, os.RemoveAll(filepath.Join(cfg.DataDir, name)))
	}
	f, err := os.Open(filepath.Join(from, "archive.zip"))
	must(t, err)
	defer func() { _ = f.Close() }()
	_, err = operate.Restore(t.Context(), f, *cfg, nil)
	must(t, err)
}

// row is one of an archive, by column.
type row map[string]json.RawMessage

func text(raw json.RawMessage) string { return strings.Trim(string(raw), `"`) }

// rows are those of an archive, by table.
func rows(t *testing.T, body []byte) (tables map[string][]row, files map[string]string) {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(body), int64(len(body)))
	must(t, err)
	read := func(name string) []byte {
		f, err := z.Open(name)
		must(t, err)
		defer func() { _ = f.Close() }()
		body, err := io.ReadAll(f)
		must(t, err)
		return body
	}
	var manifest operate.Archive
	must(t, json.Unmarshal(read("manifest.json"), &manifest))
	tables, files = map[string][]row{}, map[string]string{}
	for _, table := range manifest.Tables {
		for lines := json.NewDecoder(bytes.NewReader(read("tables/" + table.Name + ".jsonl"))); lines.More(); {
			var values []json.RawMessage
			must(t, lines.Decode(&values))
			r := row{}
			for i, v := range values {
				r[table.Columns[i]] = v
			}
			tables[table.Name] = append(tables[table.Name], r)
		}
	}
	for _, f := range manifest.Files {
		files[f.Path] = f.SHA256
	}
	return tables, files
}

// passing are tables whose rows may go by themselves.
var passing = []string{"cursors", "idempotency", "nonces", "throttles"}

// keys are the columns that tell a row of a hand-written table from the others.
var keys = map[string][]string{"journal": {"seq"}, "seals": {"seq"}, "search": {"record_id"}, "counters": {"tenant_id", "kind"}}

// kept are the columns that no migration may change.
var kept = []string{"id", "number", "tenant_id", "client_id", "name", "title", "email", "password_hash", "created_at", "storage_key", "body", "status", "stable_id"}

func compare(t *testing.T, from string, cfg server.Config) {
	t.Helper()
	s, err := server.New(t.Context(), cfg)
	must(t, err)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx, nil, l) }()
	defer func() {
		stop()
		must(t, <-ended)
	}()
	url := "http://" + l.Addr().String()
	old, err := os.ReadFile(filepath.Join(from, "archive.zip"))
	must(t, err)
	before, files := rows(t, old)
	sealed, err := journal.Verify(t.Context(), s.DB())
	must(t, err)
	if sealed < int64(len(before["seals"])) {
		t.Errorf("%d lines are sealed, %d were", sealed, len(before["seals"]))
	}

	status, out := call("POST", url+"/api/v1/auth/login", "", "", map[string]any{"email": "admin@home.test", "password": "correct horse battery staple 9"})
	token, _ := out["access_token"].(string)
	if status != 200 || token == "" {
		t.Fatalf("sign in: %d %v", status, out)
	}
	home := text(before["assets"][0]["tenant_id"])
	for word, table := range map[string]string{"assets": "assets", "incidents": "incidents", "findings": "findings", "sites": "sites", "sessions": "sessions", "clients": "clients"} {
		for _, r := range before[table] {
			if text(r["tenant_id"]) != home {
				continue
			}
			at := url + "/api/v1/" + word + "/" + text(r["id"])
			status, out := call("GET", at, token, "", nil)
			if status != 200 {
				t.Errorf("GET %s: %d %v", at, status, out)
			}
			status, out = call("GET", at+"/history", token, "", nil)
			if items, _ := out["items"].([]any); status != 200 || len(items) == 0 {
				t.Errorf("GET %s/history: %d %v", at, status, out)
			}
		}
	}
	status, out = call("GET", url+"/api/v1/search?q=Imported", token, "", nil)
	if items, _ := out["items"].([]any); status != 200 || len(items) == 0 {
		t.Errorf("search: %d %v", status, out)
	}
	// The next number goes on from the old ones.
	status, out = call("POST", url+"/api/v1/assets", token, "", map[string]any{"name": "New", "asset_type": "server"})
	var last int
	for _, r := range before["assets"] {
		var n int
		must(t, json.Unmarshal(r["number"], &n))
		if text(r["tenant_id"]) == home {
			last = max(last, n)
		}
	}
	if number, _ := out["number"].(string); status != http.StatusCreated || !strings.HasPrefix(number, "AST-") || !strings.HasSuffix(number, fmt.Sprint(last+1)) {
		t.Errorf("the next asset: %d %v, the last number was %v", status, out, last)
	}

	var made bytes.Buffer
	_, err = operate.Backup(t.Context(), &made, cfg, nil)
	must(t, err)
	after, filesNow := rows(t, made.Bytes())
	for table, want := range before {
		if slices.Contains(passing, table) {
			continue
		}
		found(t, table, want, after[table])
	}
	for path, sum := range files {
		if filesNow[path] != sum {
			t.Errorf("the file %s has another content or is gone", path)
		}
	}
}

// same compares two values; PostgreSQL keeps the fields of a document in an order of its own.
func same(a, b json.RawMessage) bool {
	if bytes.Equal(a, b) {
		return true
	}
	var one, two string
	var left, right any
	return json.Unmarshal(a, &one) == nil && json.Unmarshal(b, &two) == nil &&
		json.Unmarshal([]byte(one), &left) == nil && json.Unmarshal([]byte(two), &right) == nil && reflect.DeepEqual(left, right)
}

// found looks for each row of before, by its key, and compares what must stay.
func found(t *testing.T, table string, before, after []row) {
	t.Helper()
	key := keys[table]
	if key == nil {
		key = []string{"id"}
	}
	name := func(r row) (out string) {
		for _, k := range key {
			out += text(r[k]) + " "
		}
		return out
	}
	now := map[string]row{}
	for _, r := range after {
		now[name(r)] = r
	}
	for _, r := range before {
		n := now[name(r)]
		if n == nil {
			t.Errorf("%s: row %sis gone", table, name(r))
			continue
		}
		for column, value := range r {
			all := table == "journal" || table == "seals"
			if (all || slices.Contains(kept, column)) && !same(n[column], value) {
				t.Errorf("%s: row %shas %s %s, had %s", table, name(r), column, n[column], value)
			}
		}
	}
}
