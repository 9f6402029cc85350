package rules_test

import (
	"bufio"
	"bytes"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/holdfast-platform/holdfast/server"
	"github.com/holdfast-platform/holdfast/server/internal/housetest"
)

// TestRefusalsAreSeen: a client that sends all of a large body before it reads sees why it is refused, and no reset:
// without a credential, with a body that is too large, and beyond its limit.
func TestRefusalsAreSeen(t *testing.T) {
	t.Parallel()
	h := housetest.New(t, "sqlite", func(c *server.Config) { c.RateLimitAPI = "40/hour" })
	u, err := url.Parse(h.URL)
	if err != nil {
		t.Fatal(err)
	}
	const length = 20 << 20
	sent := bytes.Repeat([]byte("x"), 1<<20)
	// post writes the whole request, and only then reads.
	post := func(path, authorization string) int {
		t.Helper()
		kind := "application/json"
		if strings.Contains(path, "/import") {
			kind = "text/csv"
		}
		conn, err := net.Dial("tcp", u.Host)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		if err := conn.SetDeadline(time.Now().Add(30 * time.Second)); err != nil {
			t.Fatal(err)
		}
		if authorization != "" {
			authorization = "Authorization: " + authorization + "\r\n"
		}
		fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: %s\r\nContent-Type: %s\r\n%sContent-Length: %d\r\n\r\n", path, u.Host, kind, authorization, length)
		for range length / len(sent) {
			if _, err := conn.Write(sent); err != nil {
				t.Fatalf("%s: the body is not taken: %v", path, err)
			}
		}
		res, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Fatalf("%s: no answer is seen: %v", path, err)
		}
		_ = res.Body.Close()
		return res.StatusCode
	}
	for _, path := range []string{"/api/v1/sites", "/holdfast.sites.v1.SiteService/CreateSite"} {
		if status := post(path, ""); status != http.StatusUnauthorized && status != http.StatusRequestEntityTooLarge {
			t.Errorf("%s without a credential: %d", path, status)
		}
		if status := post(path, "Bearer "+h.Editor.Credential()); status != http.StatusRequestEntityTooLarge && status != http.StatusTooManyRequests {
			t.Errorf("%s with too much: %d", path, status)
		}
	}
	for range 60 {
		h.Editor.REST("GET", "/api/v1/sites", nil)
	}
	if status, _, _ := h.Editor.REST("GET", "/api/v1/sites", nil); status != http.StatusTooManyRequests {
		t.Fatalf("the limit is not reached: %d", status)
	}
	if status := post("/api/v1/assets/import?dry_run=true", "Bearer "+h.Editor.Credential()); status != http.StatusTooManyRequests {
		t.Errorf("beyond the limit: %d", status)
	}
	if status := post("/api/v1/assets/import?dry_run=true", ""); status != http.StatusUnauthorized {
		t.Errorf("an import without a credential: %d", status)
	}
}
