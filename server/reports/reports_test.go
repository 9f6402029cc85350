package reports_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/holdfast-platform/holdfast/ent/viewer"
	"github.com/holdfast-platform/holdfast/server"
	"github.com/holdfast-platform/holdfast/server/internal/blob"
	"github.com/holdfast-platform/holdfast/server/internal/clock"
	"github.com/holdfast-platform/holdfast/server/internal/db"
	"github.com/holdfast-platform/holdfast/server/internal/dependents"
	"github.com/holdfast-platform/holdfast/server/internal/housetest"
	"github.com/holdfast-platform/holdfast/server/reports"
)

type object = map[string]any

// review is a session of the client's, with two findings, a re-test and evidence.
type review struct {
	h                       *housetest.House
	session, finding, other string
	dir                     string // of the files
}

// setup makes reviews on both databases.
func setup(t *testing.T, test func(t *testing.T, v *review)) {
	t.Helper()
	for _, kind := range []string{"sqlite", "postgres"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			v := &review{dir: t.TempDir()}
			v.h = housetest.New(t, kind, func(c *server.Config) { c.Files = "file://" + filepath.ToSlash(v.dir) })
			v.session = v.begin(t, "Web portal <test>", v.h.ClientID)
			v.finding = v.add(t, object{
				"session_id": v.session, "title": "Version is shown", "description": "The `Server` header names it.", "risk_level": "low",
				"location": "=cmd()", "references": []string{"https://example.com/a", "ASVS 14.3"},
			})
			v.other = v.add(t, object{
				"session_id": v.session, "title": "SQL injection, \"blind\"", "description": "# How\n\n<b>not bold</b> – Größe, 漏洞\n\n```\nselect 1\n```\n", "risk_level": "critical", "cwe": 89,
				"cvss_vector": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H",
			})
			v.h.Admin.JSON("POST", "/api/v1/findings/"+v.other+"/attachments?file_name=shot.png", string(shot()), http.StatusCreated, nil, "Content-Type", "image/png")
			v.h.Admin.JSON("POST", "/api/v1/findings/"+v.other+"/attachments?file_name=log.txt", "a line\n", http.StatusCreated, nil, "Content-Type", "text/plain")
			v.h.Admin.JSON("POST", "/api/v1/findings/"+v.other+"/retests", object{"result": "partly", "note": "One form is left."}, http.StatusCreated, nil)
			v.h.Admin.JSON("POST", "/api/v1/comments", object{"record_kind": "finding", "record_id": v.other, "body": "SECRET among us", "internal": true}, http.StatusCreated, nil)
			test(t, v)
		})
	}
}

// begin makes a session of an asset of a client's.
func (v *review) begin(t *testing.T, name string, client uuid.UUID) string {
	t.Helper()
	var asset, session struct{ ID string }
	v.h.Admin.JSON("POST", "/api/v1/assets", object{"name": name + " asset", "asset_type": "web_application", "client_id": client.String()}, http.StatusCreated, &asset)
	v.h.Admin.JSON("POST", "/api/v1/sessions", object{
		"asset_id": asset.ID, "name": name, "review_date": "2026-11-20", "reviewer_id": v.h.Editor.Person.String(), "scope": "All of it.",
	}, http.StatusCreated, &session)
	return session.ID
}

func (v *review) add(t *testing.T, finding object) string {
	t.Helper()
	var made struct{ ID string }
	v.h.Admin.JSON("POST", "/api/v1/findings", finding, http.StatusCreated, &made)
	return made.ID
}

func shot() []byte {
	m := image.NewRGBA(image.Rect(0, 0, 64, 48))
	for i := range 64 {
		m.Set(i, i*3/4, color.RGBA{200, 0, 0, 255})
	}
	var b bytes.Buffer
	_ = png.Encode(&b, m)
	return b.Bytes()
}

func path(session, format string) string { return "/api/v1/reports/sessions/" + session + "/" + format }

var types = map[string]string{"pdf": "application/pdf", "csv": "text/csv; charset=utf-8; header=present", "json": "application/json"}

// TestReports: each format is made, kept, listed and fetched again to the byte, and says its SHA-256.
func TestReports(t *testing.T) {
	t.Parallel()
	setup(t, func(t *testing.T, v *review) {
		made := map[string]string{}
		for format, mediaType := range types {
			lines := v.h.Lines()
			if status, _, _ := v.h.Member.REST("GET", path(v.session, format), nil); status != http.StatusForbidden {
				t.Errorf("%s for a member without rights: %d", format, status)
			}
			status, header, body := v.h.Admin.REST("GET", path(v.session, format), nil)
			if status != http.StatusOK || header.Get("Content-Type") != mediaType || header.Get("Content-Length") != fmt.Sprint(len(body)) {
				t.Fatalf("%s: %d %v %.300s", format, status, header, body)
			}
			if v.h.Lines() == lines {
				t.Errorf("%s left no line in the journal", format)
			}
			sum := sha256.Sum256(body)
			if header.Get("Etag") != `"`+hex.EncodeToString(sum[:])+`"` || header.Get("Repr-Digest") != "sha-256=:"+base64.StdEncoding.EncodeToString(sum[:])+":" {
				t.Errorf("%s: hashes %v", format, header)
			}
			if !regexp.MustCompile(`^attachment; filename="report-web-portal-test-\d{8}-\d{6}\.` + format + `"; filename\*=UTF-8''report-web-portal-test-\d{8}-\d{6}\.` + format + `$`).MatchString(header.Get("Content-Disposition")) {
				t.Errorf("%s: %q", format, header.Get("Content-Disposition"))
			}
			where := header.Get("Content-Location")
			made[format] = strings.Split(where, "/")[5]
			v.h.Clock.Advance(time.Minute)
			for _, c := range []*housetest.Caller{v.h.Admin, v.h.Client} {
				status, again, same := c.REST("GET", where, nil)
				if status != http.StatusOK || !bytes.Equal(same, body) || again.Get("Etag") != header.Get("Etag") || again.Get("Content-Disposition") != header.Get("Content-Disposition") {
					t.Errorf("%s again: %d %v", format, status, again)
				}
			}
			if status, header, said := v.h.Admin.REST("GET", where, nil, "Range", "bytes=99999999-"); status != http.StatusRequestedRangeNotSatisfiable ||
				header.Get("Content-Type") != "application/problem+json" || header.Get("Repr-Digest") != "" {
				t.Errorf("%s: a part behind the end: %d %v %s", format, status, header, said)
			}
			if status, part, some := v.h.Admin.REST("GET", where, nil, "Range", "bytes=0-3"); status != http.StatusPartialContent || !bytes.Equal(some, body[:4]) {
				t.Errorf("a part of %s: %d %v", format, status, part)
			}
			if status, _, _ := v.h.Admin.REST("GET", where, nil, "If-None-Match", header.Get("Etag")); status != http.StatusNotModified {
				t.Errorf("%s, known: %d", format, status)
			}
			if status, head, body := v.h.Admin.REST("HEAD", where, nil); status != http.StatusOK || len(body) != 0 || head.Get("Etag") != header.Get("Etag") {
				t.Errorf("HEAD of a stored %s: %d", format, status)
			}
			if status, head, _ := v.h.Admin.REST("HEAD", path(v.session, format), nil); status != http.StatusMethodNotAllowed || head.Get("Allow") != "GET" {
				t.Errorf("HEAD of %s: %d %v", format, status, head)
			}
			if status, _, _ := v.h.Admin.REST("GET", path(v.session, format), nil, "Accept", "image/png"); status != http.StatusNotAcceptable {
				t.Errorf("%s as a picture: %d", format, status)
			}
			if bytes.Contains(body, []byte("SECRET")) {
				t.Errorf("%s tells what is internal", format)
			}
		}
		var list struct {
			Items []struct {
				ID, Format, Sha256 string
				TaxonomyVersion    int     `json:"taxonomy_version"`
				ClientID           *string `json:"client_id"`
				Retention          string  `json:"retention_expires_at"`
				CreatedAt          string  `json:"created_at"`
				Session            object
			}
			Total int
		}
		v.h.Client.JSON("GET", path(v.session, "exports"), nil, http.StatusOK, &list)
		if list.Total != 3 || list.Items[0].ClientID == nil || list.Items[0].Session["label"] != "Web portal <test>" {
			t.Errorf("the list: %+v", list)
		}
		for _, e := range list.Items {
			at, err := time.Parse(time.RFC3339, e.CreatedAt)
			until, also := time.Parse(time.RFC3339, e.Retention)
			if d := until.Sub(at); err != nil || also != nil || made[e.Format] != e.ID || d < 364*24*time.Hour || d > 366*24*time.Hour {
				t.Errorf("%+v is not %s, or is kept for %s", e, made[e.Format], d)
			}
		}
		v.h.Admin.JSON("GET", path(v.session, "exports")+"?format=pdf&total=exact", nil, http.StatusOK, &list)
		if list.Total != 1 || list.Items[0].Format != "pdf" {
			t.Errorf("PDFs only: %+v", list)
		}
	})
}

// TestContent: findings come by risk and then by creation, with labels; formulas are defused.
func TestContent(t *testing.T) {
	t.Parallel()
	setup(t, func(t *testing.T, v *review) {
		_, _, body := v.h.Client.REST("GET", path(v.session, "json"), nil)
		var got struct {
			Session, Asset, Client object
			Summary                struct {
				Total int
				Risks map[string]int `json:"by_risk_level"`
			}
			Findings []struct {
				Number, Title      string
				Label              string `json:"risk_level_label"`
				Score              any    `json:"cvss_score"`
				Retests            []object
				Attachments        []object
				References         []string
				RemediationsStatus string `json:"remediation_status"`
			}
		}
		if err := json.Unmarshal(body, &got); err != nil {
			t.Fatalf("%v: %s", err, body)
		}
		if got.Summary.Total != 2 || got.Summary.Risks["critical"] != 1 || got.Summary.Risks["low"] != 1 || got.Summary.Risks["high"] != 0 {
			t.Errorf("summary %+v", got.Summary)
		}
		f := got.Findings
		if len(f) != 2 || f[0].Label != "Critical" || f[0].Score != 9.8 || len(f[0].Attachments) != 2 || len(f[0].Retests) != 1 || f[0].Retests[0]["by"] == nil || f[1].Label != "Low" || len(f[1].References) != 2 {
			t.Errorf("findings %+v", f)
		}
		if got.Session["reviewer"] == "" || got.Client["name"] == "" || got.Asset["asset_type_label"] == "" {
			t.Errorf("%v %v %v", got.Session, got.Client, got.Asset)
		}
		_, _, body = v.h.Client.REST("GET", path(v.session, "csv"), nil)
		if !strings.Contains(string(body), ",'=cmd(),") || !strings.Contains(string(body), `"SQL injection, ""blind"""`) || !strings.HasPrefix(string(body), "number,title,") || strings.Count(string(body), "\r\n") < 3 {
			t.Errorf("table: %s", body)
		}
		_, _, body = v.h.Client.REST("GET", path(v.session, "pdf"), nil)
		if !bytes.HasPrefix(body, []byte("%PDF-1.7")) || !bytes.HasSuffix(body, []byte("%%EOF\n")) {
			t.Errorf("no PDF: %.100q", body)
		}
	})
}

// TestScope: reports of other clients and tenants are not there.
func TestScope(t *testing.T) {
	t.Parallel()
	setup(t, func(t *testing.T, v *review) {
		var client struct{ ID uuid.UUID }
		v.h.Admin.JSON("POST", "/api/v1/clients", object{"name": "Zebra Ltd"}, http.StatusCreated, &client)
		session := v.begin(t, "Zebra review", client.ID)
		_, header, _ := v.h.Admin.REST("GET", path(session, "json"), nil)
		where := header.Get("Content-Location")
		if where == "" {
			t.Fatalf("no place: %v", header)
		}
		for _, c := range []struct {
			who  *housetest.Caller
			path string
		}{
			{v.h.Client, path(session, "pdf")}, {v.h.Client, path(session, "csv")}, {v.h.Client, path(session, "json")}, {v.h.Client, path(session, "exports")}, {v.h.Client, where},
			{v.h.Stranger, path(v.session, "pdf")}, {v.h.Stranger, path(v.session, "exports")}, {v.h.Stranger, where},
			{v.h.Admin, path(uuid.NewString(), "pdf")}, {v.h.Admin, path("nonsense", "csv")}, {v.h.Admin, "/api/v1/reports/exports/" + uuid.NewString() + "/download"},
		} {
			lines := v.h.Lines()
			if status, _, body := c.who.REST("GET", c.path, nil); status != http.StatusNotFound {
				t.Errorf("%s: %d %s", c.path, status, body)
			}
			if n := v.h.Lines() - lines; n > 1 { // signing in leaves one
				t.Errorf("%s left %d lines", c.path, n)
			}
		}
		if n := v.files(t); n != 3 { // two attachments and a report
			t.Errorf("%d files are in storage", n)
		}
	})
}

// files counts what is in storage.
func (v *review) files(t *testing.T) (n int) {
	t.Helper()
	err := filepath.WalkDir(v.dir, func(_ string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			n++
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// TestGone: an export whose file is gone, or is another, is 502 and says which; the log does, too.
func TestGone(t *testing.T) {
	t.Parallel()
	setup(t, func(t *testing.T, v *review) {
		for what, spoil := range map[string]func(string) error{
			"gone":    os.Remove,
			"changed": func(file string) error { return os.WriteFile(file, []byte("{}"), 0o600) },
		} {
			_, header, _ := v.h.Admin.REST("GET", path(v.session, "json"), nil)
			where := header.Get("Content-Location")
			id := strings.Split(where, "/")[5]
			e, err := db.From(v.h.DB.In(viewer.In(t.Context(), v.h.Tenant, viewer.Guard))).ReportExport.Get(v.h.DB.In(viewer.In(t.Context(), v.h.Tenant, viewer.Guard)), uuid.MustParse(id))
			if err != nil {
				t.Fatal(err)
			}
			if err := spoil(filepath.Join(v.dir, filepath.FromSlash(e.StorageKey))); err != nil {
				t.Fatal(err)
			}
			status, _, body := v.h.Admin.REST("GET", where, nil)
			if status != http.StatusBadGateway || !strings.Contains(string(body), `"reason":"artifact_missing"`) || !strings.Contains(string(body), id) {
				t.Errorf("%s: %d %s", what, status, body)
			}
			if !strings.Contains(v.h.Log(), id) {
				t.Errorf("%s: the log does not name it", what)
			}
		}
	})
}

// TestTooMany: a report of 1,001 findings is 413 and leaves nothing; one of 1,000 is made.
func TestTooMany(t *testing.T) {
	t.Parallel()
	setup(t, func(t *testing.T, v *review) {
		v.fill(t, 998)
		if status, _, body := v.h.Admin.REST("GET", path(v.session, "csv"), nil); status != http.StatusOK || bytes.Count(body, []byte("Hole ")) != 998 {
			t.Fatalf("1,000 findings: %d", status)
		}
		v.fill(t, 1)
		before := v.files(t)
		for format := range types {
			status, _, body := v.h.Admin.REST("GET", path(v.session, format), nil)
			if status != http.StatusRequestEntityTooLarge || !strings.Contains(string(body), `"code":"resource_exhausted"`) {
				t.Errorf("1,001 findings as %s: %d %.300s", format, status, body)
			}
		}
		if after := v.files(t); after != before {
			t.Errorf("%d files were left", after-before)
		}
	})
}

// fill adds n findings at once.
func (v *review) fill(t *testing.T, n int) {
	t.Helper()
	err := v.h.DB.Tx(clock.With(viewer.In(t.Context(), v.h.Tenant, viewer.Guard), v.h.Clock), func(ctx context.Context) error {
		s, err := db.From(ctx).Session.Get(ctx, uuid.MustParse(v.session))
		if err != nil {
			return err
		}
		for i := range n {
			err := db.From(ctx).Finding.Create().SetSessionID(s.ID).SetAssetID(s.AssetID).SetNillableClientID(s.ClientID).SetTitle(fmt.Sprint("Hole ", i)).
				SetDescription("Is open.").SetRiskLevel("medium").SetRemediationStatus("open").Exec(ctx)
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestOnce: with an idempotency key the first report is given again.
func TestOnce(t *testing.T) {
	t.Parallel()
	setup(t, func(t *testing.T, v *review) {
		_, first, body := v.h.Admin.REST("GET", path(v.session, "pdf"), nil, "Idempotency-Key", "one")
		v.h.Clock.Advance(time.Minute)
		before := v.files(t)
		_, second, same := v.h.Admin.REST("GET", path(v.session, "pdf"), nil, "Idempotency-Key", "one")
		if first.Get("Content-Location") == "" || first.Get("Content-Location") != second.Get("Content-Location") || !bytes.Equal(body, same) || second.Get("Idempotent-Replayed") != "true" {
			t.Errorf("%v, then %v", first, second)
		}
		if n := v.files(t) - before; n != 0 {
			t.Errorf("%d files were left", n)
		}
		_, third, _ := v.h.Admin.REST("GET", path(v.session, "pdf"), nil)
		if third.Get("Content-Location") == first.Get("Content-Location") {
			t.Error("without the key no new report was made")
		}
	})
}

// TestRetention: reports go when their time has come, row and file, as the settings said when they were made.
func TestRetention(t *testing.T) {
	t.Parallel()
	setup(t, func(t *testing.T, v *review) {
		v.h.Admin.JSON("PATCH", "/api/v1/settings", object{"retention": object{"report_days": 10}, "branding": object{"color": "#0a7cff", "logo": "data:image/png;base64," + base64.StdEncoding.EncodeToString(shot())}, "locale": "de"}, http.StatusOK, nil)
		_, header, _ := v.h.Admin.REST("GET", path(v.session, "pdf"), nil)
		where := header.Get("Content-Location")
		v.h.Admin.JSON("PATCH", "/api/v1/settings", object{"retention": object{"report_days": 20}}, http.StatusOK, nil)
		_, header, _ = v.h.Admin.REST("GET", path(v.session, "csv"), nil)
		files := v.files(t)
		store, err := blob.Open(t.Context(), "file://"+filepath.ToSlash(v.dir))
		if err != nil {
			t.Fatal(err)
		}
		room := reports.New(store, dependents.Detacher{Store: store, Log: slog.Default()}, slog.Default())
		sweep := func() {
			t.Helper()
			if err := room.Retain(clock.With(v.h.DB.In(t.Context()), v.h.Clock)); err != nil {
				t.Fatal(err)
			}
		}
		v.h.Clock.Advance(9 * 24 * time.Hour)
		if sweep(); v.files(t) != files {
			t.Error("a report went too early")
		}
		v.h.Clock.Advance(2 * 24 * time.Hour)
		if sweep(); v.files(t) != files-1 {
			t.Error("the report's file did not go")
		}
		v.h.Admin.Renew()
		if status, _, _ := v.h.Admin.REST("GET", where, nil); status != http.StatusNotFound {
			t.Errorf("the old report: %d", status)
		}
		if status, _, _ := v.h.Admin.REST("GET", header.Get("Content-Location"), nil); status != http.StatusOK {
			t.Errorf("the other report: %d", status)
		}
		var audit struct{ Total int }
		v.h.Admin.JSON("GET", "/api/v1/settings/audit?action=report_export.deleted", nil, http.StatusOK, &audit)
		if audit.Total != 1 {
			t.Errorf("%d lines tell of it", audit.Total)
		}
	})
}

// TestStatements: what a report asks of the database does not grow with its findings.
func TestStatements(t *testing.T) {
	t.Parallel()
	setup(t, func(t *testing.T, v *review) {
		count := func(format string) int {
			least := 1000
			for range 3 { // news of the caller's sign-in may have their rights read anew
				least = min(least, v.h.Statements(func() {
					if status, _, body := v.h.Admin.REST("GET", path(v.session, format), nil); status != http.StatusOK {
						t.Fatalf("%s: %d %s", format, status, body)
					}
				}))
			}
			return least
		}
		for format := range types {
			before := count(format)
			v.fill(t, 30)
			if after := count(format); after != before || after > 20 {
				t.Errorf("%s: %d statements, with 30 findings more %d", format, before, after)
			}
		}
	})
}
