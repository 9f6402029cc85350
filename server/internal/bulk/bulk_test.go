package bulk_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/holdfast-platform/holdfast/server/internal/housetest"
)

type object = map[string]any

// result is what a bulk change answers.
type result struct {
	Items []struct {
		ID, Outcome, Reason string
		Version             int
		Fields              map[string]string
	}
	Total, Updated, Unchanged, Refused int
}

func (r result) counts() [4]int { return [4]int{r.Total, r.Updated, r.Unchanged, r.Refused} }

// TestBulk: each record goes the way of a single change; a refused one holds up none of the others; a filter means what
// the list means.
func TestBulk(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		var ids []string
		for i := range 5 {
			var a struct{ ID string }
			h.Editor.JSON("POST", "/api/v1/assets", object{"name": fmt.Sprint("Pump ", i), "asset_type": "server", "lifecycle": "active", "serial": fmt.Sprint("SN-", i)},
				http.StatusCreated, &a)
			ids = append(ids, a.ID)
		}
		h.Editor.JSON("PATCH", "/api/v1/assets/"+ids[4], object{"lifecycle": "decommissioned"}, http.StatusOK, nil)

		var dry, got result
		body := object{"ids": ids, "set": object{"lifecycle": "decommissioned"}, "reason": "end of life", "dry_run": true}
		h.Editor.JSON("POST", "/api/v1/assets/bulk", body, http.StatusOK, &dry)
		if want := [4]int{5, 4, 1, 0}; dry.counts() != want {
			t.Errorf("dry run: %v, want %v", dry.counts(), want)
		}
		delete(body, "dry_run")
		h.Editor.JSON("POST", "/api/v1/assets/bulk", body, http.StatusOK, &got)
		if got.counts() != dry.counts() {
			t.Errorf("the dry run said %v, then it was %v", dry.counts(), got.counts())
		}
		h.Editor.JSON("POST", "/api/v1/assets/bulk", body, http.StatusOK, &got)
		if want := [4]int{5, 0, 5, 0}; got.counts() != want {
			t.Errorf("again: %v, want %v", got.counts(), want)
		}
		var history struct {
			Items []struct{ Field, Reason string }
		}
		h.Editor.JSON("GET", "/api/v1/assets/"+ids[0]+"/history", nil, http.StatusOK, &history)
		if len(history.Items) == 0 || history.Items[0].Field != "lifecycle" || history.Items[0].Reason != "end of life" {
			t.Errorf("history: %+v", history.Items)
		}

		// What one record may not become, another may.
		h.Editor.JSON("PATCH", "/api/v1/assets/"+ids[0], object{"lifecycle": "active", "reason": "needed"}, http.StatusOK, nil)
		h.Editor.JSON("POST", "/api/v1/assets/bulk", object{"ids": append(ids[:2:2], "01900000-0000-7000-8000-000000000000"), "set": object{"lifecycle": "planned"}},
			http.StatusOK, &got)
		if want := [4]int{3, 0, 0, 3}; got.counts() != want {
			t.Errorf("refused: %v, want %v: %+v", got.counts(), want, got.Items)
		}
		h.Editor.JSON("POST", "/api/v1/assets/bulk", object{"ids": append(ids[:2:2], "01900000-0000-7000-8000-000000000000"), "set": object{"lifecycle": "active"}},
			http.StatusOK, &got)
		if want := [4]int{3, 0, 1, 2}; got.counts() != want {
			t.Errorf("one without a reason, one that is not there: %v, want %v: %+v", got.counts(), want, got.Items)
		}

		// By filter, with the number that was seen, and clearing by the mask.
		filter := object{"serial": []string{"sn-1", "SN-2"}}
		h.Editor.JSON("POST", "/api/v1/assets/bulk", object{"filter": filter, "expected_total": 3, "set": object{"model": "X"}}, http.StatusConflict, nil)
		h.Editor.JSON("POST", "/api/v1/assets/bulk", object{"filter": filter, "set": object{"model": "X"}}, http.StatusBadRequest, nil)
		h.Editor.JSON("POST", "/api/v1/assets/bulk", object{"filter": object{"colour": "red"}, "expected_total": 0, "set": object{"model": "X"}}, http.StatusBadRequest, nil)
		h.Editor.JSON("POST", "/api/v1/assets/bulk", object{"filter": object{"q": "pump", "serial": filter["serial"]}, "expected_total": 2, "set": object{"model": "X"}},
			http.StatusOK, &got)
		if want := [4]int{2, 2, 0, 0}; got.counts() != want {
			t.Errorf("by filter: %v, want %v: %+v", got.counts(), want, got.Items)
		}
		h.Editor.JSON("POST", "/api/v1/assets/bulk", object{"ids": ids, "set": object{}, "update_mask": "model"}, http.StatusOK, &got)
		if want := [4]int{5, 2, 3, 0}; got.counts() != want {
			t.Errorf("cleared: %v, want %v: %+v", got.counts(), want, got.Items)
		}

		// Who may not, may not; whoever is bound to a client finds nothing of others.
		h.Viewer.JSON("POST", "/api/v1/assets/bulk", object{"ids": ids, "set": object{"model": "X"}}, http.StatusForbidden, nil)
	})
}

// TestBulkTickets: incidents go by their states, each for itself, and their order by severity goes by rank.
func TestBulkTickets(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		var ids []string
		for _, severity := range []string{"low", "critical", "medium", "high"} {
			var i struct{ ID string }
			h.Editor.JSON("POST", "/api/v1/incidents", object{"title": "Outage " + severity, "severity": severity}, http.StatusCreated, &i)
			ids = append(ids, i.ID)
		}
		h.Editor.JSON("PATCH", "/api/v1/incidents/"+ids[0], object{"status": "cancelled", "reason": "no", "resolution_note": "none"}, http.StatusOK, nil)
		var got result
		h.Editor.JSON("POST", "/api/v1/incidents/bulk", object{"ids": ids, "set": object{"status": "acknowledged"}}, http.StatusOK, &got)
		if want := [4]int{4, 3, 0, 1}; got.counts() != want {
			t.Errorf("%v, want %v: %+v", got.counts(), want, got.Items)
		}
		var list struct{ Items []struct{ Severity string } }
		h.Editor.JSON("GET", "/api/v1/incidents?order_by=severity", nil, http.StatusOK, &list)
		order := ""
		for _, i := range list.Items {
			order += i.Severity + " "
		}
		if order != "low medium high critical " {
			t.Errorf("by severity: %s", order)
		}
		var named struct{ Items []struct{ ID string } }
		for _, q := range []string{"title=outage%20HIGH", "number=inc-4"} {
			h.Editor.JSON("GET", "/api/v1/incidents?"+q, nil, http.StatusOK, &named)
			if len(named.Items) != 1 || named.Items[0].ID != ids[3] {
				t.Errorf("%s: %+v", q, named.Items)
			}
		}
	})
}
