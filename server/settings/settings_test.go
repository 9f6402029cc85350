package settings_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/holdfast-platform/holdfast/ent/viewer"
	"github.com/holdfast-platform/holdfast/gen/ent/notification"
	"github.com/holdfast-platform/holdfast/server/internal/clock"
	"github.com/holdfast-platform/holdfast/server/internal/db"
	"github.com/holdfast-platform/holdfast/server/internal/housetest"
	"github.com/holdfast-platform/holdfast/server/settings"
)

type object = map[string]any

const path = "/api/v1/settings"

func TestSettings(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		status, _, body := h.Admin.REST("GET", path, nil)
		if status != http.StatusOK {
			t.Fatalf("%d %s", status, body)
		}
		housetest.Golden(t, "defaults", body)
		var group, got object
		h.Admin.JSON("POST", "/api/v1/groups", object{"name": "Newcomers", "permissions": []string{}}, http.StatusCreated, &group)
		status, header, body := h.Admin.REST("PATCH", path, object{
			"branding": object{"name": "ACME", "color": "#0a7cff"}, "locale": "de-AT", "time_zone": "Europe/Vienna", "reopen_window_days": 0,
			"retention": object{"notification_days": 30}, "password_policy": object{"min_length": 16}, "mfa_policy": object{"required": false}, "default_group_id": group["id"],
			"calendars":   []object{{"name": "Office", "time_zone": "Europe/Vienna", "weekly": []object{{"day": "monday", "from": "08:00", "to": "24:00"}}, "holidays": []string{"2026-12-25"}}},
			"sla_targets": []object{{"priority": 1, "response_minutes": 5, "resolve_minutes": 60, "calendar": "Office"}},
		})
		if status != http.StatusOK || header.Get("Etag") != `"1"` {
			t.Fatalf("%d %v %s", status, header, body)
		}
		housetest.Golden(t, "decided", body)
		h.Admin.JSON("PATCH", path, object{"branding": object{"color": nil}, "locale": nil, "sla_targets": nil, "reason": "as before"}, http.StatusOK, &got)
		b := got["branding"].(object)
		if b["name"] != "ACME" || b["color"] != nil || got["locale"] != "en" || len(got["sla_targets"].([]any)) != 5 || got["policy_revision"] != 2.0 || got["reopen_window_days"] != 0.0 || got["version"] != 2.0 {
			t.Errorf("partly cleared: %v", got)
		}
		h.Admin.JSON("PATCH", path, got, http.StatusOK, &got)
		if got["version"] != 2.0 || got["policy_revision"] != 2.0 {
			t.Errorf("sending back what was read made version %v, revision %v", got["version"], got["policy_revision"])
		}
		if status, _, _ := h.Admin.REST("PATCH", path, object{"locale": "fr"}, "If-Match", `"1"`); status != http.StatusPreconditionFailed {
			t.Errorf("a stale If-Match: %d", status)
		}
		if status, _, _ := h.Admin.REST("PATCH", path, object{"locale": "fr"}, "If-Match", `"2"`); status != http.StatusOK {
			t.Errorf("a fresh If-Match: %d", status)
		}
		h.Stranger.JSON("GET", path, nil, http.StatusOK, &got)
		if got["version"] != 0.0 || got["time_zone"] != "UTC" {
			t.Errorf("the stranger's: %v", got)
		}
		h.Editor.JSON("GET", path, nil, http.StatusForbidden, nil)
		h.Editor.JSON("PATCH", path, object{"locale": "fr"}, http.StatusForbidden, nil)
	})
}

func TestBadSettings(t *testing.T) {
	t.Parallel()
	cell := func(impact, urgency, priority int) object {
		return object{"impact": impact, "urgency": urgency, "priority": priority}
	}
	hours := []object{{"day": "monday", "from": "08:00", "to": "17:00"}}
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		var foreign object
		h.Stranger.JSON("POST", "/api/v1/groups", object{"name": "Theirs", "permissions": []string{}}, http.StatusCreated, &foreign)
		h.Admin.JSON("PATCH", path, object{"default_group_id": foreign["id"]}, http.StatusNotFound, nil)
		for _, c := range []struct {
			field string
			in    object
		}{
			{"time_zone", object{"time_zone": "Mars/Olympus"}},
			{"time_zone", object{"time_zone": "Local"}},
			{"locale", object{"locale": "not a language"}},
			{"branding.color", object{"branding": object{"color": "red"}}},
			{"branding.logo", object{"branding": object{"logo": "javascript:alert(1)"}}},
			{"priority_matrix", object{"priority_matrix": []object{cell(1, 1, 1)}}},
			{"priority_matrix", object{"priority_matrix": []object{cell(1, 1, 1), cell(1, 1, 2), cell(1, 2, 2), cell(1, 3, 3), cell(2, 1, 2), cell(2, 2, 3), cell(2, 3, 4), cell(3, 1, 3), cell(3, 2, 4)}}},
			{"priority_matrix", object{"priority_matrix": []object{cell(1, 1, 6)}}},
			{"calendars", object{"calendars": []object{{"name": "A", "weekly": []object{}}}}},
			{"calendars", object{"calendars": []object{{"name": "A", "weekly": []object{{"day": "monday", "from": "17:00", "to": "08:00"}}}}}},
			{"calendars", object{"calendars": []object{{"name": "A", "weekly": hours}, {"name": "A", "weekly": hours}}}},
			{"calendars", object{"calendars": []object{{"name": "A", "time_zone": "Nowhere", "weekly": hours}}}},
			{"calendars", object{"calendars": []object{{"name": "A", "weekly": hours, "holidays": []string{"2026-02-30"}}}}},
			{"sla_targets", object{"sla_targets": []object{{"priority": 1, "calendar": "Nowhere"}}}},
			{"sla_targets", object{"sla_targets": []object{{"priority": 1}, {"priority": 1}}}},
			{"sla_targets", object{"sla_targets": []object{{"priority": 1, "response_minutes": -1}}}},
			{"auto_close_days", object{"auto_close_days": 366}},
			{"password_policy.min_length", object{"password_policy": object{"min_length": 8}}},
			{"retention.notification_days", object{"retention": object{"notification_days": 0}}},
			{"nonsense", object{"nonsense": 1}},
		} {
			status, _, body := h.Admin.REST("PATCH", path, c.in)
			var p struct{ Fields map[string]string }
			if err := json.Unmarshal(body, &p); err != nil || status != http.StatusBadRequest {
				t.Errorf("%v: %d %s", c.in, status, body)
			}
			blamed := false
			for field := range p.Fields {
				blamed = blamed || strings.HasPrefix(field, c.field)
			}
			if !blamed {
				t.Errorf("%v does not blame %s: %s", c.in, c.field, body)
			}
		}
		var got object
		h.Admin.JSON("GET", path, nil, http.StatusOK, &got)
		if got["version"] != 0.0 || got["policy_revision"] != 0.0 {
			t.Errorf("something was stored: %v", got)
		}
	})
}

func TestRetention(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		h.Admin.JSON("PATCH", path, object{"retention": object{"notification_days": 10}}, http.StatusOK, nil)
		var incident object
		h.Editor.JSON("POST", "/api/v1/incidents", object{"title": "Down", "assignee_id": h.Admin.Person.String()}, http.StatusCreated, &incident)
		h.Admin.JSON("POST", "/api/v1/invites", object{"email": "new@home.test", "group_ids": []string{}}, http.StatusCreated, nil)
		ctx := db.System(clock.With(h.DB.In(t.Context()), h.Clock), viewer.Janitor)
		told := func() int {
			n, err := db.From(ctx).Notification.Query().Where(notification.TenantID(h.Tenant)).Count(ctx)
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
		for range 100 {
			if told() > 0 {
				break
			}
			time.Sleep(100 * time.Millisecond)
		}
		invites := func() int {
			n, err := db.From(ctx).Invite.Query().Count(ctx)
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
		retain := func(days int) {
			h.Clock.Advance(time.Duration(days) * 24 * time.Hour)
			if err := settings.Retain(clock.With(h.DB.In(t.Context()), h.Clock)); err != nil {
				t.Fatal(err)
			}
		}
		if told() == 0 || invites() == 0 {
			t.Fatalf("%d notifications, %d invites", told(), invites())
		}
		retain(9)
		if told() == 0 {
			t.Error("a notification went too early")
		}
		retain(2)
		if n := told(); n != 0 {
			t.Errorf("%d notifications are left", n)
		}
		if invites() == 0 {
			t.Error("an invite went too early")
		}
		retain(90)
		if n := invites(); n != 0 {
			t.Errorf("%d invites are left", n)
		}
	})
}

// TestDefaultGroupIsWithinOnesOwn: who may change settings makes no group the default that grants more than they have,
// Administrators least of all; what is the default already may be sent back.
func TestDefaultGroupIsWithinOnesOwn(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		group := func(name string, permissions ...string) string {
			var g struct{ ID string }
			h.Admin.JSON("POST", "/api/v1/groups", object{"name": name, "permissions": permissions}, http.StatusCreated, &g)
			return g.ID
		}
		keepers := group("Settings", "settings:*", "assets:read")
		more, same := group("More", "assets:read", "sites:read"), group("Same", "assets:read")
		var admins struct{ Items []struct{ ID, Name string } }
		h.Admin.JSON("GET", "/api/v1/groups?name=Administrators", nil, http.StatusOK, &admins)
		h.Admin.JSON("PATCH", "/api/v1/users/"+h.Member.Person.String(), object{"group_ids": []string{keepers}}, http.StatusOK, nil)
		refuse := func(id string) {
			t.Helper()
			status, _, body := h.Member.REST("PATCH", path, object{"default_group_id": id})
			if status != http.StatusForbidden || !strings.Contains(string(body), `"beyond_own_permissions"`) {
				t.Errorf("%d %s", status, body)
			}
		}
		refuse(admins.Items[0].ID) // while there is no row yet
		refuse(more)
		h.Member.JSON("PATCH", path, object{"default_group_id": same}, http.StatusOK, nil)
		refuse(admins.Items[0].ID)
		h.Admin.JSON("PATCH", path, object{"default_group_id": more}, http.StatusOK, nil)
		h.Member.JSON("PATCH", path, object{"default_group_id": more, "locale": "de"}, http.StatusOK, nil)
	})
}
