package templates_test

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/holdfast-platform/holdfast/ent/viewer"
	"github.com/holdfast-platform/holdfast/gen/ent/group"
	"github.com/holdfast-platform/holdfast/gen/ent/membership"
	"github.com/holdfast-platform/holdfast/server/internal/db"
	"github.com/holdfast-platform/holdfast/server/internal/housetest"
)

type (
	object   = map[string]any
	template struct {
		ID, Name, Category, Language string
		Version                      int
		StableID                     string `json:"stable_id"`
		IsBuiltin                    bool   `json:"is_builtin"`
		RiskLevel                    *string
		RiskLevelWord                *struct{ Value, Label, Color string } `json:"risk_level_word"`
		CreatedBy                    *struct{ Label string }               `json:"created_by"`
	}
	list struct {
		Items []template
		Total int
	}
)

func fields(t *testing.T, body []byte) map[string]string {
	t.Helper()
	var problem struct{ Fields map[string]string }
	if err := json.Unmarshal(body, &problem); err != nil {
		t.Errorf("%v: %s", err, body)
	}
	return problem.Fields
}

// join puts a caller into built-in groups beside their own.
func join(t *testing.T, h *housetest.House, c *housetest.Caller, groups ...string) {
	t.Helper()
	ctx := viewer.In(h.DB.In(t.Context()), c.Tenant, viewer.Guard)
	err := h.DB.Tx(ctx, func(ctx context.Context) error {
		m, err := db.From(ctx).Membership.Query().Where(membership.UserID(c.Person)).Only(ctx)
		if err != nil {
			return err
		}
		for _, name := range groups {
			g, err := db.From(ctx).Group.Query().Where(group.Name(name)).Only(ctx)
			if err != nil {
				return err
			}
			if err := db.From(ctx).MembershipGroup.Create().SetMembershipID(m.ID).SetGroupID(g.ID).Exec(ctx); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	c.Renew()
}

func TestTemplates(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		status, header, body := h.Admin.REST("POST", "/api/v1/templates", object{
			"name": "Zip slip", "category": "file_handling", "title": "Archive writes outside of its folder", "description": "An entry *named* `../x`…",
			"risk_level": "high", "impact": "Code runs", "recommendation": "Refuse such names", "references": []string{"https://cwe.mitre.org/data/definitions/22.html"},
			"cwe": 22, "cvss_vector": "CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:U/C:H/I:H/A:N", "is_builtin": true, "stable_id": "builtin.zip", "created_by_id": uuid.NewString(),
		})
		if status != http.StatusCreated || header.Get("Etag") != `"1"` || header.Get("Location") == "" {
			t.Fatalf("%d %v %s", status, header, body)
		}
		housetest.Golden(t, "template", body)
		var made template
		if err := json.Unmarshal(body, &made); err != nil || made.IsBuiltin || strings.HasPrefix(made.StableID, "builtin.") || made.Language != "en" {
			t.Errorf("%v %s", err, body)
		}
		path := "/api/v1/templates/" + made.ID
		h.Admin.JSON("POST", "/api/v1/templates", object{"name": "Ärger", "category": "other_things", "language": "de-AT"}, http.StatusCreated, nil)
		find := func(who *housetest.Caller, query string) (names string, total int) {
			var l list
			who.JSON("GET", "/api/v1/templates"+query, nil, http.StatusOK, &l)
			var all []string
			for _, x := range l.Items {
				all = append(all, x.Name)
			}
			return strings.Join(all, ","), l.Total
		}
		for query, want := range map[string]string{
			"?is_builtin=false": "Ärger,Zip slip", "?is_builtin=false&order_by=-name": "Zip slip,Ärger", "?category=file_handling&is_builtin=false": "Zip slip",
			"?category=file_handling&category=other_things&is_builtin=false&order_by=-category": "Ärger,Zip slip", "?language=de-AT": "Ärger", "?q=zip+slip": "Zip slip",
			"?risk_level=high&is_builtin=false": "Zip slip", "?risk_level=low&is_builtin=false": "", "?is_builtin=false&per_page=1&page=2": "Zip slip",
			"?category=file_handling&order_by=name": "Path traversal,Unrestricted file upload,Zip slip",
		} {
			if got, _ := find(h.Viewer, query); got != want {
				t.Errorf("%s: %s, want %s", query, got, want)
			}
		}
		if _, total := find(h.Client, ""); total != 27 {
			t.Errorf("a client user sees %d", total)
		}
		if _, total := find(h.Stranger, ""); total != 25 {
			t.Errorf("a stranger sees %d", total)
		}
		h.Stranger.JSON("GET", path, nil, http.StatusNotFound, nil)
		h.Admin.JSON("PATCH", path, object{"risk_level": nil, "language": nil, "name": "Zip slip 2", "version": 1}, http.StatusOK, &made)
		if made.Name != "Zip slip 2" || made.RiskLevelWord != nil || made.Language != "en" || made.Version != 2 {
			t.Errorf("%+v", made)
		}
		h.Admin.JSON("PATCH", path, object{"name": "Late", "version": 1}, http.StatusConflict, nil)
		var history struct{ Items []struct{ Field string } }
		h.Viewer.JSON("GET", path+"/history", nil, http.StatusOK, &history)
		if len(history.Items) != 3 { // it was made; name and risk level changed
			t.Errorf("%+v", history.Items)
		}
		h.Admin.JSON("POST", "/api/v1/comments", object{"record_kind": "template", "record_id": made.ID, "body": "Good one"}, http.StatusCreated, nil)
		h.Admin.JSON("DELETE", path, nil, http.StatusNoContent, nil)
		h.Admin.JSON("GET", path, nil, http.StatusNotFound, nil)
		var n int
		if err := h.DB.Reader().QueryRowContext(t.Context(), `SELECT count(*) FROM comments WHERE record_id = $1`, made.ID).Scan(&n); err != nil || n != 0 {
			t.Errorf("%d comments are left, %v", n, err)
		}
	})
}

func TestBadTemplates(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		for field, value := range map[string]any{
			"name": "", "category": "Not A Word", "title": strings.Repeat("x", 501), "description": strings.Repeat("x", 20001), "impact": strings.Repeat("x", 10001),
			"recommendation": "a\x00b", "risk_level": "severe", "cwe": 0, "cvss_vector": "CVSS:3.1/AV:N", "language": "english language",
		} {
			in := object{"name": "N", "category": "c"}
			in[field] = value
			status, _, body := h.Admin.REST("POST", "/api/v1/templates", in)
			if status != http.StatusBadRequest || fields(t, body)[field] == "" {
				t.Errorf("%s = %.20v: %d %s", field, value, status, body)
			}
		}
		if status, _, body := h.Admin.REST("POST", "/api/v1/templates", object{}); status != http.StatusBadRequest || len(fields(t, body)) != 2 {
			t.Errorf("nothing at all: %d %s", status, body)
		}
		for _, query := range []string{"?category=A", "?order_by=risk_level", "?is_builtin=maybe", "?colour=red"} {
			if status, _, body := h.Viewer.REST("GET", "/api/v1/templates"+query, nil); status != http.StatusBadRequest {
				t.Errorf("%s: %d %s", query, status, body)
			}
		}
		var all list
		h.Admin.JSON("GET", "/api/v1/templates?is_builtin=false", nil, http.StatusOK, &all)
		if all.Total != 0 {
			t.Errorf("%d templates are there", all.Total)
		}
	})
}

// TestWhose: built-in ones are changed by those who may manage the taxonomy and deleted by nobody, others belong to who
// wrote them.
func TestWhose(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		join(t, h, h.Member, "Reviewers")
		var l list
		h.Viewer.JSON("GET", "/api/v1/templates?is_builtin=true&per_page=1", nil, http.StatusOK, &l)
		builtin := "/api/v1/templates/" + l.Items[0].ID
		var made template
		h.Editor.JSON("POST", "/api/v1/templates", object{"name": "The editor's", "category": "c"}, http.StatusCreated, &made)
		if made.CreatedBy == nil || made.CreatedBy.Label != "Eve Editor" {
			t.Errorf("%+v", made)
		}
		own := "/api/v1/templates/" + made.ID

		for _, c := range []*housetest.Caller{h.Viewer, h.Stranger, h.Client, h.Token} {
			c.Credential() // signing in leaves lines of its own
		}
		before := h.Lines()
		for _, c := range []struct {
			who          *housetest.Caller
			method, path string
			want         int
		}{
			{h.Editor, "PATCH", builtin, http.StatusForbidden}, {h.Member, "PATCH", builtin, http.StatusForbidden}, {h.Viewer, "PATCH", builtin, http.StatusForbidden},
			{h.Member, "PATCH", own, http.StatusForbidden}, {h.Member, "DELETE", own, http.StatusForbidden}, {h.Viewer, "DELETE", own, http.StatusForbidden},
			{h.Stranger, "PATCH", own, http.StatusNotFound}, {h.Stranger, "DELETE", own, http.StatusNotFound}, {h.Client, "PATCH", own, http.StatusForbidden},
			{h.Editor, "DELETE", builtin, http.StatusConflict}, {h.Admin, "DELETE", builtin, http.StatusConflict}, {h.Token, "DELETE", builtin, http.StatusConflict},
		} {
			var in any
			if c.method == "PATCH" {
				in = object{"name": "Taken over"}
			}
			if status, _, body := c.who.REST(c.method, c.path, in); status != c.want {
				t.Errorf("%s %s as %s: %d, want %d: %s", c.method, c.path, c.who.Name, status, c.want, body)
			}
		}
		if n := h.Lines() - before; n != 0 {
			t.Errorf("the refusals left %d lines", n)
		}
		h.Editor.JSON("PATCH", own, object{"name": "Still the editor's"}, http.StatusOK, nil)
		h.Admin.JSON("PATCH", own, object{"name": "Put right"}, http.StatusOK, nil)
		h.Admin.JSON("PATCH", builtin, object{"title": "Our own title"}, http.StatusOK, nil)
		h.Editor.JSON("DELETE", own, nil, http.StatusNoContent, nil)

		// A member who is bound to a client reads templates, whatever their groups: they change none.
		join(t, h, h.Client, "Administrators")
		h.Client.JSON("PATCH", builtin, object{"name": "Ours now"}, http.StatusForbidden, nil)
		h.Client.JSON("POST", "/api/v1/templates", object{"name": "The client's", "category": "c"}, http.StatusForbidden, nil)
		h.Client.JSON("GET", builtin, nil, http.StatusOK, nil)
	})
}

// TestInUse: a template that findings began with stays.
func TestInUse(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		var asset, session, made template
		h.Admin.JSON("POST", "/api/v1/assets", object{"name": "Portal", "asset_type": "api"}, http.StatusCreated, &asset)
		h.Admin.JSON("POST", "/api/v1/sessions", object{"asset_id": asset.ID, "name": "R", "review_date": "2026-11-22", "reviewer_id": h.Editor.Person}, http.StatusCreated, &session)
		h.Admin.JSON("POST", "/api/v1/templates", object{"name": "N", "category": "c", "title": "From it", "description": "D", "risk_level": "low"}, http.StatusCreated, &made)
		var finding struct{ ID, Title string }
		h.Admin.JSON("POST", "/api/v1/findings", object{"session_id": session.ID, "template_id": made.ID}, http.StatusCreated, &finding)
		status, _, body := h.Admin.REST("DELETE", "/api/v1/templates/"+made.ID, nil)
		if finding.Title != "From it" || status != http.StatusConflict || !strings.Contains(string(body), "1 finding") {
			t.Errorf("%q: %d %s", finding.Title, status, body)
		}
	})
}
