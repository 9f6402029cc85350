package findings_test

import (
	"encoding/json"
	"net/http"
	"testing"

	"github.com/holdfast-platform/holdfast/server/internal/housetest"
)

// What a completed or cancelled review has found stays as it was judged, as does the review; remediation goes on, and
// reopening is the way.
func TestEndedReviewKeepsWhatWasJudged(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		for _, state := range []string{"completed", "cancelled"} {
			review, _ := session(t, h, h.Tenant, h.Editor.Person, "Review that is "+state, nil)
			var made struct{ ID string }
			h.Editor.JSON("POST", "/api/v1/findings", object{"session_id": review, "title": "Open port", "description": "It is open.", "risk_level": "high"}, http.StatusCreated, &made)
			at, over := "/api/v1/findings/"+made.ID, "/api/v1/sessions/"+review
			h.Editor.JSON("PATCH", over, object{"status": state, "scope": "All of it"}, http.StatusOK, nil)
			ended := func(path string, body object) {
				t.Helper()
				status, _, raw := h.Editor.REST("PATCH", path, body)
				var p struct{ Reason string }
				if err := json.Unmarshal(raw, &p); err != nil || status != http.StatusConflict || p.Reason != "ended" {
					t.Errorf("%s %v: %d %s", path, body, status, raw)
				}
			}
			for field, value := range map[string]any{
				"risk_level": "low", "title": "Other", "description": "Other", "impact": "None", "recommendation": "Nothing", "cwe": 79,
				"references": []string{"https://example.org"}, "cvss_vector": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H",
			} {
				ended(at, object{field: value})
			}
			for field, value := range map[string]any{"scope": "Less", "notes": "Later", "review_date": "2026-03-01", "reviewer_id": h.Admin.Person} {
				ended(over, object{field: value})
			}
			h.Editor.JSON("PATCH", at, object{"remediation_status": "in_progress", "assignee_id": h.Editor.Person, "risk_level": "high"}, http.StatusOK, nil)
			h.Editor.JSON("POST", at+"/retests", object{"result": "fixed"}, http.StatusCreated, nil)
			h.Editor.JSON("PATCH", over, object{"name": "Another name"}, http.StatusOK, nil)
			h.Editor.JSON("PATCH", over, object{"status": "in_progress", "notes": "Opened again"}, http.StatusOK, nil)
			h.Editor.JSON("PATCH", at, object{"risk_level": "low"}, http.StatusOK, nil)
		}
	})
}
