package rules_test

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/holdfast-platform/holdfast/server"
	"github.com/holdfast-platform/holdfast/server/internal/dbtest"
	"github.com/holdfast-platform/holdfast/server/operate"
)

// TestALostSecretKeyIsNotReplaced: an installation that has sealed something starts with its own key only, or with one
// that somebody has put there; doctor tells the two apart.
func TestALostSecretKeyIsNotReplaced(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, url string) {
		cfg := server.Config{DatabaseURL: url, DataDir: t.TempDir(), PublicURL: "http://localhost"}
		s, err := server.New(t.Context(), cfg)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(cfg.DataDir, "secret.key")
		if err := os.Remove(file); err != nil {
			t.Fatal(err)
		}
		if s, err = server.New(t.Context(), cfg); err != nil { // nothing is sealed yet
			t.Fatal(err)
		}
		person := operate.NewPerson{Email: "ada@example.org", FullName: "Ada", Password: "a very long passphrase 77", NewTenant: "Example"}
		if _, err := operate.CreatePerson(t.Context(), s, person); err != nil {
			t.Fatal(err)
		}
		signIn(t, s, person)
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		right, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		fails := func(what string, want bool) {
			t.Helper()
			got := ""
			for _, c := range operate.Examine(t.Context(), cfg) {
				if c.Subject == "secret key" && c.Grade == operate.Failure {
					got = c.Detail
				}
			}
			if (got != "") != want {
				t.Errorf("%s: doctor's failure is %q", what, got)
			}
		}
		fails("the right key", false)
		if err := os.Remove(file); err != nil {
			t.Fatal(err)
		}
		if _, err := server.New(t.Context(), cfg); err == nil || !strings.Contains(err.Error(), file) {
			t.Errorf("without the key: %v", err)
		}
		if _, err := os.Stat(file); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("a new key was made (%v)", err)
		}
		fails("no key", true)
		cfg.SecretKey = bytes.Repeat([]byte{7}, 32)
		fails("another key", true)
		if s, err = server.New(t.Context(), cfg); err != nil {
			t.Fatalf("with a key that somebody chose: %v", err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		cfg.SecretKey = nil
		if err := os.WriteFile(file, right, 0o600); err != nil {
			t.Fatal(err)
		}
		if s, err = server.New(t.Context(), cfg); err != nil {
			t.Fatal(err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	})
}

// signIn signs a person in over HTTP.
func signIn(t *testing.T, s *server.Server, p operate.NewPerson) {
	t.Helper()
	w := httptest.NewRecorder()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/api/v1/auth/login", strings.NewReader(fmt.Sprintf(`{"email": %q, "password": %q}`, p.Email, p.Password)))
	r.Header.Set("Content-Type", "application/json")
	s.Handler().ServeHTTP(w, r)
	if w.Code != http.StatusOK {
		t.Fatalf("sign in: %d %s", w.Code, w.Body)
	}
}
