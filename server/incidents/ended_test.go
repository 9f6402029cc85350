package incidents_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/holdfast-platform/holdfast/server/internal/housetest"
)

// more is what these tests look at beside the rest.
type more struct {
	incident
	EffectiveImpact int     `json:"effective_impact"`
	ImpactRaisedBy  string  `json:"impact_raised_by"`
	PartCount       int     `json:"part_count"`
	OpenPartCount   int     `json:"open_part_count"`
	ReopenUntil     *string `json:"reopen_until"`
	UnmergeUntil    *string `json:"unmerge_until"`
}

func read(t *testing.T, h *housetest.House, path string) more {
	t.Helper()
	var out more
	h.Viewer.JSON("GET", path, nil, http.StatusOK, &out)
	return out
}

// What was judged of an ended incident stays as it was, whoever asks by whatever field; its title may be put right, and
// reopening is the way.
func TestEndedKeepsWhatWasJudged(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		var asset, site object
		h.Editor.JSON("POST", "/api/v1/assets", object{"name": "Pump", "asset_type": "server"}, http.StatusCreated, &asset)
		h.Editor.JSON("POST", "/api/v1/sites", object{"name": "Plant"}, http.StatusCreated, &site)
		target := create(t, h.Editor, object{})
		double := create(t, h.Editor, object{})
		h.Editor.JSON("POST", double.path()+"/merge", object{"into_id": target.ID}, http.StatusOK, nil)
		for _, path := range []string{bring(t, h.Editor, "closed").path(), bring(t, h.Editor, "cancelled").path(), double.path()} {
			before := read(t, h, path)
			for field, value := range map[string]any{
				"severity": "low", "impact": 3, "urgency": 3, "priority": 5, "category": "ot", "site_id": site["id"], "assignee_id": h.Editor.Person.String(),
				"reporter_id": h.Viewer.Person.String(), "production_impact": "none", "safety_impact": "none", "operational_criticality": "low",
				"resolution_code": "other", "resolution_note": "another one", "parent_id": target.ID, "asset_ids": []any{asset["id"]},
			} {
				if p := refused(t, h.Editor, "PATCH", path, object{field: value, "reason": "afterwards"}, http.StatusConflict); p.Reason != "ended" {
					t.Errorf("%s of a %s one: %+v", field, before.Status, p)
				}
			}
			if p := refused(t, h.Editor, "POST", path+"/promote", object{}, http.StatusConflict); p.Reason != "not_open" {
				t.Errorf("promoted: %+v", p)
			}
			h.Editor.JSON("PATCH", path, object{"title": "Put right", "severity": before.Severity, "impact": before.Impact}, http.StatusOK, nil)
		}
		i := bring(t, h.Editor, "closed")
		if got := read(t, h, i.path()); got.ReopenUntil == nil || !slices.Contains(i.AllowedTransitions, "in_progress") {
			t.Errorf("a closed one in its window: %+v", got)
		}
		i = patch(t, h.Editor, i, object{"status": "in_progress", "severity": "low"})
		if i.Severity != "low" || i.ClosedAt != nil || i.ResolvedAt != nil || i.ResolutionCode != nil {
			t.Errorf("reopened: %+v", i)
		}
	})
}

// reopen_window_days holds also where incidents close by themselves before its end.
func TestReopenAfterAutoClose(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		h.Admin.JSON("PATCH", "/api/v1/settings", object{"reopen_window_days": 5, "auto_close_days": 1}, http.StatusOK, nil)
		i, late := bring(t, h.Editor, "resolved"), bring(t, h.Editor, "resolved")
		pass(h, 25*time.Hour)
		sweep(t, h)
		if got := read(t, h, i.path()); got.Status != "closed" || got.ReopenUntil == nil {
			t.Fatalf("after a day: %+v", got)
		}
		pass(h, 94*time.Hour)
		patch(t, h.Editor, i, object{"status": "in_progress"})
		pass(h, 2*time.Hour)
		if p := refused(t, h.Editor, "PATCH", late.path(), object{"status": "in_progress"}, http.StatusConflict); p.Reason != "forbidden_transition" {
			t.Errorf("after the window: %+v", p)
		}
	})
}

// The severity raises the impact that counts, never the one that was typed.
func TestTypedImpactComesBack(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		i := create(t, h.Editor, object{"impact": 3, "urgency": 2})
		want := i.Priority
		i = patch(t, h.Editor, i, object{"severity": "critical"})
		if got := read(t, h, i.path()); got.Impact != 3 || got.EffectiveImpact != 1 || got.ImpactRaisedBy != "severity" || got.Priority != 2 {
			t.Errorf("critical: %+v", got)
		}
		i = patch(t, h.Editor, i, object{"severity": "high"})
		if got := read(t, h, i.path()); got.Impact != 3 || got.EffectiveImpact != 3 || got.ImpactRaisedBy != "" || got.Priority != want {
			t.Errorf("no longer critical: %+v, want priority %d", got, want)
		}
		i = create(t, h.Editor, object{"impact": 2, "severity": "critical"})
		i = patch(t, h.Editor, i, object{"impact": 3})
		if got := read(t, h, i.path()); got.Impact != 3 || got.EffectiveImpact != 1 {
			t.Errorf("typed while critical: %+v", got)
		}
		if i = create(t, h.Editor, object{"impact": 1, "severity": "critical"}); read(t, h, i.path()).ImpactRaisedBy != "" {
			t.Error("nothing raises an impact of 1")
		}
	})
}

// A breach is never unsaid: not by a lower priority, not by a policy that promises nothing.
func TestBreachIsNeverUnsaid(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		i := create(t, h.Editor, object{"impact": 1, "urgency": 1})
		pass(h, 5*time.Hour)
		i = patch(t, h.Editor, i, object{"impact": 3, "urgency": 3})
		if !i.ResponseBreached || !i.ResolveBreached {
			t.Errorf("after a lower priority: %+v", i)
		}
		if s := explain(t, h, i); !s.Resolve.Breached || s.Resolve.State != "breached" || s.Resolve.BreachedAt == nil {
			t.Errorf("explained: %+v", s.Resolve)
		}
		sweep(t, h)
		i = patch(t, h.Editor, i, object{"urgency": 2})
		if got := read(t, h, i.path()); !got.ResponseBreached || !got.ResolveBreached {
			t.Errorf("later: %+v", got)
		}
		if n := timeline(t, h, i, "&kind=sla"); n["sla"] != 2 {
			t.Errorf("told %v", n)
		}
		var found struct{ Total int }
		if h.Viewer.JSON("GET", "/api/v1/incidents?breached=true", nil, http.StatusOK, &found); found.Total != 1 {
			t.Errorf("%d are found as breached", found.Total)
		}
	})
}

// Deactivated people and those who are bound elsewhere are given nothing; those who have it keep it.
func TestPeopleWhoCannotWorkOnIt(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		i := create(t, h.Editor, object{"assignee_id": h.Member.Person.String()})
		var asset, theirs object
		h.Admin.JSON("POST", "/api/v1/assets", object{"name": "Ours", "asset_type": "server", "owner_id": h.Member.Person.String()}, http.StatusCreated, &asset)
		h.Admin.JSON("POST", "/api/v1/assets", object{"name": "Theirs", "asset_type": "server", "client_id": h.ClientID}, http.StatusCreated, &theirs)
		client, member := h.Client.Person.String(), h.Member.Person.String()
		no := func(method, path string, body object, field string) {
			t.Helper()
			if p := refused(t, h.Admin, method, path, body, http.StatusBadRequest); !strings.Contains(p.Fields[field], "active member") {
				t.Errorf("%s %s %v: %+v", method, path, body, p)
			}
		}
		no("PATCH", i.path(), object{"assignee_id": client}, "assignee_id")
		no("POST", "/api/v1/incidents", object{"title": "x", "reporter_id": client}, "reporter_id")
		no("PATCH", "/api/v1/assets/"+asset["id"].(string), object{"owner_id": client}, "owner_id")
		h.Admin.JSON("PATCH", "/api/v1/assets/"+theirs["id"].(string), object{"owner_id": client}, http.StatusOK, nil)

		h.Admin.JSON("PATCH", "/api/v1/users/"+member, object{"is_active": false}, http.StatusOK, nil)
		other := create(t, h.Editor, object{})
		no("PATCH", other.path(), object{"assignee_id": member}, "assignee_id")
		no("POST", "/api/v1/assets", object{"name": "New", "asset_type": "server", "owner_id": member}, "owner_id")
		patch(t, h.Editor, i, object{"assignee_id": member, "title": "Still theirs"})
		status, _, body := h.Admin.REST("POST", "/api/v1/assets/import?dry_run=true", "name,asset_type,owner\nImported,server,member@home.test\n", "Content-Type", "text/csv")
		if status != http.StatusOK || !strings.Contains(string(body), "active member") {
			t.Errorf("imported: %d %s", status, body)
		}
	})
}
