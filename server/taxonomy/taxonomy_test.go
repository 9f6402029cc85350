package taxonomy_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/holdfast-platform/holdfast/server/internal/clock"
	"github.com/holdfast-platform/holdfast/server/internal/housetest"
	"github.com/holdfast-platform/holdfast/server/internal/vocabulary"
)

type (
	object = map[string]any
	word   struct {
		Value     string `json:"value"`
		Label     string `json:"label"`
		Color     string `json:"color"`
		SortOrder int    `json:"sort_order"`
		IsActive  *bool  `json:"is_active,omitempty"`
	}
	version struct {
		ID, Description string
		Version         int
		Revision        int
		IsCurrent       bool                    `json:"is_current"`
		CreatedBy       *struct{ Label string } `json:"created_by"`
		Domains         map[string][]word
	}
	list struct {
		Items []version
		Total int
	}
)

// words are active words in this order; one that begins with a minus is not active.
func words(values ...string) []word {
	var all []word
	for i, v := range values {
		on := !strings.HasPrefix(v, "-")
		v = strings.TrimPrefix(v, "-")
		all = append(all, word{Value: v, Label: strings.ToUpper(v), Color: "#0af", SortOrder: i + 1, IsActive: &on})
	}
	return all
}

// domains are good ones, but for what is given.
func domains(risks []word, more ...any) object {
	out := object{
		"risk_level": risks, "remediation_status": words("todo", "in_progress", "done"), "session_status": words("drafted", "running"), "asset_type": words("pump", "server"),
	}
	for i := 0; i+1 < len(more); i += 2 {
		out[more[i].(string)] = more[i+1]
	}
	return out
}

func fields(t *testing.T, body []byte) map[string]string {
	t.Helper()
	var problem struct{ Fields map[string]string }
	if err := json.Unmarshal(body, &problem); err != nil {
		t.Errorf("%v: %s", err, body)
	}
	return problem.Fields
}

func TestDefaults(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		for _, who := range []*housetest.Caller{h.Admin, h.Member, h.Client} {
			var now version
			who.JSON("GET", "/api/v1/taxonomy/current", nil, http.StatusOK, &now)
			if now.Revision != 0 || !now.IsCurrent || now.ID != "" || len(now.Domains["risk_level"]) != 5 || now.Domains["risk_level"][0].Color != "#991b1b" {
				t.Errorf("%s: %+v", who.Name, now)
			}
		}
		var all list
		h.Admin.JSON("GET", "/api/v1/taxonomy/versions", nil, http.StatusOK, &all)
		if all.Total != 0 {
			t.Errorf("%d versions", all.Total)
		}
		h.Editor.JSON("GET", "/api/v1/taxonomy/versions", nil, http.StatusForbidden, nil)
		h.Editor.JSON("POST", "/api/v1/taxonomy/versions", object{"domains": domains(words("a"))}, http.StatusForbidden, nil)
	})
}

func TestBadVersions(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		one := func(change func(*word)) []word {
			all := words("a", "b")
			change(&all[1])
			return all
		}
		for name, c := range map[string]struct {
			in   any
			want []string
		}{
			"nothing":           {object{}, []string{"domains.risk_level", "domains.remediation_status", "domains.session_status", "domains.asset_type"}},
			"null":              {object{"domains": nil}, []string{"domains.risk_level"}},
			"no asset types":    {object{"domains": domains(words("a"), "asset_type", nil)}, []string{"domains.asset_type"}},
			"an empty domain":   {object{"domains": domains(words())}, []string{"domains.risk_level"}},
			"a value twice":     {object{"domains": domains(one(func(w *word) { w.Value = "a" }))}, []string{"domains.risk_level[1].value"}},
			"an order twice":    {object{"domains": domains(one(func(w *word) { w.SortOrder = 1 }))}, []string{"domains.risk_level[1].sort_order"}},
			"no active word":    {object{"domains": domains(words("-a", "-b"))}, []string{"domains.risk_level"}},
			"a bad value":       {object{"domains": domains(one(func(w *word) { w.Value = "Very High" }))}, []string{"domains.risk_level[1].value"}},
			"no value":          {object{"domains": domains(one(func(w *word) { w.Value = "" }))}, []string{"domains.risk_level[1].value"}},
			"a bad colour":      {object{"domains": domains(one(func(w *word) { w.Color = "red" }))}, []string{"domains.risk_level[1].color"}},
			"no colour":         {object{"domains": domains(one(func(w *word) { w.Color = "" }))}, []string{"domains.risk_level[1].color"}},
			"four digits":       {object{"domains": domains(one(func(w *word) { w.Color = "#1234" }))}, []string{"domains.risk_level[1].color"}},
			"no label":          {object{"domains": domains(one(func(w *word) { w.Label = "  " }))}, []string{"domains.risk_level[1].label"}},
			"a long label":      {object{"domains": domains(one(func(w *word) { w.Label = strings.Repeat("x", 101) }))}, []string{"domains.risk_level[1].label"}},
			"a negative order":  {object{"domains": domains(one(func(w *word) { w.SortOrder = -1 }))}, []string{"domains.risk_level[1].sort_order"}},
			"an unknown domain": {object{"domains": domains(words("a"), "severity", words("x"))}, nil},
			"a long text":       {object{"description": strings.Repeat("x", 2001), "domains": domains(words("a"))}, []string{"description"}},
		} {
			status, _, body := h.Admin.REST("POST", "/api/v1/taxonomy/versions", c.in)
			got := fields(t, body)
			if status != http.StatusBadRequest {
				t.Errorf("%s: %d %s", name, status, body)
			}
			for _, f := range c.want {
				if got[f] == "" {
					t.Errorf("%s: nothing about %s: %s", name, f, body)
				}
			}
		}
		var all list
		h.Admin.JSON("GET", "/api/v1/taxonomy/versions", nil, http.StatusOK, &all)
		if all.Total != 0 {
			t.Errorf("%d versions are there", all.Total)
		}
		for _, id := range []string{"01890000-0000-7000-8000-000000000000", h.Tenant.String()} {
			h.Admin.JSON("POST", "/api/v1/taxonomy/activate", object{"id": id}, http.StatusNotFound, nil)
		}
		h.Admin.JSON("POST", "/api/v1/taxonomy/activate", object{"id": "1"}, http.StatusBadRequest, nil)
		h.Admin.JSON("POST", "/api/v1/taxonomy/activate", object{}, http.StatusBadRequest, nil)
	})
}

// review makes an asset, a session and findings of these risk levels; it answers where they are.
func review(t *testing.T, h *housetest.House, risks ...string) (asset, session string, findings []string) {
	t.Helper()
	var made struct{ ID string }
	h.Admin.JSON("POST", "/api/v1/assets", object{"name": "Pump 1", "asset_type": "server"}, http.StatusCreated, &made)
	asset = made.ID
	h.Admin.JSON("POST", "/api/v1/sessions", object{"asset_id": asset, "name": "Review", "review_date": "2026-11-22", "reviewer_id": h.Editor.Person}, http.StatusCreated, &made)
	session = made.ID
	for _, r := range risks {
		h.Admin.JSON("POST", "/api/v1/findings", object{"session_id": session, "title": r, "description": "D", "risk_level": r}, http.StatusCreated, &made)
		findings = append(findings, made.ID)
	}
	return asset, session, findings
}

// shown is a record with its words.
type shown struct {
	Title, Status     string
	Version           int
	RemediationStatus string `json:"remediation_status"`
	AssetTypeWord     *word  `json:"asset_type_word"`
	StatusWord        *word  `json:"status_word"`
	RiskLevelWord     *word  `json:"risk_level_word"`
}

func TestVersions(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		asset, session, findings := review(t, h, "low", "critical", "high")
		order := func() string {
			var l struct{ Items []shown }
			h.Viewer.JSON("GET", "/api/v1/findings?order_by=risk_level", nil, http.StatusOK, &l)
			var out []string
			for _, f := range l.Items {
				out = append(out, f.Title)
			}
			return strings.Join(out, " ")
		}
		if got := order(); got != "critical high low" {
			t.Errorf("by default: %s", got)
		}
		lines := h.Lines()
		status, header, body := h.Admin.REST("POST", "/api/v1/taxonomy/versions", object{
			"description": "Ours", "reason": "New handbook", "domains": domains([]word{
				{Value: "high", Label: "Hoch", Color: "#abcdef", SortOrder: 30}, {Value: "low", Label: "Niedrig", Color: "#0A0", SortOrder: 10}, {Value: "severe", Label: "Schwer", Color: "#f00", SortOrder: 40},
			}),
		})
		var first version
		if err := json.Unmarshal(body, &first); err != nil || status != http.StatusCreated || header.Get("Etag") != `"1"` {
			t.Fatalf("%d %v %s", status, header, body)
		}
		if first.Revision != 1 || !first.IsCurrent || first.CreatedBy == nil || first.Description != "Ours" || first.Domains["risk_level"][0].Value != "low" || !*first.Domains["risk_level"][0].IsActive {
			t.Errorf("%s", body)
		}
		if n := h.Lines() - lines; n != 1 {
			t.Errorf("%d lines: the ranks are no change of a finding", n)
		}
		if got := order(); got != "low high critical" {
			t.Errorf("by the new version: %s", got)
		}

		// The words that were dropped stay, in grey; those that are there have the new labels.
		for path, want := range map[string]struct{ of, label, color string }{
			"/api/v1/assets/" + asset: {"asset_type", "SERVER", "#0af"}, "/api/v1/sessions/" + session: {"status", "Planned", vocabulary.Grey},
			"/api/v1/findings/" + findings[0]: {"risk_level", "Niedrig", "#0A0"}, "/api/v1/findings/" + findings[1]: {"risk_level", "Critical", vocabulary.Grey},
		} {
			var r shown
			h.Viewer.JSON("GET", path, nil, http.StatusOK, &r)
			w := map[string]*word{"asset_type": r.AssetTypeWord, "status": r.StatusWord, "risk_level": r.RiskLevelWord}[want.of]
			if w == nil || w.Label != want.label || w.Color != want.color || r.Version != 1 {
				t.Errorf("%s: %+v, %+v", path, w, r)
			}
		}

		// Only words of the version can be set, whichever way; what was set before may be sent back.
		h.Admin.JSON("PATCH", "/api/v1/findings/"+findings[1], object{"risk_level": "critical", "title": "Still critical"}, http.StatusOK, nil)
		for path, in := range map[string]object{
			"/api/v1/findings/" + findings[0]: {"risk_level": "critical"}, "/api/v1/assets/" + asset: {"asset_type": "plc"}, "/api/v1/sessions/" + session: {"status": "completed"},
			"/api/v1/findings/" + findings[2]: {"remediation_status": "resolved"},
		} {
			status, _, body := h.Admin.REST("PATCH", path, in)
			for f := range in {
				if status != http.StatusBadRequest || !strings.Contains(fields(t, body)[f], "must be one of") {
					t.Errorf("%s %v: %d %s", path, in, status, body)
				}
			}
		}
		for query, says := range map[string]string{"": "must be one of pump, server", "?dry_run=false": "must be one of pump, server"} {
			_, _, body := h.Admin.REST("POST", "/api/v1/assets/import"+query, "name,asset_type\nA,plc\nB,pump\n", "Content-Type", "text/csv")
			if !strings.Contains(string(body), says) || strings.Count(string(body), `"error"`) < 1 {
				t.Errorf("the import%s: %s", query, body)
			}
		}

		// What the program would set by itself gives way to the first active word.
		var made shown
		h.Admin.JSON("POST", "/api/v1/sessions", object{"asset_id": asset, "name": "Another", "review_date": "2026-11-22", "reviewer_id": h.Editor.Person}, http.StatusCreated, &made)
		if made.Status != "drafted" {
			t.Errorf("a new session is %s", made.Status)
		}
		h.Admin.JSON("POST", "/api/v1/findings", object{"session_id": session, "title": "severe", "description": "D", "risk_level": "severe"}, http.StatusCreated, &made)
		if made.RemediationStatus != "todo" {
			t.Errorf("a new finding is %s", made.RemediationStatus)
		}
		if got := order(); got != "low high severe Still critical" {
			t.Errorf("with a new finding: %s", got)
		}

		// Findings in a state that was dropped still want something done.
		var board struct {
			Tiles []struct {
				Key   string
				Value int
			}
		}
		h.Viewer.JSON("GET", "/api/v1/stats", nil, http.StatusOK, &board)
		for _, tile := range board.Tiles {
			if want, ok := map[string]int{"findings.open": 4, "findings.open.risk_level.critical": 1, "findings.remediation_status.open": 3}[tile.Key]; ok && tile.Value != want {
				t.Errorf("%s is %d, want %d", tile.Key, tile.Value, want)
			}
		}
		if len(board.Tiles) == 0 {
			t.Error("no tiles")
		}

		// Back and forth. The other tenant goes by its own words all the time.
		var second, again version
		h.Admin.JSON("POST", "/api/v1/taxonomy/versions", object{"domains": domains(words("severe", "critical", "high", "-low"))}, http.StatusCreated, &second)
		if got := order(); got != "severe Still critical high low" || second.Revision != 2 {
			t.Errorf("by revision %d: %s", second.Revision, got)
		}
		h.Admin.JSON("PATCH", "/api/v1/findings/"+findings[2], object{"risk_level": "low"}, http.StatusBadRequest, nil)
		h.Admin.JSON("POST", "/api/v1/taxonomy/activate", object{"id": first.ID, "validate_only": true}, http.StatusOK, nil)
		if got := order(); got != "severe Still critical high low" {
			t.Errorf("after a mere check: %s", got)
		}
		for range 2 { // the second time nothing happens
			h.Admin.JSON("POST", "/api/v1/taxonomy/activate", object{"id": first.ID}, http.StatusOK, &again)
			if !again.IsCurrent || again.Version != 3 || again.Revision != 1 {
				t.Errorf("%+v", again)
			}
		}
		if got := order(); got != "low high severe Still critical" {
			t.Errorf("back at revision 1: %s", got)
		}
		var all list
		h.Admin.JSON("GET", "/api/v1/taxonomy/versions", nil, http.StatusOK, &all)
		if all.Total != 2 || all.Items[0].Revision != 2 || all.Items[0].IsCurrent || !all.Items[1].IsCurrent {
			t.Errorf("%+v", all)
		}
		h.Stranger.JSON("POST", "/api/v1/taxonomy/activate", object{"id": first.ID}, http.StatusNotFound, nil)
		h.Stranger.JSON("POST", "/api/v1/assets", object{"name": "Elsewhere", "asset_type": "plc"}, http.StatusCreated, nil)
	})
}

// TestAtOnce: versions that are made at the same time get numbers of their own, and one of them is the current one.
func TestAtOnce(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		h.Admin.Credential()
		const n = 12
		made := make([]version, n)
		var wait sync.WaitGroup
		for i := range n {
			wait.Go(func() {
				h.Admin.JSON("POST", "/api/v1/taxonomy/versions", object{"domains": domains(words("a", fmt.Sprintf("b%d", i)))}, http.StatusCreated, &made[i])
			})
		}
		wait.Wait()
		var revisions []int
		for _, v := range made {
			revisions = append(revisions, v.Revision)
		}
		slices.Sort(revisions)
		for i, r := range revisions {
			if r != i+1 {
				t.Fatalf("the revisions are %v", revisions)
			}
		}
		var now version
		var current list
		h.Admin.JSON("GET", "/api/v1/taxonomy/current", nil, http.StatusOK, &now)
		h.Admin.JSON("GET", "/api/v1/taxonomy/versions?is_current=true", nil, http.StatusOK, &current)
		if now.Revision != n || current.Total != 1 || current.Items[0].Revision != n {
			t.Errorf("revision %d is the current one of %d", now.Revision, current.Total)
		}
	})
}

// TestFindingsOfTheSameMoment: a finding that was ranked by the version before is ranked anew soon.
func TestFindingsOfTheSameMoment(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		_, _, findings := review(t, h, "low", "high")
		h.Admin.JSON("POST", "/api/v1/taxonomy/versions", object{"domains": domains(words("low", "high"))}, http.StatusCreated, nil)
		ctx := context.WithoutCancel(t.Context())
		rank := func(id string) (n int) {
			if err := h.DB.Reader().QueryRowContext(ctx, `SELECT risk_rank FROM findings WHERE id = $1`, id).Scan(&n); err != nil {
				t.Error(err)
			}
			return n
		}
		if rank(findings[0]) != 0 || rank(findings[1]) != 1 {
			t.Errorf("ranks %d, %d", rank(findings[0]), rank(findings[1]))
		}
		if _, err := h.DB.Writer().ExecContext(ctx, `UPDATE findings SET risk_rank = 3 WHERE id = $1`, findings[0]); err != nil {
			t.Fatal(err)
		}
		if due, err := vocabulary.Unsettled(h.DB.In(ctx)); err != nil || !due {
			t.Errorf("due: %v, %v", due, err)
		}
		if err := vocabulary.Settle(h.DB.In(ctx)); err != nil {
			t.Fatal(err)
		}
		if n := rank(findings[0]); n != 0 {
			t.Errorf("it still has rank %d", n)
		}
	})
}

// TestOtherServers: a version that one server makes is what another goes by within a second.
func TestOtherServers(t *testing.T) {
	t.Parallel()
	one, two := housetest.Pair(t)
	at := func(h *housetest.House) int {
		in := object{"name": "P", "asset_type": "pump"}
		status, _, _ := h.Nobody.REST("POST", "/api/v1/assets?validate_only=true", in, "Authorization", "Bearer "+one.Admin.Credential())
		return status
	}
	for range 2 { // both know the words
		if a, b := at(one), at(two); a != http.StatusBadRequest || b != http.StatusBadRequest {
			t.Fatalf("before: %d, %d", a, b)
		}
	}
	one.Admin.JSON("POST", "/api/v1/taxonomy/versions", object{"domains": domains(words("a"))}, http.StatusCreated, nil)
	since := clock.System.Now()
	if status := at(one); status != http.StatusOK {
		t.Errorf("where it was made: %d", status)
	}
	for at(two) != http.StatusOK {
		if time.Since(since) > 3*time.Second { // one second, on a machine that has other work
			t.Fatal("the other server does not hear of it")
		}
		time.Sleep(20 * time.Millisecond)
	}
}
