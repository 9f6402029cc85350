package housetest_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/holdfast-platform/holdfast/server/internal/housetest"
)

// TestCallers: each caller is who they say they are, on both databases.
func TestCallers(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		for _, c := range []struct {
			who  *housetest.Caller
			want int
		}{
			{h.Admin, http.StatusOK}, {h.Editor, http.StatusOK}, {h.Viewer, http.StatusOK}, {h.Client, http.StatusOK}, {h.Token, http.StatusOK},
			{h.Stranger, http.StatusOK}, {h.Member, http.StatusForbidden}, {h.Nobody, http.StatusUnauthorized},
		} {
			status, header, body := c.who.REST("GET", "/api/v1/clients", nil)
			if status != c.want {
				t.Errorf("%s: %d %s", c.who.Name, status, body)
			}
			if header.Get("X-Request-Id") == "" || header.Get("Cache-Control") != "no-store" {
				t.Errorf("%s: headers %v", c.who.Name, header)
			}
			if acme := strings.Contains(string(body), "Acme"); acme != (c.want == http.StatusOK && c.who != h.Stranger) {
				t.Errorf("%s sees Acme: %v", c.who.Name, acme)
			}
		}
	})
}

func BenchmarkStart(b *testing.B) {
	for _, kind := range []string{"sqlite", "postgres"} {
		b.Run(kind, func(b *testing.B) {
			for b.Loop() {
				housetest.New(b, kind)
			}
		})
	}
}
