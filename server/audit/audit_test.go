package audit_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/holdfast-platform/holdfast/server/internal/housetest"
)

type event struct {
	ID, Action, Kind, Number, Label, Reason, Hash string
	RequestID                                     string `json:"request_id"`
	IP                                            string
	RecordID                                      string `json:"record_id"`
	By                                            *struct{ ID, Label string }
	Changes                                       []struct {
		Field    string
		Old, New any
	}
}

type list struct {
	Items      []event
	Total      int
	NextCursor string `json:"next_cursor"`
}

func TestAudit(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		var asset struct{ ID string }
		h.Editor.JSON("POST", "/api/v1/assets", map[string]any{"name": "gateway", "asset_type": "server"}, 201, &asset)
		status, header, _ := h.Editor.REST("PATCH", "/api/v1/assets/"+asset.ID, map[string]any{"name": "router"})
		if status != 200 {
			t.Fatalf("the change: %d", status)
		}
		h.Stranger.JSON("POST", "/api/v1/assets", map[string]any{"name": "hidden", "asset_type": "server"}, 201, nil)
		find := func(query string) (l list) {
			t.Helper()
			h.Admin.JSON("GET", "/api/v1/settings/audit"+query, nil, 200, &l)
			return l
		}
		l := find("?record_id=" + asset.ID)
		if len(l.Items) != 2 || l.Total != 2 {
			t.Fatalf("the asset's lines: %+v", l)
		}
		e := l.Items[0]
		if e.Action != "asset.updated" || e.Kind != "asset" || e.Number != "AST-1" || e.Label != "router" || e.By == nil || e.By.Label != "Eve Editor" ||
			e.RequestID != header.Get("X-Request-Id") || e.IP == "" {
			t.Errorf("the line says %+v", e)
		}
		if len(e.Changes) != 1 || e.Changes[0].Field != "name" || e.Changes[0].Old != "gateway" || e.Changes[0].New != "router" {
			t.Errorf("the changes are %+v", e.Changes)
		}
		if l := find("?actor=editor@home.test&action=asset.*"); len(l.Items) != 2 {
			t.Errorf("by address and kind of action: %+v", l)
		}
		if l := find("?q=router"); len(l.Items) != 1 {
			t.Errorf("by words: %+v", l)
		}
		if l := find("?q=hidden"); len(l.Items) != 0 {
			t.Errorf("another tenant's: %+v", l)
		}
		if l := find("?kind=asset&per_page=1&cursor="); len(l.Items) != 1 || l.NextCursor == "" || l.Total != -1 {
			t.Errorf("the walk begins with %+v", l)
		}
		text, err := json.Marshal(find("?per_page=100"))
		if err != nil || strings.Contains(string(text), "$argon2") { // a hash; the texts of templates may speak of it
			t.Errorf("a secret is in the journal (%v)", err)
		}
		for _, query := range []string{"?order_by=label", "?record_id=x", "?since=yesterday", "?spoon=1", "?page=1&cursor=", "?cursor=x", "?total=all", "?per_page=101"} {
			h.Admin.JSON("GET", "/api/v1/settings/audit"+query, nil, 400, nil)
		}
		h.Viewer.JSON("GET", "/api/v1/settings/audit", nil, 403, nil)
		h.Client.JSON("GET", "/api/v1/settings/audit", nil, 403, nil)
		h.Nobody.JSON("GET", "/api/v1/settings/audit", nil, 401, nil)

		for end := time.Now().Add(15 * time.Second); ; time.Sleep(50 * time.Millisecond) {
			if e := find("?record_id=" + asset.ID).Items[0]; len(e.Hash) == 64 {
				break
			}
			if time.Now().After(end) {
				t.Fatal("the line is never sealed")
			}
		}
	})
}
