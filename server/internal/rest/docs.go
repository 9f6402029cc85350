package rest

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"net/http"
	"strings"
	"sync"

	"github.com/klauspost/compress/gzip"

	"github.com/holdfast-platform/holdfast/gen/openapi"
	accessv1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/access/v1"
	"github.com/holdfast-platform/holdfast/server/internal/fault"
)

//go:embed assets/*.gz assets/*.html assets/*.js assets/*.LICENSE
var assets embed.FS

// page is a file as it is served: compressed if the caller takes that. It is kept once, the larger ones compressed.
type page struct {
	kind, etag    string
	plain, zipped []byte
	policy        []string
}

// pagePolicy lets the description's pages run the scripts that are embedded here, and nothing else.
var pagePolicy = []string{"default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; connect-src 'self'; worker-src 'self' blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"}

// docsRoutes are the API's description and its pages.
func (s *Server) docsRoutes() []Route {
	access := &accessv1.Access{Rule: &accessv1.Access_Public{Public: true}}
	if s.cfg.ClosedDocs {
		access = &accessv1.Access{Rule: &accessv1.Access_SignedIn{SignedIn: true}}
	}
	anyone := &accessv1.Access{Rule: &accessv1.Access_Public{Public: true}}
	described := sync.OnceValues(func() (*page, error) {
		b, err := openapi.Contract()
		if err != nil {
			return nil, err
		}
		if b, err = s.describe(b); err != nil {
			return nil, err
		}
		return newPage(typeJSON, b, bareCSP), nil
	})
	routes := []Route{
		Plain(http.MethodGet, "/api/v1/openapi.json", access, func(w http.ResponseWriter, r *http.Request) error {
			p, err := described()
			if err != nil {
				return err
			}
			p.serve(w, r)
			return nil
		}, Reads(), Gives(http.StatusOK, typeJSON), Summary("Get the API's description", "This document: OpenAPI 3.1 of every REST route."), Tagged("docs")),
		Plain(http.MethodGet, "/api/v1/docs/assets/{file}", anyone, serveAsset, Reads(), Hidden()),
	}
	for _, name := range []string{"docs", "redoc"} {
		b, err := assets.ReadFile("assets/" + name + ".html")
		if err != nil {
			panic(err) // embedded above
		}
		p := newPage("text/html; charset=utf-8", b, pagePolicy)
		routes = append(routes, Plain(http.MethodGet, "/api/v1/"+name, access, func(w http.ResponseWriter, r *http.Request) error {
			p.serve(w, r)
			return nil
		}, Reads(), Gives(http.StatusOK, "text/html"), Summary("Read the API's description", "A page that shows this document."), Tagged("docs")))
	}
	return routes
}

var assetPages sync.Map // by file name

// serveAsset serves a script or style of the pages.
func serveAsset(w http.ResponseWriter, r *http.Request) error {
	name := r.PathValue("file")
	if p, ok := assetPages.Load(name); ok {
		p.(*page).serve(w, r) //nolint:forcetypeassert // the map holds nothing else
		return nil
	}
	kind := "text/javascript; charset=utf-8"
	switch {
	case strings.HasSuffix(name, ".css"):
		kind = "text/css; charset=utf-8"
	case !strings.HasSuffix(name, ".js"):
		return fault.NotFound("file")
	}
	p := &page{}
	if b, err := assets.ReadFile("assets/" + name); err == nil {
		p = newPage(kind, b, bareCSP)
	} else {
		b, err := assets.ReadFile("assets/" + name + ".gz")
		if err != nil {
			return fault.NotFound("file")
		}
		p.zipped, p.kind, p.etag, p.policy = b, kind, etagOf(b), bareCSP
	}
	assetPages.Store(name, p)
	p.serve(w, r)
	return nil
}

func newPage(kind string, b []byte, policy []string) *page {
	p := &page{kind: kind, plain: b, etag: etagOf(b), policy: policy}
	var z bytes.Buffer
	if w, err := gzip.NewWriterLevel(&z, gzip.BestCompression); err == nil && len(b) > 1024 {
		if _, err := w.Write(b); err == nil && w.Close() == nil {
			p.zipped, p.plain = bytes.Clone(z.Bytes()), nil
		}
	}
	return p
}

func etagOf(b []byte) string {
	sum := sha256.Sum256(b)
	return `"` + hex.EncodeToString(sum[:12]) + `"`
}

// serve answers with the page, or with 304.
func (p *page) serve(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h["Content-Security-Policy"] = p.policy
	h.Set("Cache-Control", "no-cache")
	h.Set("Etag", p.etag)
	h.Add("Vary", "Accept-Encoding")
	if sameTag(r.Header["If-None-Match"], p.etag) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	h.Set("Content-Type", p.kind)
	body := p.plain
	if p.zipped != nil && (p.plain == nil || quality(r.Header["Accept-Encoding"], "gzip") > 0) {
		if quality(r.Header["Accept-Encoding"], "gzip") > 0 {
			h.Set("Content-Encoding", "gzip")
			body = p.zipped
		} else {
			body = unzipped(p.zipped)
		}
	}
	_, _ = w.Write(body) // the caller may be gone
}

// unzipped is for the rare caller who takes no compression.
func unzipped(z []byte) []byte {
	r, err := gzip.NewReader(bytes.NewReader(z))
	if err != nil {
		return nil
	}
	var b bytes.Buffer
	if _, err := b.ReadFrom(r); err != nil {
		return nil
	}
	return b.Bytes()
}
