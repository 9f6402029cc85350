package notifications_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/holdfast-platform/holdfast/server"
	"github.com/holdfast-platform/holdfast/server/internal/housetest"
)

type object = map[string]any

// arrives waits until somebody has got so many letters, and answers the last.
func arrives(t *testing.T, dir, to string, want int) string {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if got := housetest.Letters(t, dir, to); len(got) == want {
			return got[want-1]
		}
	}
	t.Fatalf("%s has %d letters, want %d", to, len(housetest.Letters(t, dir, to)), want)
	return ""
}

// twoRounds is longer than it takes until mail has been looked for twice.
const twoRounds = 11 * time.Second

// each runs a test on both databases with the folder that mail is written to.
func each(t *testing.T, test func(t *testing.T, h *housetest.House, dir string)) {
	t.Helper()
	for _, kind := range []string{"sqlite", "postgres"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			var dir string
			h := housetest.New(t, kind, func(c *server.Config) { dir, c.PublicURL = c.DataDir, "http://desk.example.org/" })
			test(t, h, dir)
		})
	}
}

func mailed(t *testing.T, h *housetest.House) (n int) {
	t.Helper()
	if err := h.DB.Reader().QueryRowContext(t.Context(), `SELECT count(*) FROM notifications WHERE mailed_at IS NOT NULL`).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func prefer(who *housetest.Caller, what object) {
	who.JSON("PATCH", "/api/v1/me/preferences", what, 200, nil)
}

// planned makes an asset that somebody watches.
func planned(t *testing.T, h *housetest.House, name string, watcher *housetest.Caller) string {
	t.Helper()
	var made struct{ ID string }
	h.Admin.JSON("POST", "/api/v1/assets", object{"name": name, "asset_type": "server", "lifecycle": "planned"}, 201, &made)
	watcher.JSON("PUT", "/api/v1/watches", object{"record_kind": "asset", "record_id": made.ID}, 204, nil)
	return made.ID
}

func TestPeopleChoose(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, h *housetest.House, dir string) {
		prefer(h.Viewer, object{"locale": "de-CH", "events_app": []string{"mentioned"}, "events_mail": []string{"watched", "sla"}})
		prefer(h.Member, object{"events_mail": []string{"mentioned"}}) // may read nothing
		prefer(h.Client, object{"events_app": []string{}})             // wants nothing at all
		gateway, pump := planned(t, h, "gateway", h.Viewer), planned(t, h, "pump", h.Viewer)
		for _, id := range []string{gateway, pump} {
			h.Admin.JSON("PATCH", "/api/v1/assets/"+id, object{"lifecycle": "active"}, 200, nil)
		}
		h.Admin.JSON("PATCH", "/api/v1/assets/"+gateway, object{"lifecycle": "decommissioned"}, 200, nil)
		h.Admin.JSON("POST", "/api/v1/comments", object{"record_kind": "asset", "record_id": gateway, "body": "@viewer @member @client"}, 201, nil)
		incident(t, h.Admin, "early", object{"assignee_id": h.Editor.Person})
		// what they are watching comes by mail only, and is not swallowed by the mention
		settles(t, h.Viewer, "mentioned gateway")
		settles(t, h.Editor, "assigned early") // the default
		settles(t, h.Client, "")
		var badge struct{ Unread int }
		if h.Viewer.JSON("GET", "/api/v1/notifications/badge", nil, 200, &badge); badge.Unread != 1 {
			t.Errorf("the badge shows %d", badge.Unread)
		}
		time.Sleep(twoRounds)
		if n := mailed(t, h); n != 0 || len(housetest.Letters(t, dir, "viewer@home.test")) != 0 {
			t.Errorf("%d mailed before the minute was over", n)
		}
		// holds for what happens from now on
		prefer(h.Editor, object{"theme": "dark", "events_mail": []string{"assigned"}})
		incident(t, h.Admin, "late", object{"assignee_id": h.Editor.Person})
		settles(t, h.Editor, "assigned early, assigned late")

		h.Clock.Advance(2 * time.Minute)
		text := arrives(t, dir, "viewer@home.test", 1)
		for _, part := range []string{
			"Guten Tag ", "hat den Zustand gewechselt (planned → decommissioned)", "hat den Zustand gewechselt (planned → active)",
			"http://desk.example.org/assets/AST-1", "http://desk.example.org/assets/AST-2", "gateway", "pump", "2 Benachrichtigungen",
		} {
			if !strings.Contains(text, part) {
				t.Errorf("%q is missing in\n%s", part, text)
			}
		}
		text = arrives(t, dir, "editor@home.test", 1)
		if !strings.Contains(text, "INC-2 late: assigned to you") || !strings.Contains(text, "http://desk.example.org/incidents/INC-2") || strings.Contains(text, "early") {
			t.Errorf("the editor reads\n%s", text)
		}
		settles(t, h.Viewer, "mentioned gateway")
		time.Sleep(twoRounds)
		if n := mailed(t, h); n != 3 {
			t.Errorf("%d are noted as mailed, not 3", n)
		}
		for to, want := range map[string]int{"viewer@home.test": 1, "editor@home.test": 1, "member@home.test": 0, "admin@home.test": 0, "client@home.test": 0} {
			if n := len(housetest.Letters(t, dir, to)); n != want {
				t.Errorf("%s has %d letters, want %d", to, n, want)
			}
		}
	})
}

// A letter that cannot go is not noted as mailed, and goes once when it can.
func TestMailThatFails(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, h *housetest.House, dir string) {
		outbox := filepath.Join(dir, "outbox")
		if err := os.WriteFile(outbox, nil, 0o600); err != nil { // no folder: nothing can be written into it
			t.Fatal(err)
		}
		prefer(h.Editor, object{"events_mail": []string{"assigned"}})
		incident(t, h.Admin, "leak", object{"assignee_id": h.Editor.Person})
		settles(t, h.Editor, "assigned leak")
		h.Clock.Advance(2 * time.Minute)
		for end := time.Now().Add(15 * time.Second); !strings.Contains(h.Log(), "outbox"); time.Sleep(50 * time.Millisecond) {
			if time.Now().After(end) {
				t.Fatal("nobody complains")
			}
		}
		if n := mailed(t, h); n != 0 {
			t.Errorf("%d are noted as mailed", n)
		}
		if err := os.Remove(outbox); err != nil {
			t.Fatal(err)
		}
		h.Clock.Advance(2 * time.Minute)
		if text := arrives(t, dir, "editor@home.test", 1); !strings.Contains(text, "leak") {
			t.Errorf("the letter says\n%s", text)
		}
		time.Sleep(twoRounds)
		if n, all := mailed(t, h), housetest.Letters(t, dir, "editor@home.test"); n != 1 || len(all) != 1 {
			t.Errorf("%d are noted, %d letters", n, len(all))
		}
	})
}

// What people no longer want, or may no longer know, is not mailed.
func TestMailIsAskedForAgain(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, h *housetest.House, dir string) {
		prefer(h.Editor, object{"events_mail": []string{"assigned"}})
		prefer(h.Viewer, object{"events_mail": []string{"watched"}})
		id := planned(t, h, "gateway", h.Viewer)
		h.Admin.JSON("PATCH", "/api/v1/assets/"+id, object{"lifecycle": "active"}, 200, nil)
		incident(t, h.Admin, "leak", object{"assignee_id": h.Editor.Person})
		settles(t, h.Viewer, "watched gateway planned → active")
		settles(t, h.Editor, "assigned leak")
		prefer(h.Viewer, object{"events_mail": []string{}})
		h.Admin.JSON("PATCH", "/api/v1/users/"+h.Editor.Person.String(), object{"group_ids": []string{}}, 200, nil)
		h.Clock.Advance(2 * time.Minute)
		time.Sleep(twoRounds)
		if n := mailed(t, h); n != 0 || len(housetest.Letters(t, dir, "viewer@home.test"))+len(housetest.Letters(t, dir, "editor@home.test")) != 0 {
			t.Errorf("%d were mailed", n)
		}
	})
}
