package auth_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/holdfast-platform/holdfast/server"
	"github.com/holdfast-platform/holdfast/server/internal/housetest"
)

// refresh trades a token by the body.
func refresh(t *testing.T, h *housetest.House, want int, token string) signIn {
	t.Helper()
	out, _ := ask(t, h, want, "refresh", object{"refresh_token": token})
	return out
}

func TestRefresh(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		first := login(t, h, "viewer@home.test")
		second := refresh(t, h, http.StatusOK, first.RefreshToken)
		if second.RefreshToken == "" || second.RefreshToken == first.RefreshToken || !works(t, h, second.AccessToken) {
			t.Fatalf("%+v", second)
		}
		// Spent, but within the grace: the same token for everybody.
		h.Clock.Advance(20 * time.Second)
		if sibling := refresh(t, h, http.StatusOK, first.RefreshToken); sibling.RefreshToken != second.RefreshToken {
			t.Error("another tab gets another token")
		}
		// Somebody has gone on from there: the newest one.
		third := refresh(t, h, http.StatusOK, second.RefreshToken)
		if late := refresh(t, h, http.StatusOK, first.RefreshToken); late.RefreshToken != third.RefreshToken {
			t.Error("a tab that comes late gets another token than the newest")
		}
		// After the grace the spent one is stolen, whatever has become of those that went on from it.
		h.Clock.Advance(11 * time.Second)
		version := person(t, h, "viewer@home.test").TokenVersion
		before := lines(t, h, "login_session.reuse_detected")
		refresh(t, h, http.StatusUnauthorized, first.RefreshToken)
		if works(t, h, third.AccessToken) || works(t, h, first.AccessToken) {
			t.Error("the family lives on")
		}
		refresh(t, h, http.StatusUnauthorized, third.RefreshToken)
		if got := person(t, h, "viewer@home.test").TokenVersion; got != version+1 {
			t.Errorf("the token version went from %d to %d", version, got)
		}
		if got := lines(t, h, "login_session.reuse_detected"); got != before+1 {
			t.Error("the end of the family was not kept after the refusal")
		}

		late := login(t, h, "viewer@home.test")
		next := refresh(t, h, http.StatusOK, late.RefreshToken)
		h.Clock.Advance(31 * time.Second)
		refresh(t, h, http.StatusUnauthorized, late.RefreshToken)
		refresh(t, h, http.StatusUnauthorized, next.RefreshToken)

		old := login(t, h, "viewer@home.test")
		h.Clock.Advance(7*24*time.Hour + time.Minute)
		refresh(t, h, http.StatusUnauthorized, old.RefreshToken)
		for _, nonsense := range []string{"", "abc", "hf_ref_" + strings.Repeat("A", 43), old.AccessToken} {
			refresh(t, h, http.StatusUnauthorized, nonsense)
		}
	})
}

func TestFamilyEnds(t *testing.T) {
	t.Parallel()
	h := housetest.New(t, "sqlite")
	at := login(t, h, "viewer@home.test")
	for range 4 {
		h.Clock.Advance(6 * 24 * time.Hour)
		at = refresh(t, h, http.StatusOK, at.RefreshToken)
	}
	h.Clock.Advance(6*24*time.Hour + time.Minute)
	refresh(t, h, http.StatusUnauthorized, at.RefreshToken) // 30 days
}

func TestSimultaneousRefreshes(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		first := login(t, h, "viewer@home.test")
		var wg sync.WaitGroup
		answers := make([]signIn, 8)
		for i := range answers {
			wg.Go(func() {
				status, _, text := h.Nobody.REST("POST", "/api/v1/auth/refresh", object{"refresh_token": first.RefreshToken})
				if status != http.StatusOK || json.Unmarshal(text, &answers[i]) != nil {
					t.Errorf("%d %s", status, text)
				}
			})
		}
		wg.Wait()
		seen := map[string]bool{}
		for _, a := range answers {
			if a.RefreshToken == "" || !works(t, h, a.AccessToken) {
				t.Errorf("%+v", a)
			}
			seen[a.RefreshToken] = true
		}
		if len(seen) != 1 {
			t.Errorf("8 tabs ended in %d lines", len(seen))
		}
	})
}

// TestForeignPages: what a page of another site can make a browser send neither refreshes nor ends a session.
func TestForeignPages(t *testing.T) {
	t.Parallel()
	h := housetest.New(t, "sqlite")
	at := login(t, h, "viewer@home.test")
	cookie := "refresh_token=" + at.RefreshToken
	for _, path := range []string{"refresh", "logout"} {
		for _, kind := range []string{"application/x-www-form-urlencoded", "text/plain", "multipart/form-data; boundary=x"} {
			for _, body := range []string{"", "a=b"} {
				if status, _, text := h.Nobody.REST("POST", "/api/v1/auth/"+path, body, "Cookie", cookie, "Content-Type", kind); status != http.StatusUnsupportedMediaType {
					t.Errorf("%s as %s %q: %d %s", path, kind, body, status, text)
				}
			}
		}
		for _, site := range []string{"cross-site", "same-site"} {
			if status, _, text := h.Nobody.REST("POST", "/api/v1/auth/"+path, "{}", "Cookie", cookie, "Sec-Fetch-Site", site); status != http.StatusForbidden {
				t.Errorf("%s from %s: %d %s", path, site, status, text)
			}
		}
	}
	for _, site := range []string{"same-origin", "none"} {
		status, header, text := h.Nobody.REST("POST", "/api/v1/auth/refresh", "{}", "Cookie", cookie, "Sec-Fetch-Site", site)
		if status != http.StatusOK || !strings.Contains(strings.Join(header.Values("Set-Cookie"), " "), "refresh_token=hf_ref_") {
			t.Errorf("from %s: %d %v %s", site, status, header, text)
		}
	}
}

// TestCookieOfEarlier: over https the cookie has the prefix, and without it only what an earlier release has put there
// is read.
func TestCookieOfEarlier(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		at := login(t, h, "viewer@home.test")
		plain := "refresh_token=" + at.RefreshToken
		h.Nobody.JSON("POST", "/api/v1/auth/refresh", "{}", http.StatusUnauthorized, nil, "Cookie", plain)
		h.Nobody.JSON("POST", "/api/v1/auth/refresh", "{}", http.StatusOK, nil, "Cookie", "__Secure-"+plain)

		earlier := login(t, h, "viewer@home.test")
		made := "hf_ref_" + strings.Repeat("b", 43)
		sum := sha256.Sum256([]byte(earlier.RefreshToken))
		next := sha256.Sum256([]byte(made))
		if _, err := h.DB.Writer().ExecContext(t.Context(), `UPDATE login_sessions SET token_hash = $1 WHERE token_hash = $2`,
			hex.EncodeToString(next[:]), hex.EncodeToString(sum[:])); err != nil {
			t.Fatal(err)
		}
		status, header, text := h.Nobody.REST("POST", "/api/v1/auth/refresh", "{}", "Cookie", "refresh_token="+made)
		cookies := strings.Join(header.Values("Set-Cookie"), "\n")
		if status != http.StatusOK || !strings.Contains(cookies, "__Secure-refresh_token=hf_ref_") || !strings.Contains(cookies, "\nrefresh_token=;") {
			t.Errorf("%d %s %s", status, cookies, text)
		}
	}, func(c *server.Config) { c.PublicURL = "https://desk.test" })
}
