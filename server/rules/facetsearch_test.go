package rules_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"entgo.io/ent/dialect"

	"github.com/holdfast-platform/holdfast/ent/migrate"
	"github.com/holdfast-platform/holdfast/gen/ent"
	"github.com/holdfast-platform/holdfast/server/internal/db"
	"github.com/holdfast-platform/holdfast/server/internal/housetest"
)

// upTo is the migrations without the hand-written ones behind a version.
func upTo(t *testing.T, version int) fs.FS {
	t.Helper()
	root := t.TempDir()
	if err := os.CopyFS(root, os.DirFS("../../ent/migrate")); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(root, "hand", "*", "*.sql"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		number, _, _ := strings.Cut(filepath.Base(file), "_")
		if n, err := strconv.Atoi(number); err != nil || n > version {
			if err := errors.Join(err, os.Remove(file)); err != nil {
				t.Fatal(err)
			}
		}
	}
	return os.DirFS(root)
}

// TestWordsOfTheVersionBefore takes the words in narrow scopes away, which the version before did not write: the
// migration gives each record those that this program writes, and so do the rows that a server of that version writes
// behind it.
func TestWordsOfTheVersionBefore(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		ctx, w, conn := t.Context(), newWorld(t, h), h.DB.Writer()
		for _, method := range []string{
			"AssetService.CreateAsset", "FindingService.CreateFinding", "IncidentService.CreateIncident", "SiteService.CreateSite",
			"SessionService.CreateSession", "TemplateService.CreateTemplate", "ClientService.CreateClient",
		} {
			if a := h.Admin.Call("connect", method, w.request(method)); a.Code != "ok" {
				t.Fatalf("%s: %s %s", method, a.Code, a.Text)
			}
		}
		exec := func(query string, args ...any) {
			t.Helper()
			if _, err := conn.ExecContext(ctx, query, args...); err != nil {
				t.Fatalf("%s: %v", query, err)
			}
		}
		read, write := `tokens`, `$1`
		if h.DB.Kind == dialect.Postgres {
			read, write = `array_to_string(tsvector_to_array(tokens), ' ')`, `array_to_tsvector(string_to_array($1, ' '))`
		}
		type row struct{ id, kind, tokens string }
		all := func() (out []row) {
			t.Helper()
			rows, err := conn.QueryContext(ctx, `SELECT record_id, kind, `+read+` FROM search WHERE tenant_id = $1 ORDER BY record_id`, h.Tenant)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = rows.Close() }()
			for rows.Next() {
				var r row
				if err := rows.Scan(&r.id, &r.kind, &r.tokens); err != nil {
					t.Fatal(err)
				}
				tokens := strings.Fields(r.tokens)
				slices.Sort(tokens)
				r.tokens = strings.Join(slices.Compact(tokens), " ")
				out = append(out, r)
			}
			if err := rows.Err(); err != nil {
				t.Fatal(err)
			}
			return out
		}
		wide := func(r row) string {
			scope := db.Scope(h.Tenant, r.kind)
			return strings.Join(slices.DeleteFunc(strings.Fields(r.tokens), func(s string) bool { return !strings.HasPrefix(s, scope) }), " ")
		}
		want := all()
		narrow := map[string]bool{}
		for _, r := range want {
			exec(`UPDATE search SET tokens = `+write+` WHERE record_id = $2`, wide(r), r.id)
			narrow[r.kind] = narrow[r.kind] || wide(r) != r.tokens
		}
		if len(narrow) < 6 {
			t.Errorf("only %v have rows", narrow)
		}
		for _, k := range ent.Kinds {
			// A kind that has come since has none: the version before did not know it.
			if scoped, rows := narrow[k.API]; rows && k.Searched && len(k.Facets) > 0 != scoped {
				t.Errorf("%s: words in a narrow scope %v, its facets are %q", k.API, scoped, k.Facets)
			}
		}
		if h.DB.Kind == dialect.Postgres {
			exec(`DROP TRIGGER narrow_words ON search`)
			exec(`DROP FUNCTION narrow_words(), narrow_words(text, tsvector)`)
		}
		exec(`ALTER TABLE search DROP COLUMN narrowed`)
		exec(`DELETE FROM schema_version_hand WHERE version_id >= 6`)
		if err := migrate.ApplyFrom(ctx, h.DB.Kind, conn, upTo(t, 6)); err != nil {
			t.Fatal(err)
		}
		if got := all(); !slices.Equal(got, want) {
			t.Errorf("after the migration\n%q, want\n%q", got, want)
		}
		var found struct{ Total int }
		site := want[slices.IndexFunc(want, func(r row) bool { return r.kind == "site" })]
		first := strings.Fields(wide(site))[0][len(db.Scope(h.Tenant, site.kind))+1:]
		if h.Admin.JSON("GET", "/api/v1/sites?status=active&q="+first, nil, 200, &found); found.Total == 0 {
			t.Error("nothing is found after the migration")
		}
		if h.DB.Kind != dialect.Postgres {
			return // one server at a time
		}
		for _, r := range want {
			exec(`CREATE TEMPORARY TABLE before AS SELECT * FROM search WHERE record_id = $1::uuid`, r.id)
			exec(`DELETE FROM search WHERE record_id = $1::uuid`, r.id)
			exec(`INSERT INTO search (record_id, tenant_id, client_id, kind, number, label, label_fold, body, tokens)
				SELECT record_id, tenant_id, client_id, kind, number, label, label_fold, body, `+write+` FROM before`, wide(r))
			exec(`DROP TABLE before`)
		}
		if got := all(); !slices.Equal(got, want) {
			t.Errorf("written by the version before\n%q, want\n%q", got, want)
		}
	})
}
