package clients_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/holdfast-platform/holdfast/server/internal/housetest"
)

type object = map[string]any

func TestClients(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		status, header, body := h.Editor.REST("POST", "/api/v1/clients", object{
			"name": "Öl & Gas AG", "primary_contact_name": "Jörg", "primary_contact_email": "joerg@example.com", "metadata": object{"crm": object{"id": 7}},
		})
		if status != http.StatusCreated || header.Get("Etag") != `"1"` {
			t.Fatalf("%d %v %s", status, header, body)
		}
		housetest.Golden(t, "client", body)
		var made struct{ ID string }
		if err := json.Unmarshal(body, &made); err != nil || header.Get("Location") != "/api/v1/clients/"+made.ID {
			t.Errorf("%v, Location %q", err, header.Get("Location"))
		}
		path := "/api/v1/clients/" + made.ID

		var got object
		h.Viewer.JSON("GET", path, nil, http.StatusOK, &got)
		if got["name"] != "Öl & Gas AG" || got["version"] != 1.0 {
			t.Errorf("got %v", got)
		}
		h.Editor.JSON("PATCH", path, object{"primary_contact_name": nil, "primary_contact_email": "", "metadata": nil}, http.StatusOK, &got)
		if got["primary_contact_name"] != nil || got["primary_contact_email"] != nil || got["metadata"] != nil || got["name"] != "Öl & Gas AG" || got["version"] != 2.0 {
			t.Errorf("cleared: %v", got)
		}
		h.Editor.JSON("PATCH", path, object{"name": "Öl & Gas AG"}, http.StatusOK, &got)
		if got["version"] != 2.0 {
			t.Errorf("a change of nothing made version %v", got["version"])
		}
		h.Editor.JSON("PATCH", path, got, http.StatusOK, nil) // what was read can be sent back

		status, _, body = h.Viewer.REST("GET", path+"/history", nil)
		if status != http.StatusOK {
			t.Fatalf("%d %s", status, body)
		}
		housetest.Golden(t, "client_history", body)

		var list struct {
			Items []struct{ Name string }
			Total int
		}
		h.Viewer.JSON("GET", "/api/v1/clients?q=ol+ga", nil, http.StatusOK, &list)
		if len(list.Items) != 1 || list.Total != 1 {
			t.Errorf("found %v", list)
		}
		h.Viewer.JSON("GET", "/api/v1/clients", nil, http.StatusOK, &list)
		if len(list.Items) != 2 || list.Items[0].Name != "Acme" || list.Total != 2 {
			t.Errorf("listed %v", list)
		}
		h.Client.JSON("GET", "/api/v1/clients", nil, http.StatusOK, &list)
		if len(list.Items) != 1 || list.Items[0].Name != "Acme" || list.Total != 1 {
			t.Errorf("a client user sees %v", list)
		}
		h.Client.JSON("GET", path, nil, http.StatusNotFound, nil)
		h.Client.JSON("GET", path+"/history", nil, http.StatusNotFound, nil)
	})
}

func TestNamesAreUnique(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		var made object
		h.Editor.JSON("POST", "/api/v1/clients", object{"name": "Straße"}, http.StatusCreated, &made)
		for _, name := range []string{"Straße", "STRASSE", "strasse"} {
			status, _, body := h.Editor.REST("POST", "/api/v1/clients", object{"name": name})
			var problem struct {
				Reason string
				Fields map[string]string
			}
			if err := json.Unmarshal(body, &problem); err != nil || status != http.StatusConflict || problem.Reason != "already_exists" || problem.Fields["name"] == "" {
				t.Errorf("%s: %d %s", name, status, body)
			}
		}
		h.Editor.JSON("PATCH", "/api/v1/clients/"+made["id"].(string), object{"name": "acme"}, http.StatusConflict, nil)
		h.Stranger.JSON("POST", "/api/v1/clients", object{"name": "Straße"}, http.StatusCreated, nil)
	})
}

func TestBadClients(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		deep := object{"a": object{"b": object{"c": object{"d": object{}}}}}
		for field, in := range map[string]object{
			"name":                  {"primary_contact_name": "x"},
			"primary_contact_name":  {"name": "A", "primary_contact_name": strings.Repeat("x", 256)},
			"primary_contact_email": {"name": "B", "primary_contact_email": "not an address"},
			"metadata":              {"name": "C", "metadata": deep},
			"nonsense":              {"name": "D", "nonsense": 1},
		} {
			status, _, body := h.Editor.REST("POST", "/api/v1/clients", in)
			var problem struct{ Fields map[string]string }
			if err := json.Unmarshal(body, &problem); err != nil || status != http.StatusBadRequest || problem.Fields[field] == "" {
				t.Errorf("%s: %d %s", field, status, body)
			}
		}
		for name, in := range map[string]object{
			"long": {"name": strings.Repeat("x", 256)}, "empty": {"name": ""}, "NUL": {"name": "a\x00b"},
			"large": {"name": "E", "metadata": object{"x": strings.Repeat("x", 5000)}},
		} {
			if status, _, body := h.Editor.REST("POST", "/api/v1/clients", in); status != http.StatusBadRequest {
				t.Errorf("%s: %d %s", name, status, body)
			}
		}
		var list struct{ Total int }
		h.Viewer.JSON("GET", "/api/v1/clients", nil, http.StatusOK, &list)
		if list.Total != 1 {
			t.Errorf("%d clients are there", list.Total)
		}
		h.Viewer.JSON("POST", "/api/v1/clients", object{"name": "F"}, http.StatusForbidden, nil)
		h.Nobody.JSON("GET", "/api/v1/clients", nil, http.StatusUnauthorized, nil)
		h.Stranger.JSON("GET", "/api/v1/clients/"+h.ClientID.String(), nil, http.StatusNotFound, nil)
		h.Stranger.JSON("PATCH", "/api/v1/clients/"+h.ClientID.String(), object{"name": "Mine"}, http.StatusNotFound, nil)
		h.Editor.JSON("GET", "/api/v1/clients/nonsense", nil, http.StatusNotFound, nil)
	})
}

func TestStatements(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		count := func(method, path string, body func(int) any) int {
			least := 1 << 30
			for i := range 4 {
				least = min(least, h.Statements(func() { h.Editor.REST(method, path, body(i)) }))
			}
			return least
		}
		none := func(int) any { return nil }
		if n := count("GET", "/api/v1/clients/"+h.ClientID.String(), none); n > 1 {
			t.Errorf("get: %d statements", n)
		}
		if n := count("GET", "/api/v1/clients", none); n > 2 {
			t.Errorf("list: %d statements", n)
		}
		if n := count("POST", "/api/v1/clients", func(i int) any { return object{"name": strings.Repeat("x", i+1)} }); n > 5 {
			t.Errorf("create: %d statements", n)
		}
	})
}
