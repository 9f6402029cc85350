package auth_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"github.com/holdfast-platform/holdfast/ent/viewer"
	"github.com/holdfast-platform/holdfast/server/internal/db"
	"github.com/holdfast-platform/holdfast/server/internal/housetest"
)

// code is what an authenticator shows now.
func code(t *testing.T, h *housetest.House, secret string) string {
	t.Helper()
	c, err := totp.GenerateCode(secret, h.Clock.Now())
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// enrolled sets a second factor up for a token and returns secret and recovery codes.
func enrolled(t *testing.T, h *housetest.House, token string) (secret string, recovery []string) {
	t.Helper()
	var made struct {
		Secret     string
		OtpauthURL string `json:"otpauth_url"`
	}
	h.Nobody.JSON("POST", "/api/v1/me/mfa", object{"current_password": housetest.Password}, http.StatusCreated, &made, bearer(token)...)
	if made.Secret == "" || made.OtpauthURL == "" {
		t.Fatalf("%+v", made)
	}
	h.Nobody.JSON("POST", "/api/v1/me/mfa/activate", object{"code": "000000"}, http.StatusBadRequest, nil, bearer(token)...)
	var codes struct {
		RecoveryCodes []string `json:"recovery_codes"`
	}
	h.Nobody.JSON("POST", "/api/v1/me/mfa/activate", object{"code": code(t, h, made.Secret)}, http.StatusOK, &codes, bearer(token)...)
	if len(codes.RecoveryCodes) != 10 {
		t.Fatalf("%+v", codes)
	}
	return made.Secret, codes.RecoveryCodes
}

// challenge signs in up to the second factor.
func challenge(t *testing.T, h *housetest.House, name string) string {
	t.Helper()
	out, header := ask(t, h, http.StatusOK, "login", object{"email": name, "password": housetest.Password})
	if !out.MfaRequired || out.MfaToken == "" || out.AccessToken != "" || header.Get("Set-Cookie") != "" || out.User != nil {
		t.Fatalf("%+v", out)
	}
	return out.MfaToken
}

func TestMFA(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		const name = "viewer@home.test"
		in := login(t, h, name)
		secret, recovery := enrolled(t, h, in.AccessToken)
		if !works(t, h, in.AccessToken) {
			t.Error("setting it up ended the session")
		}
		waiting := challenge(t, h, name)
		if works(t, h, waiting) {
			t.Error("the token of a half login opens more")
		}
		// of the activation's step, or the one before
		spent, err := totp.GenerateCode(secret, h.Clock.Now().Add(-30*time.Second))
		if err != nil {
			t.Fatal(err)
		}
		ask(t, h, http.StatusUnauthorized, "mfa/verify", object{"mfa_token": waiting, "code": spent})
		h.Clock.Advance(30 * time.Second)
		now := code(t, h, secret)
		out, header := ask(t, h, http.StatusOK, "mfa/verify", object{"mfa_token": waiting, "code": now})
		if !works(t, h, out.AccessToken) || header.Get("Set-Cookie") == "" {
			t.Errorf("%+v", out)
		}
		before := lines(t, h, "mfa.failed")
		ask(t, h, http.StatusUnauthorized, "mfa/verify", object{"mfa_token": challenge(t, h, name), "code": now})
		if got := lines(t, h, "mfa.failed"); got != before+1 {
			t.Error("the failure was not written down")
		}
		h.Clock.Advance(2 * time.Minute)
		waiting = challenge(t, h, name)
		ask(t, h, http.StatusOK, "mfa/verify", object{"mfa_token": waiting, "code": recovery[4]})
		ask(t, h, http.StatusUnauthorized, "mfa/verify", object{"mfa_token": waiting, "code": recovery[4]})
		for what, token := range map[string]string{"an access token": out.AccessToken, "nothing of ours": "abc"} {
			if status, _, text := h.Nobody.REST("POST", "/api/v1/auth/mfa/verify", object{"mfa_token": token, "code": recovery[5]}); status != http.StatusUnauthorized {
				t.Errorf("%s: %d %s", what, status, text)
			}
		}
		h.Clock.Advance(6 * time.Minute)
		ask(t, h, http.StatusUnauthorized, "mfa/verify", object{"mfa_token": waiting, "code": recovery[6]})

		token := bearer(out.AccessToken)
		h.Nobody.JSON("POST", "/api/v1/me/mfa", object{"current_password": housetest.Password}, http.StatusConflict, nil, token...)
		h.Nobody.JSON("POST", "/api/v1/me/mfa/disable", object{"password": "wrong", "code": code(t, h, secret)}, http.StatusBadRequest, nil, token...)
		h.Nobody.JSON("POST", "/api/v1/me/mfa/disable", object{"password": housetest.Password, "code": "000000"}, http.StatusBadRequest, nil, token...)
		h.Nobody.JSON("POST", "/api/v1/me/mfa/disable", object{"password": housetest.Password, "code": code(t, h, secret)}, http.StatusNoContent, nil, token...)
		if login(t, h, name).AccessToken == "" {
			t.Error("the second factor is still asked for")
		}
	})
}

// A second factor that is switched on by two at once is switched on once: the codes of the other would be worth
// nothing.
func TestActivatedAtOnce(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		token := h.Editor.Credential()
		var made struct{ Secret string }
		h.Nobody.JSON("POST", "/api/v1/me/mfa", object{"current_password": housetest.Password}, http.StatusCreated, &made, bearer(token)...)
		in := object{"code": code(t, h, made.Secret)}
		answers := make(chan int, 4)
		for range cap(answers) {
			go func() {
				status, _, _ := h.Nobody.REST("POST", "/api/v1/me/mfa/activate", in, bearer(token)...)
				answers <- status
			}()
		}
		on := 0
		for range cap(answers) {
			if <-answers == http.StatusOK {
				on++
			}
		}
		if on != 1 {
			t.Errorf("%d have switched it on", on)
		}
	})
}

func TestMFAAttemptsAreLimited(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		in := login(t, h, "viewer@home.test")
		secret, _ := enrolled(t, h, in.AccessToken)
		waiting := challenge(t, h, "viewer@home.test")
		h.Clock.Advance(30 * time.Second)
		for range 4 { // the fifth was the wrong code of the enrolment
			ask(t, h, http.StatusUnauthorized, "mfa/verify", object{"mfa_token": waiting, "code": "000000"})
		}
		_, header := ask(t, h, http.StatusTooManyRequests, "mfa/verify", object{"mfa_token": waiting, "code": code(t, h, secret)})
		if header.Get("Retry-After") == "" {
			t.Error("no Retry-After")
		}
	}, limited)
}

// TestDemanded follows somebody whose tenant demands a second factor.
func TestDemanded(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		earlier := login(t, h, "viewer@home.test")
		if err := h.DB.Tx(viewer.In(t.Context(), h.Tenant, viewer.Guard), func(ctx context.Context) error {
			return db.From(ctx).Setting.Create().SetMfaRequired(true).Exec(ctx)
		}); err != nil {
			t.Fatal(err)
		}
		refresh(t, h, http.StatusUnauthorized, earlier.RefreshToken)
		out, header := ask(t, h, http.StatusOK, "login", object{"email": "viewer@home.test", "password": housetest.Password})
		if !out.MfaEnrollmentNeeded || out.MfaRequired || out.MfaToken == "" || out.AccessToken != "" || header.Get("Set-Cookie") != "" {
			t.Fatalf("%+v", out)
		}
		for _, path := range []string{"/api/v1/me", "/api/v1/sites", "/api/v1/me/sessions", "/api/v1/me/preferences"} {
			if status, _, text := h.Nobody.REST("GET", path, nil, bearer(out.MfaToken)...); status != http.StatusUnauthorized {
				t.Errorf("the token of an enrolment opens %s: %d %s", path, status, text)
			}
		}
		ask(t, h, http.StatusUnauthorized, "mfa/verify", object{"mfa_token": out.MfaToken, "code": "123456"})
		secret, _ := enrolled(t, h, out.MfaToken)
		h.Clock.Advance(30 * time.Second)
		in, _ := ask(t, h, http.StatusOK, "mfa/verify", object{"mfa_token": challenge(t, h, "viewer@home.test"), "code": code(t, h, secret)})
		if !works(t, h, in.AccessToken) {
			t.Error("signed in with a second factor, and nothing works")
		}
		h.Nobody.JSON("POST", "/api/v1/me/mfa/disable", object{"password": housetest.Password, "code": "x"}, http.StatusConflict, nil, bearer(in.AccessToken)...)
	})
}

// TestTwoServers holds one database from two sides: what is revoked here is dead there within a second, and limits hold
// over both.
func TestTwoServers(t *testing.T) {
	t.Parallel()
	h, other := housetest.Pair(t, limited)
	in := login(t, h, "viewer@home.test")
	if !works(t, h, in.AccessToken) || !works(t, other, in.AccessToken) {
		t.Fatal("a token of one server is not good at the other")
	}
	h.Nobody.JSON("POST", "/api/v1/me/sessions/revoke-all", object{}, http.StatusOK, nil, bearer(in.AccessToken)...)
	if works(t, h, in.AccessToken) {
		t.Error("a revoked session lives on where it was revoked")
	}
	for end := time.Now().Add(time.Second); works(t, other, in.AccessToken); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("a revoked session lived on at the other server for a second")
		}
	}
	wrong := object{"email": "editor@home.test", "password": "not the password"}
	for range 3 {
		ask(t, h, http.StatusUnauthorized, "login", wrong)
	}
	for range 2 {
		ask(t, other, http.StatusUnauthorized, "login", wrong)
	}
	ask(t, h, http.StatusTooManyRequests, "login", wrong)
	ask(t, other, http.StatusTooManyRequests, "login", wrong)
}
