package me_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/holdfast-platform/holdfast/server/internal/housetest"
)

type object = map[string]any

func TestSessions(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		in := func() []string {
			var out struct {
				AccessToken string `json:"access_token"`
			}
			h.Nobody.JSON("POST", "/api/v1/auth/login", object{"email": "viewer@home.test", "password": housetest.Password}, http.StatusOK, &out, "User-Agent", "a test")
			return []string{"Authorization", "Bearer " + out.AccessToken}
		}
		here, there := in(), in()
		var list struct {
			Items []struct {
				ID        string
				Current   bool
				IP        string
				UserAgent string `json:"user_agent"`
				Tenant    struct{ Label string }
			}
			Total, Page, Pages int
		}
		h.Nobody.JSON("GET", "/api/v1/me/sessions", nil, http.StatusOK, &list, here...)
		if list.Total != 2 || len(list.Items) != 2 || list.Page != 1 || list.Pages != 1 || list.Items[0].IP == "" || list.Items[0].UserAgent != "a test" || list.Items[0].Tenant.Label != "Home" {
			t.Fatalf("%+v", list)
		}
		other := list.Items[0].ID
		if list.Items[0].Current {
			other = list.Items[1].ID
		}
		h.Nobody.JSON("DELETE", "/api/v1/me/sessions/"+other, nil, http.StatusNoContent, nil, here...)
		h.Nobody.JSON("GET", "/api/v1/me", nil, http.StatusUnauthorized, nil, there...)
		h.Nobody.JSON("DELETE", "/api/v1/me/sessions/"+other, nil, http.StatusNotFound, nil, here...)
		h.Editor.JSON("DELETE", "/api/v1/me/sessions/"+list.Items[0].ID, nil, http.StatusNotFound, nil)
		there = in()
		h.Nobody.JSON("POST", "/api/v1/me/sessions/revoke-all", object{"keep_current": true}, http.StatusOK, nil, here...)
		h.Nobody.JSON("GET", "/api/v1/me", nil, http.StatusUnauthorized, nil, there...)
		h.Nobody.JSON("GET", "/api/v1/me", nil, http.StatusOK, nil, here...)
		var out struct{ Revoked int }
		h.Nobody.JSON("POST", "/api/v1/me/sessions/revoke-all", object{}, http.StatusOK, &out, here...)
		if out.Revoked != 1 {
			t.Errorf("%+v", out)
		}
		h.Nobody.JSON("GET", "/api/v1/me", nil, http.StatusUnauthorized, nil, here...)
	})
}

// Preferences that are chosen at the same time are all kept, the first ones too.
func TestPreferencesAtOnce(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		h.Viewer.Credential()
		chosen := object{
			"theme": "dark", "locale": "de", "events_mail": []any{"sla"}, "events_app": []any{"assigned"},
			"list_columns": object{"assets": []any{"name"}}, "dashboard": object{"rows": []any{1.0}},
		}
		answers := make(chan string, len(chosen))
		for field, value := range chosen {
			go func() {
				status, _, text := h.Viewer.REST("PATCH", "/api/v1/me/preferences", object{field: value})
				answers <- fmt.Sprint(field, " ", status, " ", string(text))
			}()
		}
		for range chosen {
			if a := <-answers; !strings.Contains(a, " 200 ") {
				t.Error(a)
			}
		}
		var got object
		h.Viewer.JSON("GET", "/api/v1/me/preferences", nil, http.StatusOK, &got)
		for field, want := range chosen {
			if !reflect.DeepEqual(got[field], want) {
				t.Errorf("%s is %v, want %v", field, got[field], want)
			}
		}
	})
}

func TestPreferences(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		const at = "/api/v1/me/preferences"
		var got object
		h.Client.JSON("GET", at, nil, http.StatusOK, &got)
		if got["theme"] != nil || len(got["events_app"].([]any)) != 6 || len(got["events_mail"].([]any)) != 0 || got["version"] != 0.0 {
			t.Errorf("%v", got)
		}
		h.Client.JSON("PATCH", at, object{"theme": "dark", "events_app": []string{}, "list_columns": object{"assets": []string{"name"}}}, http.StatusOK, &got)
		if got["theme"] != "dark" || len(got["events_app"].([]any)) != 0 || got["version"] != 1.0 {
			t.Errorf("%v", got)
		}
		h.Client.JSON("PATCH", at, object{"theme": "dark"}, http.StatusOK, &got)
		if got["version"] != 1.0 {
			t.Errorf("a change of nothing: %v", got)
		}
		h.Client.JSON("PATCH", at, object{"dashboard": object{"rows": []int{1}}, "theme": nil}, http.StatusOK, &got)
		if got["theme"] != nil || got["dashboard"].(object)["rows"] == nil || got["list_columns"].(object)["assets"] == nil || got["version"] != 2.0 {
			t.Errorf("%v", got)
		}
		h.Client.JSON("PATCH", at, got, http.StatusOK, nil)
		h.Client.JSON("GET", "/api/v1/dashboard/layout", nil, http.StatusOK, &got)
		if got["layout"].(object)["rows"] == nil {
			t.Errorf("%v", got)
		}
		h.Client.JSON("PATCH", "/api/v1/dashboard/layout", object{"layout": nil}, http.StatusOK, &got)
		if got["layout"] != nil || got["version"] != 3.0 {
			t.Errorf("%v", got)
		}
		for field, body := range map[string]object{
			"theme": {"theme": "pink"}, "locale": {"locale": "!"}, "events_mail[0]": {"events_mail": []string{"weather"}}, "nothing": {"nothing": 1},
			"dashboard": {"dashboard": object{"x": strings.Repeat("x", 70000)}},
		} {
			status, _, text := h.Client.REST("PATCH", at, body)
			var p struct{ Fields map[string]string }
			if err := json.Unmarshal(text, &p); err != nil || status != http.StatusBadRequest || p.Fields[field] == "" {
				t.Errorf("%s: %d %s", field, status, text)
			}
		}
		// Another's are their own.
		h.Viewer.JSON("GET", at, nil, http.StatusOK, &got)
		if got["version"] != 0.0 {
			t.Errorf("%v", got)
		}
	})
}

func TestWhoAmI(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		var me struct {
			User        object
			Permissions []string
		}
		h.Client.JSON("GET", "/api/v1/me", nil, http.StatusOK, &me)
		if me.User["client_id"] != h.ClientID.String() || !slices.Equal(slices.Sorted(slices.Values(me.Permissions)), []string{"assets:read", "clients:read", "findings:read", "reports:read", "sessions:read", "templates:read"}) {
			t.Errorf("%+v", me)
		}
		h.Member.JSON("GET", "/api/v1/me", nil, http.StatusOK, &me)
		if len(me.Permissions) != 0 {
			t.Errorf("%+v", me)
		}
		h.Nobody.JSON("GET", "/api/v1/me", nil, http.StatusUnauthorized, nil)
		h.Member.JSON("GET", "/api/v1/me/features", nil, http.StatusOK, nil)
	})
}

// How the tenant shows itself is for every member to see, and for nobody of another tenant.
func TestBranding(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		look := func(c *housetest.Caller) (out object) {
			c.JSON("GET", "/api/v1/me/branding", nil, http.StatusOK, &out)
			return out
		}
		if got := look(h.Member); got["name"] != nil || got["color"] != nil || got["logo"] != nil {
			t.Errorf("before anything was decided: %v", got)
		}
		logo := "data:image/png;base64,iVBORw0KGgo="
		h.Admin.JSON("PATCH", "/api/v1/settings", object{"branding": object{"name": "ACME", "color": "#0a7cff", "logo": logo}, "locale": "de-AT"}, http.StatusOK, nil)
		for _, c := range []*housetest.Caller{h.Admin, h.Viewer, h.Member, h.Client} {
			if got := look(c); got["name"] != "ACME" || got["color"] != "#0a7cff" || got["logo"] != logo || got["locale"] != "de-AT" {
				t.Errorf("%s sees %v", c.Name, got)
			}
		}
		h.Admin.JSON("PATCH", "/api/v1/settings", object{"locale": "en"}, http.StatusOK, nil)
		if got := look(h.Viewer); got["locale"] != nil {
			t.Errorf("the usual language is %v", got["locale"])
		}
		if got := look(h.Stranger); got["name"] != nil || got["color"] != nil || got["logo"] != nil {
			t.Errorf("another tenant sees %v", got)
		}
		least := 1 << 30
		for range 4 { // the change of settings may have the caller's rights read anew
			least = min(least, h.Statements(func() { look(h.Viewer) }))
		}
		if least > 1 {
			t.Errorf("%d statements", least)
		}
	})
}
