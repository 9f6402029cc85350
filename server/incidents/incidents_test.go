package incidents_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"connectrpc.com/connect"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	incidentsv1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/incidents/v1"
	"github.com/holdfast-platform/holdfast/gen/pb/holdfast/incidents/v1/incidentsv1connect"
	"github.com/holdfast-platform/holdfast/server/internal/housetest"
)

type object = map[string]any

// problem is an error's body.
type problem struct {
	Status        int
	Reason, Error string
	Fields        map[string]string
}

// refused expects a status and answers the problem.
func refused(t *testing.T, c *housetest.Caller, method, path string, body any, want int) problem {
	t.Helper()
	status, _, raw := c.REST(method, path, body)
	var p problem
	if err := json.Unmarshal(raw, &p); err != nil || status != want {
		t.Fatalf("%s %s %v: %d %s, want %d", method, path, body, status, raw, want)
	}
	return p
}

// incident is what tests look at.
type incident struct {
	ID, Number, Title, Status, Category, Severity string
	Version, Impact, Urgency, Priority            int
	PriorityOverridden                            bool     `json:"priority_overridden"`
	AllowedTransitions                            []string `json:"allowed_transitions"`
	OnHoldReason                                  *string  `json:"on_hold_reason"`
	ResolutionCode                                *string  `json:"resolution_code"`
	ResolutionNote                                *string  `json:"resolution_note"`
	AssetIDs                                      []string `json:"asset_ids"`
	Assets                                        []struct{ ID, Number, Label string }
	ReporterID                                    string `json:"reporter_id"`
	Reporter, Assignee, Site, Team, Parent        *struct{ ID, Label string }
	IsMajor                                       bool    `json:"is_major"`
	ParentID                                      *string `json:"parent_id"`
	DuplicateOfID                                 *string `json:"duplicate_of_id"`
	ResponseBreached                              bool    `json:"response_breached"`
	ResolveBreached                               bool    `json:"resolve_breached"`
	ResponseDueAt                                 *string `json:"response_due_at"`
	ResolveDueAt                                  *string `json:"resolve_due_at"`
	AcknowledgedAt                                *string `json:"acknowledged_at"`
	ResolvedAt                                    *string `json:"resolved_at"`
	ClosedAt                                      *string `json:"closed_at"`
}

func (i incident) path() string { return "/api/v1/incidents/" + i.ID }

func create(t *testing.T, c *housetest.Caller, in object) incident {
	t.Helper()
	if in["title"] == nil {
		in["title"] = "The mail server does not answer"
	}
	var out incident
	c.JSON("POST", "/api/v1/incidents", in, http.StatusCreated, &out)
	return out
}

func patch(t *testing.T, c *housetest.Caller, i incident, in object) incident {
	t.Helper()
	var out incident
	c.JSON("PATCH", i.path(), in, http.StatusOK, &out)
	return out
}

// steps are bodies that make each move with all that it demands.
var steps = map[string]object{
	"acknowledged": {"status": "acknowledged"},
	"in_progress":  {"status": "in_progress"},
	"on_hold":      {"status": "on_hold", "on_hold_reason": "waiting for the vendor"},
	"resolved":     {"status": "resolved", "resolution_code": "fixed", "resolution_note": "Restarted."},
	"closed":       {"status": "closed"},
	"cancelled":    {"status": "cancelled", "reason": "a mistake"},
	"new":          {"status": "new"},
}

// ways lead a new incident to each status.
var ways = map[string][]string{
	"new": {}, "acknowledged": {"acknowledged"}, "in_progress": {"acknowledged", "in_progress"}, "on_hold": {"acknowledged", "in_progress", "on_hold"},
	"resolved": {"acknowledged", "in_progress", "resolved"}, "closed": {"acknowledged", "in_progress", "resolved", "closed"}, "cancelled": {"cancelled"},
}

func bring(t *testing.T, c *housetest.Caller, to string) incident {
	t.Helper()
	i := create(t, c, object{})
	for _, s := range ways[to] {
		i = patch(t, c, i, steps[s])
	}
	return i
}

func TestCreateGetUpdate(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		var site, asset object
		h.Editor.JSON("POST", "/api/v1/sites", object{"name": "Plant"}, http.StatusCreated, &site)
		h.Editor.JSON("POST", "/api/v1/assets", object{"name": "Pump 7", "asset_type": "server"}, http.StatusCreated, &asset)
		status, header, body := h.Editor.REST("POST", "/api/v1/incidents", object{
			"title": "Störung der Pumpe", "description": "It is **hot**", "category": "ot", "severity": "high", "impact": 1, "urgency": 2,
			"site_id": site["id"], "asset_ids": []any{asset["id"], asset["id"]}, "assignee_id": h.Admin.Person.String(), "production_impact": "Line 3 stands",
			"operational_criticality": "high",
		})
		if status != http.StatusCreated || header.Get("Etag") != `"1"` {
			t.Fatalf("%d %v %s", status, header, body)
		}
		housetest.Golden(t, "incident", body)
		var made incident
		if err := json.Unmarshal(body, &made); err != nil || header.Get("Location") != made.path() {
			t.Errorf("%v, Location %q", err, header.Get("Location"))
		}
		if made.Priority != 2 || made.Reporter == nil || made.Reporter.Label != "Eve Editor" || len(made.Assets) != 1 || made.Assets[0].Label != "Pump 7" || made.Site.Label != "Plant" {
			t.Errorf("made %s", body)
		}
		var got, again object
		h.Viewer.JSON("GET", "/api/v1/incidents/"+made.Number, nil, http.StatusOK, &got)
		if got["id"] != made.ID || len(got["allowed_transitions"].([]any)) != 0 {
			t.Errorf("a reader gets %v", got)
		}
		h.Editor.JSON("PATCH", made.path(), got, http.StatusOK, &again)
		if again["version"] != 1.0 {
			t.Errorf("sending back what was read made version %v", again["version"])
		}
		cleared := patch(t, h.Editor, made, object{"description": nil, "site_id": nil, "asset_ids": []any{}, "assignee_id": nil, "category": "it"})
		if cleared.Site != nil || len(cleared.AssetIDs) != 0 || cleared.Assignee != nil || cleared.Category != "it" || cleared.Version != 2 {
			t.Errorf("cleared: %+v", cleared)
		}
		h.Stranger.JSON("GET", made.path(), nil, http.StatusNotFound, nil)
		refused(t, h.Editor, "DELETE", made.path(), nil, http.StatusForbidden)
		if status, _, body := h.Admin.REST("DELETE", made.path(), nil); status != http.StatusNoContent {
			t.Fatalf("%d %s", status, body)
		}
		h.Viewer.JSON("GET", made.path(), nil, http.StatusNotFound, nil)
	})
}

func TestBadIncidents(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		good := create(t, h.Editor, object{})
		for field, in := range map[string]object{
			"title":           {"severity": "low"},
			"category":        {"title": "x", "category": "plumbing"},
			"severity":        {"title": "x", "severity": "dire"},
			"impact":          {"title": "x", "impact": 4},
			"urgency":         {"title": "x", "urgency": 0},
			"priority":        {"title": "x", "priority": 6},
			"status":          {"title": "x", "status": "resolved"},
			"reason":          {"title": "x", "priority": 1},
			"on_hold_reason":  {"title": "x", "on_hold_reason": "y"},
			"resolution_code": {"title": "x", "resolution_code": "fixed"},
			"site_id":         {"title": "x", "site_id": "here"},
			"nonsense":        {"title": "x", "nonsense": true},
		} {
			if p := refused(t, h.Editor, "POST", "/api/v1/incidents", in, http.StatusBadRequest); p.Fields[field] == "" {
				t.Errorf("%s is not blamed: %+v", field, p)
			}
		}
		for field, in := range map[string]object{
			"title":  {"title": nil},
			"impact": {"impact": nil},
			"status": {"status": "asleep"},
		} {
			if p := refused(t, h.Editor, "PATCH", good.path(), in, http.StatusBadRequest); p.Fields[field] == "" {
				t.Errorf("%s is not blamed: %+v", field, p)
			}
		}
		if p := refused(t, h.Editor, "PATCH", good.path(), object{"on_hold_reason": "because"}, http.StatusBadRequest); p.Fields["on_hold_reason"] == "" {
			t.Errorf("a reason without a hold: %+v", p)
		}
		var foreign, other object
		h.Stranger.JSON("POST", "/api/v1/assets", object{"name": "Theirs", "asset_type": "server"}, http.StatusCreated, &foreign)
		h.Stranger.JSON("POST", "/api/v1/incidents", object{"title": "Theirs"}, http.StatusCreated, &other)
		for _, in := range []object{
			{"title": "x", "parent_id": other["id"]},
			{"title": "x", "assignee_id": h.Stranger.Person.String()}, {"title": "x", "site_id": foreign["id"]},
		} {
			refused(t, h.Editor, "POST", "/api/v1/incidents", in, http.StatusNotFound)
		}
		refused(t, h.Editor, "POST", "/api/v1/incidents", object{"title": "x", "asset_ids": []any{foreign["id"]}}, http.StatusBadRequest)
		refused(t, h.Editor, "POST", good.path()+"/merge", object{"into_id": other["id"]}, http.StatusNotFound)
		refused(t, h.Editor, "POST", good.path()+"/merge", object{"into_id": good.ID}, http.StatusBadRequest)
		refused(t, h.Editor, "POST", good.path()+"/merge", object{}, http.StatusBadRequest)
		refused(t, h.Editor, "POST", good.path()+"/comments", object{"body": ""}, http.StatusBadRequest)
		var list struct{ Total int }
		h.Viewer.JSON("GET", "/api/v1/incidents", nil, http.StatusOK, &list)
		if list.Total != 1 {
			t.Errorf("%d incidents are there", list.Total)
		}
	})
}

// TestEveryMove tries each status from each status, with all that it demands.
func TestEveryMove(t *testing.T) {
	t.Parallel()
	allowed := map[string][]string{
		"new": {"acknowledged", "cancelled"}, "acknowledged": {"in_progress", "cancelled"}, "in_progress": {"on_hold", "resolved", "cancelled"},
		"on_hold": {"in_progress", "resolved", "cancelled"}, "resolved": {"in_progress", "closed"}, "closed": {"in_progress"}, "cancelled": {},
	}
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		for from := range ways {
			i := bring(t, h.Editor, from)
			if i.Status != from || !slices.Equal(i.AllowedTransitions, allowed[from]) {
				t.Errorf("%s allows %v", i.Status, i.AllowedTransitions)
			}
			for to, step := range steps {
				switch {
				case from == to:
				case slices.Contains(allowed[from], to):
					if got := patch(t, h.Editor, bring(t, h.Editor, from), step); got.Status != to {
						t.Errorf("%s → %s ends at %s", from, to, got.Status)
					}
				default:
					p := refused(t, h.Editor, "PATCH", i.path(), step, http.StatusConflict)
					want := strings.Join(allowed[from], ", ")
					if p.Reason != "forbidden_transition" || !strings.Contains(p.Error, "allowed: "+want) {
						t.Errorf("%s → %s: %+v", from, to, p)
					}
				}
			}
		}
	})
}

func TestDemands(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		i := bring(t, h.Editor, "in_progress")
		for _, c := range []struct {
			in     object
			fields []string
		}{
			{object{"status": "on_hold"}, []string{"on_hold_reason"}},
			{object{"status": "resolved"}, []string{"resolution_code", "resolution_note"}},
			{object{"status": "resolved", "resolution_code": "fixed"}, []string{"resolution_note"}},
			{object{"status": "cancelled"}, []string{"reason"}},
		} {
			p := refused(t, h.Editor, "PATCH", i.path(), c.in, http.StatusBadRequest)
			for _, f := range c.fields {
				if p.Fields[f] == "" || len(p.Fields) != len(c.fields) {
					t.Errorf("%v: %+v", c.in, p)
				}
			}
		}
		held := patch(t, h.Editor, i, steps["on_hold"])
		if held.OnHoldReason == nil || *held.OnHoldReason != "waiting for the vendor" {
			t.Errorf("held: %+v", held)
		}
		refused(t, h.Editor, "PATCH", i.path(), object{"on_hold_reason": nil}, http.StatusBadRequest)
		if going := patch(t, h.Editor, held, steps["in_progress"]); going.OnHoldReason != nil {
			t.Errorf("goes on: %+v", going)
		}
		done := patch(t, h.Editor, held, steps["resolved"])
		if *done.ResolutionCode != "fixed" || done.ResolvedAt == nil {
			t.Errorf("resolved: %+v", done)
		}
		refused(t, h.Editor, "PATCH", i.path(), object{"resolution_note": ""}, http.StatusBadRequest)
		if again := patch(t, h.Editor, done, steps["in_progress"]); again.ResolvedAt != nil || again.ResolutionCode != nil || again.ResolutionNote != nil {
			t.Errorf("reopened: %+v", again)
		}
	})
}

func TestPriority(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		for impact := 1; impact <= 3; impact++ {
			for urgency := 1; urgency <= 3; urgency++ {
				if i := create(t, h.Editor, object{"impact": impact, "urgency": urgency}); i.Priority != impact+urgency-1 || i.PriorityOverridden {
					t.Errorf("impact %d, urgency %d: priority %d", impact, urgency, i.Priority)
				}
			}
		}
		i := create(t, h.Editor, object{"severity": "critical", "impact": 3})
		if i.Impact != 3 || i.Priority != 2 {
			t.Errorf("critical: %+v", i)
		}
		i = create(t, h.Editor, object{})
		if i = patch(t, h.Editor, i, object{"severity": "critical"}); i.Impact != 2 || i.Priority != 2 {
			t.Errorf("made critical: %+v", i)
		}
		if i = patch(t, h.Editor, i, object{"urgency": 1}); i.Priority != 1 {
			t.Errorf("made urgent: %+v", i)
		}
		if p := refused(t, h.Editor, "PATCH", i.path(), object{"priority": 5}, http.StatusBadRequest); p.Fields["reason"] == "" {
			t.Errorf("an override without a reason: %+v", p)
		}
		if i = patch(t, h.Editor, i, object{"priority": 5, "reason": "only one user"}); i.Priority != 5 || !i.PriorityOverridden {
			t.Errorf("overridden: %+v", i)
		}
		if i = patch(t, h.Editor, i, object{"urgency": 2}); i.Priority != 5 || !i.PriorityOverridden {
			t.Errorf("an override does not stay: %+v", i)
		}
		var history struct {
			Items []struct {
				Field, Reason string
				Old, New      any
				By            struct{ Label string }
			}
		}
		h.Viewer.JSON("GET", i.path()+"/history", nil, http.StatusOK, &history)
		found := false
		for _, c := range history.Items {
			found = found || c.Field == "priority" && c.Old == 1.0 && c.New == 5.0 && c.Reason == "only one user" && c.By.Label == "Eve Editor"
		}
		if !found {
			t.Errorf("the history does not tell of the override: %+v", history)
		}
		if i = patch(t, h.Editor, i, object{"priority": nil}); i.Priority != 2 || i.PriorityOverridden {
			t.Errorf("back to the matrix: %+v", i)
		}
	})
}

func TestMerge(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		var ids []any
		for n := range 3 {
			var a object
			h.Editor.JSON("POST", "/api/v1/assets", object{"name": fmt.Sprint("Asset ", n), "asset_type": "server"}, http.StatusCreated, &a)
			ids = append(ids, a["id"])
		}
		slices.Reverse(ids) // they are shown as they were said, not as they were made
		var shown incident
		h.Viewer.JSON("GET", create(t, h.Editor, object{"asset_ids": ids}).path(), nil, http.StatusOK, &shown)
		if fmt.Sprint(shown.AssetIDs) != fmt.Sprint(ids) {
			t.Errorf("affected are %v, not %v", shown.AssetIDs, ids)
		}
		double := create(t, h.Editor, object{"asset_ids": ids[:2]})
		target := create(t, h.Editor, object{"asset_ids": ids[1:]})
		child := create(t, h.Editor, object{"parent_id": double.ID})
		target = patch(t, h.Editor, target, object{"parent_id": child.ID}) // under the duplicate, over one step
		if p := refused(t, h.Editor, "PATCH", double.path(), object{"parent_id": target.ID}, http.StatusBadRequest); p.Fields["parent_id"] == "" {
			t.Errorf("a circle: %+v", p)
		}
		h.Editor.JSON("POST", double.path()+"/comments", object{"body": "Same as the other, @admin@home.test"}, http.StatusCreated, nil)
		var closed incident
		h.Editor.JSON("POST", double.path()+"/merge", object{"into_id": target.ID, "reason": "the same"}, http.StatusOK, &closed)
		if closed.Status != "closed" || closed.DuplicateOfID == nil || *closed.DuplicateOfID != target.ID || *closed.ResolutionCode != "duplicate" || closed.ClosedAt == nil || len(closed.AllowedTransitions) != 0 {
			t.Errorf("closed: %+v", closed)
		}
		var left, under incident
		h.Viewer.JSON("GET", target.path(), nil, http.StatusOK, &left)
		h.Viewer.JSON("GET", child.path(), nil, http.StatusOK, &under)
		if len(left.AssetIDs) != 3 || left.ParentID != nil || under.ParentID == nil || *under.ParentID != target.ID {
			t.Errorf("the target: %+v, the part: %+v", left, under)
		}
		if p := refused(t, h.Editor, "POST", double.path()+"/merge", object{"into_id": target.ID}, http.StatusConflict); p.Reason != "forbidden_transition" {
			t.Errorf("merged twice: %+v", p)
		}
		if p := refused(t, h.Editor, "POST", target.path()+"/merge", object{"into_id": double.ID}, http.StatusConflict); p.Reason != "not_open" {
			t.Errorf("merged into a closed one: %+v", p)
		}
		refused(t, h.Admin, "DELETE", target.path(), nil, http.StatusConflict)
		// Both timelines tell of it, each from its side.
		for at, want := range map[string]string{double.path(): "false " + target.Number, target.path(): "true " + double.Number} {
			var line struct {
				Items []struct {
					Action       string
					LinkType     string `json:"link_type"`
					LinkIncoming bool   `json:"link_incoming"`
					Record       *struct{ Number string }
				}
			}
			h.Viewer.JSON("GET", at+"/timeline", nil, http.StatusOK, &line)
			links, merged := []string{}, false
			for _, e := range line.Items {
				if e.LinkType == "duplicate_of" {
					links = append(links, fmt.Sprint(e.LinkIncoming, " ", e.Record.Number))
				}
				merged = merged || e.Action == "incident.merged"
			}
			if !slices.Equal(links, []string{want}) || merged != (at == target.path()) {
				t.Errorf("%s: links %v, want %s; merged %v", at, links, want, merged)
			}
		}
	})
}

func TestPromote(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		i := create(t, h.Editor, object{})
		var got incident
		for range 2 {
			h.Editor.JSON("POST", i.path()+"/promote", object{"reason": "everybody is hit"}, http.StatusOK, &got)
			if !got.IsMajor || got.Version != 2 {
				t.Errorf("promoted: %+v", got)
			}
		}
		refused(t, h.Viewer, "POST", i.path()+"/promote", object{}, http.StatusForbidden)
		ended := bring(t, h.Editor, "cancelled")
		refused(t, h.Editor, "POST", ended.path()+"/promote", object{}, http.StatusConflict)
	})
}

// Two people move the same incident at the same time: one of them is too late, and told so.
func TestMovesAtTheSameTime(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		h.Admin.Credential()
		for range 10 {
			i := create(t, h.Editor, object{})
			answers := make(chan int, 2)
			for c, step := range map[*housetest.Caller]object{h.Editor: steps["acknowledged"], h.Admin: {"status": "cancelled", "reason": "no"}} {
				go func() {
					status, _, _ := c.REST("PATCH", i.path(), step)
					answers <- status
				}()
			}
			got := []int{<-answers, <-answers}
			slices.Sort(got)
			var end incident
			h.Viewer.JSON("GET", i.path(), nil, http.StatusOK, &end)
			// new → acknowledged → cancelled are two moves; cancelled first leaves none.
			if want := map[bool][]int{true: {200, 200}, false: {200, 409}}[end.Version == 3]; !slices.Equal(got, want) || end.Status != "cancelled" {
				t.Errorf("%v, and it is %s, version %d", got, end.Status, end.Version)
			}
		}
	})
}

// Two people make two incidents parts of each other at the same time, over a step each: one of them is refused.
func TestPartsAtTheSameTime(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		h.Admin.Credential()
		for range 5 {
			a, b := create(t, h.Editor, object{}), create(t, h.Editor, object{})
			ofA, ofB := create(t, h.Editor, object{"parent_id": a.ID}), create(t, h.Editor, object{"parent_id": b.ID})
			answers := make(chan int, 2)
			for who, move := range map[*housetest.Caller][2]incident{h.Editor: {a, ofB}, h.Admin: {b, ofA}} {
				go func() {
					status, _, _ := who.REST("PATCH", move[0].path(), object{"parent_id": move[1].ID})
					answers <- status
				}()
			}
			got := []int{<-answers, <-answers}
			slices.Sort(got)
			if !slices.Equal(got, []int{200, 400}) {
				t.Fatalf("the answers are %v", got)
			}
		}
	})
}

// What a move demands must be named by the mask, not only be there.
func TestDemandsByMask(t *testing.T) {
	t.Parallel()
	h := housetest.New(t, "sqlite")
	client := incidentsv1connect.NewIncidentServiceClient(h.Editor.HTTP, h.URL)
	i := bring(t, h.Editor, "in_progress")
	why := "waiting"
	update := func(paths ...string) error {
		_, err := client.UpdateIncident(t.Context(), &incidentsv1.UpdateIncidentRequest{
			Incident: &incidentsv1.Incident{Id: i.Number, Status: "on_hold", OnHoldReason: &why}, UpdateMask: &fieldmaskpb.FieldMask{Paths: paths},
		})
		return err
	}
	if err := update("status"); connect.CodeOf(err) != connect.CodeInvalidArgument {
		t.Errorf("a reason outside the mask: %v", err)
	}
	if err := update("status", "on_hold_reason"); err != nil {
		t.Error(err)
	}
	if err := update("status", "version", "number", "nonsense"); connect.CodeOf(err) != connect.CodeInvalidArgument {
		t.Errorf("an unknown path: %v", err)
	}
}
