package sites_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/holdfast-platform/holdfast/server/internal/housetest"
)

type site struct {
	ID      string
	Version int
	Name    string
	Status  string
	Address *string
}

type problem struct {
	Reason string
	Error  string
	Fields map[string]string
}

func made(t *testing.T, who *housetest.Caller, body string) site {
	t.Helper()
	var s site
	who.JSON("POST", "/api/v1/sites", body, http.StatusCreated, &s)
	return s
}

// TestSites: a site's life, with the bodies as they are.
func TestSites(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		status, header, body := h.Editor.REST("POST", "/api/v1/sites", `{"name": "Plant North", "address": "1 Harbour Road", "description": "Two lines"}`)
		if status != http.StatusCreated || header.Get("ETag") != `"1"` || !strings.HasPrefix(header.Get("Location"), "/api/v1/sites/") {
			t.Fatalf("%d %v %s", status, header, body)
		}
		housetest.Golden(t, "create", body)
		path := header.Get("Location")
		_, _, body = h.Viewer.REST("GET", path, nil)
		housetest.Golden(t, "create", body)
		status, header, body = h.Editor.REST("PATCH", path, `{"address": null, "status": "retired"}`, "If-Match", `"1"`)
		if status != http.StatusOK || header.Get("ETag") != `"2"` {
			t.Errorf("%d %v %s", status, header, body)
		}
		housetest.Golden(t, "update", body)
		h.Editor.JSON("PATCH", path, `{"status": "retired"}`, http.StatusPreconditionFailed, nil, "If-Match", `"1"`)
		var same site
		h.Editor.JSON("PATCH", path, `{"status": "retired"}`, http.StatusOK, &same)
		if same.Version != 2 {
			t.Errorf("nothing changed: version %d", same.Version)
		}
		_, _, body = h.Viewer.REST("GET", "/api/v1/sites", nil)
		housetest.Golden(t, "list", body)
		_, _, body = h.Viewer.REST("GET", path+"/history", nil)
		housetest.Golden(t, "history", body)
		h.Admin.JSON("DELETE", path, nil, http.StatusNoContent, nil)
		h.Admin.JSON("GET", path, nil, http.StatusNotFound, nil)
		h.Admin.JSON("DELETE", path, nil, http.StatusNotFound, nil)
	})
}

func TestSiteRefusals(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		north, south := made(t, h.Admin, `{"name": "Straße"}`), made(t, h.Admin, `{"name": "South"}`)
		for name, c := range map[string]struct {
			method, path, body string
			status             int
			field              string
		}{
			"no name":          {"POST", "", `{}`, 400, "name"},
			"empty name":       {"POST", "", `{"name": ""}`, 400, "name"},
			"blank name":       {"POST", "", `{"name": " \t"}`, 400, "name"},
			"long name":        {"POST", "", `{"name": "` + strings.Repeat("n", 256) + `"}`, 400, "name"},
			"odd status":       {"POST", "", `{"name": "x", "status": "burnt"}`, 400, "status"},
			"long address":     {"POST", "", `{"name": "x", "address": "` + strings.Repeat("n", 1001) + `"}`, 400, "address"},
			"unknown field":    {"POST", "", `{"name": "x", "colour": "red"}`, 400, ""},
			"taken":            {"POST", "", `{"name": "SOUTH"}`, 409, "name"},
			"taken, folded":    {"POST", "", `{"name": "strasse"}`, 409, "name"},
			"renamed to taken": {"PATCH", "/" + north.ID, `{"name": "south "}`, 409, "name"},
			"name cleared":     {"PATCH", "/" + south.ID, `{"name": null}`, 400, "name"},
			"status cleared":   {"PATCH", "/" + south.ID, `{"status": ""}`, 400, "status"},
			"unsortable":       {"GET", "?order_by=address", "", 400, "order_by"},
			"odd filter":       {"GET", "?status=burnt", "", 400, ""},
		} {
			var p problem
			var body any
			if c.body != "" {
				body = c.body
			}
			h.Admin.JSON(c.method, "/api/v1/sites"+c.path, body, c.status, &p)
			if c.field != "" && p.Fields[c.field] == "" {
				t.Errorf("%s: the field %s is not named: %+v", name, c.field, p)
			}
		}
		var list struct{ Total int }
		h.Admin.JSON("GET", "/api/v1/sites", nil, http.StatusOK, &list)
		if list.Total != 2 {
			t.Errorf("%d sites, want 2", list.Total)
		}
		// another tenant may have the same name
		h.Stranger.JSON("POST", "/api/v1/sites", `{"name": "South"}`, http.StatusCreated, nil)
	})
}

// TestSiteCallers: who may do what; a stranger finds nothing.
func TestSiteCallers(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		path := "/api/v1/sites/" + made(t, h.Admin, `{"name": "Plant"}`).ID
		for _, c := range []struct {
			who                       *housetest.Caller
			list, get, create, remove int
		}{
			{h.Nobody, 401, 401, 401, 401}, {h.Member, 403, 403, 403, 403}, {h.Viewer, 200, 200, 403, 403}, {h.Client, 403, 403, 403, 403},
			{h.Editor, 200, 200, 201, 403}, {h.Stranger, 200, 404, 201, 404}, {h.Token, 200, 200, 201, 204},
		} {
			c.who.JSON("GET", "/api/v1/sites", nil, c.list, nil)
			c.who.JSON("GET", path, nil, c.get, nil)
			c.who.JSON("GET", path+"/history", nil, c.get, nil)
			c.who.JSON("POST", "/api/v1/sites", `{"name": "by `+c.who.Name+`"}`, c.create, nil)
			update := c.get
			if c.create == 403 {
				update = 403
			}
			c.who.JSON("PATCH", path, `{"description": "by `+c.who.Name+`"}`, update, nil)
			c.who.JSON("DELETE", path, nil, c.remove, nil)
		}
	})
}

// TestSiteInUse: a site where something stands stays, and the answer says what.
func TestSiteInUse(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		s := made(t, h.Admin, `{"name": "Plant"}`)
		var asset struct{ ID string }
		h.Admin.JSON("POST", "/api/v1/assets", `{"name": "PLC 1", "asset_type": "plc", "site_id": "`+s.ID+`"}`, http.StatusCreated, &asset)
		var p problem
		h.Admin.JSON("DELETE", "/api/v1/sites/"+s.ID, nil, http.StatusConflict, &p)
		if p.Reason != "in_use" || !strings.Contains(p.Error, "1 asset") {
			t.Errorf("%+v", p)
		}
		h.Admin.JSON("DELETE", "/api/v1/assets/"+asset.ID, nil, http.StatusNoContent, nil)
		h.Admin.JSON("DELETE", "/api/v1/sites/"+s.ID, nil, http.StatusNoContent, nil)
	})
}

// TestSiteList: filters, words and order, the same on both databases.
func TestSiteList(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		for _, body := range []string{
			`{"name": "Ärzte-Zentrum", "address": "Ringstraße 4"}`, `{"name": "arsenal", "status": "planned"}`, `{"name": "Zeche", "status": "retired"}`,
			`{"name": "Base", "description": "harbour crane"}`,
		} {
			made(t, h.Admin, body)
		}
		for query, want := range map[string]string{
			"":                                "arsenal Ärzte-Zentrum Base Zeche",
			"order_by=-name":                  "Zeche Base Ärzte-Zentrum arsenal",
			"order_by=status,-name":           "Base Ärzte-Zentrum arsenal Zeche",
			"order_by=-created_at":            "Base Zeche arsenal Ärzte-Zentrum",
			"status=planned&status=retired":   "arsenal Zeche",
			"q=ringstrasse":                   "Ärzte-Zentrum",
			"q=harb+cra":                      "Base",
			"q=nothing":                       "",
			"per_page=1&page=2":               "Ärzte-Zentrum",
			"cursor=&per_page=3":              "arsenal Ärzte-Zentrum Base",
			"updated_since=2099-01-01T00:00Z": "-",
		} {
			if want == "-" {
				h.Viewer.JSON("GET", "/api/v1/sites?"+query, nil, http.StatusBadRequest, nil)
				continue
			}
			var list struct{ Items []site }
			h.Viewer.JSON("GET", "/api/v1/sites?"+query, nil, http.StatusOK, &list)
			var names []string
			for _, s := range list.Items {
				names = append(names, s.Name)
			}
			if got := strings.Join(names, " "); got != want {
				t.Errorf("%s: %s, want %s", query, got, want)
			}
		}
	})
}

// TestSiteStatements holds the number of SQL statements (house rule 9).
func TestSiteStatements(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		path := "/api/v1/sites/" + made(t, h.Admin, `{"name": "Plant"}`).ID
		fewest := func(f func()) int {
			n := 1 << 20
			for range 5 {
				n = min(n, h.Statements(f))
			}
			return n
		}
		if n := fewest(func() { h.Admin.JSON("GET", path, nil, 200, nil) }); n != 1 {
			t.Errorf("get: %d statements, want 1", n)
		}
		if n := fewest(func() { h.Admin.JSON("GET", "/api/v1/sites", nil, 200, nil) }); n > 2 {
			t.Errorf("list: %d statements, want 2", n)
		}
		i := 0
		if n := fewest(func() {
			i++
			h.Admin.JSON("POST", "/api/v1/sites", `{"name": "Plant `+strings.Repeat("x", i)+`"}`, 201, nil)
		}); n > 5 {
			t.Errorf("create: %d statements, want at most 5", n)
		}
	})
}
