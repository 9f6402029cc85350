package links_test

import (
	"net/http"
	"testing"

	"github.com/holdfast-platform/holdfast/server/internal/housetest"
)

type link struct {
	ID, Direction, Phrase, Type string
	From, To                    *struct{ ID, Number, Label string }
}

type list struct {
	Items []link
	Total int
}

func TestLinks(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		var asset, other, incident, site struct{ ID string }
		h.Admin.JSON("POST", "/api/v1/assets", map[string]any{"name": "gateway", "asset_type": "server"}, 201, &asset)
		h.Admin.JSON("POST", "/api/v1/assets", map[string]any{"name": "switch", "asset_type": "server"}, 201, &other)
		h.Admin.JSON("POST", "/api/v1/sites", map[string]any{"name": "plant"}, 201, &site)
		h.Admin.JSON("POST", "/api/v1/incidents", map[string]any{"title": "it burns"}, 201, &incident)
		make := func(who *housetest.Caller, want int, fromKind, from, typ, toKind, to string) (l link) {
			t.Helper()
			out := any(&l)
			if want != http.StatusCreated {
				out = nil
			}
			who.JSON("POST", "/api/v1/links", map[string]any{"from_kind": fromKind, "from_id": from, "type": typ, "to_kind": toKind, "to_id": to}, want, out)
			return l
		}
		affects := make(h.Admin, 201, "incident", incident.ID, "affects", "asset", asset.ID)
		if affects.Direction != "outgoing" || affects.Phrase != "affects" || affects.From == nil || affects.From.Number != "INC-1" || affects.To == nil || affects.To.Label != "gateway" {
			t.Errorf("the link reads %+v", affects)
		}
		make(h.Admin, 409, "incident", incident.ID, "affects", "asset", asset.ID)
		make(h.Admin, 201, "asset", asset.ID, "relates_to", "asset", other.ID)
		make(h.Admin, 409, "asset", other.ID, "relates_to", "asset", asset.ID) // reads alike from both ends
		make(h.Admin, 400, "asset", asset.ID, "relates_to", "asset", asset.ID)
		make(h.Admin, 400, "asset", asset.ID, "admires", "asset", other.ID)
		make(h.Admin, 400, "spoon", asset.ID, "affects", "asset", other.ID)
		make(h.Admin, 400, "asset", "", "affects", "asset", other.ID)
		make(h.Admin, 404, "asset", asset.ID, "affects", "asset", site.ID)
		make(h.Stranger, 404, "asset", asset.ID, "affects", "asset", other.ID)
		make(h.Viewer, 403, "asset", asset.ID, "affects", "asset", other.ID)
		make(h.Nobody, 401, "asset", asset.ID, "affects", "asset", other.ID)

		seen := func(who *housetest.Caller, query string) (l list) {
			t.Helper()
			who.JSON("GET", "/api/v1/links?record_kind=asset&record_id="+asset.ID+query, nil, 200, &l)
			return l
		}
		all := seen(h.Viewer, "")
		if len(all.Items) != 2 || all.Total != 2 {
			t.Fatalf("the list is %+v", all)
		}
		if l := all.Items[0]; l.Direction != "incoming" || l.Phrase != "is affected by" || l.From == nil || l.From.Label != "it burns" {
			t.Errorf("seen from the asset: %+v", l)
		}
		if l := all.Items[1]; l.Direction != "outgoing" || l.Phrase != "relates to" {
			t.Errorf("seen from the asset: %+v", l)
		}
		if l := seen(h.Viewer, "&type=affects"); len(l.Items) != 1 || l.Items[0].ID != affects.ID {
			t.Errorf("narrowed by type: %+v", l)
		}
		if l := seen(h.Viewer, "&order_by=-type"); len(l.Items) != 2 || l.Items[0].Type != "relates_to" {
			t.Errorf("ordered by type: %+v", l)
		}
		h.Stranger.JSON("GET", "/api/v1/links?record_kind=asset&record_id="+asset.ID, nil, 404, nil)

		h.Viewer.JSON("DELETE", "/api/v1/links/"+affects.ID, nil, 403, nil)
		h.Stranger.JSON("DELETE", "/api/v1/links/"+affects.ID, nil, 404, nil)
		h.Admin.JSON("DELETE", "/api/v1/links/"+affects.ID+"?validate_only=true", nil, 204, nil)
		h.Admin.JSON("DELETE", "/api/v1/links/"+affects.ID, nil, 204, nil)
		h.Admin.JSON("DELETE", "/api/v1/links/"+affects.ID, nil, 404, nil)
		if l := seen(h.Viewer, ""); len(l.Items) != 1 {
			t.Errorf("%d links are left", len(l.Items))
		}
	})
}

// A link whose other end one may not read is not shown, and cannot be made.
func TestLinksNeedBothRecords(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		var asset, site struct{ ID string }
		h.Admin.JSON("POST", "/api/v1/assets", map[string]any{"name": "gateway", "asset_type": "server", "client_id": h.ClientID}, 201, &asset)
		h.Admin.JSON("POST", "/api/v1/sites", map[string]any{"name": "plant"}, 201, &site)
		h.Admin.JSON("POST", "/api/v1/links", map[string]any{"from_kind": "asset", "from_id": asset.ID, "type": "relates_to", "to_kind": "site", "to_id": site.ID}, 201, nil)
		var l list
		h.Client.JSON("GET", "/api/v1/links?record_kind=asset&record_id="+asset.ID, nil, 200, &l)
		if len(l.Items) != 0 || l.Total != 0 {
			t.Errorf("a client's member sees %+v", l)
		}
	})
}

// The table says which links make sense; the others are refused.
func TestLinkTypes(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		var table struct {
			Items []struct {
				Type     string
				FromKind string `json:"from_kind"`
				ToKind   string `json:"to_kind"`
				Phrase   string
				Reverse  string `json:"reverse_phrase"`
			}
		}
		h.Viewer.JSON("GET", "/api/v1/links/types?from_kind=incident&to_kind=asset", nil, 200, &table)
		offered := map[string]bool{}
		for _, r := range table.Items {
			offered[r.Type] = true
			if r.FromKind != "incident" || r.ToKind != "asset" || r.Phrase == "" || r.Reverse == "" {
				t.Errorf("%+v", r)
			}
		}
		if !offered["affects"] || !offered["relates_to"] || offered["child_of"] || offered["duplicate_of"] {
			t.Errorf("from incident to asset: %v", offered)
		}
		var asset, incident struct{ ID string }
		h.Admin.JSON("POST", "/api/v1/assets", map[string]any{"name": "gateway", "asset_type": "server"}, 201, &asset)
		h.Admin.JSON("POST", "/api/v1/incidents", map[string]any{"title": "down"}, 201, &incident)
		for _, typ := range []string{"affects", "blocks", "caused_by", "child_of", "documents", "duplicate_of", "follows", "implements", "mitigates", "relates_to", "resolves"} {
			body := map[string]any{"from_kind": "incident", "from_id": incident.ID, "type": typ, "to_kind": "asset", "to_id": asset.ID}
			status, _, raw := h.Admin.REST("POST", "/api/v1/links", body)
			if want := map[bool]int{true: 201, false: 400}[offered[typ]]; status != want {
				t.Errorf("%s: %d %s, want %d", typ, status, raw, want)
			}
		}
	})
}
