package web

import (
	"bytes"
	"compress/gzip"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"
)

func built() fstest.MapFS {
	file := func(s string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(s)} }
	return fstest.MapFS{
		"index.html": file("<!doctype html>page"), "index.html.gz": file("zipped page"), "icon.svg": file("<svg/>"),
		"static/app-1a2b.js": file("code"), "static/app-1a2b.js.br": file("br code"), "static/app-1a2b.js.gz": file("gz code"),
		"static/style-3c4d.css.gz": {Data: zipped("style")},
	}
}

func zipped(s string) []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = z.Write([]byte(s))
	_ = z.Close()
	return b.Bytes()
}

// TestHandler: files as they were built, the page for every other address, and nothing that could be mistaken for a
// script.
func TestHandler(t *testing.T) {
	t.Parallel()
	h := handler(built(), true)
	for _, c := range []struct {
		name, path, encoding, accept string
		status                       int
		body, kind, cache            string
	}{
		{"page", "/", "", "text/html", 200, "<!doctype html>page", "text/html; charset=utf-8", "no-cache"},
		{"page, zipped", "/", "gzip, br;q=0", "text/html", 200, "zipped page", "text/html; charset=utf-8", "no-cache"},
		{"address of the client", "/sites/0199", "", "text/html", 200, "<!doctype html>page", "text/html; charset=utf-8", "no-cache"},
		{"address with a dot", "/sites/plant.1", "", "*/*", 200, "<!doctype html>page", "text/html; charset=utf-8", "no-cache"},
		{"folder", "/static", "", "*/*", 200, "<!doctype html>page", "text/html; charset=utf-8", "no-cache"},
		{"climbing out", "/../embed.go", "", "*/*", 200, "<!doctype html>page", "text/html; charset=utf-8", "no-cache"},
		{"script", "/static/app-1a2b.js", "", "*/*", 200, "code", "text/javascript; charset=utf-8", "public, max-age=31536000, immutable"},
		{"script, brotli", "/static/app-1a2b.js", "gzip, br", "*/*", 200, "br code", "text/javascript; charset=utf-8", "public, max-age=31536000, immutable"},
		{"script, gzip", "/static/app-1a2b.js", "gzip", "*/*", 200, "gz code", "text/javascript; charset=utf-8", "public, max-age=31536000, immutable"},
		{"style, only there zipped", "/static/style-3c4d.css", "gzip", "*/*", 200, string(zipped("style")), "text/css; charset=utf-8", "public, max-age=31536000, immutable"},
		{"style, unzipped", "/static/style-3c4d.css", "identity", "*/*", 200, "style", "text/css; charset=utf-8", "public, max-age=31536000, immutable"},
		{"script of another build", "/static/app-9f9f.js", "", "*/*", 404, "not found\n", "text/plain; charset=utf-8", "no-store"},
		{"compressed file by its own name", "/static/app-1a2b.js.br", "", "*/*", 404, "not found\n", "text/plain; charset=utf-8", "no-store"},
		{"picture that is not there", "/logo.png", "", "image/*", 404, "not found\n", "text/plain; charset=utf-8", "no-store"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := httptest.NewRequest(http.MethodGet, c.path, nil)
			r.Header.Set("Accept-Encoding", c.encoding)
			r.Header.Set("Accept", c.accept)
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			if w.Code != c.status || w.Body.String() != c.body || w.Header().Get("Content-Type") != c.kind || w.Header().Get("Cache-Control") != c.cache {
				t.Errorf("%d %q %q %q", w.Code, w.Body, w.Header().Get("Content-Type"), w.Header().Get("Cache-Control"))
			}
			csp := w.Header().Get("Content-Security-Policy")
			if !strings.Contains(csp, "script-src 'self';") || w.Header().Get("X-Content-Type-Options") != "nosniff" || w.Header().Get("Strict-Transport-Security") == "" {
				t.Errorf("headers %v", w.Header())
			}
			if c.status != 200 {
				return
			}
			again := httptest.NewRequest(http.MethodGet, c.path, nil)
			again.Header.Set("Accept-Encoding", c.encoding)
			again.Header.Set("Accept", c.accept)
			again.Header.Set("If-None-Match", w.Header().Get("Etag"))
			w = httptest.NewRecorder()
			h.ServeHTTP(w, again)
			if w.Code != http.StatusNotModified || w.Body.Len() > 0 {
				t.Errorf("unchanged, but %d", w.Code)
			}
		})
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/", nil))
	if w.Code != http.StatusMethodNotAllowed || w.Header().Get("Allow") != "GET, HEAD" {
		t.Errorf("POST: %d", w.Code)
	}
}

// TestNotBuilt: a binary without a client says so, instead of serving an empty page.
func TestNotBuilt(t *testing.T) {
	t.Parallel()
	if handler(fstest.MapFS{".keep": &fstest.MapFile{}}, false) != nil {
		t.Error("a handler for nothing")
	}
}
