package auth_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/holdfast-platform/holdfast/server"
	"github.com/holdfast-platform/holdfast/server/internal/housetest"
)

// TestUnprovenAddress: who first typed an address does not enter other tenants as its owner.
func TestUnprovenAddress(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"sqlite", "postgres"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			var dir string
			h := housetest.New(t, kind, dataDir(&dir))
			// Somebody registers with an address that is not theirs, with a second password in an API token.
			mallory, _ := ask(t, h, http.StatusCreated, "register", object{
				"tenant_name": "Trap", "full_name": "Not Vera", "email": "vera@victim.test", "password": "seven lanterns over tundra", "return_refresh_token": true,
			})
			var script struct{ Token string }
			h.Nobody.JSON("POST", "/api/v1/api-tokens", object{"name": "kept", "scopes": []string{"*"}}, http.StatusCreated, &script, bearer(mallory.AccessToken)...)

			desk := groupID(t, h, "Service desk")
			in := invited(t, h, object{"email": "vera@victim.test", "group_ids": []string{desk}})
			var offer struct {
				HasAccount bool `json:"has_account"`
			}
			h.Nobody.JSON("GET", "/api/v1/auth/invite/"+in.Token, nil, http.StatusOK, &offer)
			if offer.HasAccount {
				t.Error("the link that the inviter holds tells whether there is an account")
			}
			body := object{"full_name": "Vera Victim", "password": "quarry ribbon thursday 77"}
			for _, headers := range [][]string{nil, bearer(mallory.AccessToken)} {
				if out, _ := ask(t, h, http.StatusConflict, "invite/"+in.Token, body, headers...); out.Reason != "prove_address" {
					t.Errorf("%+v", out)
				}
			}
			// Its owner follows the link that was mailed.
			link := token(t, letters(t, dir, "vera@victim.test", 1)[0])
			out, _ := ask(t, h, http.StatusCreated, "invite/"+link, body)
			if !works(t, h, out.AccessToken) || out.Tenant["slug"] != "home" || out.User["full_name"] != "Vera Victim" {
				t.Errorf("%+v", out)
			}
			if works(t, h, mallory.AccessToken) || works(t, h, script.Token) {
				t.Error("what was there before the proof still works")
			}
			refresh(t, h, http.StatusUnauthorized, mallory.RefreshToken)
			ask(t, h, http.StatusUnauthorized, "login", object{"email": "vera@victim.test", "password": "seven lanterns over tundra"})
			vera := person(t, h, "vera@victim.test")
			if vera.EmailVerifiedAt == nil || vera.HomeTenantID != h.Tenant {
				t.Errorf("%+v", vera)
			}
			// She is a member of two tenants now: neither has power over the account, each over its membership.
			for _, change := range []object{{"password": "another lantern over tundra"}, {"email": "x@victim.test"}, {"is_active": false}} {
				status, _, text := h.Admin.REST("PATCH", "/api/v1/users/"+vera.ID.String(), change)
				if status != http.StatusConflict || !strings.Contains(string(text), "member_elsewhere") {
					t.Errorf("%v: %d %s", change, status, text)
				}
			}
			if status, _, text := h.Admin.REST("POST", "/api/v1/users/"+vera.ID.String()+"/mfa/reset", object{}); status != http.StatusConflict || !strings.Contains(string(text), "member_elsewhere") {
				t.Errorf("%d %s", status, text)
			}
			h.Admin.JSON("DELETE", "/api/v1/users/"+vera.ID.String(), nil, http.StatusNoContent, nil)
			if now := person(t, h, "vera@victim.test"); !now.IsActive {
				t.Error("the end of a membership deactivated the account")
			}
			h.Admin.JSON("GET", "/api/v1/users/"+vera.ID.String(), nil, http.StatusNotFound, nil)
		})
	}
}

// TestCreatingTellsNothing: without a password it is an invitation whether or not the address has an account elsewhere.
func TestCreatingTellsNothing(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		for _, email := range []string{"stranger@other.test", "nobody@other.test"} {
			var made object
			h.Admin.JSON("POST", "/api/v1/users", object{"email": email, "full_name": "Somebody"}, http.StatusCreated, &made)
			if made["invite_id"] == nil || made["id"] != nil && made["id"] != "" || made["email"] != email {
				t.Errorf("%s: %v", email, made)
			}
		}
	})
}

// TestTellingIsLimited: what must tell whether an address has an account counts as registering does.
func TestTellingIsLimited(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		with := func(n string) object {
			return object{"tenant_name": "T" + n, "full_name": "N", "email": n + "@new.test", "password": "seven lanterns over tundra"}
		}
		ask(t, h, http.StatusCreated, "register", with("one"))
		taken := with("two")
		taken["email"] = "stranger@other.test"
		ask(t, h, http.StatusConflict, "register", taken)
		// does not count
		ask(t, h, http.StatusBadRequest, "register", object{"tenant_name": "T", "full_name": "N", "email": "three@new.test", "password": "password"})
		h.Admin.JSON("POST", "/api/v1/users", object{"email": "stranger@other.test", "full_name": "S", "password": "seven lanterns over tundra"}, http.StatusCreated, nil)
		_, header := ask(t, h, http.StatusTooManyRequests, "register", with("four"))
		if header.Get("Retry-After") == "" {
			t.Error("nothing says when")
		}
		h.Admin.JSON("POST", "/api/v1/users", object{"email": "stranger@other.test", "full_name": "S", "password": "seven lanterns over tundra"}, http.StatusTooManyRequests, nil)
	}, func(c *server.Config) { c.RateLimitRegister = "3/hour" })
}

func TestInvitationsAreLimited(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		for range 3 {
			h.Admin.JSON("POST", "/api/v1/invites", object{"email": "often@new.test"}, http.StatusCreated, nil)
		}
		h.Admin.JSON("POST", "/api/v1/invites", object{"email": "OFTEN@new.test"}, http.StatusTooManyRequests, nil)
		h.Stranger.JSON("POST", "/api/v1/invites", object{"email": "often@new.test"}, http.StatusTooManyRequests, nil)
		// does not count
		h.Admin.JSON("POST", "/api/v1/invites", object{"email": "viewer@home.test"}, http.StatusConflict, nil)
		for _, who := range []string{"a", "b"} {
			h.Admin.JSON("POST", "/api/v1/invites", object{"email": who + "@new.test"}, http.StatusCreated, nil)
		}
		h.Admin.JSON("POST", "/api/v1/invites", object{"email": "c@new.test"}, http.StatusTooManyRequests, nil)
	}, func(c *server.Config) { c.RateLimitInvite = "6/day" })
}
