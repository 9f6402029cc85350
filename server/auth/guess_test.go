package auth_test

import (
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/holdfast-platform/holdfast/server"
	"github.com/holdfast-platform/holdfast/server/internal/housetest"
)

// from lets a test name the network that it calls from.
func from(c *server.Config) { c.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")} }

// TestGuessing: one count per account whatever was typed, which locks strangers out and nobody else.
func TestGuessing(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		at := func(ip, name, word, cookie string) (int, http.Header) {
			status, header, _ := h.Nobody.REST("POST", "/api/v1/auth/login", object{"email": name, "password": word}, "X-Forwarded-For", ip, "Cookie", cookie)
			return status, header
		}
		h.Admin.JSON("PATCH", "/api/v1/users/"+h.Viewer.Person.String(), object{"username": "vic"}, http.StatusOK, nil)
		// The owner has signed in from one network, and by a browser that keeps a cookie.
		status, header := at("192.0.2.1", "viewer@home.test", housetest.Password, "")
		if status != http.StatusOK {
			t.Fatal(status)
		}
		known := ""
		for _, c := range header.Values("Set-Cookie") {
			if strings.HasPrefix(c, "known_browser=") {
				known, _, _ = strings.Cut(c, ";")
			}
		}
		if known == "" {
			t.Fatalf("%v", header)
		}
		session := login(t, h, "viewer@home.test")
		names := []string{"viewer@home.test", "VIEWER@home.test", "vic", "Vic", "Viewer@Home.test"}
		for i := range 5 {
			if status, _ := at("198.51.100."+string(rune('1'+i)), names[i], "wrong", ""); status != http.StatusUnauthorized {
				t.Errorf("%s: %d", names[i], status)
			}
		}
		for _, c := range []struct {
			what, ip, cookie string
			want             int
		}{
			{"a stranger", "203.0.113.1", "", http.StatusTooManyRequests},
			{"a stranger with a made-up cookie", "203.0.113.2", "known_browser=abc", http.StatusTooManyRequests},
			{"the known network", "192.0.2.1", "", http.StatusOK},
			{"the known browser elsewhere", "203.0.113.3", known, http.StatusOK},
		} {
			if status, _ := at(c.ip, "vic", housetest.Password, c.cookie); status != c.want {
				t.Errorf("%s: %d, want %d", c.what, status, c.want)
			}
		}
		// A session in use is not locked; its own wrong proofs are.
		confirm := func(word string) int {
			status, _, _ := h.Nobody.REST("POST", "/api/v1/me/confirm", object{"password": word}, bearer(session.AccessToken)...)
			return status
		}
		if status := confirm(housetest.Password); status != http.StatusOK {
			t.Errorf("the session in use: %d", status)
		}
		for range 5 {
			if status := confirm("wrong"); status != http.StatusBadRequest {
				t.Errorf("a wrong proof: %d", status)
			}
		}
		if status := confirm(housetest.Password); status != http.StatusTooManyRequests {
			t.Errorf("after five wrong proofs: %d", status)
		}
		// The known browser that guesses has no more tries than anybody.
		for range 6 {
			status, _ = at("203.0.113.4", "vic", "wrong", known)
		}
		if status != http.StatusTooManyRequests {
			t.Errorf("a known browser guesses on: %d", status)
		}
	}, limited, from)
}

// TestCodesOfADay: ten wrong codes in a day end the sign-ins with the second factor, for strangers, and the person is
// told.
func TestCodesOfADay(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"sqlite", "postgres"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			var dir string
			h := housetest.New(t, kind, dataDir(&dir), from)
			secret, _ := enrolled(t, h, login(t, h, "viewer@home.test").AccessToken)
			h.Clock.Advance(30 * time.Second)
			waiting := func(ip string) string {
				var out signIn
				h.Nobody.JSON("POST", "/api/v1/auth/login", object{"email": "viewer@home.test", "password": housetest.Password}, http.StatusOK, &out, "X-Forwarded-For", ip)
				return out.MfaToken
			}
			verify := func(ip, token, code string) int {
				status, _, _ := h.Nobody.REST("POST", "/api/v1/auth/mfa/verify", object{"mfa_token": token, "code": code}, "X-Forwarded-For", ip)
				return status
			}
			token := waiting("198.51.100.7")
			for i := range 10 {
				if status := verify("198.51.100.7", token, "000000"); status != http.StatusUnauthorized {
					t.Fatalf("the code %d: %d", i, status)
				}
			}
			if status := verify("198.51.100.8", waiting("198.51.100.8"), code(t, h, secret)); status != http.StatusTooManyRequests {
				t.Errorf("the eleventh: %d", status)
			}
			if text := letters(t, dir, "viewer@home.test", 1)[0]; !strings.Contains(text, "10 wrong codes") {
				t.Errorf("%s", text)
			}
			if status := verify("127.0.0.1", waiting("127.0.0.1"), code(t, h, secret)); status != http.StatusOK {
				t.Errorf("from where the person has signed in before: %d", status)
			}
		})
	}
}
