package impact_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/holdfast-platform/holdfast/server/internal/housetest"
)

// answer is what callers read of an impact.
type answer struct {
	Total int
	Note  string
	Items []struct {
		Asset    struct{ ID, Label string }
		Site     *struct{ Label string }
		Distance int
		Lost     *struct {
			Group                string
			Standing, Needed, Of int
		}
		Path []struct {
			Type            string
			RedundancyGroup string `json:"redundancy_group"`
		}
	}
	Summary struct {
		Total         int
		ByCriticality map[string]int `json:"by_criticality"`
		ByAssetType   map[string]int `json:"by_asset_type"`
		BySite        []struct {
			Site  *struct{ Label string }
			Count int
		} `json:"by_site"`
		NearestCritical *int `json:"nearest_critical"`
		Weakened        int
		OpenIncidents   *int `json:"open_incidents"`
		Changes         *int `json:"changes_in_progress"`
		Owners          []struct{ Label string }
	}
}

type made struct{ ID, Number string }

// TestImpactThroughTheDoor: two hosts carry a virtual machine as a pair; one of them fails, then both; the site, the
// incident and several roots at once answer the same; the summary counts all, and a client's people see their own.
func TestImpactThroughTheDoor(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		create := func(path string, body map[string]any) (m made) {
			h.Admin.JSON("POST", "/api/v1/"+path, body, http.StatusCreated, &m)
			return m
		}
		site := create("sites", map[string]any{"name": "Graz"})
		asset := func(name, criticality string, more map[string]any) made {
			body := map[string]any{"name": name, "asset_type": "server", "criticality": criticality}
			for k, v := range more {
				body[k] = v
			}
			return create("assets", body)
		}
		at := map[string]any{"site_id": site.ID}
		one, two := asset("host-1", "high", at), asset("host-2", "high", at)
		vm, app := asset("vm", "high", nil), asset("app", "critical", map[string]any{"client_id": h.ClientID})
		relate := func(from, to made, more map[string]any, status int) {
			body := map[string]any{"to_id": to.ID, "type": "runs_on"}
			for k, v := range more {
				body[k] = v
			}
			h.Admin.JSON("POST", "/api/v1/assets/"+from.ID+"/relations", body, status, nil)
		}
		pair := map[string]any{"redundancy_group": "pair"}
		relate(vm, one, pair, 201)
		relate(vm, two, map[string]any{"redundancy_group": "pair", "redundancy_needed": 2}, 400) // another need than the group's
		relate(vm, two, pair, 201)
		relate(app, vm, nil, 201)
		relate(app, one, map[string]any{"type": "part_of", "redundancy_group": "x"}, 400)
		relate(app, one, map[string]any{"type": "depends_on", "redundancy_needed": 2}, 400)
		relate(app, one, map[string]any{"type": "depends_on", "redundancy_group": "x", "redundancy_needed": 101}, 400)
		incident := create("incidents", map[string]any{"title": "Both hosts are down", "asset_ids": []string{one.ID, two.ID}})
		create("incidents", map[string]any{"title": "The app is slow", "asset_ids": []string{app.ID}})

		ask := func(c *housetest.Caller, path string) (out answer) {
			c.JSON("GET", "/api/v1/"+path, nil, http.StatusOK, &out)
			return out
		}
		if a := ask(h.Viewer, "assets/"+one.ID+"/impact"); a.Total != 0 || a.Summary.Weakened != 1 {
			t.Errorf("one of a pair fails: %+v", a)
		}
		for _, path := range []string{"sites/" + site.ID + "/impact", "incidents/" + incident.Number + "/impact"} {
			a := ask(h.Viewer, path)
			if a.Total != 2 || a.Items[0].Asset.ID != vm.ID || a.Items[1].Distance != 2 {
				t.Fatalf("%s: %+v", path, a)
			}
			if l := a.Items[0].Lost; l == nil || l.Group != "pair" || l.Standing != 0 || l.Needed != 1 || l.Of != 2 || a.Items[0].Path[0].RedundancyGroup != "pair" {
				t.Errorf("%s: lost %+v", path, l)
			}
			s := a.Summary
			if s.Total != 2 || s.ByCriticality["critical"] != 1 || s.ByAssetType["server"] != 2 || s.NearestCritical == nil || *s.NearestCritical != 2 ||
				s.OpenIncidents == nil || *s.OpenIncidents != 1 || s.Changes != nil || len(s.BySite) != 1 || s.BySite[0].Site != nil || s.BySite[0].Count != 2 {
				t.Errorf("%s: summary %+v", path, s)
			}
		}
		if a := ask(h.Viewer, "sites/"+site.ID+"/impact?min_criticality=critical&per_page=1"); a.Total != 1 || a.Items[0].Asset.ID != app.ID || a.Summary.Total != 2 {
			t.Errorf("only critical ones: %+v", a)
		}
		if a := ask(h.Viewer, "assets/"+app.Number+"/impact?direction=upstream"); a.Total != 3 || a.Items[0].Asset.ID != vm.ID || a.Items[1].Site == nil || a.Items[1].Path[1].RedundancyGroup != "pair" {
			t.Errorf("what the app depends on: %+v", a)
		}
		root := func(kind, id string) map[string]any { return map[string]any{"kind": kind, "id": id} }
		post := func(c *housetest.Caller, status int, roots ...any) (out answer) {
			c.JSON("POST", "/api/v1/graph/impact", map[string]any{"roots": roots}, status, &out)
			return out
		}
		if a := post(h.Viewer, 200, root("asset", one.Number), root("asset", two.ID), root("asset", two.Number)); a.Total != 2 {
			t.Errorf("two roots: %+v", a)
		}
		if a := post(h.Viewer, 200, root("site", site.ID), root("incident", incident.Number)); a.Total != 2 {
			t.Errorf("a site and an incident: %+v", a)
		}
		many := make([]any, 501)
		for i := range many {
			many[i] = root("asset", one.ID)
		}
		post(h.Viewer, 400, many...)
		post(h.Viewer, 400)
		post(h.Viewer, 400, root("client", h.ClientID.String()))
		post(h.Viewer, 404, root("asset", "AST-99999"))
		post(h.Viewer, 404, root("asset", one.ID), root("site", one.ID))
		post(h.Stranger, 404, root("asset", one.ID))
		post(h.Member, 403, root("asset", one.ID))
		post(h.Client, 404, root("asset", one.ID))
		post(h.Client, 403, root("incident", incident.ID))
		if a := post(h.Client, 200, root("asset", app.ID)); a.Total != 0 || a.Summary.OpenIncidents != nil {
			t.Errorf("a client's own: %+v", a)
		}

		// a host that is gone does not stand, is not hit, and nothing fails with it
		h.Admin.JSON("PATCH", "/api/v1/assets/"+two.ID, map[string]any{"lifecycle": "decommissioned"}, http.StatusOK, nil)
		if a := ask(h.Viewer, "assets/"+one.ID+"/impact"); a.Total != 2 || a.Items[0].Lost.Of != 2 {
			t.Errorf("the last of a pair fails: %+v", a)
		}
		if a := ask(h.Viewer, "assets/"+two.ID+"/impact"); a.Total != 0 || !strings.Contains(a.Note, two.Number) {
			t.Errorf("a decommissioned root: %+v", a)
		}
	})
}
