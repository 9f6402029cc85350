package views_test

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/holdfast-platform/holdfast/ent/viewer"
	"github.com/holdfast-platform/holdfast/gen/ent/group"
	"github.com/holdfast-platform/holdfast/server/internal/db"
	"github.com/holdfast-platform/holdfast/server/internal/housetest"
)

type object = map[string]any

func TestViews(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		status, _, body := h.Viewer.REST("POST", "/api/v1/views", object{
			"word": "incidents", "name": "My open ones", "filter": object{"open": "true", "priority": []int{1, 2}}, "order_by": "-priority", "columns": []string{"number", "title"},
		})
		if status != http.StatusCreated {
			t.Fatalf("%d %s", status, body)
		}
		housetest.Golden(t, "view", body)
		var mine struct{ ID string }
		if err := json.Unmarshal(body, &mine); err != nil || mine.ID == "" {
			t.Errorf("%v: %s", err, body)
		}
		path := "/api/v1/views/" + mine.ID
		names := func(who *housetest.Caller, query string) string {
			var list struct{ Items []struct{ Name string } }
			who.JSON("GET", "/api/v1/views"+query, nil, http.StatusOK, &list)
			var all []string
			for _, v := range list.Items {
				all = append(all, v.Name)
			}
			return strings.Join(all, ", ")
		}
		// Private: nobody else sees it, not even an Administrator.
		for _, who := range []*housetest.Caller{h.Admin, h.Editor, h.Stranger} {
			if got := names(who, ""); got != "" {
				t.Errorf("%s sees %q", who.Name, got)
			}
			who.JSON("PATCH", path, object{"name": "Mine"}, http.StatusNotFound, nil)
			who.JSON("DELETE", path, nil, http.StatusNotFound, nil)
		}
		// Shared: everybody in the tenant sees it, and nobody else changes it.
		var got object
		h.Viewer.JSON("PATCH", path, object{"shared": true}, http.StatusOK, &got)
		if got["shared"] != true || got["name"] != "My open ones" {
			t.Errorf("shared: %v", got)
		}
		for _, who := range []*housetest.Caller{h.Admin, h.Editor, h.Member} {
			if got := names(who, "?word=incidents"); got != "My open ones" {
				t.Errorf("%s sees %q", who.Name, got)
			}
			who.JSON("PATCH", path, object{"name": "Mine"}, http.StatusForbidden, nil)
			who.JSON("DELETE", path, nil, http.StatusForbidden, nil)
		}
		if got := names(h.Stranger, ""); got != "" {
			t.Errorf("a stranger sees %q", got)
		}
		h.Editor.JSON("POST", "/api/v1/views", object{"word": "assets", "name": "Ärger"}, http.StatusCreated, nil)
		if got := names(h.Editor, ""); got != "Ärger, My open ones" {
			t.Errorf("the editor sees %q", got)
		}
		if got := names(h.Editor, "?shared=true"); got != "My open ones" {
			t.Errorf("shared are %q", got)
		}
		h.Viewer.JSON("PATCH", path, object{"shared": false, "filter": nil, "columns": nil, "order_by": nil}, http.StatusOK, &got)
		if got["shared"] != false || got["filter"] != nil || got["order_by"] != "" || len(got["columns"].([]any)) != 0 {
			t.Errorf("cleared: %v", got)
		}
		if got := names(h.Admin, ""); got != "" {
			t.Errorf("no longer shared, but the admin sees %q", got)
		}
		h.Viewer.JSON("PATCH", path, object{"word": "assets"}, http.StatusConflict, nil)
		h.Viewer.JSON("DELETE", path, nil, http.StatusNoContent, nil)
		h.Viewer.JSON("DELETE", path, nil, http.StatusNotFound, nil)
	})
}

func TestGroupsBeginWithAView(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		ctx := h.DB.In(viewer.In(t.Context(), h.Tenant, viewer.Guard))
		desk, err := db.From(ctx).Group.Query().Where(group.Name("Service desk")).OnlyID(ctx)
		if err != nil {
			t.Fatal(err)
		}
		ctx = h.DB.In(viewer.In(context.WithoutCancel(t.Context()), h.Other, viewer.Guard))
		strange, err := db.From(ctx).Group.Query().Where(group.Name("Service desk")).OnlyID(ctx)
		if err != nil {
			t.Fatal(err)
		}
		in := func(shared bool, groups ...uuid.UUID) object {
			return object{"word": "incidents", "name": "Queue", "shared": shared, "default_group_ids": groups}
		}
		h.Editor.JSON("POST", "/api/v1/views", in(false, desk), http.StatusBadRequest, nil)
		h.Editor.JSON("POST", "/api/v1/views", in(true, strange), http.StatusBadRequest, nil)
		h.Editor.JSON("POST", "/api/v1/views", in(true, uuid.New()), http.StatusBadRequest, nil)
		var made object
		h.Editor.JSON("POST", "/api/v1/views", in(true, desk), http.StatusCreated, &made)
		path := "/api/v1/views/" + made["id"].(string)
		h.Editor.JSON("PATCH", path, object{"shared": false}, http.StatusBadRequest, nil)
		var team object
		h.Admin.JSON("POST", "/api/v1/groups", object{"name": "Passing"}, http.StatusCreated, &team)
		h.Editor.JSON("PATCH", path, object{"default_group_ids": []any{desk, team["id"]}}, http.StatusOK, &made)
		h.Admin.JSON("DELETE", "/api/v1/groups/"+team["id"].(string), nil, http.StatusNoContent, nil)
		h.Editor.JSON("PATCH", path, made, http.StatusOK, &made) // what was read can be sent back
		h.Editor.JSON("PATCH", path, object{"shared": false, "default_group_ids": nil}, http.StatusOK, &made)
		if len(made["default_group_ids"].([]any)) != 0 {
			t.Errorf("cleared: %v", made)
		}
	})
}

func TestBadViews(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		for field, in := range map[string]object{
			"word": {"name": "x"}, "name": {"word": "assets"}, "columns[0]": {"word": "assets", "name": "x", "columns": []string{"No Column"}},
			"filter.colour":      {"word": "assets", "name": "x", "filter": object{"colour": "red"}},
			"filter.criticality": {"word": "assets", "name": "x", "filter": object{"criticality": []string{"huge"}}},
			"order_by":           {"word": "assets", "name": "x", "order_by": "colour"},
			"columns[1]":         {"word": "assets", "name": "x", "columns": []string{"name", "colour"}},
			"filter":             {"word": "assets", "name": "x", "filter": object{"q": strings.Repeat("x", 5000)}}, "owner_name": {"word": "assets", "name": "x", "owner_name": "y"},
		} {
			status, _, body := h.Viewer.REST("POST", "/api/v1/views", in)
			var problem struct{ Fields map[string]string }
			if err := json.Unmarshal(body, &problem); err != nil || status != http.StatusBadRequest || problem.Fields[field] == "" {
				t.Errorf("%s: %d %s", field, status, body)
			}
		}
		h.Nobody.JSON("GET", "/api/v1/views", nil, http.StatusUnauthorized, nil)
	})
}
