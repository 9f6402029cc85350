package sessions_test

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/holdfast-platform/holdfast/ent/viewer"
	"github.com/holdfast-platform/holdfast/gen/ent/membership"
	"github.com/holdfast-platform/holdfast/gen/ent/membershipgroup"
	"github.com/holdfast-platform/holdfast/server/internal/db"
	"github.com/holdfast-platform/holdfast/server/internal/housetest"
)

type object = map[string]any

// asset is there before the reviews begin.
func asset(t *testing.T, h *housetest.House, tenant uuid.UUID, name string, client *uuid.UUID) string {
	t.Helper()
	var id uuid.UUID
	err := h.DB.Tx(viewer.In(t.Context(), tenant, viewer.Guard), func(ctx context.Context) error {
		a, err := db.From(ctx).Asset.Create().SetName(name).SetAssetType("server").SetNillableClientID(client).Save(ctx)
		if err == nil {
			id = a.ID
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return id.String()
}

// fields are those that an answer has something to say about.
func fields(t *testing.T, body []byte) map[string]string {
	t.Helper()
	var problem struct{ Fields map[string]string }
	if err := json.Unmarshal(body, &problem); err != nil {
		t.Errorf("%v: %s", err, body)
	}
	return problem.Fields
}

func TestSessions(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		ours, theirs := asset(t, h, h.Tenant, "Web shop", nil), asset(t, h, h.Tenant, "Acme portal", &h.ClientID)
		status, header, body := h.Editor.REST("POST", "/api/v1/sessions", object{
			"asset_id": theirs, "name": "Yearly review", "review_date": "2026-02-28", "reviewer_id": h.Editor.Person, "scope": "Login and payment", "client_id": uuid.NewString(),
		})
		if status != http.StatusCreated {
			t.Fatalf("%d %s", status, body)
		}
		housetest.Golden(t, "session", body)
		var made struct {
			ID       string
			ClientID string `json:"client_id"`
		}
		if err := json.Unmarshal(body, &made); err != nil || made.ClientID != h.ClientID.String() || header.Get("Location") != "/api/v1/sessions/"+made.ID {
			t.Errorf("%v: %+v, Location %q", err, made, header.Get("Location"))
		}
		path := "/api/v1/sessions/" + made.ID

		var got object
		h.Viewer.JSON("GET", path, nil, http.StatusOK, &got)
		h.Editor.JSON("PATCH", path, got, http.StatusOK, nil) // what was read can be sent back
		h.Editor.JSON("PATCH", path, object{"status": "in_progress", "notes": "# Begun", "scope": nil}, http.StatusOK, &got)
		if got["status"] != "in_progress" || got["notes"] != "# Begun" || got["scope"] != nil || got["version"] != 2.0 {
			t.Errorf("updated: %v", got)
		}
		for _, other := range []any{ours, nil, uuid.NewString()} {
			if status, _, body := h.Editor.REST("PATCH", path, object{"asset_id": other}); status != http.StatusConflict {
				t.Errorf("asset_id %v: %d %s", other, status, body)
			}
		}
		h.Editor.JSON("PATCH", path, object{"asset_id": theirs}, http.StatusOK, nil)
		status, _, body = h.Viewer.REST("GET", path+"/history", nil)
		if status != http.StatusOK {
			t.Fatalf("%d %s", status, body)
		}
		housetest.Golden(t, "session_history", body)

		h.Editor.JSON("POST", "/api/v1/sessions", object{"asset_id": ours, "name": "Ours", "review_date": "2026-03-01", "reviewer_id": h.Admin.Person}, http.StatusCreated, nil)
		for query, want := range map[string]string{
			"":                                   "Ours, Yearly review",
			"?order_by=name":                     "Ours, Yearly review",
			"?order_by=-name":                    "Yearly review, Ours",
			"?status=planned":                    "Ours",
			"?status=planned&status=in_progress": "Ours, Yearly review",
			"?asset_id=" + ours:                  "Ours",
			"?client_id=" + h.ClientID.String():  "Yearly review",
			"?reviewer_id=" + h.Admin.Person.String(): "Ours",
			"?q=YEAR":    "Yearly review",
			"?q=begun":   "Yearly review",
			"?q=nothing": "",
		} {
			var list struct {
				Items []struct{ Name string }
				Total int
			}
			h.Viewer.JSON("GET", "/api/v1/sessions"+query, nil, http.StatusOK, &list)
			var names []string
			for _, s := range list.Items {
				names = append(names, s.Name)
			}
			if got := strings.Join(names, ", "); got != want || list.Total != len(names) {
				t.Errorf("%s: %q, total %d", query, got, list.Total)
			}
		}
		var list struct{ Items []object }
		h.Client.JSON("GET", "/api/v1/sessions", nil, http.StatusOK, &list)
		if len(list.Items) != 1 || list.Items[0]["id"] != made.ID || list.Items[0]["reviewer"] != nil {
			t.Errorf("a client user sees %v", list.Items)
		}
		h.Client.JSON("PATCH", path, object{"name": "Mine"}, http.StatusForbidden, nil)
	})
}

func TestReviewers(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		web := asset(t, h, h.Tenant, "Web shop", nil)
		in := func(reviewer string) object {
			return object{"asset_id": web, "name": "Review", "review_date": "2026-02-28", "reviewer_id": reviewer}
		}
		for name, c := range map[string]struct {
			person string
			status int
		}{
			"editor":    {h.Editor.Person.String(), http.StatusCreated},
			"admin":     {h.Admin.Person.String(), http.StatusCreated},
			"viewer":    {h.Viewer.Person.String(), http.StatusBadRequest},
			"no rights": {h.Member.Person.String(), http.StatusBadRequest},
			"client":    {h.Client.Person.String(), http.StatusBadRequest},
			"stranger":  {h.Stranger.Person.String(), http.StatusNotFound},
			"nobody":    {uuid.NewString(), http.StatusNotFound},
			"none":      {"", http.StatusBadRequest},
		} {
			status, _, body := h.Editor.REST("POST", "/api/v1/sessions", in(c.person))
			if status != c.status || status != http.StatusCreated && fields(t, body)["reviewer_id"] == "" {
				t.Errorf("%s: %d %s", name, status, body)
			}
		}
		var offered struct{ Items []struct{ ID string } } // who may lead is also what the form offers
		h.Editor.JSON("GET", "/api/v1/users/reviewers", nil, http.StatusOK, &offered)
		for _, r := range offered.Items {
			h.Editor.JSON("POST", "/api/v1/sessions", in(r.ID), http.StatusCreated, nil)
		}
		if len(offered.Items) != 2 {
			t.Errorf("offered are %v", offered.Items)
		}
		var made object
		h.Editor.JSON("POST", "/api/v1/sessions", in(h.Editor.Person.String()), http.StatusCreated, &made)
		path := "/api/v1/sessions/" + made["id"].(string)
		h.Editor.JSON("PATCH", path, object{"reviewer_id": h.Viewer.Person}, http.StatusBadRequest, nil)
		// Built-in groups grant what the program says, whatever a former version of it has stored.
		if _, err := h.DB.Writer().ExecContext(t.Context(), `UPDATE groups SET permissions = '[]' WHERE is_builtin`); err != nil {
			t.Fatal(err)
		}
		h.Admin.JSON("POST", "/api/v1/sessions", in(h.Editor.Person.String()), http.StatusCreated, nil)
		h.Editor.JSON("PATCH", path, object{"reviewer_id": nil}, http.StatusBadRequest, nil)

		// A reviewer who has lost the right stays with what they lead, but gets nothing new.
		err := h.DB.Tx(viewer.In(t.Context(), h.Tenant, viewer.Guard), func(ctx context.Context) error {
			_, err := db.From(ctx).MembershipGroup.Delete().Where(membershipgroup.HasMembershipWith(membership.UserID(h.Editor.Person))).Exec(ctx)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		h.Admin.JSON("PATCH", path, object{"reviewer_id": h.Editor.Person, "notes": "kept"}, http.StatusOK, nil)
		h.Admin.JSON("POST", "/api/v1/sessions", in(h.Editor.Person.String()), http.StatusBadRequest, nil)
	})
}

func TestBadSessions(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		web, strange := asset(t, h, h.Tenant, "Web shop", nil), asset(t, h, h.Other, "Elsewhere", nil)
		good := object{"asset_id": web, "name": "Review", "review_date": "2026-02-28", "reviewer_id": h.Editor.Person}
		for _, c := range []struct {
			field  string
			value  any
			status int
		}{
			{"asset_id", nil, 400}, {"asset_id", "x", 400}, {"asset_id", uuid.NewString(), 404}, {"asset_id", strange, 404},
			{"name", nil, 400}, {"name", "", 400}, {"name", strings.Repeat("x", 256), 400},
			{"review_date", nil, 400}, {"review_date", "2026-02-30", 400}, {"review_date", "28.02.2026", 400}, {"review_date", "2026-13-01", 400},
			{"status", "begun", 400}, {"status", "PLANNED", 400}, {"notes", strings.Repeat("x", 20001), 400},
		} {
			in := object{}
			for k, v := range good {
				in[k] = v
			}
			in[c.field] = c.value
			status, _, body := h.Editor.REST("POST", "/api/v1/sessions", in)
			if status != c.status || fields(t, body)[c.field] == "" {
				t.Errorf("%s = %.20v: %d %s", c.field, c.value, status, body)
			}
		}
		status, _, body := h.Editor.REST("POST", "/api/v1/sessions", object{})
		if f := fields(t, body); status != 400 || len(f) != 4 {
			t.Errorf("nothing at all: %d %s", status, body)
		}
		var list struct{ Total int }
		h.Viewer.JSON("GET", "/api/v1/sessions", nil, 200, &list)
		if list.Total != 0 {
			t.Errorf("%d sessions are there", list.Total)
		}
		for _, query := range []string{"?asset_id=x", "?status=A+B", "?order_by=notes", "?nonsense=1", "?page=0"} {
			h.Viewer.JSON("GET", "/api/v1/sessions"+query, nil, 400, nil)
		}
		var made object
		h.Editor.JSON("POST", "/api/v1/sessions?validate_only=true", good, http.StatusOK, nil)
		h.Viewer.JSON("GET", "/api/v1/sessions", nil, 200, &list)
		if list.Total != 0 {
			t.Errorf("validate_only kept %d", list.Total)
		}
		h.Editor.JSON("POST", "/api/v1/sessions", good, http.StatusCreated, &made)
		h.Stranger.JSON("GET", "/api/v1/sessions/"+made["id"].(string), nil, 404, nil)
		h.Viewer.JSON("POST", "/api/v1/sessions", good, 403, nil)
	})
}

func TestStatements(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		theirs := asset(t, h, h.Tenant, "Acme portal", &h.ClientID)
		count := func(method, path string, body any) int {
			least := 1 << 30
			for range 4 {
				least = min(least, h.Statements(func() { h.Editor.REST(method, path, body) }))
			}
			return least
		}
		good := object{"asset_id": theirs, "name": "Review", "review_date": "2026-02-28", "reviewer_id": h.Editor.Person}
		// 5, one per kind of reference, and one for the reviewer's rights
		if n := count("POST", "/api/v1/sessions", good); n > 9 {
			t.Errorf("create: %d statements", n)
		}
		var list struct{ Items []object }
		h.Editor.JSON("GET", "/api/v1/sessions", nil, 200, &list)
		if n := count("GET", "/api/v1/sessions/"+list.Items[0]["id"].(string), nil); n > 4 {
			t.Errorf("get: %d statements", n)
		}
		if n := count("GET", "/api/v1/sessions", nil); n > 5 {
			t.Errorf("list: %d statements", n)
		}
	})
}
