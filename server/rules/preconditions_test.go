package rules_test

import (
	"net/http"
	"testing"

	"github.com/holdfast-platform/holdfast/server/internal/housetest"
)

// RFC 9110, section 13, on a record as every room has them; nothing is changed where 4xx is answered.
func TestPreconditions(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		var site struct{ ID string }
		h.Admin.JSON("POST", "/api/v1/sites", map[string]any{"name": "Plant"}, http.StatusCreated, &site)
		at := "/api/v1/sites/" + site.ID
		for _, c := range []struct {
			method, header, value string
			want                  int
		}{
			{"PATCH", "If-None-Match", "*", 412}, {"PATCH", "If-None-Match", `"1"`, 412}, {"PATCH", "If-None-Match", `"9", W/"1"`, 412},
			{"PATCH", "If-None-Match", "1", 400}, {"PATCH", "If-Match", "1", 400}, {"PATCH", "If-Match", `"1`, 400},
			{"PATCH", "If-Match", `"01"`, 412}, {"PATCH", "If-Match", `W/"1"`, 412}, {"PATCH", "If-Match", `"2"`, 412},
			{"DELETE", "If-None-Match", "*", 412}, {"DELETE", "If-None-Match", `"1"`, 412}, {"DELETE", "If-Match", `"2"`, 412},
			{"GET", "If-Match", `"2"`, 412}, {"GET", "If-Match", `"01"`, 412}, {"GET", "If-Match", "one", 400},
			{"GET", "If-Match", `"1"`, 200}, {"GET", "If-Match", `W/"1"`, 200}, {"GET", "If-Match", "*", 200},
			{"GET", "If-None-Match", `W/"1"`, 304}, {"GET", "If-None-Match", `"01"`, 200},
			{"PATCH", "If-None-Match", `"7"`, 200}, {"PATCH", "If-Match", `"2"`, 200}, {"DELETE", "If-None-Match", `"1"`, 204},
		} {
			var body any
			if c.method == "PATCH" {
				body = map[string]any{"description": c.header + c.value}
			}
			if status, _, answer := h.Admin.REST(c.method, at, body, c.header, c.value); status != c.want {
				t.Errorf("%s with %s: %s is %d, want %d: %s", c.method, c.header, c.value, status, c.want, answer)
			}
		}
	})
}

// A call that only tries whether it could be made has created nothing: it is 200 and leads nowhere.
func TestValidateOnlyCreatesNothing(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		status, header, body := h.Admin.REST("POST", "/api/v1/sites?validate_only=true", map[string]any{"name": "Plant"})
		if status != 200 || header.Get("Location") != "" || header.Get("Validated-Only") != "" {
			t.Errorf("%d, Location %q: %s", status, header.Get("Location"), body)
		}
	})
}

// An empty form is what a page of another origin can send with a browser's cookies.
func TestFormsAreNoCalls(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		for _, path := range []string{"/api/v1/auth/refresh", "/api/v1/auth/logout"} {
			for _, kind := range []string{"application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/plain"} {
				for _, body := range []string{"", "a=b"} {
					if status, _, answer := h.Nobody.REST("POST", path, body, "Content-Type", kind); status != http.StatusUnsupportedMediaType {
						t.Errorf("%s of %q as %s: %d %s", path, body, kind, status, answer)
					}
				}
			}
		}
	})
}

// What only programs ask for is never the web client's page.
func TestProbesAreNotTheWebClient(t *testing.T) {
	t.Parallel()
	h := housetest.New(t, "sqlite")
	for _, path := range []string{"/.well-known/change-password", "/.well-known/nothing", "/healthz", "/readyz", "/metrics"} {
		if status, header, body := h.Nobody.REST("GET", path, nil); status != http.StatusNotFound || header.Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s: %d %s", path, status, body)
		}
	}
}
