package incidents_test

import (
	"context"
	"math"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/holdfast-platform/holdfast/server/incidents"
	"github.com/holdfast-platform/holdfast/server/internal/clock"
	"github.com/holdfast-platform/holdfast/server/internal/housetest"
)

type dial struct {
	State            string
	Breached         bool
	Calendar         string
	Percent          float64
	TargetSeconds    int     `json:"target_seconds"`
	ElapsedSeconds   int     `json:"elapsed_seconds"`
	RemainingSeconds int     `json:"remaining_seconds"`
	DueAt            *string `json:"due_at"`
	BreachedAt       *string `json:"breached_at"`
	Intervals        []struct {
		Running        bool
		Status, Why    string
		CountedSeconds int `json:"counted_seconds"`
	}
}

type levels struct {
	Priority          int
	PolicyRevision    int `json:"policy_revision"`
	Response, Resolve *dial
}

func explain(t *testing.T, h *housetest.House, i incident) levels {
	t.Helper()
	var out levels
	h.Viewer.JSON("GET", i.path()+"/sla", nil, http.StatusOK, &out)
	return out
}

// pass lets time go by; access tokens do not live that long.
func pass(h *housetest.House, d time.Duration) {
	h.Clock.Advance(d)
	for _, c := range []*housetest.Caller{h.Admin, h.Editor, h.Viewer, h.Stranger} {
		c.Renew()
	}
}

// about compares seconds; calls take time too.
func about(got int, want time.Duration) bool {
	return math.Abs(float64(got)-want.Seconds()) < 60
}

func sweep(t *testing.T, h *housetest.House) {
	t.Helper()
	if err := incidents.Sweep(clock.With(h.DB.In(t.Context()), h.Clock)); err != nil {
		t.Fatal(err)
	}
}

// timeline counts the entries by kind and action.
func timeline(t *testing.T, h *housetest.House, i incident, query string) map[string]int {
	t.Helper()
	var out struct {
		Items []struct {
			Kind, Action, Actor string
			Detail              map[string]any
		}
	}
	h.Viewer.JSON("GET", i.path()+"/timeline?per_page=100"+query, nil, http.StatusOK, &out)
	n := map[string]int{}
	for _, e := range out.Items {
		n[e.Kind]++
		key := e.Action
		if e.Detail != nil {
			key += " " + e.Detail["target"].(string)
			if e.Actor != "sla-clock" {
				key += " by " + e.Actor
			}
		}
		n[key]++
	}
	return n
}

func TestClocks(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		i := create(t, h.Editor, object{}) // priority 3: 2 hours, 24 hours
		pass(h, time.Hour)
		if s := explain(t, h, i); s.Response.State != "running" || !about(s.Response.ElapsedSeconds, time.Hour) || s.Response.TargetSeconds != 7200 || s.Resolve.TargetSeconds != 86400 || s.PolicyRevision != 0 {
			t.Errorf("after an hour: %+v %+v", s.Response, s.Resolve)
		}
		i = patch(t, h.Editor, i, steps["acknowledged"])
		i = patch(t, h.Editor, i, steps["in_progress"])
		held := patch(t, h.Editor, i, steps["on_hold"])
		if held.ResolveDueAt != nil || held.ResponseDueAt == nil {
			t.Errorf("on hold: %+v", held)
		}
		pass(h, 100*time.Hour)
		if s := explain(t, h, i); s.Response.State != "met" || s.Resolve.State != "paused" || !about(s.Resolve.ElapsedSeconds, time.Hour) || s.Resolve.DueAt != nil {
			t.Errorf("on hold for days: %+v %+v", s.Response, s.Resolve)
		}
		i = patch(t, h.Editor, i, steps["in_progress"])
		due, err := time.Parse(time.RFC3339, *i.ResolveDueAt)
		if left := due.Sub(h.Clock.Now()); err != nil || left < 22*time.Hour+58*time.Minute || left > 23*time.Hour {
			t.Errorf("%v left after the hold", left)
		}
		s := explain(t, h, i)
		if *s.Resolve.DueAt != *i.ResolveDueAt {
			t.Errorf("the record is due at %s, the explanation says %s", *i.ResolveDueAt, *s.Resolve.DueAt)
		}
		why := ""
		for _, v := range s.Resolve.Intervals {
			why += v.Why + "|"
		}
		if !strings.Contains(why, "new|acknowledged|in progress|on hold: waiting for the vendor|") {
			t.Errorf("explained as %s", why)
		}
		pass(h, 2*time.Hour)
		i = patch(t, h.Editor, i, steps["resolved"])
		pass(h, 48*time.Hour)
		if s := explain(t, h, i); s.Resolve.State != "met" || !about(s.Resolve.ElapsedSeconds, 3*time.Hour) {
			t.Errorf("resolved: %+v", s.Resolve)
		}
		i = patch(t, h.Editor, i, steps["in_progress"])
		pass(h, time.Hour)
		if s := explain(t, h, i); s.Resolve.State != "running" || !about(s.Resolve.ElapsedSeconds, 4*time.Hour) {
			t.Errorf("reopened: %+v", s.Resolve)
		}
		// A higher priority judges all of it: 4 hours have counted, 4 are the target of priority 1.
		i = patch(t, h.Editor, i, object{"priority": 1, "reason": "the boss is hit"})
		if s := explain(t, h, i); s.Priority != 1 || s.Resolve.State != "breached" || s.Resolve.TargetSeconds != 14400 || s.Response.State != "breached" {
			t.Errorf("made urgent: %+v %+v", s.Response, s.Resolve)
		}
		sweep(t, h)
		h.Viewer.JSON("GET", i.path(), nil, http.StatusOK, &i)
		if n := timeline(t, h, i, ""); !i.ResolveBreached || !i.ResponseBreached || n["incident.sla_breach resolution"] != 1 || n["incident.sla_breach response"] != 1 {
			t.Errorf("breached: %+v %v", i, n)
		}
		i = patch(t, h.Editor, i, object{"priority": 5, "reason": "or not"})
		if s := explain(t, h, i); s.Resolve.State != "breached" || s.Resolve.TargetSeconds != 604800 || !i.ResolveBreached || !i.ResponseBreached {
			t.Errorf("made idle, which unsays nothing: %+v %+v", s.Resolve, i)
		}
		var then levels
		at := "?at=" + strings.ReplaceAll(h.Clock.Now().Add(-100*time.Hour).UTC().Format(time.RFC3339), "+", "%2B")
		h.Viewer.JSON("GET", i.path()+"/sla"+at, nil, http.StatusOK, &then)
		if then.Priority != 3 || then.Resolve.State != "paused" {
			t.Errorf("as it was then: %+v %+v", then, then.Resolve)
		}
		refused(t, h.Viewer, "GET", i.path()+"/sla?at=2020-01-01T00:00:00Z", nil, http.StatusBadRequest)
		refused(t, h.Viewer, "GET", i.path()+"/sla?at=2999-01-01T00:00:00Z", nil, http.StatusBadRequest)
	})
}

// The warning and the breach of each clock are told once, however many look at the same time.
func TestToldOnce(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		i := create(t, h.Editor, object{"impact": 1, "urgency": 1}) // 15 minutes, 4 hours
		twice := func() {
			t.Helper()
			errs := make(chan error, 2)
			for range cap(errs) {
				go func() { errs <- incidents.Sweep(clock.With(h.DB.In(context.WithoutCancel(t.Context())), h.Clock)) }()
			}
			for range cap(errs) {
				if err := <-errs; err != nil {
					t.Error(err)
				}
			}
		}
		expect := func(when string, want map[string]int) {
			t.Helper()
			got := timeline(t, h, i, "&kind=sla")
			for key, n := range want {
				if got[key] != n {
					t.Errorf("%s: %s %d times, want %d", when, key, got[key], n)
				}
			}
		}
		twice()
		expect("at once", map[string]int{"sla": 0})
		pass(h, 12*time.Minute)
		twice()
		expect("after 12 minutes", map[string]int{"sla": 1, "incident.sla_warning response": 1})
		var list struct{ Total int }
		h.Viewer.JSON("GET", "/api/v1/incidents?breached=true", nil, http.StatusOK, &list)
		if list.Total != 0 {
			t.Errorf("breached already: %d", list.Total)
		}
		pass(h, 4*time.Minute)
		twice()
		expect("after 16 minutes", map[string]int{"sla": 2, "incident.sla_breach response": 1})
		h.Viewer.JSON("GET", "/api/v1/incidents?breached=true&open=true", nil, http.StatusOK, &list)
		if list.Total != 1 {
			t.Errorf("breached: %d", list.Total)
		}
		before := i.Version
		pass(h, 3*time.Hour)
		twice()
		expect("after 3 hours", map[string]int{"sla": 3, "incident.sla_warning resolution": 1})
		pass(h, time.Hour)
		twice()
		twice()
		expect("after 4 hours", map[string]int{"sla": 4, "incident.sla_breach resolution": 1})
		h.Viewer.JSON("GET", i.path(), nil, http.StatusOK, &i)
		if !i.ResponseBreached || !i.ResolveBreached || i.Version != before+2 {
			t.Errorf("%+v: only the two breaches change the record", i)
		}
	})
}

// The server itself looks after the clocks, and tells those who work on the incident: nobody calls for it.
func TestTheServerTells(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		i := create(t, h.Editor, object{"impact": 1, "urgency": 1, "assignee_id": h.Admin.Person.String()})
		pass(h, 5*time.Hour)
		var told struct{ Items []struct{ Cause string } }
		for range 200 {
			h.Admin.JSON("GET", "/api/v1/notifications?per_page=100", nil, http.StatusOK, &told)
			breaches := 0
			for _, n := range told.Items {
				if n.Cause == "sla_breach" {
					breaches++
				}
			}
			if n := timeline(t, h, i, "&kind=sla"); n["sla"] == 2 && breaches > 0 {
				return
			}
			time.Sleep(100 * time.Millisecond)
		}
		t.Errorf("told %v %v", timeline(t, h, i, ""), told)
	})
}

func TestAutoCloseAndReopenWindow(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		h.Admin.JSON("PATCH", "/api/v1/settings", object{"reopen_window_days": 2, "auto_close_days": 4}, http.StatusOK, nil)
		i := bring(t, h.Editor, "resolved")
		h.Admin.JSON("PATCH", "/api/v1/settings", object{"auto_close_days": 0}, http.StatusOK, nil)
		kept := bring(t, h.Editor, "resolved")
		pass(h, 47*time.Hour)
		i = patch(t, h.Editor, i, steps["in_progress"])
		h.Admin.JSON("PATCH", "/api/v1/settings", object{"auto_close_days": 4}, http.StatusOK, nil)
		i = patch(t, h.Editor, i, steps["resolved"])
		i = patch(t, h.Editor, i, object{"priority": 5, "reason": "it was nothing"}) // closes by itself all the same
		pass(h, 49*time.Hour)
		p := refused(t, h.Editor, "PATCH", i.path(), steps["in_progress"], http.StatusConflict)
		if p.Reason != "forbidden_transition" || !strings.HasSuffix(p.Error, "allowed: closed") {
			t.Errorf("reopened too late: %+v", p)
		}
		h.Editor.JSON("GET", i.path(), nil, http.StatusOK, &i)
		if len(i.AllowedTransitions) != 1 || i.AllowedTransitions[0] != "closed" {
			t.Errorf("allowed: %v", i.AllowedTransitions)
		}
		sweep(t, h)
		h.Viewer.JSON("GET", i.path(), nil, http.StatusOK, &i)
		if i.Status != "resolved" {
			t.Errorf("%s before its time", i.Status)
		}
		pass(h, 48*time.Hour)
		sweep(t, h)
		h.Viewer.JSON("GET", i.path(), nil, http.StatusOK, &i)
		h.Viewer.JSON("GET", kept.path(), nil, http.StatusOK, &kept)
		if i.Status != "closed" || i.ClosedAt == nil || kept.Status != "resolved" {
			t.Errorf("%+v is %s, the one that never closes by itself is %s", i.ClosedAt, i.Status, kept.Status)
		}
		var history struct {
			Items []struct{ Field, Actor string }
		}
		h.Viewer.JSON("GET", i.path()+"/history", nil, http.StatusOK, &history)
		found := false
		for _, c := range history.Items {
			found = found || c.Field == "status" && c.Actor == "auto-close"
		}
		if !found {
			t.Errorf("the history does not say who closed it: %+v", history)
		}
	})
}

// Changing the policy rewrites nothing: an incident is judged by the one that was in force when it was made or its
// priority changed.
func TestPolicyRevisions(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		old := create(t, h.Editor, object{})
		ended := bring(t, h.Editor, "closed")
		before := explain(t, h, ended)
		var settings struct {
			PolicyRevision int `json:"policy_revision"`
		}
		allDay := []object{}
		for _, d := range []string{"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"} {
			allDay = append(allDay, object{"day": d, "from": "00:00", "to": "12:00"}, object{"day": d, "from": "12:00", "to": "24:00"})
		}
		h.Admin.JSON("PATCH", "/api/v1/settings", object{
			"calendars":   []object{{"name": "Always", "time_zone": "Europe/Vienna", "weekly": allDay}},
			"sla_targets": []object{{"priority": 2, "response_minutes": 10, "resolve_minutes": 60, "calendar": "Always"}, {"priority": 3, "response_minutes": 1, "resolve_minutes": 2}},
		}, http.StatusOK, &settings)
		if settings.PolicyRevision != 1 {
			t.Errorf("revision %d", settings.PolicyRevision)
		}
		made := create(t, h.Editor, object{})
		if s := explain(t, h, made); s.PolicyRevision != 1 || s.Resolve.TargetSeconds != 120 {
			t.Errorf("made after: %+v %+v", s, s.Resolve)
		}
		if s := explain(t, h, old); s.PolicyRevision != 0 || s.Resolve.TargetSeconds != 86400 {
			t.Errorf("made before: %+v %+v", s, s.Resolve)
		}
		if s := explain(t, h, ended); s.PolicyRevision != 0 || *s.Resolve.DueAt != *before.Resolve.DueAt || s.Resolve.State != "met" {
			t.Errorf("closed before: %+v %+v", s, s.Resolve)
		}
		old = patch(t, h.Editor, old, object{"title": "Another title"})
		if s := explain(t, h, old); s.PolicyRevision != 0 {
			t.Errorf("a new title is judged by revision %d", s.PolicyRevision)
		}
		old = patch(t, h.Editor, old, object{"urgency": 1})
		if s := explain(t, h, old); s.PolicyRevision != 1 || s.Priority != 2 || s.Resolve.TargetSeconds != 3600 || s.Resolve.Calendar != "Always" {
			t.Errorf("a new priority: %+v %+v", s, s.Resolve)
		}
		old = patch(t, h.Editor, old, object{"impact": 3, "urgency": 3})
		if s := explain(t, h, old); s.Priority != 5 || s.Resolve != nil || old.ResolveDueAt != nil {
			t.Errorf("nothing is promised for priority 5: %+v", s)
		}
	})
}
