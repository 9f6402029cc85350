package findings_test

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/holdfast-platform/holdfast/server/findings"
	"github.com/holdfast-platform/holdfast/server/internal/clock"
	"github.com/holdfast-platform/holdfast/server/internal/housetest"
)

func note(t *testing.T, h *housetest.House, more object) (id string) {
	t.Helper()
	var made struct{ ID string }
	s, _ := session(t, h, h.Tenant, h.Editor.Person, "Review "+uuid.NewString(), &h.ClientID)
	h.Editor.JSON("POST", "/api/v1/findings", with(object{"session_id": s, "title": "Old cipher", "description": "RC4", "risk_level": "low"}, more), http.StatusCreated, &made)
	return made.ID
}

// TestRetests: a re-test is kept, and moves the finding where the result leads.
func TestRetests(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		id := note(t, h, object{"remediation_status": "accepted_risk", "accepted_until": "2030-01-01T00:00:00Z", "reason": "later"})
		path := "/api/v1/findings/" + id
		for i, c := range []struct{ result, status string }{{"not_fixed", "open"}, {"partly", "in_progress"}, {"partly", "in_progress"}, {"fixed", "resolved"}} {
			lines := h.Lines()
			var made, got object
			h.Editor.JSON("POST", path+"/retests", object{"result": c.result, "note": "Tried *it*"}, http.StatusCreated, &made)
			if made["result"] != c.result || made["by_id"] != h.Editor.Person.String() || made["by"] == nil || made["at"] == nil || made["finding_id"] != id {
				t.Errorf("made: %v", made)
			}
			h.Viewer.JSON("GET", path, nil, http.StatusOK, &got)
			if got["remediation_status"] != c.status || got["accepted_until"] != nil {
				t.Errorf("after %s: %v", c.result, got)
			}
			want := 2
			if i == 2 { // it is there already
				want = 1
			}
			if n := h.Lines() - lines; n != want {
				t.Errorf("%d lines", n)
			}
		}
		var made, now object
		h.Viewer.JSON("GET", path, nil, http.StatusOK, &now)
		h.Editor.JSON("POST", path+"/retests", object{"result": "not_fixed", "at": now["created_at"], "by_id": h.Admin.Person}, http.StatusCreated, &made)
		h.Viewer.JSON("GET", path, nil, http.StatusOK, &now)
		if now["remediation_status"] != "resolved" {
			t.Errorf("an older re-test moved it: %v", now)
		}
		h.Editor.JSON("POST", path+"/retests", object{"result": "fixed", "at": "2026-01-02T03:04:05Z"}, http.StatusBadRequest, nil)
		if made["at"] != now["created_at"] || made["by_id"] != h.Admin.Person.String() {
			t.Errorf("%v", made)
		}
		status, _, body := h.Client.REST("GET", path+"/retests?order_by=at", nil)
		if status != http.StatusOK {
			t.Fatalf("%d %s", status, body)
		}
		housetest.Golden(t, "retests", body)
		var list struct {
			Items []struct{ Result string }
			Total int
		}
		h.Viewer.JSON("GET", path+"/retests", nil, http.StatusOK, &list)
		if list.Total != 5 || list.Items[0].Result != "fixed" || list.Items[4].Result != "not_fixed" {
			t.Errorf("the latest first: %+v", list)
		}
		_, _, body = h.Viewer.REST("GET", path+"/history", nil)
		if !strings.Contains(string(body), `"re-test: partly"`) {
			t.Errorf("the history does not say why: %s", body)
		}

		for field, value := range map[string]any{
			"result": "perhaps", "at": time.Now().Add(time.Hour).Format(time.RFC3339), "by_id": h.Viewer.Person, "note": strings.Repeat("x", 10_001), "nonsense": 1,
		} {
			status, _, body := h.Editor.REST("POST", path+"/retests", with(object{"result": "fixed"}, object{field: value}))
			if status != http.StatusBadRequest || fields(t, body)[field] == "" {
				t.Errorf("%s %v: %d %s", field, value, status, body)
			}
		}
		h.Editor.JSON("POST", path+"/retests", object{}, http.StatusBadRequest, nil)
		h.Editor.JSON("POST", path+"/retests", object{"result": "fixed", "by_id": h.Stranger.Person}, http.StatusBadRequest, nil)
		h.Editor.JSON("POST", "/api/v1/findings/FND-999/retests", object{"result": "fixed"}, http.StatusNotFound, nil)
		h.Stranger.JSON("POST", path+"/retests", object{"result": "fixed"}, http.StatusNotFound, nil)
		h.Stranger.JSON("GET", path+"/retests", nil, http.StatusNotFound, nil)
		h.Viewer.JSON("POST", path+"/retests", object{"result": "fixed"}, http.StatusForbidden, nil)
		h.Client.JSON("POST", path+"/retests", object{"result": "fixed"}, http.StatusForbidden, nil)
	})
}

// TestTemplates: a finding begins with what its template says, where the caller says nothing.
func TestTemplates(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		s, _ := session(t, h, h.Tenant, h.Editor.Person, "Review", nil)
		var template struct {
			ID      string
			Version int
		}
		text := object{
			"name": "Injection", "category": "injection", "title": "SQL injection", "description": "Text reaches the database.", "risk_level": "critical",
			"impact": "All data", "recommendation": "Parameters", "references": []string{"https://x.test/"}, "cwe": 89, "cvss_vector": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H",
		}
		h.Admin.JSON("POST", "/api/v1/templates", text, http.StatusCreated, &template)
		var got object
		h.Editor.JSON("POST", "/api/v1/findings", object{"session_id": s, "template_id": template.ID}, http.StatusCreated, &got)
		for _, field := range []string{"title", "description", "risk_level", "impact", "recommendation", "cvss_vector"} {
			if got[field] != text[field] {
				t.Errorf("%s: %v", field, got[field])
			}
		}
		if got["cwe"] != 89.0 || got["cvss_score"] != 9.8 || len(got["references"].([]any)) != 1 || got["template_id"] != template.ID || got["template_version"] != 1.0 || got["template"] == nil {
			t.Errorf("%v", got)
		}
		id := got["id"].(string)
		h.Editor.JSON("POST", "/api/v1/findings", object{
			"session_id": s, "template_id": template.ID, "title": "Mine", "risk_level": "low", "cwe": 90, "references": []string{"a", "b"}, "impact": "None",
		}, http.StatusCreated, &got)
		if got["title"] != "Mine" || got["risk_level"] != "low" || got["cwe"] != 90.0 || got["impact"] != "None" || len(got["references"].([]any)) != 2 || got["description"] != text["description"] {
			t.Errorf("%v", got)
		}
		h.Editor.JSON("PATCH", "/api/v1/findings/"+id, object{"template_id": template.ID, "title": "As it was"}, http.StatusOK, nil)
		h.Editor.JSON("PATCH", "/api/v1/findings/"+id, object{"template_id": uuid.NewString()}, http.StatusConflict, nil)
		h.Editor.JSON("PATCH", "/api/v1/findings/"+id, object{"template_id": nil}, http.StatusConflict, nil)
		for _, c := range []struct {
			id   any
			want int
		}{{uuid.NewString(), 404}, {"x", 400}, {id, 404}} {
			h.Editor.JSON("POST", "/api/v1/findings", object{"session_id": s, "template_id": c.id}, c.want, nil)
		}
		var theirs struct{ ID string }
		h.Stranger.JSON("POST", "/api/v1/templates", with(text, object{"name": "Theirs"}), http.StatusCreated, &theirs)
		h.Editor.JSON("POST", "/api/v1/findings", object{"session_id": s, "template_id": theirs.ID}, http.StatusNotFound, nil)
		// A later version of the template changes nothing about what began with it.
		h.Admin.JSON("PATCH", "/api/v1/templates/"+template.ID, object{"title": "New", "description": ""}, http.StatusOK, nil)
		h.Editor.JSON("GET", "/api/v1/findings/"+id, nil, http.StatusOK, &got)
		if got["title"] != "As it was" || got["template_version"] != 1.0 {
			t.Errorf("%v", got)
		}
		status, _, body := h.Editor.REST("POST", "/api/v1/findings", object{"session_id": s, "template_id": template.ID})
		if status != http.StatusBadRequest || fields(t, body)["description"] == "" {
			t.Errorf("a template without a description: %d %s", status, body)
		}
	})
}

// TestSameWeakness: a session has what a tool found once; what people write has no hash.
func TestSameWeakness(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		s, _ := session(t, h, h.Tenant, h.Editor.Person, "Review", nil)
		other, _ := session(t, h, h.Tenant, h.Editor.Person, "Other", nil)
		in := object{"session_id": s, "title": "T", "description": "D", "risk_level": "low", "source_tool": "zap", "source_rule": "1", "location": "/", "source_fingerprint": "a"}
		var first struct{ ID, Number string }
		h.Editor.JSON("POST", "/api/v1/findings", in, http.StatusCreated, &first)
		status, _, body := h.Editor.REST("POST", "/api/v1/findings", in)
		if status != http.StatusConflict || !strings.Contains(string(body), first.Number) || !strings.Contains(string(body), "already_exists") {
			t.Errorf("the same again: %d %s", status, body)
		}
		h.Editor.JSON("POST", "/api/v1/findings", with(in, object{"session_id": other}), http.StatusCreated, nil)
		h.Editor.JSON("POST", "/api/v1/findings", with(in, object{"source_tool": nil}), http.StatusCreated, nil)
		h.Editor.JSON("POST", "/api/v1/findings", with(in, object{"source_tool": nil}), http.StatusCreated, nil)
		var second struct{ ID string }
		h.Editor.JSON("POST", "/api/v1/findings", with(in, object{"source_fingerprint": "b"}), http.StatusCreated, &second)
		h.Editor.JSON("PATCH", "/api/v1/findings/"+second.ID, object{"source_fingerprint": "a"}, http.StatusConflict, nil)
		h.Editor.JSON("PATCH", "/api/v1/findings/"+second.ID, object{"source_fingerprint": "b", "title": "As it was"}, http.StatusOK, nil)
		var all sync.WaitGroup
		var mu sync.Mutex
		made := 0
		for range 6 {
			all.Go(func() {
				status, _, body := h.Editor.REST("POST", "/api/v1/findings", with(in, object{"location": "/race"}))
				mu.Lock()
				defer mu.Unlock()
				switch status {
				case http.StatusCreated:
					made++
				case http.StatusConflict:
				default:
					t.Errorf("%d %s", status, body)
				}
			})
		}
		all.Wait()
		if made != 1 {
			t.Errorf("%d of six were made", made)
		}
	})
}

// TestAcceptanceRules: accepting a risk needs a reason and a date ahead; another state ends it.
func TestAcceptanceRules(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		path := "/api/v1/findings/" + note(t, h, nil)
		for what, c := range map[string]struct {
			body  object
			field string
		}{
			"no reason":        {object{"remediation_status": "accepted_risk"}, "reason"},
			"in the past":      {object{"remediation_status": "accepted_risk", "accepted_until": "2020-01-01T00:00:00Z", "reason": "x"}, "accepted_until"},
			"in another state": {object{"accepted_until": "2030-01-01T00:00:00Z", "reason": "x"}, "accepted_until"},
			"both":             {object{"remediation_status": "resolved", "accepted_until": "2030-01-01T00:00:00Z", "reason": "x"}, "accepted_until"},
		} {
			if status, _, body := h.Editor.REST("PATCH", path, c.body); status != http.StatusBadRequest || fields(t, body)[c.field] == "" {
				t.Errorf("%s: %d %s", what, status, body)
			}
		}
		var got object
		h.Editor.JSON("PATCH", path, object{"remediation_status": "accepted_risk", "reason": "for good"}, http.StatusOK, &got)
		h.Editor.JSON("PATCH", path, object{"accepted_until": "2030-01-01T00:00:00Z", "reason": "not for good"}, http.StatusOK, &got)
		h.Editor.JSON("PATCH", path, got, http.StatusOK, nil) // as it was read
		h.Editor.JSON("PATCH", path, object{"remediation_status": "in_progress"}, http.StatusOK, &got)
		if got["accepted_until"] != nil {
			t.Errorf("%v", got)
		}
	})
}

// TestAcceptanceEnds: an acceptance that is over reopens the finding, once, though several servers look; a week before,
// people are told.
func TestAcceptanceEnds(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		now := clock.Now(clock.With(t.Context(), h.Clock))
		in := func(d time.Duration) object {
			return object{"remediation_status": "accepted_risk", "accepted_until": now.Add(d).Format(time.RFC3339), "reason": "until then"}
		}
		soon, late, near := note(t, h, in(10*time.Minute)), note(t, h, in(40*24*time.Hour)), note(t, h, with(in(24*time.Hour), object{"assignee_id": h.Admin.Person}))
		run := func(do func(context.Context) error) {
			t.Helper()
			var all sync.WaitGroup
			for range 3 {
				all.Go(func() {
					if err := do(clock.With(h.DB.In(t.Context()), h.Clock)); err != nil {
						t.Error(err)
					}
				})
			}
			all.Wait()
		}
		// lines are those about a finding; the server does its work beside this test's.
		lines := func(id, action string) (n int) {
			t.Helper()
			err := h.DB.Reader().QueryRowContext(t.Context(), `SELECT count(*) FROM journal WHERE actor = 'acceptance-clock' AND record_id = $1 AND action = $2`, uuid.MustParse(id), action).Scan(&n)
			if err != nil {
				t.Error(err)
			}
			return n
		}
		status := func(id string) string {
			var got object
			h.Viewer.JSON("GET", "/api/v1/findings/"+id, nil, http.StatusOK, &got)
			if got["accepted_until"] == nil {
				return got["remediation_status"].(string) + " for good"
			}
			return got["remediation_status"].(string)
		}
		run(findings.Reopen)
		if s := status(soon); s != "accepted_risk" {
			t.Errorf("before its time: %s", s)
		}
		run(findings.Warn)
		run(findings.Warn)
		for id, want := range map[string]int{soon: 1, near: 1, late: 0} {
			if n := lines(id, "finding.acceptance_expiring"); n != want {
				t.Errorf("told of %d times, want %d", n, want)
			}
		}
		told := func() (causes string) {
			var list struct {
				Items []struct{ Cause, Detail string }
			}
			h.Admin.JSON("GET", "/api/v1/notifications?cause=acceptance", nil, http.StatusOK, &list)
			for _, n := range list.Items {
				causes += n.Cause + " " + n.Detail
			}
			return causes
		}
		for range 100 {
			if told() != "" {
				break
			}
			time.Sleep(50 * time.Millisecond)
		}
		if want := "acceptance " + now.Add(24*time.Hour).Format(time.DateOnly); told() != want {
			t.Errorf("told: %q, want %q", told(), want)
		}
		h.Clock.Advance(11 * time.Minute)
		run(findings.Reopen)
		if n := lines(soon, "finding.updated"); n != 1 {
			t.Errorf("reopened %d times", n)
		}
		if s := status(soon); s != "open for good" {
			t.Errorf("after its time: %s", s)
		}
		if s := status(late); s != "accepted_risk" {
			t.Errorf("before its time: %s", s)
		}
		_, _, body := h.Viewer.REST("GET", "/api/v1/findings/"+soon+"/history?per_page=2", nil)
		var history struct {
			Items []struct{ Actor, Field, Reason string }
		}
		if err := json.Unmarshal(body, &history); err != nil || len(history.Items) != 2 || history.Items[0].Actor != "acceptance-clock" || !strings.HasPrefix(history.Items[0].Reason, "the risk was accepted until ") {
			t.Errorf("the history: %s", body)
		}
		h.Editor.JSON("PATCH", "/api/v1/findings/"+near, object{"accepted_until": now.Add(6 * 24 * time.Hour).Format(time.RFC3339), "reason": "longer"}, http.StatusOK, nil)
		run(findings.Warn)
		if n := lines(near, "finding.acceptance_expiring"); n != 2 { // the new end is told of anew
			t.Errorf("told of %d times", n)
		}
	})
}
