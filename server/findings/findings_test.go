package findings_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/holdfast-platform/holdfast/ent/viewer"
	"github.com/holdfast-platform/holdfast/server/internal/db"
	"github.com/holdfast-platform/holdfast/server/internal/housetest"
)

type object = map[string]any

// session is there before its findings; its asset belongs to the client.
func session(t *testing.T, h *housetest.House, tenant, reviewer uuid.UUID, name string, client *uuid.UUID) (id, asset string) {
	t.Helper()
	err := h.DB.Tx(viewer.In(t.Context(), tenant, viewer.Guard), func(ctx context.Context) error {
		a, err := db.From(ctx).Asset.Create().SetName("Asset of " + name).SetAssetType("server").SetNillableClientID(client).Save(ctx)
		if err != nil {
			return err
		}
		s, err := db.From(ctx).Session.Create().SetName(name).SetAssetID(a.ID).SetNillableClientID(client).SetReviewDate("2026-02-28").SetReviewerID(reviewer).Save(ctx)
		if err == nil {
			id, asset = s.ID.String(), a.ID.String()
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return id, asset
}

func fields(t *testing.T, body []byte) map[string]string {
	t.Helper()
	var problem struct{ Fields map[string]string }
	if err := json.Unmarshal(body, &problem); err != nil {
		t.Errorf("%v: %s", err, body)
	}
	return problem.Fields
}

func with(base object, more object) object {
	out := object{}
	for _, m := range []object{base, more} {
		for k, v := range m {
			out[k] = v
		}
	}
	return out
}

func TestFindings(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		theirs, asset := session(t, h, h.Tenant, h.Editor.Person, "Acme review", &h.ClientID)
		other, _ := session(t, h, h.Tenant, h.Editor.Person, "Own review", nil)
		status, header, body := h.Editor.REST("POST", "/api/v1/findings", object{
			"session_id": theirs, "title": "Reflected script in search", "description": "The *q* parameter is echoed.", "risk_level": "high",
			"impact": "Session theft", "recommendation": "Encode", "references": []string{"https://owasp.org/xss"}, "cwe": 79,
			"cvss_vector": "CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N", "assignee_id": h.Editor.Person, "due_at": "2026-12-31T12:00:00Z",
			"location": "/search", "source_tool": "zap", "source_rule": "40012", "asset_id": uuid.NewString(), "cvss_score": 0.1, "number": "FND-9",
		})
		if status != http.StatusCreated || header.Get("Etag") != `"1"` {
			t.Fatalf("%d %s", status, body)
		}
		housetest.Golden(t, "finding", body)
		var made struct {
			ID, Number string
			AssetID    string `json:"asset_id"`
		}
		if err := json.Unmarshal(body, &made); err != nil || made.AssetID != asset || made.Number != "FND-1" {
			t.Errorf("%v: %+v", err, made)
		}

		var got object
		h.Viewer.JSON("GET", "/api/v1/findings/FND-1", nil, http.StatusOK, &got)
		if got["id"] != made.ID {
			t.Errorf("by number: %v", got)
		}
		h.Editor.JSON("PATCH", "/api/v1/findings/fnd-1", got, http.StatusOK, &got) // what was read can be sent back
		if got["version"] != 1.0 {
			t.Errorf("sent back: version %v", got["version"])
		}
		for _, s := range []any{other, nil} {
			if status, _, body := h.Editor.REST("PATCH", "/api/v1/findings/FND-1", object{"session_id": s}); status != http.StatusConflict {
				t.Errorf("another session: %d %s", status, body)
			}
		}
		before := got["dedup_hash"]
		h.Editor.JSON("PATCH", "/api/v1/findings/FND-1", object{
			"title": "Reflected script", "cvss_vector": "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N", "cwe": nil, "references": nil,
			"location": nil, "due_at": nil, "assignee_id": nil, "remediation_status": "in_progress",
		}, http.StatusOK, &got)
		if got["cvss_score"] != 9.3 || got["cvss_severity"] != "critical" || got["cwe"] != nil || len(got["references"].([]any)) != 0 || got["assignee"] != nil || got["due_at"] != nil {
			t.Errorf("changed: %v", got)
		}
		if got["dedup_hash"] == before || got["dedup_hash"] == nil {
			t.Errorf("the hash stayed %v", before)
		}
		h.Editor.JSON("PATCH", "/api/v1/findings/FND-1", object{"location": "/search"}, http.StatusOK, &got)
		if got["dedup_hash"] != before {
			t.Errorf("the hash came back as %v, not %v", got["dedup_hash"], before)
		}
		h.Editor.JSON("PATCH", "/api/v1/findings/FND-1", object{"source_tool": nil, "cvss_vector": nil}, http.StatusOK, &got)
		if got["dedup_hash"] != nil || got["cvss_score"] != nil || got["cvss_severity"] != nil {
			t.Errorf("cleared: %v", got)
		}
	})
}

func TestAcceptance(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		s, _ := session(t, h, h.Tenant, h.Editor.Person, "Review", nil)
		good := object{"session_id": s, "title": "Old cipher", "description": "RC4", "risk_level": "low"}
		status, _, body := h.Editor.REST("POST", "/api/v1/findings", with(good, object{"accepted_until": "2027-01-01T00:00:00Z", "remediation_status": "accepted_risk"}))
		if status != http.StatusBadRequest || fields(t, body)["reason"] == "" {
			t.Errorf("without a reason: %d %s", status, body)
		}
		h.Editor.JSON("POST", "/api/v1/findings", good, http.StatusCreated, nil)
		status, _, body = h.Editor.REST("PATCH", "/api/v1/findings/FND-1", object{"accepted_until": "2027-01-01T00:00:00Z", "remediation_status": "accepted_risk"})
		if status != http.StatusBadRequest || fields(t, body)["reason"] == "" {
			t.Errorf("without a reason: %d %s", status, body)
		}
		var got object
		h.Editor.JSON("PATCH", "/api/v1/findings/FND-1", object{"accepted_until": "2027-01-01T00:00:00Z", "remediation_status": "accepted_risk", "reason": "Replaced in spring"}, http.StatusOK, &got)
		// as it was
		h.Editor.JSON("PATCH", "/api/v1/findings/FND-1", object{"accepted_until": "2027-01-01T00:00:00Z", "title": "Old ciphers"}, http.StatusOK, nil)
		h.Editor.JSON("PATCH", "/api/v1/findings/FND-1", object{"accepted_until": "2028-01-01T00:00:00Z"}, http.StatusBadRequest, nil)
		h.Editor.JSON("PATCH", "/api/v1/findings/FND-1", object{"accepted_until": nil, "remediation_status": "open"}, http.StatusOK, nil)
		status, _, body = h.Viewer.REST("GET", "/api/v1/findings/FND-1/history", nil)
		if status != http.StatusOK {
			t.Fatalf("%d %s", status, body)
		}
		housetest.Golden(t, "finding_history", body)
	})
}

func TestLists(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		theirs, asset := session(t, h, h.Tenant, h.Editor.Person, "Acme review", &h.ClientID)
		ours, _ := session(t, h, h.Tenant, h.Editor.Person, "Own review", nil)
		for i, more := range []object{
			{"session_id": theirs, "risk_level": "critical", "cwe": 89, "due_at": "2026-01-01T00:00:00Z"},
			{"session_id": theirs, "risk_level": "low", "assignee_id": h.Admin.Person, "remediation_status": "resolved"},
			{"session_id": ours, "risk_level": "critical", "cwe": 79, "cvss_vector": "CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N"},
			{"session_id": ours, "risk_level": "high", "remediation_status": "accepted_risk", "accepted_until": "2027-06-01T00:00:00Z", "reason": "later", "due_at": "2026-02-01T00:00:00Z"},
		} {
			in := with(object{"title": fmt.Sprintf("Finding %c", 'A'+i), "description": "Seen in " + string('w'+rune(i)) + "-tests"}, more)
			h.Editor.JSON("POST", "/api/v1/findings", in, http.StatusCreated, nil)
		}
		list := func(who *housetest.Caller, query string) (numbers string, total int) {
			var got struct {
				Items []struct{ Number string }
				Total int
			}
			who.JSON("GET", "/api/v1/findings"+query, nil, http.StatusOK, &got)
			var all []string
			for _, f := range got.Items {
				all = append(all, strings.TrimPrefix(f.Number, "FND-"))
			}
			return strings.Join(all, " "), got.Total
		}
		for query, want := range map[string]string{
			"":                             "4 3 2 1", // newest first
			"?order_by=number":             "1 2 3 4",
			"?order_by=-title":             "4 3 2 1",
			"?order_by=due_at":             "1 4 2 3", // nulls last
			"?order_by=-due_at":            "4 1 3 2",
			"?order_by=-cvss_score,number": "3 1 2 4",
			"?session_id=" + ours:          "4 3",
			"?session_id=" + ours + "&session_id=" + theirs:         "4 3 2 1",
			"?asset_id=" + asset:                                    "2 1",
			"?client_id=" + h.ClientID.String():                     "2 1",
			"?risk_level=critical":                                  "3 1",
			"?risk_level=critical&risk_level=low":                   "3 2 1",
			"?risk_level=critical&client_id=" + h.ClientID.String(): "1",
			"?remediation_status=resolved":                          "2",
			"?assignee_id=" + h.Admin.Person.String():               "2",
			"?cwe=79":                               "3",
			"?cwe=79&cwe=89":                        "3 1",
			"?q=finding+b":                          "2",
			"?q=y-tests":                            "3",
			"?q=FND-4":                              "4",
			"?q=seen":                               "4 3 2 1",
			"?due_before=2026-01-15T00:00:00Z":      "1",
			"?accepted_before=2027-07-01T00:00:00Z": "4",
			"?order_by=risk_level":                  "1 3 4 2",
			"?order_by=-risk_level,-number":         "2 4 3 1",
			"?per_page=3&page=2":                    "1",
		} {
			if got, total := list(h.Viewer, query); got != want && !strings.Contains(query, "page=2") || total < len(strings.Fields(want)) {
				t.Errorf("%s: %q, want %q, total %d", query, got, want, total)
			}
		}
		for query, want := range map[string]string{"": "2 1", "?session_id=" + ours: "", "?risk_level=critical": "1", "?q=seen": "2 1", "?q=FND-4": ""} {
			if got, total := list(h.Client, query); got != want || total != len(strings.Fields(want)) {
				t.Errorf("a client user, %s: %q, want %q, total %d", query, got, want, total)
			}
		}
		h.Client.JSON("GET", "/api/v1/findings/FND-4", nil, http.StatusNotFound, nil)
		h.Client.JSON("GET", "/api/v1/findings/FND-4/history", nil, http.StatusNotFound, nil)
		h.Client.JSON("GET", "/api/v1/findings/FND-1/history", nil, http.StatusOK, nil)
		if got, total := list(h.Stranger, ""); got != "" || total != 0 {
			t.Errorf("a stranger sees %q", got)
		}
		h.Stranger.JSON("GET", "/api/v1/findings/FND-1", nil, http.StatusNotFound, nil)
		for _, query := range []string{"?cwe=x", "?cwe=0", "?session_id=FND-1", "?risk_level=-", "?order_by=risk_rank", "?due_before=soon", "?severity=high"} {
			if status, _, body := h.Viewer.REST("GET", "/api/v1/findings"+query, nil); status != http.StatusBadRequest {
				t.Errorf("%s: %d %s", query, status, body)
			}
		}
	})
}

func TestBadFindings(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		s, _ := session(t, h, h.Tenant, h.Editor.Person, "Review", nil)
		strange, _ := session(t, h, h.Other, h.Stranger.Person, "Elsewhere", nil)
		good := object{"session_id": s, "title": "T", "description": "D", "risk_level": "low"}
		for _, c := range []struct {
			field  string
			value  any
			status int
			says   string
		}{
			{"session_id", nil, 400, ""}, {"session_id", "x", 400, ""}, {"session_id", uuid.NewString(), 404, ""}, {"session_id", strange, 404, ""},
			{"title", nil, 400, ""}, {"title", strings.Repeat("x", 501), 400, ""}, {"description", "", 400, ""}, {"description", strings.Repeat("x", 20001), 400, ""},
			{"risk_level", nil, 400, ""}, {"risk_level", "severe", 400, "critical"}, {"remediation_status", "done", 400, "resolved"},
			{"impact", strings.Repeat("x", 10001), 400, ""}, {"recommendation", strings.Repeat("x", 10001), 400, ""}, {"location", strings.Repeat("x", 2049), 400, ""},
			{"cvss_vector", "CVSS:3.1/AV:N", 400, "AC"}, {"cvss_vector", "CVSS:3.1/AV:Q/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N", 400, "AV"}, {"cvss_vector", "7.5", 400, "CVSS:3.1"},
			{"cwe", 0, 400, ""}, {"assignee_id", uuid.NewString(), 404, ""}, {"assignee_id", h.Stranger.Person, 404, ""},
		} {
			status, _, body := h.Editor.REST("POST", "/api/v1/findings", with(good, object{c.field: c.value}))
			if f := fields(t, body); status != c.status || f[c.field] == "" || !strings.Contains(f[c.field], c.says) {
				t.Errorf("%s = %.20v: %d %s", c.field, c.value, status, body)
			}
		}
		for _, in := range []object{
			{"references": strings.Split(strings.Repeat("x ", 50)+"x", " ")}, {"references": []string{strings.Repeat("x", 2049)}}, {"references": []string{""}},
			{"due_at": "soon"}, {"due_at": "2026-13-01T00:00:00Z"}, {"description": "a\x00b"},
		} {
			if status, _, body := h.Editor.REST("POST", "/api/v1/findings", with(good, in)); status != http.StatusBadRequest {
				t.Errorf("%.30v: %d %s", in, status, body)
			}
		}
		if got, _, body := h.Editor.REST("POST", "/api/v1/findings", object{}); got != 400 || len(fields(t, body)) != 4 {
			t.Errorf("nothing at all: %d %s", got, body)
		}
		var list struct{ Total int }
		h.Viewer.JSON("GET", "/api/v1/findings", nil, http.StatusOK, &list)
		if list.Total != 0 {
			t.Errorf("%d findings are there", list.Total)
		}
		h.Viewer.JSON("POST", "/api/v1/findings", good, http.StatusForbidden, nil)
		var made object
		h.Editor.JSON("POST", "/api/v1/findings", good, http.StatusCreated, &made)
		h.Editor.JSON("PATCH", "/api/v1/findings/FND-1", object{"title": nil}, http.StatusBadRequest, nil)
		h.Editor.JSON("PATCH", "/api/v1/findings/FND-1", object{"risk_level": "severe"}, http.StatusBadRequest, nil)
		h.Editor.JSON("PATCH", "/api/v1/findings/FND-1", object{"title": "U"}, http.StatusPreconditionFailed, nil, "If-Match", `"7"`)
		h.Editor.JSON("PATCH", "/api/v1/findings/FND-1", object{"title": "U", "version": 7}, http.StatusConflict, nil)
	})
}

func TestStatements(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		s, _ := session(t, h, h.Tenant, h.Editor.Person, "Review", &h.ClientID)
		count := func(method, path string, body any) int {
			least := 1 << 30
			for range 4 {
				least = min(least, h.Statements(func() { h.Editor.REST(method, path, body) }))
			}
			return least
		}
		good := object{"session_id": s, "title": "T", "description": "D", "risk_level": "low", "assignee_id": h.Admin.Person}
		if n := count("POST", "/api/v1/findings", good); n > 9 { // session, asset, client, person
			t.Errorf("create: %d statements", n)
		}
		if n := count("GET", "/api/v1/findings/FND-1", nil); n > 5 {
			t.Errorf("get: %d statements", n)
		}
		if n := count("GET", "/api/v1/findings", nil); n > 6 {
			t.Errorf("list: %d statements", n)
		}
	})
}
