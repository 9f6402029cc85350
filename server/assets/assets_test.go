package assets_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/holdfast-platform/holdfast/server/internal/housetest"
)

type asset struct {
	ID, Number, Name string
	Version          int
	Lifecycle        string
	Criticality      string
	IPAddress        *string `json:"ip_address"`
	MACAddress       *string `json:"mac_address"`
	ClientID         *string `json:"client_id"`
	Tags             []string
	Site, Client     *struct{ ID, Label string }
	Owner            *struct{ ID, Label string }
}

type problem struct {
	Reason string
	Error  string
	Fields map[string]string
	Meta   map[string]string
}

const path = "/api/v1/assets"

// made makes an asset.
func made(t *testing.T, who *housetest.Caller, body string) asset {
	t.Helper()
	var a asset
	who.JSON("POST", path, body, http.StatusCreated, &a)
	return a
}

// site makes a site and answers its id.
func site(t *testing.T, who *housetest.Caller, name string) string {
	t.Helper()
	var s struct{ ID string }
	who.JSON("POST", "/api/v1/sites", map[string]string{"name": name}, http.StatusCreated, &s)
	return s.ID
}

func full(h *housetest.House, site string) string {
	return `{"name": "SCADA 1", "asset_type": "scada_server", "site_id": "` + site + `", "client_id": "` + h.ClientID.String() + `", "owner_id": "` + h.Editor.Person.String() + `",
		"criticality": "critical", "lifecycle": "planned", "environment": "production", "producer": "Norrwerk", "model": "VX-9", "serial": "SN-0042", "firmware": "4.2.1",
		"os": "Debian 13", "ip_address": "2001:DB8::0:1", "mac_address": "AA-BB-CC-00-11-22", "hostname": "scada-1.plant.example",
		"cpe": "cpe:2.3:a:norrwerk:vx\\-9:4.2.1:*:*:*:*:*:*:*", "description": "Runs line 1", "tags": ["line 1", "ot"], "metadata": {"rack": 4, "zone": {"level": 3}}}`
}

// TestAssets: an asset's life, with the bodies as they are.
func TestAssets(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		plant := site(t, h.Admin, "Plant North")
		status, header, body := h.Editor.REST("POST", path, full(h, plant))
		if status != http.StatusCreated || header.Get("ETag") != `"1"` {
			t.Fatalf("%d %v %s", status, header, body)
		}
		housetest.Golden(t, "create", body)
		at := header.Get("Location")
		_, _, body = h.Viewer.REST("GET", path+"/AST-1", nil)
		housetest.Golden(t, "create", body)
		_, _, body = h.Client.REST("GET", at, nil)
		housetest.Golden(t, "client", body)
		_, _, body = h.Editor.REST("PATCH", path+"/ast-1", `{"site_id": null, "tags": [], "metadata": {"rack": 5}, "ip_address": "", "lifecycle": "active", "reason": "Line 1 is live", "number": "AST-9"}`)
		housetest.Golden(t, "update", body)
		_, _, body = h.Viewer.REST("GET", at+"/history", nil)
		housetest.Golden(t, "history", body)
		_, _, body = h.Viewer.REST("GET", path, nil)
		housetest.Golden(t, "list", body)
		var read map[string]any
		h.Editor.JSON("GET", at, nil, http.StatusOK, &read)
		h.Editor.JSON("PATCH", at, read, http.StatusOK, &read)
		if read["version"] != 2.0 {
			t.Errorf("an asset that was read was sent back: version %v", read["version"])
		}
		h.Admin.JSON("DELETE", at, nil, http.StatusNoContent, nil)
		h.Admin.JSON("GET", at, nil, http.StatusNotFound, nil)
	})
}

func TestAssetRefusals(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		mine := made(t, h.Admin, `{"name": "SRV 1", "asset_type": "server"}`)
		theirs := site(t, h.Stranger, "Elsewhere")
		deep := `{"a": {"b": {"c": {"d": 1}}}}`
		for name, c := range map[string]struct {
			method, body string
			status       int
			field        string
		}{
			"nothing":             {"POST", `{}`, 400, "asset_type"},
			"no name":             {"POST", `{"asset_type": "server"}`, 400, "name"},
			"odd type":            {"POST", `{"name": "x", "asset_type": "toaster"}`, 400, "asset_type"},
			"shapeless type":      {"POST", `{"name": "x", "asset_type": "Big Server"}`, 400, "asset_type"},
			"odd criticality":     {"POST", `{"name": "x", "asset_type": "server", "criticality": "huge"}`, 400, "criticality"},
			"odd lifecycle":       {"POST", `{"name": "x", "asset_type": "server", "lifecycle": "dead"}`, 400, "lifecycle"},
			"odd ip":              {"POST", `{"name": "x", "asset_type": "server", "ip_address": "10.0.0.300"}`, 400, "ip_address"},
			"network for ip":      {"POST", `{"name": "x", "asset_type": "server", "ip_address": "10.0.0.0/8"}`, 400, "ip_address"},
			"odd mac":             {"POST", `{"name": "x", "asset_type": "server", "mac_address": "00:11:22:33:44"}`, 400, "mac_address"},
			"odd host name":       {"POST", `{"name": "x", "asset_type": "server", "hostname": "not a host"}`, 400, "hostname"},
			"odd cpe":             {"POST", `{"name": "x", "asset_type": "server", "cpe": "cpe:2.3:a:vendor"}`, 400, "cpe"},
			"tag with semicolon":  {"POST", `{"name": "x", "asset_type": "server", "tags": ["a;b"]}`, 400, "tags[0]"},
			"tag twice":           {"POST", `{"name": "x", "asset_type": "server", "tags": ["a", "a"]}`, 400, "tags"},
			"deep metadata":       {"POST", `{"name": "x", "asset_type": "server", "metadata": {"z": ` + deep + `}}`, 400, "metadata"},
			"large metadata":      {"POST", `{"name": "x", "asset_type": "server", "metadata": {"z": "` + strings.Repeat("m", 4096) + `"}}`, 400, "metadata"},
			"metadata, a list":    {"POST", `{"name": "x", "asset_type": "server", "metadata": [1]}`, 400, ""},
			"nul":                 {"POST", `{"name": "x\u0000", "asset_type": "server"}`, 400, "name"},
			"site is no uuid":     {"POST", `{"name": "x", "asset_type": "server", "site_id": "AST-1"}`, 400, "site_id"},
			"another's site":      {"POST", `{"name": "x", "asset_type": "server", "site_id": "` + theirs + `"}`, 404, "site_id"},
			"another's owner":     {"POST", `{"name": "x", "asset_type": "server", "owner_id": "` + h.Stranger.Person.String() + `"}`, 404, "owner_id"},
			"unknown client":      {"POST", `{"name": "x", "asset_type": "server", "client_id": "` + mine.ID + `"}`, 404, "client_id"},
			"name cleared":        {"PATCH", `{"name": ""}`, 400, "name"},
			"type cleared":        {"PATCH", `{"asset_type": null}`, 400, "asset_type"},
			"unknown field":       {"PATCH", `{"colour": "red"}`, 400, ""},
			"another's site, new": {"PATCH", `{"site_id": "` + theirs + `"}`, 404, "site_id"},
		} {
			var p problem
			at := path
			if c.method == "PATCH" {
				at += "/" + mine.ID
			}
			h.Admin.JSON(c.method, at, c.body, c.status, &p)
			if c.field != "" && p.Fields[c.field] == "" {
				t.Errorf("%s: the field %s is not named: %+v", name, c.field, p)
			}
		}
		var list struct{ Total int }
		h.Admin.JSON("GET", path, nil, http.StatusOK, &list)
		if list.Total != 1 {
			t.Errorf("%d assets, want 1", list.Total)
		}
		good := made(t, h.Admin, `{"name": "x", "asset_type": "server", "metadata": `+deep+`, "cpe": "cpe:/o:vendor:os:1", "mac_address": "aabb.cc00.1122", "ip_address": "::ffff:10.1.1.1"}`)
		if *good.MACAddress != "aa:bb:cc:00:11:22" {
			t.Errorf("stored as %s", *good.MACAddress)
		}
	})
}

// TestLifecycle: every move from every stage.
func TestLifecycle(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		for from, moves := range map[string]map[string]int{
			"planned":        {"planned": 200, "active": 200, "decommissioned": 409},
			"active":         {"planned": 409, "active": 200, "decommissioned": 200},
			"decommissioned": {"planned": 409, "active": 400, "decommissioned": 200},
		} {
			for to, want := range moves {
				a := made(t, h.Editor, `{"name": "x", "asset_type": "server", "lifecycle": "`+from+`"}`)
				var p problem
				h.Editor.JSON("PATCH", path+"/"+a.ID, `{"lifecycle": "`+to+`"}`, want, &p)
				switch {
				case want == 409 && (p.Reason != "transition" || p.Meta["allowed"] == ""):
					t.Errorf("%s to %s: %+v", from, to, p)
				case want == 400 && p.Fields["reason"] == "":
					t.Errorf("%s to %s: %+v", from, to, p)
				}
				if want == 400 {
					h.Editor.JSON("PATCH", path+"/"+a.ID, `{"lifecycle": "`+to+`", "reason": "Found in the store"}`, http.StatusOK, nil)
					var history struct {
						Items []struct{ Field, Reason string }
					}
					h.Viewer.JSON("GET", path+"/"+a.ID+"/history", nil, http.StatusOK, &history)
					if history.Items[0].Field != "lifecycle" || history.Items[0].Reason != "Found in the store" {
						t.Errorf("history: %+v", history.Items[0])
					}
				}
			}
		}
	})
}

// TestClientIsFixed: once a session exists, the client stays, and the asset too.
func TestClientIsFixed(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		a := made(t, h.Admin, `{"name": "Portal", "asset_type": "web_application", "client_id": "`+h.ClientID.String()+`"}`)
		h.Admin.JSON("PATCH", path+"/"+a.ID, `{"client_id": null}`, http.StatusOK, nil)
		h.Admin.JSON("PATCH", path+"/"+a.ID, `{"client_id": "`+h.ClientID.String()+`"}`, http.StatusOK, nil)
		h.Admin.JSON("POST", "/api/v1/sessions", map[string]any{"asset_id": a.ID, "name": "Review", "review_date": "2026-03-04", "reviewer_id": h.Editor.Person}, http.StatusCreated, nil)
		var p problem
		h.Admin.JSON("PATCH", path+"/"+a.ID, `{"client_id": null}`, http.StatusConflict, &p)
		if p.Reason != "client_fixed" {
			t.Errorf("%+v", p)
		}
		h.Admin.JSON("PATCH", path+"/"+a.ID, `{"client_id": "`+h.ClientID.String()+`", "name": "Portal 2"}`, http.StatusOK, nil)
		h.Admin.JSON("DELETE", path+"/"+a.ID, nil, http.StatusConflict, &p)
		if p.Reason != "in_use" || !strings.Contains(p.Error, "1 session") {
			t.Errorf("%+v", p)
		}
	})
}

// TestAssetCallers: who may do what; a client's own people see theirs only.
func TestAssetCallers(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		own := made(t, h.Admin, `{"name": "Of the house", "asset_type": "server"}`)
		of := made(t, h.Admin, `{"name": "Of the client", "asset_type": "server", "client_id": "`+h.ClientID.String()+`"}`)
		for _, c := range []struct {
			who                               *housetest.Caller
			own, of, create, relation, remove int
			sees                              int
		}{
			{h.Nobody, 401, 401, 401, 401, 401, 0}, {h.Member, 403, 403, 403, 403, 403, 0}, {h.Viewer, 200, 200, 403, 403, 403, 2}, {h.Client, 404, 200, 403, 403, 403, 1},
			{h.Stranger, 404, 404, 201, 404, 404, 0}, {h.Editor, 200, 200, 201, 201, 204, 2},
		} {
			for _, sub := range []string{"", "/history", "/relations", "/impact"} {
				c.who.JSON("GET", path+"/"+own.ID+sub, nil, c.own, nil)
				c.who.JSON("GET", path+"/"+own.Number+sub, nil, c.own, nil)
				c.who.JSON("GET", path+"/"+of.ID+sub, nil, c.of, nil)
			}
			if c.own != 401 && c.own != 403 {
				var list struct{ Total int }
				c.who.JSON("GET", path, nil, http.StatusOK, &list)
				if list.Total != c.sees {
					t.Errorf("%s sees %d assets, want %d", c.who.Name, list.Total, c.sees)
				}
			}
			c.who.JSON("POST", path, `{"name": "by `+c.who.Name+`", "asset_type": "server"}`, c.create, nil)
			update := map[int]int{401: 401, 403: 403, 201: c.own}[c.create]
			c.who.JSON("PATCH", path+"/"+own.ID, `{"description": "by `+c.who.Name+`"}`, update, nil)
			c.who.JSON("POST", path+"/"+own.ID+"/relations", `{"to_id": "`+of.ID+`", "type": "depends_on"}`, c.relation, nil)
			c.who.JSON("DELETE", path+"/"+own.ID, nil, c.remove, nil)
		}
	})
}

// TestAssetList: filters, words and order, the same on both databases.
func TestAssetList(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		plant := site(t, h.Admin, "Plant")
		for i, body := range []string{
			`{"name": "Übergang", "asset_type": "gateway", "criticality": "low", "tags": ["edge", "ot"], "ip_address": "10.1.2.3", "mac_address": "00:11:22:33:44:55"}`,
			`{"name": "pump", "asset_type": "plc", "criticality": "critical", "tags": ["ot"], "site_id": "` + plant + `", "hostname": "plc-7.plant.example", "serial": "SN/77-A"}`,
			`{"name": "Mail", "asset_type": "server", "criticality": "high", "environment": "production", "owner_id": "` + h.Editor.Person.String() + `", "os": "Debian"}`,
			`{"name": "Archive", "asset_type": "server", "lifecycle": "planned", "client_id": "` + h.ClientID.String() + `", "description": "Cold storage, tape"}`,
		} {
			if a := made(t, h.Admin, body); a.Number != fmt.Sprint("AST-", i+1) {
				t.Errorf("number %s", a.Number)
			}
		}
		for query, want := range map[string]string{
			"":                                     "Archive Mail pump Übergang",
			"order_by=-criticality":                "pump Mail Archive Übergang",
			"order_by=number":                      "Übergang pump Mail Archive",
			"order_by=-updated_at":                 "Archive Mail pump Übergang",
			"order_by=asset_type,name":             "Übergang pump Archive Mail",
			"asset_type=plc&asset_type=gateway":    "pump Übergang",
			"site_id=" + plant:                     "pump",
			"client_id=" + h.ClientID.String():     "Archive",
			"owner_id=" + h.Editor.Person.String(): "Mail",
			"lifecycle=planned":                    "Archive",
			"criticality=low&criticality=high":     "Mail Übergang",
			"environment=production":               "Mail",
			"tags=ot":                              "pump Übergang",
			"tags=edge&tags=nothing":               "Übergang",
			"ip_address=10.1.2.3":                  "Übergang",
			"mac_address=00-11-22-33-44-55":        "Übergang",
			"hostname=plc-7.plant.example":         "pump",
			"serial=SN/77-A":                       "pump",
			"q=uberg":                              "Übergang",
			"q=10.1.2":                             "Übergang",
			"q=plc-7":                              "pump",
			"q=tape+cold":                          "Archive",
			"q=edge&asset_type=gateway":            "Übergang",
			"q=edge&asset_type=plc":                "",
			"cursor=&per_page=2":                   "Archive Mail",
		} {
			var list struct{ Items []asset }
			h.Viewer.JSON("GET", path+"?"+query, nil, http.StatusOK, &list)
			var names []string
			for _, a := range list.Items {
				names = append(names, a.Name)
			}
			if got := strings.Join(names, " "); got != want {
				t.Errorf("%s: %s, want %s", query, got, want)
			}
		}
		for query, field := range map[string]string{"order_by=description": "order_by", "site_id=x": "site_id", "lifecycle=dead": "lifecycle", "colour=red": "colour", "per_page=101": "per_page"} {
			var p problem
			h.Viewer.JSON("GET", path+"?"+query, nil, http.StatusBadRequest, &p)
			if p.Fields[field] == "" {
				t.Errorf("%s: %+v", query, p)
			}
		}
		var page struct {
			Items []asset
			Next  string `json:"next_cursor"`
		}
		h.Viewer.JSON("GET", path+"?cursor=&per_page=3&order_by=-criticality", nil, http.StatusOK, &page)
		h.Viewer.JSON("GET", path+"?per_page=3&order_by=-criticality&cursor="+page.Next, nil, http.StatusOK, &page)
		if len(page.Items) != 1 || page.Items[0].Name != "Übergang" || page.Next != "" {
			t.Errorf("the second page: %+v", page)
		}
		status, header, body := h.Viewer.REST("GET", path+"?tags=edge", nil, "Accept", "text/csv")
		if status != http.StatusOK || !strings.HasPrefix(header.Get("Content-Type"), "text/csv") || !strings.Contains(string(body), "edge;ot") {
			t.Errorf("%d %v %s", status, header, body)
		}
	})
}

// TestAssetStatements holds the number of SQL statements (house rule 9).
func TestAssetStatements(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		plant := site(t, h.Admin, "Plant")
		fewest := func(f func()) int {
			n := 1 << 20
			for range 5 {
				n = min(n, h.Statements(f))
			}
			return n
		}
		for name, c := range map[string]struct {
			body string
			refs int
		}{
			"bare":       {`{"name": "SRV", "asset_type": "server"}`, 0},
			"with refs":  {full(h, plant), 3},
			"with a ref": {`{"name": "SRV", "asset_type": "server", "site_id": "` + plant + `"}`, 1},
		} {
			a := made(t, h.Admin, c.body)
			if n := fewest(func() { h.Admin.JSON("GET", path+"/"+a.ID, nil, 200, nil) }); n != 1+c.refs {
				t.Errorf("%s: get: %d statements, want %d", name, n, 1+c.refs)
			}
			if n := fewest(func() { h.Admin.JSON("GET", path+"/"+a.Number, nil, 200, nil) }); n != 1+c.refs {
				t.Errorf("%s: get by number: %d statements, want %d", name, n, 1+c.refs)
			}
			if n := fewest(func() { h.Admin.JSON("POST", path, c.body, 201, nil) }); n > 5+c.refs {
				t.Errorf("%s: create: %d statements, want at most %d", name, n, 5+c.refs)
			}
		}
		few := fewest(func() { h.Admin.JSON("GET", path+"?per_page=1", nil, 200, nil) })
		for range 20 {
			made(t, h.Admin, full(h, plant))
		}
		if n := fewest(func() { h.Admin.JSON("GET", path+"?per_page=100", nil, 200, nil) }); n > 5 || few > 5 {
			t.Errorf("list: %d statements for one row, %d for many, want at most 2 + 3 kinds", few, n)
		}
	})
}

// TestDetached: comments, links and relations go with an asset, and the history stays.
func TestDetached(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		a, b := made(t, h.Admin, `{"name": "A", "asset_type": "server"}`), made(t, h.Admin, `{"name": "B", "asset_type": "server"}`)
		h.Admin.JSON("POST", path+"/"+b.ID+"/relations", `{"to_id": "`+a.ID+`", "type": "runs_on"}`, http.StatusCreated, nil)
		h.Admin.JSON("POST", "/api/v1/comments", `{"record_kind": "asset", "record_id": "`+a.ID+`", "body": "To be scrapped"}`, http.StatusCreated, nil)
		h.Admin.JSON("POST", "/api/v1/links", `{"from_kind": "asset", "from_id": "`+b.ID+`", "to_kind": "asset", "to_id": "`+a.ID+`", "type": "relates_to"}`, http.StatusCreated, nil)
		h.Admin.JSON("DELETE", path+"/"+a.ID, nil, http.StatusNoContent, nil)
		var list struct{ Items []json.RawMessage }
		h.Admin.JSON("GET", path+"/"+b.ID+"/relations", nil, http.StatusOK, &list)
		if len(list.Items) != 0 {
			t.Errorf("%d relations are left", len(list.Items))
		}
		h.Admin.JSON("GET", "/api/v1/links?record_kind=asset&record_id="+b.ID, nil, http.StatusOK, &list)
		if len(list.Items) != 0 {
			t.Errorf("%d links are left", len(list.Items))
		}
		var audit struct {
			Items []struct{ Action string }
		}
		h.Admin.JSON("GET", "/api/v1/settings/audit?per_page=100", nil, http.StatusOK, &audit)
		seen := map[string]bool{}
		for _, l := range audit.Items {
			seen[l.Action] = true
		}
		for _, want := range []string{"asset.deleted", "asset_relation.deleted", "comment.deleted", "link.deleted"} {
			if !seen[want] {
				t.Errorf("the journal has no %s", want)
			}
		}
	})
}
