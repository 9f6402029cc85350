package apitokens_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/holdfast-platform/holdfast/server/internal/housetest"
)

type object = map[string]any

type token struct {
	ID, Name, Token, Prefix string
	LastUsedAt              *time.Time `json:"last_used_at"`
	RevokedAt               *time.Time `json:"revoked_at"`
}

func make1(t *testing.T, h *housetest.House, c *housetest.Caller, body object) (out token) {
	t.Helper()
	c.JSON("POST", "/api/v1/api-tokens", body, http.StatusCreated, &out)
	if !strings.HasPrefix(out.Token, "hf_pat_") || !strings.HasPrefix(out.Token, out.Prefix) || len(out.Prefix) > 12 {
		t.Fatalf("%+v", out)
	}
	return out
}

func with(t token) []string { return []string{"Authorization", "Bearer " + t.Token} }

func TestTokens(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		narrow := make1(t, h, h.Editor, object{"name": "scanner", "scopes": []string{"assets:read"}})
		h.Nobody.JSON("GET", "/api/v1/assets", nil, http.StatusOK, nil, with(narrow)...)
		h.Nobody.JSON("GET", "/api/v1/sites", nil, http.StatusForbidden, nil, with(narrow)...)
		h.Nobody.JSON("POST", "/api/v1/assets", object{"name": "x"}, http.StatusForbidden, nil, with(narrow)...)
		var me struct{ Permissions []string }
		h.Nobody.JSON("GET", "/api/v1/me", nil, http.StatusOK, &me, with(narrow)...)
		if len(me.Permissions) != 1 || me.Permissions[0] != "assets:read" {
			t.Errorf("%v", me)
		}
		for _, path := range []string{"/api/v1/api-tokens", "/api/v1/me/sessions"} { // these need the person
			h.Nobody.JSON("GET", path, nil, http.StatusForbidden, nil, with(narrow)...)
		}
		// The owner's rights bound the token's, at each request.
		wide := make1(t, h, h.Editor, object{"name": "wide", "scopes": []string{"assets:*", "sites:read"}})
		h.Nobody.JSON("GET", "/api/v1/sites", nil, http.StatusOK, nil, with(wide)...)
		h.Admin.JSON("PATCH", "/api/v1/users/"+h.Editor.Person.String(), object{"group_ids": []string{}}, http.StatusOK, nil)
		h.Nobody.JSON("GET", "/api/v1/sites", nil, http.StatusForbidden, nil, with(wide)...)

		var list struct{ Items []token }
		h.Editor.JSON("GET", "/api/v1/api-tokens?order_by=-name", nil, http.StatusOK, &list)
		if len(list.Items) != 2 || list.Items[0].Name != "wide" || list.Items[0].Token != "" {
			t.Errorf("%+v", list)
		}
		h.Editor.JSON("GET", "/api/v1/api-tokens?q=SCAN", nil, http.StatusOK, &list)
		if len(list.Items) != 1 {
			t.Errorf("%+v", list)
		}
		h.Editor.JSON("GET", "/api/v1/api-tokens?all=true", nil, http.StatusForbidden, nil)
		h.Editor.JSON("GET", "/api/v1/api-tokens?owner_id="+h.Admin.Person.String(), nil, http.StatusForbidden, nil)
		h.Admin.JSON("GET", "/api/v1/api-tokens?owner_id="+h.Editor.Person.String(), nil, http.StatusOK, &list)
		if len(list.Items) != 2 {
			t.Errorf("%+v", list)
		}
		h.Admin.JSON("GET", "/api/v1/api-tokens", nil, http.StatusOK, &list)
		if len(list.Items) != 0 {
			t.Errorf("the administrator's own: %+v", list)
		}

		h.Viewer.JSON("DELETE", "/api/v1/api-tokens/"+narrow.ID, nil, http.StatusNotFound, nil)
		h.Editor.JSON("DELETE", "/api/v1/api-tokens/"+narrow.ID, nil, http.StatusNoContent, nil)
		h.Nobody.JSON("GET", "/api/v1/me", nil, http.StatusUnauthorized, nil, with(narrow)...)
		h.Editor.JSON("DELETE", "/api/v1/api-tokens/"+narrow.ID, nil, http.StatusNoContent, nil)
		h.Admin.JSON("DELETE", "/api/v1/api-tokens/"+wide.ID, nil, http.StatusNoContent, nil)
		h.Nobody.JSON("GET", "/api/v1/me", nil, http.StatusUnauthorized, nil, with(wide)...)
	})
}

func TestExpiry(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		soon := h.Clock.Now().Add(time.Hour).UTC().Format(time.RFC3339)
		short := make1(t, h, h.Viewer, object{"name": "short", "scopes": []string{"sites:read"}, "expires_at": soon})
		h.Nobody.JSON("GET", "/api/v1/sites", nil, http.StatusOK, nil, with(short)...)
		h.Clock.Advance(61 * time.Minute)
		h.Nobody.JSON("GET", "/api/v1/sites", nil, http.StatusUnauthorized, nil, with(short)...)
	})
}

func TestBadTokens(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		for name, c := range map[string]struct {
			body object
			want int
		}{
			"no name":         {object{"scopes": []string{"sites:read"}}, 400},
			"no scope":        {object{"name": "a"}, 400},
			"no such scope":   {object{"name": "a", "scopes": []string{"sites:fly"}}, 400},
			"beyond oneself":  {object{"name": "a", "scopes": []string{"*"}}, 403},
			"in the past":     {object{"name": "a", "scopes": []string{"sites:read"}, "expires_at": "2020-01-01T00:00:00Z"}, 400},
			"a made-up field": {object{"name": "a", "scopes": []string{"sites:read"}, "owner": "x"}, 400},
		} {
			if status, _, text := h.Viewer.REST("POST", "/api/v1/api-tokens", c.body); status != c.want {
				t.Errorf("%s: %d, want %d: %s", name, status, c.want, text)
			}
		}
		h.Viewer.JSON("POST", "/api/v1/api-tokens?validate_only=true", object{"name": "a", "scopes": []string{"sites:read"}}, http.StatusOK, nil)
		var list struct{ Total int }
		h.Viewer.JSON("GET", "/api/v1/api-tokens", nil, http.StatusOK, &list)
		if list.Total != 0 {
			t.Error("something was stored")
		}
		h.Viewer.JSON("DELETE", "/api/v1/api-tokens/x", nil, http.StatusNotFound, nil)
	})
}

// TestLastUse waits for the note of a token's use, which is written in batches.
func TestLastUse(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		used := make1(t, h, h.Viewer, object{"name": "used", "scopes": []string{"sites:read"}})
		h.Nobody.JSON("GET", "/api/v1/sites", nil, http.StatusOK, nil, with(used)...)
		var list struct{ Items []token }
		for end := time.Now().Add(5 * time.Second); ; time.Sleep(50 * time.Millisecond) {
			h.Viewer.JSON("GET", "/api/v1/api-tokens", nil, http.StatusOK, &list)
			if len(list.Items) == 1 && list.Items[0].LastUsedAt != nil {
				return
			}
			if time.Now().After(end) {
				t.Fatalf("%+v", list)
			}
		}
	})
}

// TestWarm: a credential that was seen before costs no statement.
func TestWarm(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		used := make1(t, h, h.Viewer, object{"name": "used", "scopes": []string{"sites:read"}})
		for name, headers := range map[string][]string{"an API token": with(used), "an access token": {"Authorization", "Bearer " + h.Viewer.Credential()}} {
			ask := func() { h.Nobody.JSON("GET", "/api/v1/me/features", nil, http.StatusOK, nil, headers...) }
			ask()
			least := 99
			for range 10 {
				least = min(least, h.Statements(ask))
			}
			if least != 0 {
				t.Errorf("%s costs %d statements", name, least)
			}
		}
	})
}
