package tenants_test

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/holdfast-platform/holdfast/server"
	"github.com/holdfast-platform/holdfast/server/internal/housetest"
	"github.com/holdfast-platform/holdfast/server/internal/identity"
)

type object = map[string]any

func TestTenants(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		at := "/api/v1/tenants/" + h.Tenant.String()
		var got object
		h.Admin.JSON("GET", at, nil, http.StatusOK, &got)
		if got["slug"] != "home" || got["status"] != "active" {
			t.Errorf("%v", got)
		}
		h.Admin.JSON("PATCH", at, object{"name": "Home & Garden", "slug": "home-garden"}, http.StatusOK, &got)
		if got["name"] != "Home & Garden" || got["version"] != 2.0 {
			t.Errorf("%v", got)
		}
		h.Admin.JSON("PATCH", at, got, http.StatusOK, nil)
		h.Admin.JSON("PATCH", at, object{"slug": "other"}, http.StatusConflict, nil)
		for _, bad := range []object{{"slug": "A"}, {"slug": ""}, {"name": ""}, {"plan_b": 1}} {
			h.Admin.JSON("PATCH", at, bad, http.StatusBadRequest, nil)
		}
		// what the server sets is ignored
		h.Admin.JSON("PATCH", at, object{"status": "suspended", "features": []string{}}, http.StatusOK, &got)
		if got["status"] != "active" || got["version"] != 2.0 {
			t.Errorf("%v", got)
		}
		h.Viewer.JSON("GET", at, nil, http.StatusForbidden, nil)
		h.Stranger.JSON("GET", at, nil, http.StatusNotFound, nil)
		h.Stranger.JSON("PATCH", at, object{"name": "Mine"}, http.StatusNotFound, nil)
		var list struct{ Items []object }
		h.Client.JSON("GET", "/api/v1/tenants", nil, http.StatusOK, &list)
		if len(list.Items) != 1 || list.Items[0]["name"] != "Home & Garden" {
			t.Errorf("%v", list)
		}
	})
}

var nonces int

// license sends what the management of licences sends.
func license(h *housetest.House, change object) int {
	nonces++
	body := object{"tenant_id": h.Tenant.String(), "plan": "pro", "features": []string{"security", "vpn"}, "issued_at": h.Clock.Now().UTC(), "nonce": fmt.Sprint("n", nonces), "expires_at": nil}
	for k, v := range change {
		body[k] = v
	}
	text, err := json.Marshal(body)
	if err != nil {
		panic(err)
	}
	return send(h, text, housetest.InternalSecret)
}

func send(h *housetest.House, text []byte, secret string) int {
	status, _, _ := h.Nobody.REST("POST", "/internal/license/refresh", text, "X-Hmac-Signature", "sha256="+hex.EncodeToString(identity.Sign([]byte(secret), text)))
	return status
}

func TestLicense(t *testing.T) { //nolint:paralleltest // its nonces are counted
	for _, kind := range []string{"sqlite", "postgres"} {
		t.Run(kind, func(t *testing.T) {
			h := housetest.New(t, kind, func(c *server.Config) { c.LicenseMode = "managed" })
			status, header, text := h.Nobody.REST("POST", "/api/v1/auth/register", object{
				"tenant_name": "Waiting", "full_name": "Wanda Wait", "email": "wanda@example.org", "password": "seven lanterns over tundra",
			})
			var made struct {
				AccessToken *string `json:"access_token"`
				Tenant      struct{ ID, Status string }
			}
			if err := json.Unmarshal(text, &made); err != nil || status != http.StatusCreated || made.AccessToken != nil || header.Get("Set-Cookie") != "" || made.Tenant.Status != "pending" {
				t.Fatalf("%d %v %s", status, header, text)
			}
			in := object{"email": "wanda@example.org", "password": "seven lanterns over tundra"}
			login := func(want int) (out struct {
				AccessToken string `json:"access_token"`
				Reason      string
			}) {
				t.Helper()
				h.Nobody.JSON("POST", "/api/v1/auth/login", in, want, &out)
				return out
			}
			if out := login(http.StatusForbidden); out.Reason != "tenant_pending" {
				t.Errorf("%+v", out)
			}
			tenant := object{"tenant_id": made.Tenant.ID}
			for name, c := range map[string]object{
				"old": {"issued_at": h.Clock.Now().Add(-6 * time.Minute)}, "from the future": {"issued_at": h.Clock.Now().Add(6 * time.Minute)},
				"without a time": {"issued_at": nil}, "without a nonce": {"nonce": ""},
			} {
				c["tenant_id"] = made.Tenant.ID
				if got := license(h, c); got != http.StatusUnauthorized {
					t.Errorf("%s: %d", name, got)
				}
			}
			if got := send(h, []byte(`{"tenant_id":"x"}`), "another secret"); got != http.StatusUnauthorized {
				t.Errorf("another secret: %d", got)
			}
			if status, _, _ := h.Nobody.REST("POST", "/internal/license/refresh", object{}); status != http.StatusUnauthorized {
				t.Errorf("no signature: %d", status)
			}
			for want, c := range map[int]object{400: {"features": []string{"flying"}}, 404: {"tenant_id": "0198c5a0-0000-7000-8000-000000000000"}} {
				if got := license(h, c); got != want {
					t.Errorf("%v: %d", c, got)
				}
			}
			login(http.StatusForbidden)

			until := h.Clock.Now().Add(time.Hour).UTC()
			if got := license(h, object{"tenant_id": made.Tenant.ID, "expires_at": until, "nonce": "once"}); got != http.StatusNoContent {
				t.Fatalf("%d", got)
			}
			if got := license(h, object{"tenant_id": made.Tenant.ID, "nonce": "once"}); got != http.StatusUnauthorized {
				t.Errorf("the same nonce again: %d", got)
			}
			token := []string{"Authorization", "Bearer " + login(http.StatusOK).AccessToken}
			var me struct {
				Tenant   struct{ Status, Plan string }
				Features []string
			}
			h.Nobody.JSON("GET", "/api/v1/me", nil, http.StatusOK, &me, token...)
			if me.Tenant.Status != "active" || me.Tenant.Plan != "pro" || len(me.Features) != 2 {
				t.Errorf("%+v", me)
			}
			h.Clock.Advance(61 * time.Minute)
			token[1] = "Bearer " + login(http.StatusOK).AccessToken
			h.Nobody.JSON("GET", "/api/v1/me", nil, http.StatusOK, &me, token...)
			if me.Tenant.Status != "grace" || len(me.Features) != 0 {
				t.Errorf("after its expiry: %+v", me)
			}
			if got := license(h, tenant); got != http.StatusNoContent {
				t.Fatalf("%d", got)
			}
			h.Nobody.JSON("GET", "/api/v1/me", nil, http.StatusOK, &me, token...)
			if me.Tenant.Status != "active" || len(me.Features) != 2 {
				t.Errorf("after the new licence: %+v", me)
			}
			if err := h.Server.Identity().Suspend(h.DB.In(t.Context()), "waiting", true); err != nil {
				t.Fatal(err)
			}
			h.Nobody.JSON("GET", "/api/v1/me", nil, http.StatusForbidden, nil, token...)
			if out := login(http.StatusForbidden); out.Reason != "tenant_suspended" {
				t.Errorf("%+v", out)
			}
		})
	}
}

func TestLicenseIsClosedWithoutASecret(t *testing.T) {
	t.Parallel()
	h := housetest.New(t, "sqlite", func(c *server.Config) { c.InternalHMACSecret = "" })
	if got := send(h, []byte(`{}`), ""); got == http.StatusNoContent || got < 400 {
		t.Errorf("%d", got)
	}
}
