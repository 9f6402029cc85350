package main

import (
	_ "embed" // for the page
	"net/http"

	"github.com/holdfast-platform/holdfast/web"
)

//go:embed page.html
var page []byte

// webClient serves the web client, or a page that says that it is not built in.
func webClient(secure bool) http.Handler {
	if h := web.Handler(secure); h != nil {
		return h
	}
	return plainPage()
}

// plainPage stands in the place of the web client.
func plainPage() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		switch {
		case r.URL.Path != "/":
			http.NotFound(w, r)
		case r.Method != http.MethodGet && r.Method != http.MethodHead:
			h.Set("Allow", "GET, HEAD")
			http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
		default:
			h.Set("Content-Type", "text/html; charset=utf-8")
			h.Set("Cache-Control", "no-cache")
			_, _ = w.Write(page)
		}
	})
}
