package main

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.opentelemetry.io/otel"
)

// run runs the program with a data folder, as the console would.
func run(ctx context.Context, in string, args ...string) (out string, err error) {
	cmd := root()
	var said bytes.Buffer
	cmd.SetOut(&said)
	cmd.SetErr(&said)
	cmd.SetIn(strings.NewReader(in))
	cmd.SetArgs(args)
	err = cmd.ExecuteContext(ctx)
	return said.String(), err
}

func TestPeopleAtTheConsole(t *testing.T) {
	t.Parallel()
	data := filepath.Join(t.TempDir(), "data")
	const password = "a very long passphrase 77\n"
	for _, c := range []struct {
		name, in, want string
		fails          bool
		args           []string
	}{
		{"migrate", "", "up to date", false, []string{"migrate"}},
		{"create with a tenant", password, "member of the tenant example-ltd", false, []string{"user", "create", "ada@example.org", "--name", "Ada", "--new-tenant", "Example Ltd"}},
		{"create in a tenant", password, "member of the tenant example-ltd", false, []string{"user", "create", "bob@example.org", "--name", "Bob", "--tenant", "example-ltd", "--group", "Read only"}},
		{"taken", password, "", true, []string{"user", "create", "bob@example.org", "--name", "Bob", "--tenant", "example-ltd"}},
		{"weak", "short\n", "", true, []string{"user", "create", "eve@example.org", "--name", "Eve", "--tenant", "example-ltd"}},
		{"no password", "", "", true, []string{"user", "create", "eve@example.org", "--name", "Eve", "--tenant", "example-ltd"}},
		{"no such tenant", password, "", true, []string{"user", "create", "eve@example.org", "--name", "Eve", "--tenant", "nowhere"}},
		{"both tenants", password, "", true, []string{"user", "create", "eve@example.org", "--name", "Eve", "--tenant", "a", "--new-tenant", "B"}},
		{"reset", "", "Password, shown once: ", false, []string{"user", "reset-password", "bob@example.org", "--generate-password"}},
		{"reset of nobody", password, "", true, []string{"user", "reset-password", "nobody@example.org"}},
		{"unlink", "", "", true, []string{"user", "unlink", "bob@example.org"}},
		{"promote", "", "is now an administrator", false, []string{"user", "promote", "ada@example.org"}},
		{"revoke", "", "no longer an administrator", false, []string{"user", "promote", "ada@example.org", "--revoke"}},
		{"consumers", "", "CONSUMER", false, []string{"consumers", "list"}},
		{"nothing has stopped", "", "", true, []string{"consumers", "retry", "journal-sealer"}},
		{"nothing has stopped there", "", "", true, []string{"consumers", "retry", "journal-sealer", "--tenant", "example-ltd"}},
		{"doctor", "", "the file is whole", false, []string{"doctor"}},
		{"misspelt command", "", "", true, []string{"user", "demote", "ada@example.org"}},
		{"unknown setting", "", "", true, []string{"doctor", "--no-such-flag"}},
	} {
		args := c.args
		if c.name != "unknown setting" {
			args = append(args, "--data-dir", data)
		}
		out, err := run(t.Context(), c.in, args...)
		if (err != nil) != c.fails || !strings.Contains(out, c.want) {
			t.Errorf("%s: %v\n%s", c.name, err, out)
		}
	}
}

// Where no server has been started yet there is nobody to look after, and nothing is made.
func TestPeopleOfNoInstallation(t *testing.T) {
	t.Parallel()
	data := filepath.Join(t.TempDir(), "data")
	for _, args := range [][]string{
		{"promote", "ada@example.org"}, {"reset-password", "ada@example.org", "--generate-password"}, {"unlink", "ada@example.org"},
		{"create", "ada@example.org", "--name", "Ada", "--tenant", "example-ltd", "--generate-password"},
	} {
		out, err := run(t.Context(), "", append(append([]string{"user"}, args...), "--data-dir", data)...)
		if err == nil || !strings.Contains(err.Error(), "holdfast.db does not exist yet") {
			t.Errorf("%s: %v\n%s", args[0], err, out)
		}
	}
	if _, err := os.Stat(data); err == nil {
		t.Error("a data folder was made")
	}
}

func TestBackupAndRestoreAtTheConsole(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	from, to, file := filepath.Join(folder, "from"), filepath.Join(folder, "to"), filepath.Join(folder, "archive.zip")
	if out, err := run(t.Context(), "", "backup", file, "--data-dir", from); err == nil {
		t.Errorf("a backup of nothing: %s", out)
	}
	if _, err := os.Stat(file); err == nil {
		t.Error("a failed backup left a file behind")
	}
	if out, err := run(t.Context(), "a very long passphrase 77\n", "user", "create", "ada@example.org", "--name", "Ada", "--new-tenant", "Example Ltd", "--data-dir", from); err != nil {
		t.Fatal(err, out)
	}
	out, err := run(t.Context(), "", "backup", file, "--data-dir", from)
	if err != nil || !strings.Contains(out, "secret key is not in this archive") {
		t.Fatalf("%v\n%s", err, out)
	}
	if _, err := run(t.Context(), "", "backup", file, "--data-dir", from); err == nil {
		t.Error("a backup replaced another")
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the archive's mode is %v (%v), want 0600", info.Mode(), err)
	}
	if out, err := run(t.Context(), "", "restore", file, "--data-dir", to); err != nil || !strings.Contains(out, "are restored") {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, folder := range []string{from, to} {
		if info, err := os.Stat(filepath.Join(folder, "holdfast.db")); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("the database's mode is %v (%v), want 0600", info.Mode(), err)
		}
	}
	if _, err := run(t.Context(), "", "restore", file, "--data-dir", to); err == nil || !strings.Contains(err.Error(), "not empty") {
		t.Errorf("a second restore: %v", err)
	}
	if out, err := run(t.Context(), "", "user", "promote", "ada@example.org", "--data-dir", to); err != nil {
		t.Errorf("the person is not there: %v\n%s", err, out)
	}
}

// certificate writes a new self-signed one.
func certificate(t *testing.T, cert, key string, serial int64) *x509.CertPool {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	about := &x509.Certificate{
		SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: "localhost"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, about, about, &private.PublicKey, private)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	for name, block := range map[string]*pem.Block{cert: {Type: "CERTIFICATE", Bytes: der}, key: {Type: "PRIVATE KEY", Bytes: secret}} {
		if err := os.WriteFile(name, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	pool := x509.NewCertPool()
	made, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool.AddCert(made)
	return pool
}

func TestServeByTLS(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	cert, key := filepath.Join(folder, "cert.pem"), filepath.Join(folder, "key.pem")
	pool := certificate(t, cert, key, 1)
	addr, metrics := free(t), free(t)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		_, err := run(ctx, "", "serve", "--addr", addr, "--metrics-addr", metrics, "--tls-cert", cert, "--tls-key", key, "--data-dir", filepath.Join(folder, "data"))
		ended <- err
	}()
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}, ForceAttemptHTTP2: true}}
	answer := eventually(t, client, "https://"+addr+"/")
	if answer.proto != "HTTP/2.0" || !strings.Contains(answer.body, "<title>Holdfast</title>") {
		t.Errorf("%s, %q; want the plain page by HTTP/2", answer.proto, answer.body)
	}
	if text := eventually(t, http.DefaultClient, "http://"+metrics+"/metrics").body; !strings.Contains(text, "go_goroutines") {
		t.Errorf("metrics: %.200s", text)
	}
	refused, err := client.Get("https://" + addr + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(refused.Body)
	// Where the web client is built in, its page answers.
	if page := strings.Contains(string(text), "<title>Holdfast</title>"); err != nil || refused.StatusCode != http.StatusNotFound && !page {
		t.Errorf("metrics are on the API's own address: %d %.200s (%v)", refused.StatusCode, text, err)
	}
	_ = refused.Body.Close()
	stop()
	select {
	case err := <-ended:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(15 * time.Second):
		t.Error("the server did not stop within 15 s")
	}
}

func TestRenewedCertificateIsTaken(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	cert, key := filepath.Join(folder, "cert.pem"), filepath.Join(folder, "key.pem")
	certificate(t, cert, key, 1)
	kept := &keptCertificate{cert: cert, key: key, log: slog.New(slog.DiscardHandler)}
	if err := kept.load(); err != nil {
		t.Fatal(err)
	}
	serial := func() int64 {
		kept.looked = time.Time{} // as if a minute had gone by
		c, err := kept.get(&tls.ClientHelloInfo{})
		if err != nil {
			t.Fatal(err)
		}
		leaf, err := x509.ParseCertificate(c.Certificate[0])
		if err != nil {
			t.Fatal(err)
		}
		return leaf.SerialNumber.Int64()
	}
	if got := serial(); got != 1 {
		t.Errorf("serial %d, want 1", got)
	}
	later := time.Now().Add(time.Minute)
	certificate(t, cert, key, 2)
	if err := os.Chtimes(cert, later, later); err != nil {
		t.Fatal(err)
	}
	if got := serial(); got != 2 {
		t.Errorf("after the renewal serial %d, want 2", got)
	}
	if err := os.WriteFile(cert, []byte("half writ"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := serial(); got != 2 {
		t.Errorf("with a broken file serial %d, want the old 2", got)
	}
}

func TestServeRefusesAnUsedAddress(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	if out, err := run(t.Context(), "", "serve", "--addr", l.Addr().String(), "--data-dir", filepath.Join(t.TempDir(), "data")); err == nil || !strings.Contains(out, "in use") {
		t.Errorf("%v\n%s", err, out)
	}
}

func TestConfigShowsWhatIsInEffect(t *testing.T) {
	t.Parallel()
	out, err := run(t.Context(), "", "config", "--addr", "127.0.0.1:7", "--database-url", "postgres://me:topsecret@db/x")
	if err != nil || strings.Contains(out, "topsecret") || !strings.Contains(out, `"127.0.0.1:7"`) || !strings.Contains(out, "# --addr") {
		t.Errorf("%v\n%s", err, out)
	}
	out, err = run(t.Context(), "", "config", "--addr", "0.0.0.0:7", "--data-dir", "/srv/holdfast")
	if err != nil || !strings.Contains(out, `"sqlite:/srv/holdfast/holdfast.db"`) || !strings.Contains(out, `"http://localhost:7"`) {
		t.Errorf("what follows from other settings is not shown: %v\n%s", err, out)
	}
	if _, err := run(t.Context(), "", "config", "--addr", "7"); err == nil {
		t.Error("a malformed address passed")
	}
}

func free(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

type answer struct{ proto, body string }

// eventually asks until the server is there.
func eventually(t *testing.T, client *http.Client, url string) answer {
	t.Helper()
	var last error
	for range 400 {
		got, err := client.Get(url)
		if err == nil {
			text, err := io.ReadAll(got.Body)
			_ = got.Body.Close()
			if err == nil && got.StatusCode == http.StatusOK {
				return answer{got.Proto, string(text)}
			}
		}
		last = err
		time.Sleep(25 * time.Millisecond)
	}
	t.Fatalf("%s does not answer: %v", url, last)
	return answer{}
}

// TestTelemetryIsOffUnlessAskedFor sets the global providers, so it is not parallel.
func TestTelemetryIsOffUnlessAskedFor(t *testing.T) {
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "")
	off, err := startTelemetry(t.Context(), false)
	if err != nil || off.traces || off.measures || off.metrics != nil {
		t.Errorf("without a setting: %+v (%v)", off, err)
	}
	var mu sync.Mutex
	paths := map[string]bool{}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	collector := &http.Server{Handler: http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		paths[r.URL.Path] = true
	})}
	go func() { _ = collector.Serve(l) }()
	defer func() { _ = collector.Close() }()
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://"+l.Addr().String())
	t.Setenv("OTEL_METRICS_EXPORTER", "none")
	on, err := startTelemetry(t.Context(), false)
	if err != nil || !on.traces || on.measures {
		t.Fatalf("with an endpoint: %+v (%v)", on, err)
	}
	_, span := otel.Tracer("test").Start(t.Context(), "test")
	span.End()
	if err := on.stop(t.Context()); err != nil {
		t.Error(err)
	}
	mu.Lock()
	defer mu.Unlock()
	if !paths["/v1/traces"] {
		t.Errorf("the collector got %v, want a trace", paths)
	}
}
