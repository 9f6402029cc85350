package identity_test

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/holdfast-platform/holdfast/ent/viewer"
	"github.com/holdfast-platform/holdfast/gen/ent"
	"github.com/holdfast-platform/holdfast/gen/ent/signingkey"
	accessv1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/access/v1"
	"github.com/holdfast-platform/holdfast/server"
	"github.com/holdfast-platform/holdfast/server/internal/clock"
	"github.com/holdfast-platform/holdfast/server/internal/db"
	"github.com/holdfast-platform/holdfast/server/internal/fault"
	"github.com/holdfast-platform/holdfast/server/internal/housetest"
	"github.com/holdfast-platform/holdfast/server/internal/identity"
)

type object = map[string]any

// signIn gets tokens for the viewer.
func signIn(t *testing.T, h *housetest.House) (access, refresh string) {
	t.Helper()
	var out struct {
		AccessToken  string `json:"access_token"`
		RefreshToken string `json:"refresh_token"`
	}
	h.Nobody.JSON("POST", "/api/v1/auth/login", object{"email": "viewer@home.test", "password": housetest.Password, "return_refresh_token": true}, http.StatusOK, &out)
	return out.AccessToken, out.RefreshToken
}

func works(h *housetest.House, token string) bool {
	status, _, _ := h.Nobody.REST("GET", "/api/v1/me", nil, "Authorization", "Bearer "+token)
	return status == http.StatusOK
}

func keys(t *testing.T, h *housetest.House) []*ent.SigningKey {
	t.Helper()
	ctx := db.System(h.DB.In(t.Context()), viewer.KeyKeeper)
	rows, err := db.From(ctx).SigningKey.Query().Order(signingkey.ByID()).All(ctx)
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

func TestKeyRotation(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		signIn(t, h)
		first := keys(t, h)
		if len(first) == 0 {
			t.Fatal("no key")
		}
		last := first[len(first)-1]
		// Five minutes before its end the key still signs; what it signed is good beyond that.
		h.Clock.Advance(last.NotAfter.Sub(h.Clock.Now()) - 5*time.Minute)
		access, refresh := signIn(t, h)
		h.Clock.Advance(10 * time.Minute)
		if !works(h, access) {
			t.Error("the retired key's token is dead before its time")
		}
		var out struct {
			AccessToken string `json:"access_token"`
		}
		h.Nobody.JSON("POST", "/api/v1/auth/refresh", object{"refresh_token": refresh}, http.StatusOK, &out)
		if !works(h, out.AccessToken) || len(keys(t, h)) != len(first)+1 {
			t.Error("no new key was made")
		}
		for _, k := range keys(t, h) {
			if len(k.Sealed) < 32+12+16 {
				t.Errorf("a key of %d sealed bytes", len(k.Sealed))
			}
		}
	})
}

// TestAnotherSecret starts on a database whose keys do not open: tokens of before are dead, people sign in anew.
func TestAnotherSecret(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"sqlite", "postgres"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			var cfg server.Config
			h := housetest.New(t, kind, func(c *server.Config) { cfg = *c })
			access, _ := signIn(t, h)
			var log bytes.Buffer
			cfg.SecretKey, cfg.Log = bytes.Repeat([]byte{9}, 32), slog.New(slog.NewTextHandler(&log, nil))
			s, err := server.New(t.Context(), cfg)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = s.Close() }()
			who := s.Identity()
			good := func(token string) error {
				_, err := who.Authenticate(t.Context(), http.Header{"Authorization": {"Bearer " + token}}, &accessv1.Access{})
				return err
			}
			if f := fault.Of(good(access)); f == nil || f.Status() != http.StatusUnauthorized {
				t.Errorf("a token under another secret: %v", f)
			}
			if !strings.Contains(log.String(), "does not open with this secret key") {
				t.Errorf("nobody was told: %s", log.String())
			}
			g, err := who.OpenSession(t.Context(), h.Viewer.Person, h.Tenant)
			if err != nil || good(g.Access) != nil {
				t.Errorf("signing in anew: %v", err)
			}
		})
	}
}

// TestJournalHasNoSecrets goes through the flows that handle secrets and looks for them in the journal.
func TestJournalHasNoSecrets(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		var made struct{ Token, Secret string }
		secrets := []string{housetest.Password, "$argon2id$", "seven lanterns over tundra"}
		h.Admin.JSON("POST", "/api/v1/users", object{"email": "n@home.test", "full_name": "N N", "password": "seven lanterns over tundra"}, http.StatusCreated, nil)
		h.Admin.JSON("POST", "/api/v1/api-tokens", object{"name": "a", "scopes": []string{"*"}}, http.StatusCreated, &made)
		secrets = append(secrets, made.Token)
		h.Admin.JSON("POST", "/api/v1/invites", object{"email": "i@home.test"}, http.StatusCreated, &made)
		secrets = append(secrets, made.Token)
		h.Admin.JSON("POST", "/api/v1/me/mfa", object{"current_password": housetest.Password}, http.StatusCreated, &made)
		secrets = append(secrets, made.Secret)
		access, refresh := signIn(t, h)
		secrets = append(secrets, access, refresh)
		rows, err := h.DB.Reader().QueryContext(t.Context(), `SELECT action, changes FROM journal`)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = rows.Close() }()
		for rows.Next() {
			var action string
			var changes *string
			if err := rows.Scan(&action, &changes); err != nil {
				t.Fatal(err)
			}
			for _, s := range secrets {
				if changes != nil && strings.Contains(*changes, s) {
					t.Errorf("%s: %s", action, *changes)
				}
			}
			for _, column := range []string{"password_hash", "token_hash", "mfa_secret", "recovery_codes", "sealed"} {
				if changes != nil && strings.Contains(*changes, `"`+column+`":`) { // as a field; texts may use the word
					t.Errorf("%s shows %s", action, column)
				}
			}
		}
		if err := rows.Err(); err != nil {
			t.Fatal(err)
		}
		for _, s := range secrets {
			if strings.Contains(h.Log(), s) {
				t.Error("a secret is in the log")
			}
		}
	})
}

// TestOperator is what the operator of the installation does.
func TestOperator(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		who, ctx := h.Server.Identity(), t.Context()
		access, _ := signIn(t, h)
		if err := who.ResetPassword(ctx, "viewer@home.test", "quarry ribbon thursday 77", true); err != nil {
			t.Fatal(err)
		}
		if works(h, access) {
			t.Error("a session outlived the reset")
		}
		for what, err := range map[string]error{
			"a weak password": who.ResetPassword(ctx, "viewer@home.test", "vic viewer home", false), "a ghost": who.ResetPassword(ctx, "ghost", "quarry ribbon thursday 77", false),
			"to promote a ghost": who.Promote(ctx, "ghost", true),
		} {
			if fault.Of(err) == nil {
				t.Errorf("%s: %v", what, err)
			}
		}
		if err := who.Promote(ctx, "viewer@home.test", true); err != nil {
			t.Fatal(err)
		}
		g, err := who.Login(viewer.WithCall(ctx, &viewer.Call{IP: "127.0.0.1"}), "viewer@home.test", "quarry ribbon thursday 77", "")
		if err != nil {
			t.Fatal(err)
		}
		v, err := who.Authenticate(ctx, http.Header{"Authorization": {"Bearer " + g.Access}}, &accessv1.Access{})
		if err != nil || !v.Platform {
			t.Errorf("%+v %v", v, err)
		}
		_, err = who.CreateUser(ctx, identity.NewUser{Tenant: "home", FullName: "A B", Email: "viewer@home.test"})
		if f := fault.Of(err); f == nil || f.Status() != http.StatusConflict {
			t.Errorf("a taken address: %v", err)
		}
		_, err = who.CreateUser(ctx, identity.NewUser{Tenant: "home", FullName: "A B", Email: "c@home.test", Groups: []string{"Nonsense"}})
		if f := fault.Of(err); f == nil || f.Status() != http.StatusBadRequest {
			t.Errorf("no such group: %v", err)
		}
	})
}

func TestRoles(t *testing.T) {
	t.Parallel()
	for _, r := range server.Roles() {
		if err := identity.CheckPermissions("permissions", r.Permissions); err != nil {
			t.Errorf("%s: %v", r.Name, err)
		}
	}
	if err := identity.CheckPermissions("permissions", []string{"assets"}); err == nil {
		t.Error("a word alone is no permission")
	}
}

func FuzzAuthorization(f *testing.F) {
	h := housetest.New(f, "sqlite")
	for _, seed := range []string{"Bearer " + h.Admin.Credential()[:40], "Bearer a.b.c", "Bearer hf_pat_", "Basic x", "", "Bearer ey..", "bearer  x"} {
		f.Add(seed)
	}
	who := h.Server.Identity()
	ctx := clock.With(f.Context(), h.Clock)
	f.Fuzz(func(t *testing.T, header string) {
		v, err := who.Authenticate(ctx, http.Header{"Authorization": {header}}, &accessv1.Access{})
		if v != nil || err == nil || fault.Of(err) == nil || fault.Of(err).Status() != http.StatusUnauthorized {
			b, _ := json.Marshal(v)
			t.Errorf("%q: %s %v", header, b, err)
		}
	})
}
