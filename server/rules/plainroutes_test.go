package rules_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/holdfast-platform/holdfast/server/internal/housetest"
)

// TestEveryRoute asks every HTTP route, plain ones too, without a credential, with the wrong kind of one and with two
// at once.
func TestEveryRoute(t *testing.T) {
	t.Parallel()
	h := housetest.New(t, "sqlite")
	token := h.Admin.Credential()
	for _, r := range h.Server.Routes() {
		parts := strings.Split(r.Path, "/")
		for i, p := range parts {
			if strings.HasPrefix(p, "{") {
				parts[i] = uuid.NewString()
			}
		}
		path := strings.Join(parts, "/")
		if r.Access == "public" {
			if status, _, body := h.Nobody.REST(r.Method, path, nil, "X-Device-Key", "hf_dev_1"); status == http.StatusForbidden || status >= 500 && r.Path != "/api/v1/health/ready" {
				t.Errorf("%s %s ignores credentials: %d %s", r.Method, r.Path, status, body)
			}
			continue
		}
		for what, headers := range map[string][]string{
			"nobody":                       nil,
			"an empty credential":          {"Authorization", ""},
			"a forged token":               {"Authorization", "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0."},
			"a token that is none":         {"Authorization", "Bearer hf_pat_0123456789abcdefghijklmnopqrstuvwxyz"},
			"another scheme":               {"Authorization", "Basic YWRtaW46YWRtaW4="},
			"a device's key":               {"X-Device-Key", "hf_dev_1"},
			"a provisioning key":           {"X-Provisioning-Key", "hf_prov_1"},
			"a signature without a body":   {"X-Hmac-Signature", "sha256=00"},
			"two at once":                  {"Authorization", "Bearer " + token, "X-Device-Key", "hf_dev_1"},
			"a token and a signature":      {"Authorization", "Bearer " + token, "X-Hmac-Signature", "sha256=00"},
			"the refresh cookie's as well": {"Cookie", "refresh_token=hf_ref_1"},
		} {
			status, header, body := h.Nobody.REST(r.Method, path, nil, headers...)
			if status != http.StatusUnauthorized || !strings.Contains(string(body), `"reason":"unauthenticated"`) {
				t.Errorf("%s %s with %s: %d %s", r.Method, r.Path, what, status, body)
			}
			if header.Get("X-Request-Id") == "" || header.Get("Cache-Control") != "no-store" {
				t.Errorf("%s %s: headers %v", r.Method, r.Path, header)
			}
		}
		if r.RPC == "" && strings.Contains(r.Access, ":") {
			if status, _, body := h.Member.REST(r.Method, path, nil); status != http.StatusForbidden {
				t.Errorf("%s %s without %s: %d %s", r.Method, r.Path, r.Access, status, body)
			}
		}
	}
}

// TestPlainRoutes: the plain routes show and change a tenant's own records only, and leave lines in the journal.
func TestPlainRoutes(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		const csv = "name,asset_type\nZebra pump,plc\n"
		lines := h.Lines()
		if status, _, body := h.Admin.REST("POST", "/api/v1/assets/import", csv, "Content-Type", "text/csv"); status != http.StatusOK {
			t.Fatalf("a dry run: %d %s", status, body)
		}
		if n := h.Lines() - lines; n > 1 { // signing in leaves one
			t.Errorf("a dry run left %d lines", n)
		}
		lines = h.Lines()
		if status, _, body := h.Admin.REST("POST", "/api/v1/assets/import?dry_run=false", csv, "Content-Type", "text/csv"); status != http.StatusOK {
			t.Fatalf("import: %d %s", status, body)
		}
		if h.Lines() == lines {
			t.Error("an import leaves no line in the journal")
		}
		before := snapshot(t, h)
		if status, _, body := h.Stranger.REST("GET", "/api/v1/assets/export", nil); status != http.StatusOK || strings.Contains(string(body), "Zebra") {
			t.Errorf("the stranger's export: %d %s", status, body)
		}
		if status, _, body := h.Stranger.REST("POST", "/api/v1/assets/import?dry_run=false", "number,name,asset_type\nAST-1,Mine,plc\n", "Content-Type", "text/csv"); status >= 500 {
			t.Errorf("the stranger's import: %d %s", status, body)
		}
		if diff := before.differs(snapshot(t, h)); diff != "" {
			t.Errorf("the stranger has changed %s", diff)
		}
		if status, _, body := h.Admin.REST("GET", "/api/v1/assets/export", nil); status != http.StatusOK || !strings.Contains(string(body), "Zebra") {
			t.Errorf("export: %d %s", status, body)
		}
	})
}

// TestImportRoute: a scanner's file goes into one's own sessions only, leaves a line for each finding, and none when it
// is only tried.
func TestImportRoute(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		w := newWorld(t, h)
		path := "/api/v1/sessions/" + w.value("session") + "/import?format=csv"
		const csv = "title,risk_level\nZebra crossing,low\nGiraffe,high\n"
		h.Stranger.Credential()
		before, lines := snapshot(t, h), h.Lines()
		for what, c := range map[string]struct {
			who  *housetest.Caller
			path string
			want int
		}{
			"a dry run": {h.Admin, path, http.StatusOK}, "the stranger's": {h.Stranger, path + "&dry_run=false", http.StatusNotFound},
			"without the permission": {h.Member, path + "&dry_run=false", http.StatusForbidden},
		} {
			if status, _, body := c.who.REST("POST", c.path, csv, "Content-Type", "text/csv"); status != c.want {
				t.Errorf("%s: %d %s", what, status, body)
			}
		}
		if diff := before.differs(snapshot(t, h)); diff != "" || h.Lines() != lines {
			t.Errorf("nothing was to be stored, but changed is %s, %d lines", diff, h.Lines()-lines)
		}
		if status, _, body := h.Admin.REST("POST", path+"&dry_run=false", csv, "Content-Type", "text/csv"); status != http.StatusOK {
			t.Fatalf("import: %d %s", status, body)
		}
		if n := h.Lines() - lines; n != 2 {
			t.Errorf("two findings left %d lines", n)
		}
	})
}

// aboutRecords has, for each plain route that is about a record, its address with one of the home tenant's, and what to
// send there.
var aboutRecords = map[string]struct{ path, kind, body string }{
	"POST /api/v1/attachments":                  {"/api/v1/attachments?record_kind=asset&record_id={asset}", "text/plain", "Seen on site.\n"},
	"POST /api/v1/findings/{id}/attachments":    {"/api/v1/findings/{finding}/attachments", "text/plain", "Seen on site.\n"},
	"GET /api/v1/attachments/{id}/download":     {"/api/v1/attachments/{attachment}/download", "", ""},
	"POST /api/v1/sessions/{id}/import":         {"/api/v1/sessions/{session}/import?format=csv&dry_run=false", "text/csv", "title,risk_level\nZebra crossing,low\n"},
	"GET /api/v1/reports/sessions/{id}/pdf":     {"/api/v1/reports/sessions/{session}/pdf", "", ""},
	"GET /api/v1/reports/sessions/{id}/csv":     {"/api/v1/reports/sessions/{session}/csv", "", ""},
	"GET /api/v1/reports/sessions/{id}/json":    {"/api/v1/reports/sessions/{session}/json", "", ""},
	"GET /api/v1/reports/exports/{id}/download": {"{report}", "", ""},
}

// TestPlainRoutesOfStrangers: on every plain route that is about a record, that of another tenant does not exist, and
// nothing of it changes.
func TestPlainRoutesOfStrangers(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		w := newWorld(t, h)
		h.Stranger.Credential()
		for _, r := range h.Server.Routes() {
			name := r.Method + " " + r.Path
			about, known := aboutRecords[name]
			if r.RPC != "" || !known && !strings.Contains(r.Path, "{") {
				continue
			}
			if !known {
				t.Errorf("%s has no sample", name)
				continue
			}
			path := placeholder.ReplaceAllStringFunc(about.path, func(p string) string { return w.value(strings.Trim(p, "{}")) })
			before := snapshot(t, h)
			if status, _, body := h.Stranger.REST(r.Method, path, about.body, "Content-Type", about.kind); status != http.StatusNotFound {
				t.Errorf("%s: %d %s", name, status, body)
			}
			if diff := before.differs(snapshot(t, h)); diff != "" {
				t.Errorf("%s: the stranger has changed %s", name, diff)
			}
			if status, _, body := h.Admin.REST(r.Method, path, about.body, "Content-Type", about.kind); status >= 300 {
				t.Errorf("%s for the Administrator: %d %s", name, status, body)
			}
		}
	})
}

// TestSignedCalls: /internal/* goes by the signature over the whole body.
func TestSignedCalls(t *testing.T) {
	t.Parallel()
	h := housetest.New(t, "sqlite")
	body := fmt.Sprintf(`{"tenant_id": %q, "plan": "pro", "features": ["security"], "expires_at": %q, "issued_at": %q, "nonce": %q}`,
		h.Tenant, time.Now().Add(time.Hour).UTC().Format(time.RFC3339), time.Now().UTC().Format(time.RFC3339), uuid.NewString())
	sign := func(secret, body string) string {
		m := hmac.New(sha256.New, []byte(secret))
		m.Write([]byte(body))
		return "sha256=" + hex.EncodeToString(m.Sum(nil))
	}
	for _, c := range []struct {
		what, signature string
		want            int
	}{
		{"another secret", sign("other", body), http.StatusUnauthorized},
		{"another body", sign(housetest.InternalSecret, body+" "), http.StatusUnauthorized},
		{"no algorithm", strings.TrimPrefix(sign(housetest.InternalSecret, body), "sha256="), http.StatusUnauthorized},
		{"signed", sign(housetest.InternalSecret, body), http.StatusNoContent},
		{"the same nonce again", sign(housetest.InternalSecret, body), http.StatusUnauthorized},
	} {
		if status, _, answer := h.Nobody.REST("POST", "/internal/license/refresh", body, "X-Hmac-Signature", c.signature); status != c.want {
			t.Errorf("%s: %d %s, want %d", c.what, status, answer, c.want)
		}
	}
}
