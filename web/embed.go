// Package web carries the built web client (dist, made by "go tool task web:build") in the binary and serves it.
package web

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io"
	"io/fs"
	"net/http"
	"path"
	"strconv"
	"strings"
	"time"
)

// dist has nothing but a placeholder where the client has not been built.
//
//go:embed all:dist
var dist embed.FS

// policy lets the client load its own files and talk to its own server, nothing else. Styles may be inline, for the
// component library positions menus with them; scripts may not. A report is shown in a frame from memory (blob:).
const policy = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self'; " +
	"connect-src 'self'; frame-src blob:; manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

// hashed is the folder of files whose names change with their content.
const hashed = "static/"

// Handler serves the client at every path that is no file of it, for its routes live in the browser. It answers nil
// where no client is built in. With secure, browsers are told to come by HTTPS only.
func Handler(secure bool) http.Handler {
	files, err := fs.Sub(dist, "dist")
	if err != nil {
		return nil
	}
	return handler(files, secure)
}

func handler(files fs.FS, secure bool) http.Handler {
	if _, err := fs.Stat(files, "index.html"); err != nil {
		return nil
	}
	c := &client{files: files, secure: secure, tags: map[string]string{}}
	// Files that keep their name are few and small: they are told apart by their content.
	_ = fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && !strings.HasPrefix(name, hashed) {
			if b, err := fs.ReadFile(files, name); err == nil {
				sum := sha256.Sum256(b)
				c.tags[name] = hex.EncodeToString(sum[:12])
			}
		}
		return nil
	})
	return c
}

type client struct {
	files  fs.FS
	secure bool
	tags   map[string]string
}

// kinds are the types of the client's files, the same on every machine.
var kinds = map[string]string{
	".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8", ".svg": "image/svg+xml",
	".json": "application/json", ".png": "image/png", ".ico": "image/x-icon", ".woff2": "font/woff2", ".txt": "text/plain; charset=utf-8",
}

// ServeHTTP answers with a file of the client, or with its page.
func (c *client) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
	if c.secure {
		h.Set("Strict-Transport-Security", "max-age=31536000")
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		h.Set("Allow", "GET, HEAD")
		http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
		return
	}
	name := strings.TrimPrefix(path.Clean("/"+r.URL.Path), "/")
	kind := kinds[path.Ext(name)]
	if kind == "" || !c.is(name) && !c.is(name+".gz") {
		// A file that is not there is missing; anything else is an address of the client's own.
		if strings.HasPrefix(name, hashed) || (kind != "" && !strings.Contains(r.Header.Get("Accept"), "text/html")) {
			h.Set("Cache-Control", "no-store")
			http.Error(w, "not found", http.StatusNotFound)
			return
		}
		name, kind = "index.html", kinds[".html"]
	}
	c.serve(w, r, name, kind)
}

// serve sends a file, compressed as it was built where the caller takes that.
func (c *client) serve(w http.ResponseWriter, r *http.Request, name, kind string) {
	h := w.Header()
	h.Set("Content-Type", kind)
	h.Add("Vary", "Accept-Encoding")
	tag, steady := c.tags[name]
	if steady {
		h.Set("Cache-Control", "no-cache")
	} else {
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
		tag = path.Base(name)
	}
	file := name
	for _, way := range []struct{ encoding, suffix string }{{"br", ".br"}, {"gzip", ".gz"}} {
		if c.is(name+way.suffix) && accepts(r.Header.Get("Accept-Encoding"), way.encoding) {
			h.Set("Content-Encoding", way.encoding)
			file, tag = name+way.suffix, tag+way.suffix
			break
		}
	}
	h.Set("Etag", strconv.Quote(tag))
	if !c.is(file) { // a caller who takes no compression, which no browser is
		b, err := c.unzipped(file)
		if err != nil {
			http.Error(w, "not readable", http.StatusInternalServerError)
			return
		}
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(b))
		return
	}
	f, err := c.files.Open(file)
	if err != nil {
		http.Error(w, "not found", http.StatusNotFound)
		return
	}
	defer func() { _ = f.Close() }()
	body, ok := f.(io.ReadSeeker)
	if !ok {
		http.Error(w, "not readable", http.StatusInternalServerError)
		return
	}
	http.ServeContent(w, r, "", time.Time{}, body)
}

// is tells whether there is such a file.
func (c *client) is(name string) bool {
	info, err := fs.Stat(c.files, name)
	return err == nil && !info.IsDir()
}

// unzipped is a file that is only there compressed.
func (c *client) unzipped(name string) ([]byte, error) {
	f, err := c.files.Open(name + ".gz")
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	z, err := gzip.NewReader(f)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(z)
}

// accepts tells whether an Accept-Encoding header takes an encoding.
func accepts(header, encoding string) bool {
	for part := range strings.SplitSeq(header, ",") {
		name, parameters, _ := strings.Cut(part, ";")
		if strings.TrimSpace(name) != encoding {
			continue
		}
		q, ok := strings.CutPrefix(strings.ReplaceAll(parameters, " ", ""), "q=")
		v, err := strconv.ParseFloat(q, 64)
		return !ok || (err == nil && v > 0)
	}
	return false
}
