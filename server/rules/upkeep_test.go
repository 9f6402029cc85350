package rules_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/holdfast-platform/holdfast/server"
	"github.com/holdfast-platform/holdfast/server/internal/db"
	"github.com/holdfast-platform/holdfast/server/internal/dbtest"
	"github.com/holdfast-platform/holdfast/server/internal/journal"
	"github.com/holdfast-platform/holdfast/server/operate"
)

// TestJournalVerifiesAfterARestore moves an installation to the other kind of
// database: people sign in there, and every hash of the journal still holds.
func TestJournalVerifiesAfterARestore(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, url string) {
		target := dbtest.SQLite(t)
		if url[:6] == "sqlite" {
			target = dbtest.Postgres(t)
		}
		secret := make([]byte, 32)
		from := server.Config{DatabaseURL: url, DataDir: t.TempDir(), SecretKey: secret, Version: "test"}
		to := server.Config{DatabaseURL: target, DataDir: t.TempDir(), SecretKey: secret}
		s, err := server.New(t.Context(), from)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := operate.CreatePerson(t.Context(), s, operate.NewPerson{Email: "ada@example.org", FullName: "Ada", Password: "a very long passphrase 77", NewTenant: "Example"}); err != nil {
			t.Fatal(err)
		}
		s.Start(t.Context())
		var sealed int64
		for range 200 { // the sealer follows the journal
			time.Sleep(25 * time.Millisecond)
			if sealed, err = journal.Verify(t.Context(), s.DB()); err != nil {
				t.Fatal(err)
			}
			var open int64
			if err := s.DB().Reader().QueryRowContext(t.Context(), "SELECT count(*) FROM journal WHERE seq NOT IN (SELECT seq FROM seals)").Scan(&open); err != nil {
				t.Fatal(err)
			}
			if sealed > 0 && open == 0 {
				break
			}
		}
		if sealed == 0 {
			t.Fatal("nothing was sealed")
		}
		name := filepath.Join(t.TempDir(), "archive.zip")
		file, err := os.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := operate.Backup(t.Context(), file, from, nil); err != nil { // the server runs
			t.Fatal(err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if _, err := operate.Restore(t.Context(), file, to, nil); err != nil {
			t.Fatal(err)
		}
		if err := file.Close(); err != nil {
			t.Fatal(err)
		}
		d, err := db.Open(t.Context(), db.Config{URL: target})
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = d.Close() }()
		if again, err := journal.Verify(t.Context(), d); err != nil || again != sealed {
			t.Errorf("%d lines verify after the restore (%v), want %d", again, err, sealed)
		}
		for _, check := range operate.Examine(t.Context(), to) {
			if check.Grade == operate.Failure && check.Subject != "settings" {
				t.Errorf("%s: %s", check.Subject, check.Detail)
			}
		}
	})
}

func TestExamineNamesWhatIsWrong(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	if err := os.WriteFile(filepath.Join(data, "secret.key"), []byte("x"), 0o644); err != nil {
		t.Fatal(err)
	}
	newer := dbtest.SQLite(t)
	if err := operate.Migrate(t.Context(), server.Config{DatabaseURL: newer}); err != nil {
		t.Fatal(err)
	}
	d, err := db.Open(t.Context(), db.Config{URL: newer})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.Writer().ExecContext(t.Context(), "INSERT INTO schema_version (version_id, is_applied) VALUES (99990101000000, 1)"); err != nil {
		t.Fatal(err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name    string
		cfg     server.Config
		subject string
		grade   operate.Grade
	}{
		{"plain http", server.Config{PublicURL: "http://holdfast.example.org", DataDir: data}, "settings", operate.Warning},
		{"managed without a secret", server.Config{PublicURL: "http://localhost", LicenseMode: "managed", DataDir: data}, "settings", operate.Failure},
		{"a key for everybody", server.Config{PublicURL: "http://localhost", DataDir: data}, "secret key", operate.Failure},
		{"files that nobody keeps", server.Config{PublicURL: "http://localhost", DataDir: data, Files: "s3://none?region=x&endpoint=http://127.0.0.1:1&use_path_style=true"}, "files", operate.Failure},
		{"files in a folder", server.Config{PublicURL: "http://localhost", DataDir: data, Files: "file://" + data}, "files", operate.Good},
		{"no files yet", server.Config{PublicURL: "http://localhost", DataDir: data}, "files", operate.Warning},
		{"no scanner", server.Config{PublicURL: "http://localhost", DataDir: data, ScannerURL: "tcp://127.0.0.1:1"}, "scanner", operate.Failure},
		{"no folder", server.Config{PublicURL: "http://localhost", DataDir: filepath.Join(data, "none")}, "storage", operate.Warning},
		{"no mail server", server.Config{PublicURL: "http://localhost", DataDir: data, SMTPURL: "smtp://127.0.0.1:1"}, "mail", operate.Failure},
		{"nobody can sign in", server.Config{PublicURL: "http://localhost", DataDir: data, AuthPolicy: "restricted"}, "sign-in", operate.Failure},
		{"no provider", server.Config{PublicURL: "http://localhost", DataDir: data, OIDC: &server.SignInProvider{Issuer: "http://127.0.0.1:1", ClientID: "x"}}, "sign-in", operate.Failure},
		{"a newer schema", server.Config{PublicURL: "http://localhost", DataDir: data, DatabaseURL: newer}, "schema", operate.Failure},
		{"no database server", server.Config{PublicURL: "http://localhost", DataDir: data, DatabaseURL: "postgres://nobody:s3cret@127.0.0.1:1/x"}, "database", operate.Failure},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if c.cfg.DatabaseURL == "" {
				c.cfg.DatabaseURL = "sqlite:" + filepath.Join(data, "none.db")
			}
			found := false
			for _, check := range operate.Examine(t.Context(), c.cfg) {
				found = found || check.Subject == c.subject && check.Grade == c.grade
			}
			if !found {
				t.Errorf("no %s about %s: %v", c.grade, c.subject, operate.Examine(t.Context(), c.cfg))
			}
		})
	}
}

// Present looks for a database and makes none.
func TestPresent(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, url string) {
		cfg := server.Config{DatabaseURL: url}
		for range 2 {
			if err := operate.Present(t.Context(), cfg); err == nil || !strings.Contains(err.Error(), "the first start makes it") {
				t.Fatalf("of nothing: %v", err)
			}
		}
		if err := operate.Migrate(t.Context(), cfg); err != nil {
			t.Fatal(err)
		}
		if err := operate.Present(t.Context(), cfg); err != nil {
			t.Error(err)
		}
	})
}
