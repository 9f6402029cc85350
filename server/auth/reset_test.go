package auth_test

import (
	"net/http"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/holdfast-platform/holdfast/server"
	"github.com/holdfast-platform/holdfast/server/internal/housetest"
)

// letters reads what was mailed to somebody, the texts in the order they were written.
func letters(t *testing.T, dir, to string, want int) (texts []string) {
	t.Helper()
	for end := time.Now().Add(5 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		texts = housetest.Letters(t, dir, to)
		if len(texts) >= want || time.Now().After(end) {
			break
		}
	}
	if len(texts) != want {
		t.Fatalf("%d letters to %s, not %d", len(texts), to, want)
	}
	return texts
}

// dataDir keeps the folder of a house for its test.
func dataDir(dir *string) housetest.Option {
	return func(c *server.Config) { *dir, c.PublicURL = c.DataDir, "http://desk.example.org" }
}

var linkToken = regexp.MustCompile(`http://desk\.example\.org/\S*[=/]([A-Za-z0-9_.-]+)\s`)

func token(t *testing.T, text string) string {
	t.Helper()
	m := linkToken.FindStringSubmatch(text)
	if m == nil {
		t.Fatalf("no link in\n%s", text)
	}
	return m[1]
}

// TestResetTellsNothing: the answer to a request does not wait for what depends on whether there is such an account.
func TestResetTellsNothing(t *testing.T) {
	t.Parallel()
	var dir string
	h := housetest.New(t, "sqlite", dataDir(&dir))
	answered := make(chan struct{})
	var late atomic.Bool
	h.Spy(func(sql string) {
		if !strings.Contains(sql, "FROM `users`") {
			return
		}
		select {
		case <-answered:
		case <-time.After(5 * time.Second):
			late.Store(true)
		}
	})
	defer h.Spy(nil)
	if status, _, text := h.Nobody.REST("POST", "/api/v1/auth/password-reset", object{"email": "viewer@home.test"}); status != http.StatusAccepted {
		t.Fatalf("%d %s", status, text)
	}
	close(answered)
	letters(t, dir, "viewer@home.test", 1)
	if late.Load() {
		t.Error("the answer waited for the account")
	}
}

func TestPasswordReset(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"sqlite", "postgres"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			var dir string
			h := housetest.New(t, kind, dataDir(&dir))
			in := login(t, h, "viewer@home.test")
			for _, name := range []string{"viewer@home.test", "ghost@home.test", "viewer@home.test"} {
				status, _, text := h.Nobody.REST("POST", "/api/v1/auth/password-reset", object{"email": name})
				if status != http.StatusAccepted || strings.TrimSpace(string(text)) != "{}" {
					t.Errorf("%s: %d %s", name, status, text)
				}
			}
			texts := letters(t, dir, "viewer@home.test", 2)
			link := token(t, texts[0])
			if works(t, h, link) {
				t.Error("the link opens more than the reset")
			}
			if out, _ := ask(t, h, http.StatusBadRequest, "password-reset/confirm", object{"token": link, "password": "vic viewer"}); out.Fields["password"] == "" {
				t.Errorf("%+v", out)
			}
			ask(t, h, http.StatusNoContent, "password-reset/confirm", object{"token": link, "password": "quarry ribbon thursday 77"})
			if works(t, h, in.AccessToken) {
				t.Error("a session outlived the reset")
			}
			refresh(t, h, http.StatusUnauthorized, in.RefreshToken)
			for _, spent := range []string{link, token(t, texts[1]), "abc", in.AccessToken} {
				ask(t, h, http.StatusGone, "password-reset/confirm", object{"token": spent, "password": "quarry ribbon thursday 78"})
			}
			ask(t, h, http.StatusUnauthorized, "login", object{"email": "viewer@home.test", "password": housetest.Password})
			ask(t, h, http.StatusOK, "login", object{"email": "viewer@home.test", "password": "quarry ribbon thursday 77"})

			h.Nobody.REST("POST", "/api/v1/auth/password-reset", object{"email": "editor@home.test"})
			late := token(t, letters(t, dir, "editor@home.test", 1)[0])
			h.Clock.Advance(time.Hour + time.Minute)
			ask(t, h, http.StatusGone, "password-reset/confirm", object{"token": late, "password": "quarry ribbon thursday 79"})
		})
	}
}

func TestResetsAreLimited(t *testing.T) {
	t.Parallel()
	h := housetest.New(t, "sqlite", limited)
	for range 5 {
		ask(t, h, http.StatusAccepted, "password-reset", object{"email": "ghost@home.test"})
	}
	ask(t, h, http.StatusTooManyRequests, "password-reset", object{"email": "ghost@home.test"})
}

func TestChangePassword(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		here, there := login(t, h, "viewer@home.test"), login(t, h, "viewer@home.test")
		change := func(want int, current, next string) {
			t.Helper()
			h.Nobody.JSON("POST", "/api/v1/me/password", object{"current_password": current, "new_password": next}, want, nil, bearer(here.AccessToken)...)
		}
		change(http.StatusBadRequest, "wrong", "quarry ribbon thursday 77")
		change(http.StatusBadRequest, housetest.Password, "vic viewer home")
		change(http.StatusNoContent, housetest.Password, "quarry ribbon thursday 77")
		if !works(t, h, here.AccessToken) || works(t, h, there.AccessToken) {
			t.Error("the present session ends, or another lives on")
		}
		ask(t, h, http.StatusOK, "login", object{"email": "viewer@home.test", "password": "quarry ribbon thursday 77"})
		if status, _, text := h.Token.REST("POST", "/api/v1/me/password", object{"current_password": housetest.Password, "new_password": "quarry ribbon thursday 77"}); status != http.StatusForbidden {
			t.Errorf("by API token: %d %s", status, text)
		}
		if lines(t, h, "user.password_changed") != 1 {
			t.Error("the journal does not say so")
		}
	})
}
