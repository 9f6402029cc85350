package groups_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/holdfast-platform/holdfast/server/internal/housetest"
)

type object = map[string]any

func TestGroups(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		var g object
		h.Admin.JSON("POST", "/api/v1/groups", object{"name": "Auditors", "description": "Look at settings.", "permissions": []string{"settings:read", "assets:*"}}, http.StatusCreated, &g)
		at := "/api/v1/groups/" + g["id"].(string)
		h.Admin.JSON("PATCH", "/api/v1/users/"+h.Member.Person.String(), object{"group_ids": []any{g["id"]}}, http.StatusOK, nil)
		var me struct{ Permissions []string }
		h.Member.JSON("GET", "/api/v1/me", nil, http.StatusOK, &me)
		if !slices.Equal(me.Permissions, []string{"assets:*", "settings:read"}) {
			t.Errorf("%v", me)
		}
		// A changed group counts at the next request.
		h.Admin.JSON("PATCH", at, object{"permissions": []string{"rbac:read"}}, http.StatusOK, &g)
		h.Member.JSON("GET", "/api/v1/groups", nil, http.StatusOK, nil)
		h.Member.JSON("POST", "/api/v1/groups", object{"name": "X"}, http.StatusForbidden, nil)
		h.Admin.JSON("PATCH", at, g, http.StatusOK, nil)
		h.Admin.JSON("PATCH", at, object{"permissions": []string{}}, http.StatusOK, nil)
		h.Member.JSON("GET", at, nil, http.StatusForbidden, nil)
		h.Admin.JSON("DELETE", at, nil, http.StatusConflict, nil) // it has a member
		h.Admin.JSON("PATCH", "/api/v1/users/"+h.Member.Person.String(), object{"group_ids": []any{}}, http.StatusOK, nil)
		var i object
		h.Admin.JSON("POST", "/api/v1/incidents", object{"title": "Theirs", "team_id": g["id"]}, http.StatusCreated, &i)
		h.Admin.JSON("PATCH", "/api/v1/settings", object{"default_group_id": g["id"]}, http.StatusOK, nil)
		if status, _, text := h.Admin.REST("DELETE", at, nil); status != http.StatusConflict || !strings.Contains(string(text), "the group is in use by 1 incident and 1 setting") {
			t.Errorf("%d %s", status, text)
		}
		h.Admin.JSON("PATCH", "/api/v1/settings", object{"default_group_id": nil}, http.StatusOK, nil)
		h.Admin.JSON("PATCH", "/api/v1/incidents/"+i["id"].(string), object{"team_id": nil}, http.StatusOK, nil)
		h.Admin.JSON("DELETE", at, nil, http.StatusNoContent, nil)
		h.Admin.JSON("GET", at, nil, http.StatusNotFound, nil)
	})
}

func TestBadGroups(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		for field, body := range map[string]object{
			"name": {"permissions": []string{"assets:read"}}, "permissions[0]": {"name": "A", "permissions": []string{"assets:fly"}},
			"permissions[1]": {"name": "A", "permissions": []string{"*", "nothing:*"}}, "is_root": {"name": "A", "is_root": true},
		} {
			status, _, text := h.Admin.REST("POST", "/api/v1/groups", body)
			var p struct{ Fields map[string]string }
			if err := json.Unmarshal(text, &p); err != nil || status != http.StatusBadRequest || p.Fields[field] == "" {
				t.Errorf("%s: %d %s", field, status, text)
			}
		}
		h.Admin.JSON("POST", "/api/v1/groups", object{"name": "no RIGHTS"}, http.StatusConflict, nil)
		var list struct{ Items []struct{ ID string } }
		h.Admin.JSON("GET", "/api/v1/groups?is_builtin=true", nil, http.StatusOK, &list)
		if len(list.Items) != 5 {
			t.Fatalf("%v", list)
		}
		for _, g := range list.Items {
			h.Admin.JSON("PATCH", "/api/v1/groups/"+g.ID, object{"permissions": []string{"*"}}, http.StatusConflict, nil)
			h.Admin.JSON("DELETE", "/api/v1/groups/"+g.ID, nil, http.StatusConflict, nil)
			h.Stranger.JSON("GET", "/api/v1/groups/"+g.ID, nil, http.StatusNotFound, nil)
		}
	})
}

func TestCatalogue(t *testing.T) {
	t.Parallel()
	h := housetest.New(t, "sqlite")
	var list struct {
		Items []struct {
			Permission, Resource, Action string
			Methods                      []string
		}
		Total int
	}
	h.Admin.JSON("GET", "/api/v1/permissions", nil, http.StatusOK, &list)
	seen := map[string][]string{}
	for _, p := range list.Items {
		if p.Resource+":"+p.Action != p.Permission || len(p.Methods) == 0 {
			t.Errorf("%+v", p)
		}
		seen[p.Permission] = p.Methods
	}
	if list.Total != len(list.Items) || !slices.Contains(seen["users:manage"], "UserService.CreateUser") || seen["assets:read"] == nil || seen["tenant:manage"] == nil {
		t.Errorf("%v", seen)
	}
	h.Viewer.JSON("GET", "/api/v1/permissions", nil, http.StatusForbidden, nil)
}

func TestTeams(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		teams := func(c *housetest.Caller) (names []string) {
			var page struct{ Items []map[string]string }
			c.JSON("GET", "/api/v1/groups/teams?q=desk", nil, http.StatusOK, &page)
			for _, i := range page.Items {
				if len(i) != 2 {
					t.Errorf("more than id and name: %v", i)
				}
				names = append(names, i["name"])
			}
			return names
		}
		if all := teams(h.Viewer); len(all) != 1 || all[0] != "Service desk" {
			t.Errorf("a viewer sees %v", all)
		}
		if all := teams(h.Client); len(all) != 0 {
			t.Errorf("a client's own user sees %v", all)
		}
	})
}
