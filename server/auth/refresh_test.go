package auth_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

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
		// Spent, but within the grace: a sibling.
		h.Clock.Advance(20 * time.Second)
		sibling := refresh(t, h, http.StatusOK, first.RefreshToken)
		if sibling.RefreshToken == second.RefreshToken {
			t.Error("the sibling is the same token")
		}
		// A child has gone on: now the spent one is stolen.
		third := refresh(t, h, http.StatusOK, second.RefreshToken)
		version := person(t, h, "viewer@home.test").TokenVersion
		before := lines(t, h, "login_session.reuse_detected")
		refresh(t, h, http.StatusUnauthorized, first.RefreshToken)
		if works(t, h, third.AccessToken) || works(t, h, first.AccessToken) {
			t.Error("the family lives on")
		}
		for _, token := range []string{third.RefreshToken, sibling.RefreshToken} {
			refresh(t, h, http.StatusUnauthorized, token)
		}
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
		answers := make([]signIn, 4)
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
			if a.RefreshToken == "" || seen[a.RefreshToken] || !works(t, h, a.AccessToken) {
				t.Errorf("%+v", a)
			}
			seen[a.RefreshToken] = true
		}
	})
}
