package auth_test

import (
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/holdfast-platform/holdfast/server/internal/housetest"
)

// groupID finds a group of the home tenant by name.
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

type invite struct{ ID, Token, Status string }

func invited(t *testing.T, h *housetest.House, body object) (out invite) {
	t.Helper()
	h.Admin.JSON("POST", "/api/v1/invites", body, http.StatusCreated, &out)
	if out.Token == "" || out.Status != "open" {
		t.Fatalf("%+v", out)
	}
	return out
}

// A tenant that is suspended takes nobody in.
func TestInviteIntoASuspendedTenant(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		in := invited(t, h, object{"email": "new@home.test", "group_ids": []string{groupID(t, h, "Service desk")}})
		ctx, who := h.DB.In(t.Context()), object{"full_name": "Nele New", "password": "seven lanterns over tundra"}
		if err := h.Server.Identity().Suspend(ctx, "home", true); err != nil {
			t.Fatal(err)
		}
		if out, _ := ask(t, h, http.StatusForbidden, "invite/"+in.Token, who); out.Reason != "tenant_suspended" {
			t.Errorf("%+v", out)
		}
		if err := h.Server.Identity().Suspend(ctx, "home", false); err != nil {
			t.Fatal(err)
		}
		ask(t, h, http.StatusCreated, "invite/"+in.Token, who) // the invitation is still good
	})
}

// Of those who invite the same address at the same time, the last one's invitation is open.
func TestInvitedAtOnce(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		h.Admin.Credential()
		var all sync.WaitGroup
		for range 3 {
			all.Go(func() {
				h.Admin.JSON("POST", "/api/v1/invites", object{"email": "new@home.test"}, http.StatusCreated, nil)
			})
		}
		all.Wait()
		var list struct{ Total int }
		h.Admin.JSON("GET", "/api/v1/invites?status=open", nil, http.StatusOK, &list)
		if list.Total != 1 {
			t.Errorf("%d are open", list.Total)
		}
	})
}

func TestInvite(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"sqlite", "postgres"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			var dir string
			h := housetest.New(t, kind, dataDir(&dir))
			desk := groupID(t, h, "Service desk")
			in := invited(t, h, object{"email": "new@home.test", "group_ids": []string{desk}})
			var offer struct {
				Email      string
				TenantName string `json:"tenant_name"`
				HasAccount bool   `json:"has_account"`
			}
			h.Nobody.JSON("GET", "/api/v1/auth/invite/"+in.Token, nil, http.StatusOK, &offer)
			if offer.Email != "new@home.test" || offer.TenantName != "Home" || offer.HasAccount {
				t.Errorf("%+v", offer)
			}
			person1 := object{"full_name": "Nele New", "password": "seven lanterns over tundra"}
			for field, body := range map[string]object{"full_name": {"password": "seven lanterns over tundra"}, "password": {"full_name": "Nele New", "password": "nele new home"}} {
				if out, _ := ask(t, h, http.StatusBadRequest, "invite/"+in.Token, body); out.Fields[field] == "" {
					t.Errorf("%s: %+v", field, out)
				}
			}
			out, header := ask(t, h, http.StatusCreated, "invite/"+in.Token, person1)
			if !works(t, h, out.AccessToken) || header.Get("Set-Cookie") == "" || out.Tenant["slug"] != "home" {
				t.Errorf("%+v", out)
			}
			if person(t, h, "new@home.test").EmailVerifiedAt != nil {
				t.Error("an invitation that was handed over by hand proved the address")
			}
			ask(t, h, http.StatusGone, "invite/"+in.Token, person1)
			h.Nobody.JSON("GET", "/api/v1/auth/invite/"+in.Token, nil, http.StatusGone, nil)
			h.Nobody.JSON("GET", "/api/v1/auth/invite/hf_inv_nonsense", nil, http.StatusNotFound, nil)
			var me struct{ Permissions []string }
			h.Nobody.JSON("GET", "/api/v1/me", nil, http.StatusOK, &me, bearer(out.AccessToken)...)
			if len(me.Permissions) < 5 {
				t.Errorf("%v", me)
			}

			// By mail: the link proves the address.
			invited(t, h, object{"email": "mail@home.test", "group_ids": []string{desk}})
			link := token(t, letters(t, dir, "mail@home.test", 1)[0])
			ask(t, h, http.StatusCreated, "invite/"+link, object{"full_name": "Mara Mail", "password": "seven lanterns over tundra"})
			if person(t, h, "mail@home.test").EmailVerifiedAt == nil {
				t.Error("the link that was mailed did not prove the address")
			}

			// A second one withdraws the first; it is past its time after seven days.
			first := invited(t, h, object{"email": "slow@home.test", "group_ids": []string{desk}})
			second := invited(t, h, object{"email": "slow@home.test", "group_ids": []string{desk}})
			ask(t, h, http.StatusGone, "invite/"+first.Token, person1)
			h.Clock.Advance(7*24*time.Hour + time.Minute)
			ask(t, h, http.StatusGone, "invite/"+second.Token, person1)
		})
	}
}

// TestInviteAnAccount invites somebody who has an account elsewhere.
func TestInviteAnAccount(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		// Making a user of a known address invites it.
		var made struct {
			ID, Email string
			InviteID  string `json:"invite_id"`
		}
		reader := groupID(t, h, "Read only")
		h.Admin.JSON("POST", "/api/v1/users", object{"email": "stranger@other.test", "full_name": "Somebody", "password": "seven lanterns over tundra", "group_ids": []string{reader}}, http.StatusCreated, &made)
		if made.ID != "" || made.InviteID == "" {
			t.Fatalf("%+v", made)
		}
		in := invited(t, h, object{"email": "Stranger@other.test", "group_ids": []string{reader}})
		body := object{"full_name": "Not Him", "password": "another password than his 5"}
		for _, headers := range [][]string{nil, bearer("abc"), bearer(h.Viewer.Credential())} {
			if out, _ := ask(t, h, http.StatusUnauthorized, "invite/"+in.Token, body, headers...); out.Reason != "sign_in_first" {
				t.Errorf("%+v", out)
			}
		}
		own := bearer(h.Stranger.Credential())
		out, _ := ask(t, h, http.StatusCreated, "invite/"+in.Token, body, own...)
		if out.AccessToken != "" || out.User["full_name"] != "Stan Stranger" {
			t.Errorf("%+v", out)
		}
		// the password is their still
		ask(t, h, http.StatusOK, "login", object{"email": "stranger@other.test", "password": housetest.Password})

		var tenants struct{ Items []object }
		h.Stranger.JSON("GET", "/api/v1/tenants", nil, http.StatusOK, &tenants)
		if len(tenants.Items) != 2 {
			t.Fatalf("%v", tenants)
		}
		// Switching: the session goes to the other tenant, the former token dies, refreshing stays there.
		session := login(t, h, "stranger@other.test")
		var switched struct {
			AccessToken string `json:"access_token"`
			Tenant      object
		}
		h.Nobody.JSON("POST", "/api/v1/tenants/"+h.Tenant.String()+"/switch", object{}, http.StatusOK, &switched, bearer(session.AccessToken)...)
		if switched.Tenant["slug"] != "home" || !works(t, h, switched.AccessToken) || works(t, h, session.AccessToken) {
			t.Errorf("%+v", switched)
		}
		again := refresh(t, h, http.StatusOK, session.RefreshToken)
		if again.Tenant["slug"] != "home" {
			t.Errorf("%+v", again.Tenant)
		}
		var me struct{ Permissions []string }
		h.Nobody.JSON("GET", "/api/v1/me", nil, http.StatusOK, &me, bearer(again.AccessToken)...)
		if len(me.Permissions) == 0 || me.Permissions[0] == "*" {
			t.Errorf("%v", me)
		}
		h.Viewer.JSON("POST", "/api/v1/tenants/"+h.Other.String()+"/switch", object{}, http.StatusNotFound, nil)

		// Here they are a guest: only the membership can be changed, and their address is not shown.
		guest := "/api/v1/users/" + h.Stranger.Person.String()
		var shown object
		h.Admin.JSON("GET", guest, nil, http.StatusOK, &shown)
		if shown["email"] != nil || shown["is_home"] != false || shown["full_name"] != "Stan Stranger" {
			t.Errorf("%v", shown)
		}
		h.Admin.JSON("PATCH", guest, shown, http.StatusOK, nil) // what was read can be sent back
		for _, change := range []object{{"full_name": "X"}, {"email": "x@example.org"}, {"password": "seven lanterns over tundra"}, {"is_active": false}} {
			h.Admin.JSON("PATCH", guest, change, http.StatusForbidden, nil)
		}
		h.Admin.JSON("POST", guest+"/mfa/reset", object{}, http.StatusForbidden, nil)
		h.Admin.JSON("PATCH", guest, object{"group_ids": []string{groupID(t, h, "Service desk")}}, http.StatusOK, nil)
		var script struct{ Token string }
		h.Nobody.JSON("POST", "/api/v1/api-tokens", object{"name": "script", "scopes": []string{"assets:read"}}, http.StatusCreated, &script, bearer(again.AccessToken)...)
		if !works(t, h, script.Token) {
			t.Error("his token does not work")
		}
		h.Admin.JSON("DELETE", guest, nil, http.StatusNoContent, nil)
		h.Admin.JSON("GET", guest, nil, http.StatusNotFound, nil)
		if works(t, h, again.AccessToken) {
			t.Error("a membership that has ended lets somebody in")
		}
		// at home nothing happened
		ask(t, h, http.StatusOK, "login", object{"email": "stranger@other.test", "password": housetest.Password})
		in = invited(t, h, object{"email": "stranger@other.test", "group_ids": []string{reader}})
		ask(t, h, http.StatusCreated, "invite/"+in.Token, object{}, bearer(login(t, h, "stranger@other.test").AccessToken)...)
		h.Admin.JSON("GET", guest, nil, http.StatusOK, nil)
		if works(t, h, script.Token) {
			t.Error("the new membership brings back the old one's token")
		}
	})
}

func TestBadInvites(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		clients := groupID(t, h, "Client users")
		for name, c := range map[string]struct {
			body object
			want int
		}{
			"no address":              {object{"group_ids": []string{}}, http.StatusBadRequest},
			"a member":                {object{"email": "VIEWER@home.test"}, http.StatusConflict},
			"a client user without":   {object{"email": "a@b.test", "group_ids": []string{clients}}, http.StatusBadRequest},
			"an unknown group":        {object{"email": "a@b.test", "group_ids": []string{"0198c5a0-0000-7000-8000-000000000000"}}, http.StatusBadRequest},
			"no group's id":           {object{"email": "a@b.test", "group_ids": []string{"x"}}, http.StatusBadRequest},
			"an unknown client":       {object{"email": "a@b.test", "client_id": "0198c5a0-0000-7000-8000-000000000000"}, http.StatusNotFound},
			"a client user with one":  {object{"email": "c@b.test", "group_ids": []string{clients}, "client_id": h.ClientID.String()}, http.StatusCreated},
			"a group of another home": {object{"email": "a@b.test", "group_ids": []string{otherGroup(h)}}, http.StatusBadRequest},
		} {
			if status, _, text := h.Admin.REST("POST", "/api/v1/invites", c.body); status != c.want {
				t.Errorf("%s: %d, want %d: %s", name, status, c.want, text)
			}
		}
		in := invited(t, h, object{"email": "revoked@home.test"})
		h.Editor.JSON("DELETE", "/api/v1/invites/"+in.ID, nil, http.StatusForbidden, nil)
		h.Stranger.JSON("DELETE", "/api/v1/invites/"+in.ID, nil, http.StatusNotFound, nil)
		h.Admin.JSON("DELETE", "/api/v1/invites/"+in.ID, nil, http.StatusNoContent, nil)
		h.Nobody.JSON("GET", "/api/v1/auth/invite/"+in.Token, nil, http.StatusGone, nil)
		var list struct{ Items []invite }
		h.Admin.JSON("GET", "/api/v1/invites?status=revoked", nil, http.StatusOK, &list)
		if len(list.Items) != 1 || list.Items[0].Token != "" {
			t.Errorf("%+v", list)
		}
	})
}

func otherGroup(h *housetest.House) string {
	var list struct{ Items []struct{ ID string } }
	h.Stranger.JSON("GET", "/api/v1/groups", nil, http.StatusOK, &list)
	return list.Items[0].ID
}
