package stats_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/holdfast-platform/holdfast/server/internal/housetest"
)

type entry struct {
	ID, Action, Kind string
	By               *struct{ ID, Label string }
	Record           struct{ ID, Number, Label string }
}

func activity(t *testing.T, who *housetest.Caller, query string) []entry {
	t.Helper()
	var got struct{ Items []entry }
	who.JSON("GET", "/api/v1/stats/activity"+query, nil, http.StatusOK, &got)
	return got.Items
}

func TestActivity(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		fill(t, h)
		var site struct{ ID string }
		h.Editor.JSON("POST", "/api/v1/sites", map[string]any{"name": "Graz"}, http.StatusCreated, &site)
		h.Editor.JSON("PATCH", "/api/v1/sites/"+site.ID, map[string]any{"name": "Linz"}, http.StatusOK, nil)
		// Timers may have done something in between.
		got := slices.DeleteFunc(activity(t, h.Viewer, "?limit=50"), func(e entry) bool { return e.Record.ID != site.ID })
		if len(got) != 2 || got[0].Action != "site.updated" || got[0].Record.ID != site.ID || got[0].Record.Label != "Linz" || got[1].Action != "site.created" || got[1].Record.Label != "Graz" {
			t.Fatalf("%+v", got)
		}
		if by := got[0].By; by == nil || by.ID != h.Editor.Person.String() || by.Label == "" {
			t.Errorf("by %+v", by)
		}
		if n := len(activity(t, h.Viewer, "")); n != 10 {
			t.Errorf("%d entries when nobody says how many", n)
		}
		if got := activity(t, h.Member, ""); len(got) != 0 {
			t.Errorf("somebody without rights sees %+v", got)
		}
		for _, e := range activity(t, h.Stranger, "?limit=50") {
			if e.Record.ID == site.ID || e.By != nil {
				t.Errorf("another tenant sees %+v", e)
			}
		}
		seen := map[string]bool{}
		for _, e := range activity(t, h.Client, "?limit=50") {
			seen[e.Record.Label] = true
			if e.Kind == "site" || e.Kind == "incident" || e.Record.Label == "Pump" {
				t.Errorf("a client user sees %+v", e)
			}
		}
		if !seen["Shop"] || !seen["Review"] || !seen["critical"] {
			t.Errorf("a client user sees only %v", seen)
		}
		least := 1 << 30
		for range 4 {
			least = min(least, h.Statements(func() { activity(t, h.Editor, "?limit=50") }))
		}
		if least > 2 { // the lines, and the names of people
			t.Errorf("%d statements", least)
		}
		if status, _, body := h.Viewer.REST("GET", "/api/v1/stats/activity?limit=51", nil); status != http.StatusBadRequest || !strings.Contains(string(body), "limit") {
			t.Errorf("too many: %d %s", status, body)
		}
	})
}
