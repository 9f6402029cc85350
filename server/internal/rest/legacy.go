package rest

import (
	"net/http"
	"strings"

	"github.com/holdfast-platform/holdfast/server/internal/clock"
	"github.com/holdfast-platform/holdfast/server/internal/fault"
)

// serveLegacy sends the paths of before the API had versions to their new places, as long as they last.
func (s *Server) serveLegacy(w http.ResponseWriter, r *http.Request) {
	rest, ok := strings.CutPrefix(r.URL.EscapedPath(), "/api/")
	first, _, _ := strings.Cut(rest, "/")
	if !ok || first == "" || isVersion(first) {
		s.fail(w, r, noSuchPath(), nil)
		return
	}
	to := *r.URL
	to.Scheme, to.Host, to.User = "", "", nil
	to.Path = "/api/v1/" + strings.TrimPrefix(r.URL.Path, "/api/")
	to.RawPath = "/api/v1/" + rest
	target := to.EscapedPath()
	now := clock.Now(r.Context())
	if s.cfg.Clock != nil {
		now = s.cfg.Clock.Now()
	}
	if !now.Before(s.cfg.LegacySunset) {
		s.fail(w, r, fault.Gone("legacy_path", "this path has ended: use %s", target).With("path", target), nil)
		return
	}
	h := w.Header()
	h.Set("Deprecation", "true")
	h.Set("Sunset", s.cfg.LegacySunset.UTC().Format(http.TimeFormat))
	h.Set("Link", "<"+target+`>; rel="successor-version"`)
	if r.URL.RawQuery != "" {
		target += "?" + r.URL.RawQuery
	}
	h.Set("Location", target)
	w.WriteHeader(http.StatusPermanentRedirect)
}

// isVersion is true for "v1", "v2" and so on.
func isVersion(segment string) bool {
	if len(segment) < 2 || segment[0] != 'v' {
		return false
	}
	return strings.Trim(segment[1:], "0123456789") == ""
}
