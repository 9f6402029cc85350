package attachments_test

import (
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

// TestFilesComeBackFromABackup moves an installation with its files to the other kind of database and another place of
// files.
func TestFilesComeBackFromABackup(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"sqlite", "postgres"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			var cfg server.Config
			p := at(t, kind, func(c *server.Config) { cfg = *c })
			cfg.Files = "file://" + p.dir
			text := strings.Repeat("what was seen\n", 20_000)
			a := p.send(p.Editor, on(p.asset(false)), "seen.txt", "text/plain", text, 201)
			archive, err := os.Create(filepath.Join(t.TempDir(), "archive.zip"))
			if err != nil {
				t.Fatal(err)
			}
			defer archive.Close()
			m, err := operate.Backup(t.Context(), archive, cfg, nil) // the server runs
			if err != nil {
				t.Fatal(err)
			}
			if len(m.Files) != 1 || m.Files[0].SHA256 != a.Sha256 || m.Files[0].Size != int64(len(text)) {
				t.Errorf("the archive has %+v", m.Files)
			}
			to := cfg
			to.DataDir, to.Files = t.TempDir(), "file://"+filepath.Join(t.TempDir(), "elsewhere")
			if to.DatabaseURL = dbtest.SQLite(t); kind == "sqlite" {
				to.DatabaseURL = dbtest.Postgres(t)
			}
			if _, err := operate.Restore(t.Context(), archive, to, nil); err != nil {
				t.Fatal(err)
			}
			s, err := server.New(t.Context(), to)
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/api/v1/attachments/"+a.ID+"/download", nil)
			r.Header.Set("Authorization", "Bearer "+p.Editor.Credential())
			w := httptest.NewRecorder()
			s.Handler().ServeHTTP(w, r)
			if w.Code != http.StatusOK || w.Body.String() != text {
				t.Errorf("it came back as %d, %d bytes", w.Code, w.Body.Len())
			}
		})
	}
}
