package findings_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"mime/multipart"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/holdfast-platform/holdfast/server/internal/housetest"
)

type imported struct {
	Summary struct{ Create, Update, Reopen, Duplicate, Suppressed, Error int }
	Rows    []struct {
		Row         int
		Action      string
		ID          *string
		Title       string
		DuplicateOf *string `json:"duplicate_of"`
		Error       *string
	}
	Error, Reason string
}

func (i imported) counts() string {
	return fmt.Sprint(i.Summary.Create, i.Summary.Update, i.Summary.Reopen, i.Summary.Duplicate, i.Summary.Suppressed, i.Summary.Error)
}

// send imports a file and wants a status.
func send(t *testing.T, who *housetest.Caller, session, query, file string, want int, headers ...string) imported {
	t.Helper()
	if len(headers) == 0 {
		headers = []string{"Content-Type", "application/octet-stream"}
	}
	status, _, body := who.REST("POST", "/api/v1/sessions/"+session+"/import?"+query, file, headers...)
	var out imported
	if err := json.Unmarshal(body, &out); err != nil || status != want {
		t.Fatalf("%s: %d, want %d: %.2000s (%v)", query, status, want, body, err)
	}
	return out
}

func scanned(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile("../internal/scan/testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func total(t *testing.T, who *housetest.Caller, session string) int {
	t.Helper()
	var list struct{ Total int }
	who.JSON("GET", "/api/v1/findings?session_id="+session, nil, http.StatusOK, &list)
	return list.Total
}

// TestImport: a dry run stores nothing, importing stores what it said, the same file again adds nothing.
func TestImport(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		s, asset := session(t, h, h.Tenant, h.Editor.Person, "Shop", &h.ClientID)
		file := scanned(t, "semgrep.sarif")
		for _, query := range []string{"format=sarif", "format=sarif&dry_run=true"} {
			dry := send(t, h.Editor, s, query, file, 200)
			if dry.counts() != "2 0 0 1 1 0" || dry.Rows[0].ID != nil || *dry.Rows[2].DuplicateOf != "row 2" || !strings.HasPrefix(*dry.Rows[3].Error, "suppressed in the tool, inSource") || total(t, h.Editor, s) != 0 {
				t.Fatalf("the dry run: %+v", dry)
			}
		}
		lines := h.Lines()
		done := send(t, h.Editor, s, "format=sarif&dry_run=false", file, 200)
		if done.counts() != "2 0 0 1 1 0" || done.Rows[0].ID == nil || *done.Rows[2].DuplicateOf != *done.Rows[1].ID || done.Rows[3].ID != nil || total(t, h.Editor, s) != 2 {
			t.Fatalf("imported: %+v", done)
		}
		if n := h.Lines() - lines; n != 2 {
			t.Errorf("%d lines in the journal", n)
		}
		_, _, body := h.Viewer.REST("GET", "/api/v1/findings/"+*done.Rows[0].ID, nil)
		housetest.Golden(t, "imported", body)
		var got object
		h.Client.JSON("GET", "/api/v1/findings/"+*done.Rows[0].ID, nil, http.StatusOK, &got)
		if got["asset_id"] != asset || got["client_id"] != h.ClientID.String() {
			t.Errorf("the client's: %v", got)
		}
		for _, query := range []string{"format=sarif", "format=sarif&dry_run=false"} {
			again := send(t, h.Editor, s, query, file, 200)
			if again.counts() != "0 2 0 1 1 0" || *again.Rows[0].ID != *done.Rows[0].ID || total(t, h.Editor, s) != 2 {
				t.Errorf("again: %+v", again)
			}
		}
		// What was read can be sent back, and is the same weakness still.
		h.Editor.JSON("PATCH", "/api/v1/findings/"+*done.Rows[0].ID, object{"title": "Mine", "location": "elsewhere"}, http.StatusOK, nil)
		if again := send(t, h.Editor, s, "format=sarif&dry_run=false", file, 200); again.counts() != "0 2 0 1 1 0" {
			t.Errorf("after it was moved: %+v", again)
		}
		other, _ := session(t, h, h.Tenant, h.Editor.Person, "Second", nil)
		for name, want := range map[string]int{"trivy.sarif": 2, "codeql.sarif": 5, "zap.xml": 2, "hosts.nessus": 5, "nuclei.jsonl": 5, "findings.csv": 2} {
			format := map[string]string{"sarif": "sarif", "xml": "zap", "nessus": "nessus", "jsonl": "nuclei", "csv": "csv"}[name[strings.LastIndex(name, ".")+1:]]
			if got := send(t, h.Editor, other, "dry_run=false&format="+format, scanned(t, name), 200); got.Summary.Create != want {
				t.Errorf("%s: %+v", name, got)
			}
		}
		if n := total(t, h.Editor, other); n != 21 {
			t.Errorf("%d findings", n)
		}
		if got := send(t, h.Editor, other, "dry_run=false&format=zap", scanned(t, "zap.json"), 200); got.counts() != "0 1 0 0 0 0" {
			t.Errorf("ZAP's other form: %+v", got)
		}
	})
}

// TestImportForms: the body or a part of a form, replayed by its key.
func TestImportForms(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		s, _ := session(t, h, h.Tenant, h.Editor.Person, "Shop", nil)
		form := func(part string) (string, string) {
			var b bytes.Buffer
			m := multipart.NewWriter(&b)
			_ = m.WriteField("note", "x")
			w, _ := m.CreateFormFile(part, "scan.json")
			_, _ = w.Write([]byte(scanned(t, "zap.json")))
			_ = m.Close()
			return b.String(), m.FormDataContentType()
		}
		body, kind := form("file")
		if got := send(t, h.Editor, s, "format=zap", body, 200, "Content-Type", kind); got.counts() != "1 0 0 0 0 0" {
			t.Errorf("a form: %+v", got)
		}
		if got := send(t, h.Editor, s, "format=zap", body[:len(body)-20], 400, "Content-Type", kind); !strings.HasPrefix(got.Error, "the body could not be read to its end") {
			t.Errorf("a form that is cut: %+v", got)
		}
		send(t, h.Editor, s, "format=zap", strings.ReplaceAll(body, "form-data; name=\"file\"", "form-data; name=\"data\""), 400, "Content-Type", kind)
		send(t, h.Editor, s, "format=zap", body, 400, "Content-Type", "multipart/form-data")
		boundary := "--" + strings.TrimPrefix(kind, "multipart/form-data; boundary=")
		second := boundary + "\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\n{}\r\n" + boundary + "--"
		send(t, h.Editor, s, "format=zap", strings.Replace(body, boundary+"--", second, 1), 400, "Content-Type", kind)
		send(t, h.Editor, s, "format=zap", scanned(t, "zap.json"), 415, "Content-Type", "image/png")

		key := []string{"Content-Type", "application/json", "Idempotency-Key", uuid.NewString()}
		first := send(t, h.Editor, s, "format=zap&dry_run=false", scanned(t, "zap.json"), 200, key...)
		status, header, again := h.Editor.REST("POST", "/api/v1/sessions/"+s+"/import?format=zap&dry_run=false", scanned(t, "zap.json"), key...)
		if status != 200 || header.Get("Idempotent-Replayed") != "true" || !strings.Contains(string(again), *first.Rows[0].ID) {
			t.Errorf("replayed: %d %v %s", status, header, again)
		}
		if got := send(t, h.Editor, s, "format=zap&dry_run=false", strings.ReplaceAll(scanned(t, "zap.json"), "40018", "40019"), 422, key...); got.Reason != "idempotency_key_reused" || total(t, h.Editor, s) != 1 {
			t.Errorf("another file with the same key: %+v", got)
		}
	})
}

// TestImportRefused: what is wrong with the file or the caller.
func TestImportRefused(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		s, _ := session(t, h, h.Tenant, h.Editor.Person, "Shop", nil)
		file := scanned(t, "zap.xml")
		for query, says := range map[string]string{
			"": "format", "format=pdf": "format", "format=zap&dry_run=yes": "dry_run", "format=nessus": "line 2", "format=sarif": "line 1", "format=zap&force=1": "force",
		} {
			if got := send(t, h.Editor, s, query, file, 400); !strings.Contains(got.Error, says) {
				t.Errorf("%s: %+v", query, got)
			}
		}
		for what, body := range map[string]string{
			"nothing": "", "a doctype": "<!DOCTYPE x><OWASPZAPReport/>", "cut": file[:len(file)/2], "a nul": strings.Replace(file, "SQL", "S\x00L", 1), "no utf-8": strings.Replace(file, "SQL", "S\xffL", 1),
		} {
			send(t, h.Editor, s, "format=zap&dry_run=false", body, 400)
			if total(t, h.Editor, s) != 0 {
				t.Errorf("%s: something was stored", what)
			}
		}
		send(t, h.Editor, "nonsense", "format=zap", file, 404)
		send(t, h.Editor, uuid.NewString(), "format=zap", file, 404)
		send(t, h.Stranger, s, "format=zap&dry_run=false", file, 404)
		send(t, h.Viewer, s, "format=zap", file, 403)
		send(t, h.Client, s, "format=zap", file, 403)
		send(t, h.Nobody, s, "format=zap", file, 401)
		send(t, h.Editor, s, "format=csv", "title,risk_level\n"+strings.Repeat("x,low\n", 100_001), 413)
		if total(t, h.Editor, s) != 0 {
			t.Error("something was stored")
		}
	})
}

// TestImportTwiceAtOnce: two who send the same file at the same time add each finding once.
func TestImportTwiceAtOnce(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		s, _ := session(t, h, h.Tenant, h.Editor.Person, "Shop", nil)
		var b strings.Builder
		b.WriteString("title,risk_level,source_rule,location\n")
		for i := range 1200 {
			fmt.Fprintf(&b, "Finding %d,low,r,/%d\n", i, i)
		}
		var all sync.WaitGroup
		counts := make([]imported, 3)
		for i := range counts {
			all.Go(func() { counts[i] = send(t, h.Editor, s, "format=csv&dry_run=false", b.String(), 200) })
		}
		all.Wait()
		created := map[string]bool{}
		for _, c := range counts {
			if c.Summary.Create+c.Summary.Update != 1200 {
				t.Errorf("%+v", c.Summary)
			}
			for _, r := range c.Rows {
				if r.Action == "create" {
					created[*r.ID] = true
				}
			}
		}
		if n := total(t, h.Editor, s); n != 1200 || len(created) != 1200 {
			t.Errorf("%d findings, %d created", n, len(created))
		}
	})
}

// TestImportWords: risks go by the tenant's own words.
func TestImportWords(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		s, _ := session(t, h, h.Tenant, h.Editor.Person, "Shop", nil)
		word := func(value string, order int, active bool) object {
			return object{"value": value, "label": value, "sort_order": order, "color": "#112233", "is_active": active}
		}
		h.Admin.JSON("POST", "/api/v1/taxonomy/versions", object{"domains": object{
			"risk_level":         []object{word("severe", 1, true), word("high", 2, false), word("low", 3, true)},
			"remediation_status": []object{word("open", 1, true), word("gone", 2, true)}, "session_status": []object{word("planned", 1, true)}, "asset_type": []object{word("server", 1, true)},
		}}, http.StatusCreated, nil)
		got := send(t, h.Editor, s, "format=csv&dry_run=false", "title,risk_level\na,severe\nb,high\nc,medium\nd,low\n", 200)
		if got.counts() != "2 0 0 0 0 2" || *got.Rows[1].Error != `risk_level: "high" is no active word of the taxonomy, which has severe, low` {
			t.Errorf("%+v", got)
		}
		var list struct{ Items []object }
		h.Editor.JSON("GET", "/api/v1/findings?order_by=risk_level", nil, http.StatusOK, &list)
		if len(list.Items) != 2 || list.Items[0]["risk_level"] != "severe" {
			t.Errorf("%v", list.Items)
		}
	})
}

// TestImportMany stores ten thousand findings at once, in statements that do not depend on the rows of a batch.
func TestImportMany(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		if testing.Short() {
			t.Skip("it takes some seconds")
		}
		s, _ := session(t, h, h.Tenant, h.Editor.Person, "Shop", nil)
		rows := func(from, n int) string {
			var b strings.Builder
			b.WriteString("title,description,risk_level,source_rule,location\n")
			for i := range n {
				fmt.Fprintf(&b, "Cross-site scripting %d,\"The page shows what it was given, unescaped: %s\",low,r,/%d\n", i, strings.Repeat("words and more words ", 10), from+i)
			}
			return b.String()
		}
		count := func(n int) int {
			file := rows(n*1000, n)
			return h.Statements(func() { send(t, h.Editor, s, "format=csv&dry_run=false", file, 200) })
		}
		count(10) // the first call fills caches
		few, some := count(20), count(400)
		if some > few+12 { // numbers are reserved by doubling, lines of the journal written by the hundred
			t.Errorf("%d statements for 20 rows, %d for 400", few, some)
		}
		file := rows(1_000_000, 10_000)
		begin := time.Now()
		if got := send(t, h.Editor, s, "format=csv&dry_run=false", file, 200); got.Summary.Create != 10_000 {
			t.Errorf("%+v", got.Summary)
		}
		t.Logf("10,000 findings in %v; %d statements for 20 rows, %d for 400", time.Since(begin), few, some)
	})
}

// TestImportSeenAgain: a line that moved is the same finding, several of one mark stay several, what was resolved is
// open again, and what an earlier release stored is known.
func TestImportSeenAgain(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		s, _ := session(t, h, h.Tenant, h.Editor.Person, "Shop", nil)
		const real = "format=sarif&dry_run=false"
		first := send(t, h.Editor, s, real, scanned(t, "cases/sarif-line-moved-1.sarif"), 200)
		if got := send(t, h.Editor, s, real, scanned(t, "cases/sarif-line-moved-2.sarif"), 200); got.counts() != "0 1 0 0 0 0" || *got.Rows[0].ID != *first.Rows[0].ID {
			t.Errorf("a line that moved: %+v", got)
		}
		path := "/api/v1/findings/" + *first.Rows[0].ID
		var f object
		h.Editor.JSON("GET", path, nil, http.StatusOK, &f)
		if f["location"] != "a.c:11" || len(f["instances"].([]any)) != 2 || f["last_seen_at"] == nil {
			t.Errorf("its place: %v", f)
		}
		h.Editor.JSON("PATCH", path, object{"remediation_status": "resolved", "location": "by hand"}, http.StatusOK, nil)
		if got := send(t, h.Editor, s, real, scanned(t, "cases/sarif-line-moved-2.sarif"), 200); got.counts() != "0 0 1 0 0 0" {
			t.Errorf("seen again though resolved: %+v", got)
		}
		h.Editor.JSON("GET", path, nil, http.StatusOK, &f)
		if f["location"] != "by hand" || f["remediation_status"] != "open" {
			t.Errorf("what a person wrote: %v", f)
		}
		for _, c := range [][2]string{
			{"sarif-partial-fingerprint-merges.sarif", "sarif"}, {"sarif-nested-fingerprint-merges.sarif", "sarif"}, {"sarif-offset-region-merges.sarif", "sarif"},
			{"nessus-same-plugin-twice-ipv6.nessus", "nessus"}, {"nuclei-same-template-other-result.jsonl", "nuclei"}, {"zap-two-confidences-and-parenthesis.xml", "zap"},
		} {
			for _, want := range []string{"2 0 0 0 0 0", "0 2 0 0 0 0"} {
				if got := send(t, h.Editor, s, "dry_run=false&format="+c[1], scanned(t, "cases/"+c[0]), 200); got.counts() != want {
					t.Errorf("%s: %+v, want %s", c[0], got, want)
				}
			}
		}
	})
}
