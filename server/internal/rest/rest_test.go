package rest

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"flag"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	sitesv1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/sites/v1"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares with a file under testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs:\n%s\nwant:\n%s", name, got, want)
	}
}

const one = "/api/v1/sites/0199c8d0-0000-7000-8000-000000000001"

// TestAnswers has one line per rule of the API's conventions; the bodies are golden.
func TestAnswers(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, method, path, body string
		headers                  []string
		status                   int
		want                     []string // "Name: value" of the answer's headers
	}{
		{name: "get", method: "GET", path: one, status: 200, want: []string{`Etag: "3"`, "Content-Type: application/json", "Cache-Control: no-store", "X-Request-Id: " + requestID, "X-Content-Type-Options: nosniff"}},
		{name: "get_slash", method: "GET", path: one + "/", status: 200},
		{name: "get_missing", method: "GET", path: "/api/v1/sites/nobody", status: 404},
		{name: "get_broken", method: "GET", path: "/api/v1/sites/panic", status: 500},
		{name: "get_bad_utf8", method: "GET", path: "/api/v1/sites/%ff", status: 404},
		{name: "get_nul", method: "GET", path: "/api/v1/sites/a%00b", status: 404},
		{name: "get_colon", method: "GET", path: "/api/v1/sites/a:b", status: 404},
		{name: "get_percent", method: "GET", path: "/api/v1/sites/a%25zz", status: 404},
		{name: "get_body", method: "GET", path: one, body: `{}`, status: 400},
		{name: "get_unknown_parameter", method: "GET", path: one + "?colour=red", status: 400},
		{name: "unchanged", method: "GET", path: one, headers: []string{`If-None-Match: W/"3"`}, status: 304, want: []string{`Etag: "3"`}},
		{name: "changed", method: "GET", path: one, headers: []string{`If-None-Match: "2", "1"`}, status: 200},
		{name: "list", method: "GET", path: "/api/v1/sites?page=1&per_page=25&status=active&status=planned&updated_since=2026-01-01T00:00:00Z", status: 200},
		{name: "list_malformed", method: "GET", path: "/api/v1/sites?page=one&per_page=1e1&updated_since=yesterday&colour=red&q=a&q=b", status: 400},
		{name: "list_rule", method: "GET", path: "/api/v1/sites?per_page=101&status=lost", status: 400},
		{name: "list_camel", method: "GET", path: "/api/v1/sites?perPage=3", status: 400},
		{name: "list_query", method: "GET", path: "/api/v1/sites?q=%zz", status: 400},
		{name: "list_away", method: "GET", path: "/api/v1/sites?q=broken", status: 503, want: []string{"Retry-After: 3"}},
		{name: "create", method: "POST", path: "/api/v1/sites", body: `{"name":"Hall","address":null,"created_at":"2020-01-01T00:00:00Z"}`, status: 201, want: []string{"Location: /api/v1/sites/0199c8d0-0000-7000-8000-000000000009", `Etag: "1"`}},
		{name: "create_validate_only", method: "POST", path: "/api/v1/sites?validate_only=true", body: `{"name":"Hall"}`, status: 201},
		{name: "create_nothing", method: "POST", path: "/api/v1/sites", status: 400},
		{name: "create_unknown_field", method: "POST", path: "/api/v1/sites", body: `{"name":"Hall","colour":"red"}`, status: 400},
		{name: "create_camel_field", method: "POST", path: "/api/v1/sites", body: `{"name":"Hall","createdAt":"2020-01-01T00:00:00Z"}`, status: 400},
		{name: "create_wrong_type", method: "POST", path: "/api/v1/sites", body: `{"name":["Hall"]}`, status: 400},
		{name: "create_twice", method: "POST", path: "/api/v1/sites", body: `{"name":"Hall","name":"Hut"}`, status: 400},
		{name: "create_nul", method: "POST", path: "/api/v1/sites", body: `{"name":"Ha\u0000ll"}`, status: 400},
		{name: "create_malformed", method: "POST", path: "/api/v1/sites", body: "{\"name\":\n \"Hall\",}", status: 400},
		{name: "create_list", method: "POST", path: "/api/v1/sites", body: `[]`, status: 400},
		{name: "create_null", method: "POST", path: "/api/v1/sites", body: `null`, status: 400},
		{name: "create_rule", method: "POST", path: "/api/v1/sites", body: `{"name":"Hall","status":"lost"}`, status: 400},
		{name: "create_text", method: "POST", path: "/api/v1/sites", body: `name=Hall`, headers: []string{"Content-Type: application/x-www-form-urlencoded"}, status: 415},
		{name: "create_latin1", method: "POST", path: "/api/v1/sites", body: `{}`, headers: []string{"Content-Type: application/json; charset=latin1"}, status: 415},
		{name: "create_merge_patch", method: "POST", path: "/api/v1/sites", body: `{}`, headers: []string{"Content-Type: application/merge-patch+json"}, status: 415},
		{name: "create_grpc", method: "POST", path: "/api/v1/sites", body: `x`, headers: []string{"Content-Type: application/grpc"}, status: 415},
		{name: "create_brotli", method: "POST", path: "/api/v1/sites", body: `x`, headers: []string{"Content-Encoding: br"}, status: 415},
		{name: "create_bad_gzip", method: "POST", path: "/api/v1/sites", body: `x`, headers: []string{"Content-Encoding: gzip"}, status: 400},
		{name: "create_large", method: "POST", path: "/api/v1/sites", body: `{"name":"` + strings.Repeat("x", 1<<20) + `"}`, status: 413},
		{name: "create_html", method: "POST", path: "/api/v1/sites", body: `{"name":"Hall"}`, headers: []string{"Accept: text/html"}, status: 406},
		{name: "patch", method: "PATCH", path: one, body: `{"name":"Hall"}`, status: 200, want: []string{`Etag: "4"`}},
		{name: "patch_merge", method: "PATCH", path: one, body: `{"name":"Hall"}`, headers: []string{"Content-Type: application/merge-patch+json; charset=UTF-8"}, status: 200},
		{name: "patch_wrong", method: "PATCH", path: one, body: `{"version":"x"}`, status: 400},
		{name: "delete", method: "DELETE", path: one, status: 204},
		{name: "delete_query", method: "DELETE", path: one + "?version=3", status: 204},
		{name: "delete_body", method: "DELETE", path: one, body: `{"version":3,"validate_only":true}`, status: 204},
		{name: "delete_stale", method: "DELETE", path: one, body: `{"version":7}`, status: 412},
		{name: "delete_unknown", method: "DELETE", path: one, body: `{"versions":7}`, status: 400},
		{name: "put", method: "PUT", path: one, body: `{}`, status: 405, want: []string{"Allow: DELETE, GET, HEAD, PATCH"}},
		{name: "options", method: "OPTIONS", path: one, status: 204, want: []string{"Allow: DELETE, GET, HEAD, PATCH"}},
		{name: "no_path", method: "GET", path: "/api/v1/nothing", status: 404},
		{name: "version_2", method: "GET", path: "/api/v2/sites", status: 404},
		{name: "elsewhere", method: "GET", path: "/", status: 404},
		{name: "plain", method: "GET", path: "/api/v1/sites/export?dry_run=true", headers: []string{"Authorization: Bearer good"}, status: 200, want: []string{"Content-Type: text/csv"}},
		{name: "plain_nobody", method: "GET", path: "/api/v1/sites/export", status: 401, want: []string{`Www-Authenticate: Bearer realm="holdfast"`}},
		{name: "plain_parameter", method: "GET", path: "/api/v1/sites/export?dry_run=maybe&x=1", headers: []string{"Authorization: Bearer good"}, status: 400},
		{name: "plain_json", method: "GET", path: "/api/v1/sites/export", headers: []string{"Accept: application/json"}, status: 406},
		{name: "plain_beside_id", method: "DELETE", path: "/api/v1/sites/export", status: 204},
		{name: "plain_upload", method: "POST", path: "/api/v1/sites/7/upload", body: "0123456789abcdef", headers: []string{"Content-Type: text/plain"}, status: 200},
		{name: "plain_upload_large", method: "POST", path: "/api/v1/sites/7/upload", body: "0123456789abcdefg", headers: []string{"Content-Type: text/plain"}, status: 413},
		{name: "plain_upload_type", method: "POST", path: "/api/v1/sites/7/upload", body: "0123", headers: []string{"Content-Type: image/png"}, status: 415},
		{name: "plain_upload_zip", method: "POST", path: "/api/v1/sites/7/upload", body: "0123", headers: []string{"Content-Type: text/plain", "Content-Encoding: gzip"}, status: 415},
		{name: "no_service", method: "POST", path: "/holdfast.none.v1.NoneService/Get", body: "{}", status: 404},
		{name: "plain_missing", method: "GET", path: "/api/v1/report", status: 502},
		{name: "plain_internal", method: "POST", path: "/internal/license/refresh", status: 204},
		{name: "plain_internal_get", method: "GET", path: "/internal/license/refresh", status: 405, want: []string{"Allow: POST"}},
		{name: "socket_none", method: "GET", path: "/api/ws/security", status: 404},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			h := setup(t)
			status, header, body := h.do(c.method, c.path, c.body, c.headers...)
			if status != c.status {
				t.Errorf("status %d, want %d: %s", status, c.status, body)
			}
			for _, line := range c.want {
				k, v, _ := strings.Cut(line, ": ")
				if got := header.Get(k); got != v {
					t.Errorf("%s: %q, want %q", k, got, v)
				}
			}
			if status >= 400 {
				if ct := header.Get("Content-Type"); ct != "application/problem+json" {
					t.Errorf("an error of type %s", ct)
				}
				if strings.Contains(body, "secret") || strings.Contains(body, "proto") {
					t.Errorf("inner words: %s", body)
				}
				if len(h.sites.calls) > 0 && (status == 413 || status == 415 || status == 405 || status == 406) {
					t.Errorf("the method ran all the same: %v", h.sites.calls)
				}
			}
			if status == 204 || status == 304 {
				if body != "" || header.Get("Content-Type") != "" {
					t.Errorf("an empty answer with %q of type %q", body, header.Get("Content-Type"))
				}
				return
			}
			if strings.HasPrefix(header.Get("Content-Type"), "application/") && !json.Valid([]byte(body)) {
				t.Errorf("not JSON: %s", body)
			}
			if strings.HasPrefix(header.Get("Content-Type"), "application/") && (!strings.HasSuffix(body, "}\n") || strings.HasSuffix(body, "\n\n")) {
				t.Errorf("JSON ends with one newline: %q", body)
			}
			if strings.HasPrefix(header.Get("Content-Type"), "application/") {
				body = strings.TrimSuffix(body, "\n")
			}
			golden(t, c.name+".golden", fmt.Sprintf("%d\n%s\n", status, body))
		})
	}
}

// TestMethodDoesNotRunOnAnError: a request that was refused while it was read must not reach the method, not even as an
// empty message.
func TestMethodDoesNotRunOnAnError(t *testing.T) {
	t.Parallel()
	h := setup(t)
	for _, body := range []string{`{"name":1}`, `{`, `{"x":1}`, "\xff", `{"name":"\ud800"}`} {
		if status, _, got := h.do("POST", "/api/v1/sites", body); status != 400 {
			t.Errorf("%q: %d %s", body, status, got)
		}
	}
	h.do("DELETE", one+"?version=x", "")
	if len(h.sites.calls) > 0 {
		t.Errorf("ran: %v", h.sites.calls)
	}
}

// TestGate: who is not let in hears nothing else, whatever they send, and the call goes on with the gate's context.
func TestGate(t *testing.T) {
	t.Parallel()
	h := setup(t, func(c *Config) { c.Chain = gated{} })
	for _, c := range []struct{ method, path, body string }{
		{"GET", one, ""}, {"POST", "/api/v1/sites", "{"}, {"POST", "/api/v1/sites?x=1", strings.Repeat("x", 2<<20)}, {"GET", "/api/v1/sites?page=x", ""},
	} {
		if status, header, body := h.do(c.method, c.path, c.body); status != 401 || header.Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s %s: %d %s", c.method, c.path, status, body)
		}
	}
	if status, _, body := h.do("GET", one, "", "Authorization: Bearer good"); status != 200 || h.sites.inside != "/holdfast.sites.v1.SiteService/GetSite" {
		t.Errorf("%d %s, inside %q", status, body, h.sites.inside)
	}
}

// TestPatchMask: the keys of the body become the mask, whatever the caller says about it themselves.
func TestPatchMask(t *testing.T) {
	t.Parallel()
	h := setup(t)
	for body, want := range map[string]string{
		`{"name":"Hall","address":null}`: "name,address",
		`{"name":""}`:                    "name",
		`{}`:                             "",
		`{"id":"x","version":3,"created_at":"2020-01-01T00:00:00Z","updated_at":null}`: "",
		`{"id":"x","created_at":null,"name":"Hall","version":3,"status":"planned"}`:    "name,status",
		`{"description":"a","status":"planned","id":"other"}`:                          "description,status",
	} {
		status, _, answer := h.do("PATCH", one+"?update_mask=status", body)
		if status != 200 {
			t.Errorf("%s: %d %s", body, status, answer)
			continue
		}
		in := h.sites.last.(*sitesv1.UpdateSiteRequest)
		if got := strings.Join(in.GetUpdateMask().GetPaths(), ","); got != want || in.GetUpdateMask() == nil {
			t.Errorf("%s: mask %q, want %q", body, got, want)
		}
		if in.GetSite().GetId() != strings.TrimPrefix(one, "/api/v1/sites/") {
			t.Errorf("%s: the id is %s", body, in.GetSite().GetId())
		}
		if strings.Contains(body, "version") && in.GetSite().GetVersion() != 3 {
			t.Errorf("%s: the version was lost", body)
		}
	}
}

// TestWeb: what is no API goes to the web client, and nothing that is.
func TestWeb(t *testing.T) {
	t.Parallel()
	h := setup(t, func(c *Config) {
		c.Web = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("the client")) })
	})
	for path, web := range map[string]bool{
		"/": true, "/assets/12": true, "/api/v1/none": false, "/api/none": false, "/internal/none": false, "/holdfast.x.v1.X/Y": false,
		"/internal/license/refresh": false, "/api/ws/none": false,
	} {
		if _, _, body := h.do("GET", path, ""); (body == "the client") != web {
			t.Errorf("%s: %s", path, body)
		}
	}
}

// TestZippedBody: a compressed body is unfolded, but not beyond the limit.
func TestZippedBody(t *testing.T) {
	t.Parallel()
	h := setup(t)
	zip := func(s string) string {
		var b bytes.Buffer
		w := gzip.NewWriter(&b)
		if _, err := w.Write([]byte(s)); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	if status, _, body := h.do("POST", "/api/v1/sites", zip(`{"name":"Hall"}`), "Content-Encoding: gzip"); status != 201 {
		t.Errorf("%d %s", status, body)
	}
	if status, _, body := h.do("POST", "/api/v1/sites", zip(`{"name":"`+strings.Repeat("x", 4<<20)+`"}`), "Content-Encoding: gzip"); status != 413 {
		t.Errorf("%d %s", status, body)
	}
}

func TestHead(t *testing.T) {
	t.Parallel()
	h := setup(t)
	_, full, body := h.do("GET", one, "")
	status, header, none := h.do("HEAD", one, "")
	if status != 200 || none != "" || header.Get("Etag") != `"3"` || header.Get("Content-Length") != fmt.Sprint(len(body)) || full.Get("Etag") != `"3"` {
		t.Errorf("HEAD: %d %q %v", status, none, header)
	}
	if status, header, _ := h.do("HEAD", "/api/v1/report", ""); status != 405 || header.Get("Allow") != "GET" {
		t.Errorf("HEAD of a report: %d %v", status, header)
	}
}

func TestGzip(t *testing.T) {
	t.Parallel()
	h := setup(t)
	for i := range h.sites.kept {
		h.sites.kept[i].Name = strings.Repeat("long ", 400)
	}
	_, header, body := h.do("GET", "/api/v1/sites", "", "Accept-Encoding: gzip")
	if header.Get("Content-Encoding") != "gzip" || len(body) > 2000 {
		t.Errorf("not compressed: %v, %d bytes", header, len(body))
	}
	_, header, body = h.do("GET", "/api/v1/sites", "", "Accept-Encoding: identity")
	if header.Get("Content-Encoding") != "" || !json.Valid([]byte(body)) {
		t.Errorf("compressed: %v", header)
	}
}

func TestCSV(t *testing.T) {
	t.Parallel()
	h := setup(t)
	status, header, body := h.do("GET", "/api/v1/sites?page=1&status=active", "", "Accept: text/csv")
	if status != 200 || !strings.HasPrefix(header.Get("Content-Type"), "text/csv") {
		t.Fatalf("%d %v %s", status, header, body)
	}
	golden(t, "list.csv", body)
	if got := len(h.sites.calls); got != 3 {
		t.Errorf("%d calls for five rows, two at a time", got)
	}
	if status, _, body := h.do("GET", "/api/v1/sites?q=broken", "", "Accept: text/csv"); status != 503 || !strings.Contains(body, `"unavailable"`) {
		t.Errorf("an error before the first row: %d %s", status, body)
	}
	if status, _, body := h.do("GET", "/api/v1/sites?q=breaks", "", "Accept: text/csv"); !strings.HasPrefix(body, "broken: ") {
		t.Errorf("an error in the midst must break the connection: %d %s", status, body)
	}
	if status, _, _ := h.do("GET", one, "", "Accept: text/csv"); status != 406 {
		t.Errorf("one record as a table: %d", status)
	}
	if _, header, _ := h.do("GET", "/api/v1/sites", "", "Accept: text/csv;q=0.1, application/json"); header.Get("Content-Type") != "application/json" {
		t.Errorf("the better liked is JSON: %v", header)
	}
}

func TestLegacy(t *testing.T) {
	t.Parallel()
	h := setup(t)
	status, header, _ := h.do("POST", "/api/sites/a%2Fb%20c?q=x%26y", `{}`)
	if status != http.StatusPermanentRedirect || header.Get("Location") != "/api/v1/sites/a%2Fb%20c?q=x%26y" ||
		header.Get("Deprecation") != "true" || header.Get("Sunset") != "Mon, 01 Jun 2026 00:00:00 GMT" {
		t.Errorf("before: %d %v", status, header)
	}
	h.clock.Set(h.clock.Now().AddDate(0, 5, 0))
	if status, header, body := h.do("GET", "/api/sites/7?q=x", ""); status != http.StatusGone || header.Get("Location") != "" {
		t.Errorf("after: %d %v", status, header)
	} else {
		golden(t, "legacy_gone.golden", body)
	}
	for _, path := range []string{"/api", "/api/", "/api/v9/x", "/api/ws/other"} {
		if status, _, _ := h.do("GET", path, ""); status != 404 {
			t.Errorf("%s: %d", path, status)
		}
	}
}

func TestCORS(t *testing.T) {
	t.Parallel()
	const portal = "https://portal.example.com"
	allowed := func(origin string, origins ...string) string {
		h, err := CrossOrigin(origins, http.NotFoundHandler())
		if err != nil {
			t.Fatal(err)
		}
		r, w := httptest.NewRequest(http.MethodGet, one, nil), httptest.NewRecorder()
		r.Header.Set("Origin", origin)
		h.ServeHTTP(w, r)
		if w.Code != http.StatusNotFound {
			t.Errorf("%s: %d", origin, w.Code)
		}
		return w.Header().Get("Access-Control-Allow-Origin")
	}
	if got := allowed(portal); got != "" {
		t.Errorf("allowed by default: %s", got)
	}
	if got := allowed(portal, portal); got != portal {
		t.Errorf("not allowed: %q", got)
	}
	if got := allowed("https://evil.example.com", portal); got != "" {
		t.Errorf("allowed: %s", got)
	}
	if _, err := CrossOrigin([]string{"*"}, http.NotFoundHandler()); err == nil {
		t.Error("every origin at once is taken")
	}
}

func TestRequestID(t *testing.T) {
	t.Parallel()
	h := setup(t)
	r, _ := http.NewRequestWithContext(t.Context(), "GET", h.url+"/api/v1/sites/x", nil)
	r.Header.Set("X-Request-Id", "not a uuid")
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	if id := res.Header.Get("X-Request-Id"); len(id) != 36 || id[14] != '7' {
		t.Errorf("the new id is %q", id)
	}
}

// TestShadowed: a literal beside {id} must not take the other methods of {id} away.
func TestShadowed(t *testing.T) {
	t.Parallel()
	var n node
	list := &route{method: "GET", pattern: "/a/mine"}
	list.parse()
	if err := n.add(list); err != nil {
		t.Fatal(err)
	}
	if err := n.add(list); err == nil {
		t.Error("twice on one place")
	}
	var m match
	if n.find("/a/mine", "DELETE", &m, 0) || m.allowed() != "GET, HEAD" {
		t.Errorf("allow %q", m.allowed())
	}
	if !slices.Equal(list.segments, []string{"a", "mine"}) {
		t.Errorf("segments %v", list.segments)
	}
}
