package incidents_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/holdfast-platform/holdfast/server/internal/housetest"
)

// Closing an incident with open parts asks; they end along where the caller says so, and its timeline shows what became
// of them.
func TestPartsEndWithTheirParent(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		parent := bring(t, h.Editor, "resolved")
		part := create(t, h.Editor, object{"parent_id": parent.ID})
		deep := create(t, h.Editor, object{"parent_id": part.ID})
		done := bring(t, h.Editor, "cancelled")
		moved := create(t, h.Editor, object{})
		moved = patch(t, h.Editor, moved, object{"parent_id": parent.ID})
		patch(t, h.Editor, moved, object{"parent_id": nil})
		if got := read(t, h, parent.path()); got.PartCount != 1 || got.OpenPartCount != 1 {
			t.Errorf("parts: %d, open %d", got.PartCount, got.OpenPartCount)
		}
		status, _, raw := h.Editor.REST("PATCH", parent.path(), object{"status": "closed"})
		var p struct {
			Reason string
			Meta   map[string]string
		}
		if err := json.Unmarshal(raw, &p); err != nil || status != http.StatusConflict || p.Reason != "open_parts" || p.Meta["count"] != "2" {
			t.Errorf("with open parts: %d %s", status, raw)
		}
		other := bring(t, h.Editor, "resolved")
		create(t, h.Editor, object{"parent_id": other.ID})
		if i := patch(t, h.Editor, other, object{"status": "closed", "reason": "the part goes on"}); i.Status != "closed" {
			t.Errorf("with a reason: %+v", i)
		}
		patch(t, h.Editor, parent, object{"status": "closed", "close_parts": true})
		for _, i := range []incident{part, deep} {
			if got := read(t, h, i.path()); got.Status != "closed" || got.ClosedAt == nil || got.ResolutionCode == nil || *got.ResolutionCode != "fixed" || got.ReopenUntil == nil {
				t.Errorf("a part: %+v", got)
			}
		}
		if n := timeline(t, h, parent, "&kind=part"); n["incident.part_added"] != 2 || n["incident.part_removed"] != 1 || n["incident.part_moved"] != 1 {
			t.Errorf("the parent's timeline: %v", n)
		}
		if read(t, h, done.path()).Status != "cancelled" {
			t.Error("what is no part was touched")
		}
		mistake := create(t, h.Editor, object{})
		part = create(t, h.Editor, object{"parent_id": mistake.ID})
		patch(t, h.Editor, mistake, object{"status": "cancelled", "reason": "a mistake", "close_parts": true})
		if got := read(t, h, part.path()); got.Status != "cancelled" {
			t.Errorf("a part of a cancelled one: %+v", got)
		}
		if got := read(t, h, parent.path()); got.PartCount != 1 || got.OpenPartCount != 0 {
			t.Errorf("parts: %d, open %d", got.PartCount, got.OpenPartCount)
		}
	})
}

// linksOf are the links of an incident as they read from there: "type other".
func linksOf(t *testing.T, h *housetest.House, i incident) map[string]bool {
	t.Helper()
	var out struct {
		Items []struct {
			Type, Direction string
			From, To        *struct{ Label, Number string }
		}
	}
	h.Admin.JSON("GET", "/api/v1/links?per_page=100&record_kind=incident&record_id="+i.ID, nil, http.StatusOK, &out)
	links := map[string]bool{}
	for _, l := range out.Items {
		other := l.To
		if l.Direction == "incoming" {
			other = l.From
		}
		name := other.Number
		if name == "" {
			name = other.Label
		}
		links[l.Direction+" "+l.Type+" "+name] = true
	}
	return links
}

// told waits until somebody has been told of merges, of each record what is wanted.
func told(t *testing.T, c *housetest.Caller, want ...string) {
	t.Helper()
	numbers := map[string]bool{}
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		var out struct {
			Items []struct {
				Detail string
				Record struct{ Number string }
			}
		}
		c.JSON("GET", "/api/v1/notifications?cause=merged&per_page=100", nil, http.StatusOK, &out)
		for _, n := range out.Items {
			numbers[n.Record.Number+": "+n.Detail] = true
		}
		if !slices.ContainsFunc(want, func(w string) bool { return !numbers[w] }) {
			return
		}
	}
	t.Errorf("%s was told %v, want %v", c.Name, numbers, want)
}

// A merge hands over links, parts, watchers and the major flag, and can be undone for 30 days.
func TestMergeIsUndone(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		var asset, site object
		h.Editor.JSON("POST", "/api/v1/assets", object{"name": "Pump", "asset_type": "server"}, http.StatusCreated, &asset)
		h.Editor.JSON("POST", "/api/v1/sites", object{"name": "Plant"}, http.StatusCreated, &site)
		cause := create(t, h.Editor, object{"title": "The cause"})
		target := create(t, h.Editor, object{"assignee_id": h.Admin.Person.String()})
		double := bring(t, h.Editor, "on_hold")
		double = patch(t, h.Editor, double, object{"asset_ids": []any{asset["id"]}})
		part := create(t, h.Editor, object{"parent_id": double.ID})
		h.Editor.JSON("POST", double.path()+"/promote", object{}, http.StatusOK, nil)
		h.Admin.JSON("POST", "/api/v1/links", object{"from_kind": "incident", "from_id": double.ID, "type": "caused_by", "to_kind": "incident", "to_id": cause.ID}, http.StatusCreated, nil)
		h.Admin.JSON("POST", "/api/v1/links", object{"from_kind": "site", "from_id": site["id"], "type": "relates_to", "to_kind": "incident", "to_id": double.ID}, http.StatusCreated, nil)
		h.Viewer.JSON("PUT", "/api/v1/watches", object{"record_kind": "incident", "record_id": double.ID}, http.StatusNoContent, nil)
		before := linksOf(t, h, target)
		h.Editor.JSON("POST", double.path()+"/merge", object{"into_id": target.ID, "reason": "the same"}, http.StatusOK, nil)

		got := linksOf(t, h, target)
		for _, want := range []string{"outgoing affects " + asset["number"].(string), "outgoing caused_by " + cause.Number, "incoming relates_to Plant", "incoming duplicate_of " + double.Number} {
			if !got[want] {
				t.Errorf("the target has %v, not %q", got, want)
			}
		}
		if i := read(t, h, target.path()); !i.IsMajor || i.PartCount != 1 {
			t.Errorf("the target: %+v", i)
		}
		what := double.Number + " → " + target.Number
		// watched the duplicate, and the target from now on
		told(t, h.Viewer, double.Number+": "+what, target.Number+": "+what)
		told(t, h.Admin, target.Number+": "+what) // works on the target
		if i := read(t, h, double.path()); i.UnmergeUntil == nil {
			t.Errorf("the duplicate: %+v", i)
		}

		pass(h, 29*24*time.Hour)
		if p := refused(t, h.Editor, "POST", target.path()+"/unmerge", object{}, http.StatusConflict); p.Reason != "not_merged" {
			t.Errorf("no duplicate: %+v", p)
		}
		var back incident
		h.Editor.JSON("POST", double.path()+"/unmerge", object{"reason": "another fault"}, http.StatusOK, &back)
		if back.Status != "on_hold" || back.OnHoldReason == nil || back.DuplicateOfID != nil || back.ClosedAt != nil || back.ResolutionCode != nil || back.ResolutionNote != nil {
			t.Errorf("undone: %+v", back)
		}
		if after := linksOf(t, h, target); len(after) != len(before) {
			t.Errorf("the target has the links %v, before the merge %v", after, before)
		}
		if i := read(t, h, target.path()); i.IsMajor || i.PartCount != 0 {
			t.Errorf("the target: %+v", i)
		}
		if i := read(t, h, part.path()); i.ParentID == nil || *i.ParentID != double.ID {
			t.Errorf("the part: %+v", i)
		}
		if n := timeline(t, h, target, "&kind=status"); n["incident.merged"] != 1 || n["incident.unmerged"] != 1 {
			t.Errorf("the target's timeline: %v", n)
		}
		h.Editor.JSON("POST", double.path()+"/merge", object{"into_id": target.ID}, http.StatusOK, nil)
		h.Editor.JSON("POST", target.path()+"/merge", object{"into_id": cause.ID}, http.StatusOK, nil)
		if p := refused(t, h.Editor, "POST", double.path()+"/unmerge", object{}, http.StatusConflict); p.Reason != "merged_on" {
			t.Errorf("the target was merged on: %+v", p)
		}
		pass(h, 31*24*time.Hour)
		if p := refused(t, h.Editor, "POST", target.path()+"/unmerge", object{}, http.StatusConflict); p.Reason != "unmerge_over" {
			t.Errorf("after 31 days: %+v", p)
		}
	})
}
