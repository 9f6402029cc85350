package incidents_test

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/holdfast-platform/holdfast/server/internal/housetest"
)

type page struct {
	Items []struct {
		ID, Title, Status string
		Assets            []struct{ Label string }
	}
	Total, Pages int
	NextCursor   string `json:"next_cursor"`
}

func TestList(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		var site, pump, door, group object
		h.Editor.JSON("POST", "/api/v1/sites", object{"name": "Plant"}, http.StatusCreated, &site)
		h.Editor.JSON("POST", "/api/v1/assets", object{"name": "Pump", "asset_type": "server"}, http.StatusCreated, &pump)
		h.Editor.JSON("POST", "/api/v1/assets", object{"name": "Door", "asset_type": "server"}, http.StatusCreated, &door)
		h.Admin.JSON("POST", "/api/v1/groups", object{"name": "Night shift", "permissions": []string{}}, http.StatusCreated, &group)
		a := create(t, h.Editor, object{
			"title": "alpha pump", "category": "ot", "severity": "high", "site_id": site["id"], "asset_ids": []any{pump["id"], door["id"]},
			"assignee_id": h.Admin.Person.String(), "team_id": group["id"],
		})
		if a.Team == nil || a.Team.Label != "Night shift" {
			t.Errorf("the team is %+v", a.Team)
		}
		b := create(t, h.Editor, object{"title": "Bravo", "impact": 1, "urgency": 1, "parent_id": a.ID, "asset_ids": []any{door["id"]}})
		c := patch(t, h.Editor, create(t, h.Editor, object{"title": "charlie", "reporter_id": h.Admin.Person.String()}), steps["cancelled"])
		d := create(t, h.Editor, object{"title": "Délta", "impact": 3, "urgency": 3})
		h.Editor.JSON("POST", d.path()+"/promote", object{}, http.StatusOK, nil)
		h.Stranger.JSON("POST", "/api/v1/incidents", object{"title": "alpha pump of theirs"}, http.StatusCreated, nil)
		soon := url.QueryEscape(h.Clock.Now().Add(5 * time.Hour).UTC().Format(time.RFC3339))
		for query, want := range map[string]string{
			"":                                       "dcba",
			"order_by=title":                         "abcd",
			"order_by=-priority,title":               "dacb",
			"order_by=resolve_due_at":                "bacd",
			"order_by=number":                        "abcd",
			"status=new":                             "dba",
			"status=new&status=cancelled":            "dcba",
			"open=true":                              "dba",
			"open=false":                             "c",
			"priority=1&priority=5":                  "db",
			"severity=high":                          "a",
			"category=ot":                            "a",
			"category=it&open=true":                  "db",
			"site_id=" + site["id"].(string):         "a",
			"asset_id=" + door["id"].(string):        "ba",
			"asset_id=" + pump["id"].(string):        "a",
			"assignee_id=" + h.Admin.Person.String(): "a",
			"assigned=false":                         "dcb",
			"assigned=true":                          "a",
			"team_id=" + group["id"].(string):        "a",
			"reporter_id=" + h.Admin.Person.String(): "c",
			"parent_id=" + a.ID:                      "b",
			"is_major=true":                          "d",
			"is_major=false":                         "cba",
			"breached=true":                          "",
			"breached=false":                         "dcba",
			"due_before=" + soon:                     "b",
			"created_from=2999-01-01T00:00:00Z":      "",
			"created_until=2999-01-01T00:00:00Z":     "dcba",
			"updated_since=2999-01-01T00:00:00Z":     "",
			"q=delta":                                "d",
			"q=pump+alpha":                           "a",
			"q=" + c.Number:                          "c",
		} {
			var got page
			h.Viewer.JSON("GET", "/api/v1/incidents?"+query, nil, http.StatusOK, &got)
			letters := ""
			for _, i := range got.Items {
				letters += map[string]string{a.ID: "a", b.ID: "b", c.ID: "c", d.ID: "d"}[i.ID]
			}
			if letters != want || got.Total != len(want) {
				t.Errorf("%s: %s of %d, want %s", query, letters, got.Total, want)
			}
		}
		walked, cursor := "", ""
		for range 10 {
			var got page
			h.Viewer.JSON("GET", "/api/v1/incidents?per_page=1&order_by=title&cursor="+cursor, nil, http.StatusOK, &got)
			for _, i := range got.Items {
				walked += i.Title + "|"
			}
			if cursor = got.NextCursor; cursor == "" {
				break
			}
		}
		if walked != "alpha pump|Bravo|charlie|Délta|" {
			t.Errorf("walked %s", walked)
		}
		for field, query := range map[string]string{"status": "status=asleep", "priority": "priority=9", "asset_id": "asset_id=x", "order_by": "order_by=description", "is_major": "is_major=maybe", "wrong": "wrong=1"} {
			p := refused(t, h.Viewer, "GET", "/api/v1/incidents?"+query, nil, http.StatusBadRequest)
			if !slices.ContainsFunc(keys(p.Fields), func(k string) bool { return strings.HasPrefix(k, field) }) {
				t.Errorf("%s is not blamed: %+v", field, p)
			}
		}
	})
}

func keys(m map[string]string) []string {
	var out []string
	for k := range m {
		out = append(out, k)
	}
	return out
}

func TestTimeline(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		var asset object
		h.Editor.JSON("POST", "/api/v1/assets", object{"name": "Pump", "asset_type": "server"}, http.StatusCreated, &asset)
		i := create(t, h.Editor, object{"assignee_id": h.Admin.Person.String()})
		patch(t, h.Editor, i, object{"status": "acknowledged", "assignee_id": h.Editor.Person.String()})
		var said object
		h.Editor.JSON("POST", i.path()+"/comments", object{"body": "Look, @admin@home.test", "internal": true}, http.StatusCreated, &said)
		if said["record_kind"] != "incident" || said["record_id"] != i.ID || said["internal"] != true || len(said["mentions"].([]any)) != 1 {
			t.Errorf("said %v", said)
		}
		patch(t, h.Editor, i, object{"asset_ids": []any{asset["id"]}, "title": "Another title"})
		patch(t, h.Editor, i, object{"asset_ids": []any{}})
		patch(t, h.Editor, i, object{"priority": 1, "reason": "the boss"})
		h.Editor.JSON("POST", i.path()+"/promote", object{"reason": "all of it"}, http.StatusOK, nil)
		type entry struct {
			ID, Kind, Action, Field, Reason string
			Old, New                        any
			By, Record                      *struct{ Label string }
			Comment                         *struct{ Body string }
			LinkType                        string `json:"link_type"`
		}
		type line struct {
			Items        []entry
			Total, Pages int
			NextCursor   string `json:"next_cursor"`
		}
		told := func(items []entry) (out []string) {
			for _, e := range items {
				s := e.Kind + " " + e.Field
				switch {
				case e.Comment != nil:
					s += e.Comment.Body
				case e.LinkType != "":
					s += e.Action + " " + e.LinkType + " " + e.Record.Label
				case e.Kind == "assignment":
					s += " " + e.Record.Label
				default:
					s += fmt.Sprint(" ", e.Old, " ", e.New)
				}
				if e.Reason != "" {
					s += " (" + e.Reason + ")"
				}
				if e.By == nil || e.By.Label != "Eve Editor" {
					t.Errorf("%s by %v", s, e.By)
				}
				out = append(out, s)
			}
			return out
		}
		want := []string{
			"assignment assignee_id Ada Admin", "status status <nil> new",
			"assignment assignee_id Eve Editor", "status status new acknowledged",
			"comment Look, @admin@home.test",
			"link link.created affects Pump", "link link.deleted affects Pump",
			"priority priority 3 1 (the boss)", "major is_major false true (all of it)",
		}
		var got line
		h.Viewer.JSON("GET", i.path()+"/timeline", nil, http.StatusOK, &got)
		if s := told(got.Items); !slices.Equal(s, want) || got.Total != len(want) {
			t.Errorf("of %d:\n%s\nwant\n%s", got.Total, strings.Join(s, "\n"), strings.Join(want, "\n"))
		}
		var second line
		h.Viewer.JSON("GET", i.path()+"/timeline?per_page=4&page=2", nil, http.StatusOK, &second)
		if s := told(second.Items); !slices.Equal(s, want[4:8]) || second.Pages != 3 {
			t.Errorf("page 2 of %d: %v", second.Pages, s)
		}
		var walked []string
		for cursor := ""; ; {
			var part line
			h.Viewer.JSON("GET", i.path()+"/timeline?per_page=2&cursor="+cursor, nil, http.StatusOK, &part)
			walked = append(walked, told(part.Items)...)
			if cursor = part.NextCursor; cursor == "" || len(walked) > 20 {
				break
			}
		}
		if !slices.Equal(walked, want) {
			t.Errorf("walked %v", walked)
		}
		h.Viewer.JSON("GET", i.path()+"/timeline?kind=comment&kind=major", nil, http.StatusOK, &got)
		if s := told(got.Items); !slices.Equal(s, []string{want[4], want[8]}) {
			t.Errorf("comments and promotion: %v", s)
		}
		h.Stranger.JSON("GET", i.path()+"/timeline", nil, http.StatusNotFound, nil)
		refused(t, h.Viewer, "GET", i.path()+"/timeline?kind=gossip", nil, http.StatusBadRequest)
		refused(t, h.Viewer, "POST", i.path()+"/comments", object{"body": "x"}, http.StatusForbidden)
	})
}

// TestStatements counts what a call asks of the database; no count depends on the number of rows.
func TestStatements(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		var assets []any
		for n := range 4 {
			var a object
			h.Editor.JSON("POST", "/api/v1/assets", object{"name": fmt.Sprint("A", n), "asset_type": "server"}, http.StatusCreated, &a)
			assets = append(assets, a["id"])
		}
		bare := create(t, h.Editor, object{})
		rich := create(t, h.Editor, object{"asset_ids": assets, "assignee_id": h.Admin.Person.String(), "parent_id": bare.ID})
		for range 5 {
			create(t, h.Editor, object{"asset_ids": assets[:1]})
		}
		count := func(what string, most int, f func()) {
			t.Helper()
			least := 1 << 30
			for range 5 { // the background is heard too
				least = min(least, h.Statements(f))
			}
			if least > most {
				t.Errorf("%s takes %d statements, at most %d are due", what, least, most)
			}
		}
		read := func(path string) func() {
			return func() { h.Viewer.JSON("GET", path, nil, http.StatusOK, nil) }
		}
		count("a get with a reporter", 1+1, read(bare.path()))
		count("a get with people, assets and a parent", 1+3, read(rich.path()))
		count("a list with people, assets and a parent", 2+3, read("/api/v1/incidents"))
		count("a filtered list", 2+3, read("/api/v1/incidents?open=true&breached=false&asset_id="+assets[0].(string)+"&asset_id="+assets[1].(string)))
		count("an explanation", 2, read(bare.path()+"/sla"))
		// Five, the reporter, the policy that it is judged by.
		count("a create", 5+2, func() { create(t, h.Editor, object{}) })
	})
}
