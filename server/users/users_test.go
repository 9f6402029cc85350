package users_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/holdfast-platform/holdfast/server/internal/housetest"
)

type object = map[string]any

const password = "seven lanterns over tundra"

func groupID(t *testing.T, h *housetest.House, name string) string {
	t.Helper()
	var list struct{ Items []struct{ ID, Name string } }
	h.Admin.JSON("GET", "/api/v1/groups?per_page=100", nil, http.StatusOK, &list)
	for _, g := range list.Items {
		if g.Name == name {
			return g.ID
		}
	}
	t.Fatalf("no group %s in %v", name, list)
	return ""
}

// problem is what a refusal says.
func problem(t *testing.T, body []byte) (p struct {
	Reason string
	Fields map[string]string
}) {
	t.Helper()
	if err := json.Unmarshal(body, &p); err != nil {
		t.Fatalf("%v: %s", err, body)
	}
	return p
}

func signs(h *housetest.House, name, password string) bool {
	status, _, _ := h.Nobody.REST("POST", "/api/v1/auth/login", object{"email": name, "password": password})
	return status == http.StatusOK
}

func path(c *housetest.Caller) string { return "/api/v1/users/" + c.Person.String() }

func TestUsers(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		desk, reader := groupID(t, h, "Service desk"), groupID(t, h, "Read only")
		in := object{"email": "Kim@Home.test", "full_name": "Kim Keller", "username": "kim", "password": password, "group_ids": []string{desk}}
		status, header, body := h.Admin.REST("POST", "/api/v1/users", in)
		if status != http.StatusCreated || header.Get("Etag") == "" {
			t.Fatalf("%d %v %s", status, header, body)
		}
		var kim struct {
			ID, Email, Status string
			Version           int
			IsHome            bool     `json:"is_home"`
			GroupIDs          []string `json:"group_ids"`
			Groups            []struct{ Label string }
		}
		if err := json.Unmarshal(body, &kim); err != nil || header.Get("Location") != "/api/v1/users/"+kim.ID {
			t.Fatalf("%v, Location %q", err, header.Get("Location"))
		}
		if kim.Email != "Kim@Home.test" || !kim.IsHome || kim.Status != "active" || len(kim.Groups) != 1 || kim.Groups[0].Label != "Service desk" {
			t.Errorf("%s", body)
		}
		if strings.Contains(string(body), password) || strings.Contains(string(body), "argon2") {
			t.Errorf("the answer shows a secret: %s", body)
		}
		if !signs(h, "kim@home.test", password) || !signs(h, "KIM", password) {
			t.Error("the new account does not sign in")
		}
		at := "/api/v1/users/" + kim.ID
		var got object
		h.Admin.JSON("PATCH", at, object{"group_ids": []string{reader, desk}, "locale": "de-CH"}, http.StatusOK, &got)
		if len(got["groups"].([]any)) != 2 || got["locale"] != "de-CH" || got["version"].(float64) <= float64(kim.Version) {
			t.Errorf("%v", got)
		}
		version := got["version"]
		h.Admin.JSON("PATCH", at, object{"group_ids": []string{desk, reader}, "full_name": "Kim Keller"}, http.StatusOK, &got)
		if got["version"] != version {
			t.Errorf("a change of nothing made version %v of %v", got["version"], version)
		}
		h.Admin.JSON("PATCH", at, got, http.StatusOK, nil) // what was read can be sent back
		h.Admin.JSON("PATCH", at, object{"full_name": "Stale"}, http.StatusPreconditionFailed, nil, "If-Match", `"1"`)
		h.Admin.JSON("PATCH", at, object{"full_name": "Stale", "version": 1}, http.StatusConflict, nil)
		_, header, _ = h.Admin.REST("GET", at, nil)
		h.Admin.JSON("PATCH", at, object{"full_name": "Kim Kurz"}, http.StatusOK, nil, "If-Match", header.Get("Etag"))
		h.Admin.JSON("PATCH", at, object{"locale": nil, "username": ""}, http.StatusOK, &got)
		if got["locale"] != nil || got["username"] != nil || got["full_name"] != "Kim Kurz" {
			t.Errorf("%v", got)
		}

		var list struct {
			Items []struct {
				FullName string `json:"full_name"`
			}
			Total int
		}
		for query, want := range map[string]int{"?q=kim": 1, "?q=kur+ki": 1, "?q=home.test": 6, "?group_id=" + reader: 2, "?status=suspended": 0, "?q=nobody": 0, "": 6} {
			h.Admin.JSON("GET", "/api/v1/users"+query, nil, http.StatusOK, &list)
			if list.Total != want || len(list.Items) != want {
				t.Errorf("%q: %d, not %d", query, list.Total, want)
			}
		}
		h.Admin.JSON("GET", "/api/v1/users?order_by=-full_name", nil, http.StatusOK, &list)
		if list.Items[0].FullName != "Vic Viewer" || list.Items[5].FullName != "Ada Admin" {
			t.Errorf("not by name: %v", list.Items)
		}

		h.Admin.JSON("PATCH", at, object{"password": "quarry ribbon thursday 77"}, http.StatusOK, nil)
		if signs(h, "kim@home.test", password) || !signs(h, "kim@home.test", "quarry ribbon thursday 77") {
			t.Error("the new password does not count")
		}
		h.Admin.JSON("PATCH", at, object{"status": "suspended"}, http.StatusOK, nil)
		if signs(h, "kim@home.test", "quarry ribbon thursday 77") {
			t.Error("a suspended member signs in")
		}
		h.Admin.JSON("PATCH", at, object{"status": "active"}, http.StatusOK, nil)
		h.Admin.JSON("DELETE", at, nil, http.StatusNoContent, nil)
		if signs(h, "kim@home.test", "quarry ribbon thursday 77") {
			t.Error("a deactivated account signs in")
		}
		h.Admin.JSON("GET", at, nil, http.StatusOK, &got)
		if got["is_active"] != false {
			t.Errorf("%v", got)
		}
		h.Stranger.JSON("GET", at, nil, http.StatusNotFound, nil)
		h.Viewer.JSON("GET", at, nil, http.StatusForbidden, nil)
	})
}

func TestBadUsers(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		good := func(change object) object {
			in := object{"email": "new@home.test", "full_name": "New Person", "password": password}
			for k, v := range change {
				in[k] = v
			}
			return in
		}
		for name, c := range map[string]struct {
			change object
			want   int
			field  string
		}{
			"no address":           {object{"email": nil}, 400, "email"},
			"no such address":      {object{"email": "x"}, 400, "email"},
			"no name":              {object{"full_name": ""}, 400, "full_name"},
			"a weak password":      {object{"password": "new person home"}, 400, "password"},
			"a bad user name":      {object{"username": "A B"}, 400, "username"},
			"an unknown field":     {object{"is_platform_admin": true}, 400, "is_platform_admin"},
			"an unknown group":     {object{"group_ids": []string{"0198c5a0-0000-7000-8000-000000000000"}}, 400, "group_ids"},
			"no client":            {object{"group_ids": []string{groupID(t, h, "Client users")}}, 400, "client_id"},
			"an unknown client":    {object{"client_id": "0198c5a0-0000-7000-8000-000000000000"}, 404, "client_id"},
			"a member's address":   {object{"email": "viewer@home.test"}, 409, "email"},
			"a text that is no id": {object{"client_id": "x"}, 400, "client_id"},
		} {
			status, _, body := h.Admin.REST("POST", "/api/v1/users", good(c.change))
			if status != c.want || problem(t, body).Fields[c.field] == "" {
				t.Errorf("%s: %d, want %d at %s: %s", name, status, c.want, c.field, body)
			}
		}
		h.Admin.JSON("POST", "/api/v1/users?validate_only=true", good(nil), http.StatusOK, nil)
		h.Admin.JSON("POST", "/api/v1/users", good(nil), http.StatusCreated, nil) // nothing was stored before
		h.Admin.JSON("POST", "/api/v1/users", good(object{"email": "again@home.test", "username": "new.one"}), http.StatusCreated, nil)
		if status, _, body := h.Admin.REST("POST", "/api/v1/users", good(object{"email": "third@home.test", "username": "New.One"})); status != 400 && status != 409 {
			t.Errorf("the same user name: %d %s", status, body)
		}
		h.Editor.JSON("POST", "/api/v1/users", good(nil), http.StatusForbidden, nil)
		h.Admin.JSON("GET", "/api/v1/users/x", nil, http.StatusNotFound, nil)
		h.Admin.JSON("GET", "/api/v1/users/"+h.Stranger.Person.String(), nil, http.StatusNotFound, nil)
	})
}

func TestLastAdministrator(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		admins, reader := groupID(t, h, "Administrators"), groupID(t, h, "Read only")
		// Nobody changes their own groups or ends their own account, so the last Administrator stays: nobody else may
		// act on them.
		if status, _, body := h.Admin.REST("PATCH", path(h.Admin), object{"group_ids": []string{reader}}); status != http.StatusForbidden || problem(t, body).Reason != "own_groups" {
			t.Errorf("%d %s", status, body)
		}
		h.Admin.JSON("PATCH", path(h.Admin), object{"group_ids": []string{admins}, "full_name": "Ada"}, http.StatusOK, nil)
		for name, refused := range map[string]func() (int, http.Header, []byte){
			"suspended": func() (int, http.Header, []byte) {
				return h.Admin.REST("PATCH", path(h.Admin), object{"status": "suspended"})
			},
			"inactive": func() (int, http.Header, []byte) {
				return h.Admin.REST("PATCH", path(h.Admin), object{"is_active": false})
			},
			"scoped": func() (int, http.Header, []byte) {
				return h.Admin.REST("PATCH", path(h.Admin), object{"client_id": h.ClientID.String()})
			},
			"deactivated": func() (int, http.Header, []byte) { return h.Admin.REST("DELETE", path(h.Admin), nil) },
		} {
			if status, _, body := refused(); status != http.StatusForbidden || problem(t, body).Reason != "own_account" {
				t.Errorf("%s: %d %s", name, status, body)
			}
		}
		h.Admin.JSON("GET", "/api/v1/me", nil, http.StatusOK, nil) // the session has not ended by it
		// With a second one, the first may go.
		h.Admin.JSON("PATCH", path(h.Editor), object{"group_ids": []string{admins}}, http.StatusOK, nil)
		h.Editor.JSON("PATCH", path(h.Admin), object{"group_ids": []string{reader}}, http.StatusOK, nil)
		h.Admin.JSON("GET", "/api/v1/users", nil, http.StatusForbidden, nil) // at once
		if status, _, body := h.Editor.REST("DELETE", path(h.Editor), nil); status != http.StatusForbidden {
			t.Errorf("%d %s", status, body)
		}
	})
}

// TestNoEscalation: whoever manages users hands on no more than they have.
func TestNoEscalation(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		var managers struct{ ID string }
		h.Admin.JSON("POST", "/api/v1/groups", object{"name": "People", "permissions": []string{"users:*", "rbac:*"}}, http.StatusCreated, &managers)
		h.Admin.JSON("PATCH", path(h.Member), object{"group_ids": []string{managers.ID}}, http.StatusOK, nil)
		admins := groupID(t, h, "Administrators")
		for name, refused := range map[string]func() (int, http.Header, []byte){
			"a new user": func() (int, http.Header, []byte) {
				return h.Member.REST("POST", "/api/v1/users", object{"email": "x@home.test", "full_name": "X Y", "group_ids": []string{admins}})
			},
			"an invitation": func() (int, http.Header, []byte) {
				return h.Member.REST("POST", "/api/v1/invites", object{"email": "x@home.test", "group_ids": []string{admins}})
			},
			"another's groups": func() (int, http.Header, []byte) {
				return h.Member.REST("PATCH", path(h.Viewer), object{"group_ids": []string{admins}})
			},
			"his own groups": func() (int, http.Header, []byte) {
				return h.Member.REST("PATCH", path(h.Member), object{"group_ids": []string{admins}})
			},
			"a new group": func() (int, http.Header, []byte) {
				return h.Member.REST("POST", "/api/v1/groups", object{"name": "More", "permissions": []string{"*"}})
			},
			"his own group": func() (int, http.Header, []byte) {
				return h.Member.REST("PATCH", "/api/v1/groups/"+managers.ID, object{"permissions": []string{"users:*", "rbac:*", "settings:manage"}})
			},
		} {
			if status, _, body := refused(); status != http.StatusForbidden {
				t.Errorf("%s: %d %s", name, status, body)
			}
		}
		h.Member.JSON("POST", "/api/v1/users", object{"email": "x@home.test", "full_name": "X Y", "group_ids": []string{managers.ID}}, http.StatusCreated, nil)
	})
}

func TestOwnUser(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		var got object
		h.Client.JSON("GET", "/api/v1/users/me", nil, http.StatusOK, &got)
		if got["email"] != "client@home.test" || got["client_id"] != h.ClientID.String() || got["client"].(object)["label"] != "Acme" {
			t.Errorf("%v", got)
		}
		h.Client.JSON("PATCH", "/api/v1/users/me", got, http.StatusOK, &got) // what was read can be sent back
		h.Client.JSON("PATCH", "/api/v1/users/me", object{"full_name": "Cleo C.", "locale": "fr"}, http.StatusOK, &got)
		if got["full_name"] != "Cleo C." || got["locale"] != "fr" {
			t.Errorf("%v", got)
		}
		for field, body := range map[string]object{
			"current_password": {"email": "cleo@home.test"}, "group_ids": {"group_ids": []string{}}, "status": {"status": "suspended"}, "client_id": {"client_id": nil},
			"password": {"password": password}, "is_active": {"is_active": false},
		} {
			status, _, text := h.Client.REST("PATCH", "/api/v1/users/me", body)
			if status != http.StatusBadRequest || problem(t, text).Fields[field] == "" {
				t.Errorf("%s: %d %s", field, status, text)
			}
		}
		h.Client.JSON("PATCH", "/api/v1/users/me", object{"email": "cleo@home.test", "current_password": "wrong"}, http.StatusBadRequest, nil)
		h.Client.JSON("PATCH", "/api/v1/users/me", object{"email": "viewer@home.test", "current_password": housetest.Password}, http.StatusConflict, nil)
		h.Client.JSON("PATCH", "/api/v1/users/me", object{"email": "cleo@home.test", "current_password": housetest.Password}, http.StatusOK, &got)
		if got["email"] != "cleo@home.test" || got["email_verified_at"] != nil || !signs(h, "cleo@home.test", housetest.Password) {
			t.Errorf("%v", got)
		}
	})
}

func TestReviewers(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		var list struct {
			Items []object
			Total int
		}
		h.Editor.JSON("GET", "/api/v1/users/reviewers", nil, http.StatusOK, &list)
		if list.Total != 2 || len(list.Items) != 2 || list.Items[0]["full_name"] != "Ada Admin" || list.Items[1]["full_name"] != "Eve Editor" {
			t.Errorf("%v", list)
		}
		h.Viewer.JSON("GET", "/api/v1/users/reviewers", nil, http.StatusForbidden, nil)
	})
}

func TestAdministratorsTools(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		h.Viewer.JSON("GET", "/api/v1/me", nil, http.StatusOK, nil)
		var out struct{ Revoked int }
		h.Admin.JSON("POST", path(h.Viewer)+"/revoke-sessions", object{}, http.StatusOK, &out)
		if out.Revoked < 1 {
			t.Errorf("%+v", out)
		}
		h.Viewer.JSON("GET", "/api/v1/me", nil, http.StatusUnauthorized, nil)
		h.Editor.JSON("POST", path(h.Viewer)+"/mfa/reset", object{}, http.StatusForbidden, nil)
		h.Admin.JSON("POST", path(h.Viewer)+"/mfa/reset", object{}, http.StatusNoContent, nil)
		h.Admin.JSON("POST", path(h.Stranger)+"/mfa/reset", object{}, http.StatusNotFound, nil)
		h.Admin.JSON("POST", path(h.Stranger)+"/revoke-sessions", object{}, http.StatusNotFound, nil)
	})
}

// TestOnce: a repeated request with its key makes one account, and one invitation.
func TestOnce(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		in := object{"email": "once@home.test", "full_name": "Olga Once", "password": password}
		var first, again object
		h.Admin.JSON("POST", "/api/v1/users", in, http.StatusCreated, &first, "Idempotency-Key", "k1")
		status, header, body := h.Admin.REST("POST", "/api/v1/users", in, "Idempotency-Key", "k1")
		if err := json.Unmarshal(body, &again); err != nil || status != http.StatusCreated || again["id"] != first["id"] || header.Get("Idempotent-Replayed") != "true" {
			t.Errorf("%d %v %s", status, header, body)
		}
		var made object
		h.Admin.JSON("POST", "/api/v1/invites", object{"email": "i@home.test"}, http.StatusCreated, &made, "Idempotency-Key", "k2")
		status, _, body = h.Admin.REST("POST", "/api/v1/invites", object{"email": "i@home.test"}, "Idempotency-Key", "k2")
		if status != http.StatusConflict || problem(t, body).Reason != "already_done" || strings.Contains(string(body), made["token"].(string)) {
			t.Errorf("a replay of what shows a secret: %d %s", status, body)
		}
		var list struct{ Total int }
		h.Admin.JSON("GET", "/api/v1/invites", nil, http.StatusOK, &list)
		if list.Total != 1 {
			t.Errorf("%d invitations", list.Total)
		}
	})
}

func TestColleagues(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		names := func(c *housetest.Caller, query string) []string {
			var page struct {
				Items []map[string]any
				Total int
			}
			c.JSON("GET", "/api/v1/users/colleagues"+query, nil, http.StatusOK, &page)
			all := []string{}
			for _, i := range page.Items {
				if len(i) != 2 {
					t.Errorf("more than id and name: %v", i)
				}
				all = append(all, i["full_name"].(string))
			}
			if page.Total != len(all) {
				t.Errorf("%d of %d", len(all), page.Total)
			}
			return all
		}
		if all := names(h.Viewer, ""); !slices.Contains(all, "Ada Admin") || len(all) < 3 {
			t.Errorf("a viewer sees %v", all)
		}
		if all := names(h.Viewer, "?permission=settings:manage"); !slices.Equal(all, []string{"Ada Admin"}) {
			t.Errorf("who may manage settings: %v", all)
		}
		if status, _, body := h.Viewer.REST("GET", "/api/v1/users/colleagues?permission=nonsense", nil); status != http.StatusBadRequest {
			t.Errorf("nonsense: %d %s", status, body)
		}
		if all := names(h.Stranger, ""); slices.Contains(all, "Ada Admin") {
			t.Errorf("a stranger sees %v", all)
		}
		if all := names(h.Client, ""); len(all) != 1 {
			t.Errorf("a client's own user sees %v", all)
		}
	})
}

// TestBoundMembersGroups: nobody gives a member who is bound to a client what such members never hold, neither by a
// group nor by a permission more in a group of theirs. Who is bound with an older group keeps it without effect.
func TestBoundMembersGroups(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		refused := func(what, field string, status int, body []byte) {
			t.Helper()
			if status != http.StatusBadRequest || problem(t, body).Fields[field] == "" {
				t.Errorf("%s: %d %s", what, status, body)
			}
		}
		client := h.ClientID.String()
		var plain struct{ ID string }
		h.Admin.JSON("POST", "/api/v1/groups", object{"name": "Partners", "permissions": []string{"assets:read"}}, http.StatusCreated, &plain)
		never := []string{"*", "users:*", "rbac:*"}
		var all struct {
			Items []struct{ Permission, Resource string }
		}
		h.Admin.JSON("GET", "/api/v1/permissions", nil, http.StatusOK, &all)
		for _, p := range all.Items {
			if slices.Contains([]string{"users", "rbac", "settings", "tenant", "audit"}, p.Resource) {
				never = append(never, p.Permission)
			}
		}
		if len(never) < 10 {
			t.Fatalf("only %v", never)
		}
		for _, p := range never {
			var wide struct{ ID string }
			h.Admin.JSON("POST", "/api/v1/groups", object{"name": "Wide " + p, "permissions": []string{"assets:read", p}}, http.StatusCreated, &wide)
			groups := []string{plain.ID, wide.ID}
			status, _, body := h.Admin.REST("POST", "/api/v1/users", object{
				"email": "bound@home.test", "full_name": "Bo Bound", "password": password, "group_ids": groups, "client_id": client,
			})
			refused("a new user with "+p, "group_ids", status, body)
			status, _, body = h.Admin.REST("POST", "/api/v1/invites", object{"email": "bound@home.test", "group_ids": groups, "client_id": client})
			refused("an invitation with "+p, "group_ids", status, body)
			status, _, body = h.Admin.REST("PATCH", path(h.Client), object{"group_ids": groups})
			refused("a bound member with "+p, "group_ids", status, body)
			status, _, body = h.Admin.REST("PATCH", path(h.Member), object{"group_ids": groups, "client_id": client})
			refused("a member bound together with "+p, "group_ids", status, body)
		}
		h.Admin.JSON("PATCH", path(h.Client), object{"group_ids": []string{plain.ID}}, http.StatusOK, nil)
		at := "/api/v1/groups/" + plain.ID
		status, _, body := h.Admin.REST("PATCH", at, object{"permissions": []string{"assets:read", "users:manage"}})
		refused("one permission more", "permissions", status, body)
		h.Admin.JSON("PATCH", at, object{"permissions": []string{"assets:read", "sites:read"}}, http.StatusOK, nil)
		// with nobody bound in it, it may grow
		h.Admin.JSON("PATCH", path(h.Client), object{"group_ids": []string{groupID(t, h, "Client users")}}, http.StatusOK, nil)
		h.Admin.JSON("PATCH", at, object{"permissions": []string{"assets:read", "users:read"}}, http.StatusOK, nil)
		h.Admin.JSON("PATCH", path(h.Member), object{"group_ids": []string{plain.ID}}, http.StatusOK, nil)
		h.Member.JSON("GET", "/api/v1/users", nil, http.StatusOK, nil)
		h.Admin.JSON("PATCH", path(h.Member), object{"client_id": client}, http.StatusOK, nil)
		h.Member.JSON("GET", "/api/v1/users", nil, http.StatusForbidden, nil)
		h.Admin.JSON("PATCH", path(h.Member), object{"group_ids": []string{plain.ID}, "status": "suspended"}, http.StatusOK, nil)
	})
}
