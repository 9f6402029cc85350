package auth_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/holdfast-platform/holdfast/ent/viewer"
	"github.com/holdfast-platform/holdfast/gen/ent"
	"github.com/holdfast-platform/holdfast/gen/ent/user"
	"github.com/holdfast-platform/holdfast/server"
	"github.com/holdfast-platform/holdfast/server/internal/db"
	"github.com/holdfast-platform/holdfast/server/internal/housetest"
)

type object = map[string]any

// signIn is what the paths under /auth answer.
type signIn struct {
	AccessToken         string `json:"access_token"`
	TokenType           string `json:"token_type"`
	ExpiresIn           int    `json:"expires_in"`
	RefreshToken        string `json:"refresh_token"`
	MfaRequired         bool   `json:"mfa_required"`
	MfaEnrollmentNeeded bool   `json:"mfa_enrollment_required"`
	MfaToken            string `json:"mfa_token"`
	User                object
	Tenant              object
	Reason              string
	Fields              map[string]string
}

// ask sends a request without a credential and reads the answer.
func ask(t *testing.T, h *housetest.House, want int, path string, body any, headers ...string) (out signIn, header http.Header) {
	t.Helper()
	status, header, text := h.Nobody.REST("POST", "/api/v1/auth/"+path, body, headers...)
	if status != want {
		t.Fatalf("%s: %d, want %d: %s", path, status, want, text)
	}
	if len(text) > 0 {
		if err := json.Unmarshal(text, &out); err != nil {
			t.Fatal(err)
		}
	}
	return out, header
}

// login signs in and returns the tokens in the body.
func login(t *testing.T, h *housetest.House, name string) signIn {
	t.Helper()
	out, _ := ask(t, h, http.StatusOK, "login", object{"email": name, "password": housetest.Password, "return_refresh_token": true})
	return out
}

func bearer(token string) []string { return []string{"Authorization", "Bearer " + token} }

// works tells whether a token opens /me.
func works(t *testing.T, h *housetest.House, token string) bool {
	t.Helper()
	status, _, text := h.Nobody.REST("GET", "/api/v1/me", nil, bearer(token)...)
	if status != http.StatusOK && status != http.StatusUnauthorized {
		t.Errorf("/me: %d %s", status, text)
	}
	return status == http.StatusOK
}

// person reads an account past all walls.
func person(t *testing.T, h *housetest.House, email string) *ent.User {
	t.Helper()
	ctx := db.System(h.DB.In(t.Context()), viewer.SignIn)
	u, err := db.From(ctx).User.Query().Where(user.EmailKey(db.Key(email))).Only(ctx)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// lines counts the journal's lines of an action.
func lines(t *testing.T, h *housetest.House, action string) (n int) {
	t.Helper()
	if err := h.DB.Reader().QueryRowContext(t.Context(), `SELECT count(*) FROM journal WHERE action = $1`, action).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestRegister(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		in := object{"tenant_name": "Größe & Co. KG", "full_name": "Rita Register", "email": "Rita@Example.org", "password": "seven lanterns over tundra"}
		out, header := ask(t, h, http.StatusCreated, "register", in)
		if out.TokenType != "Bearer" || out.ExpiresIn != 900 || out.User["email"] != "Rita@Example.org" || out.Tenant["status"] != "active" || out.Tenant["slug"] != "grosse-co-kg" {
			t.Errorf("%+v", out)
		}
		cookie := header.Get("Set-Cookie")
		for _, want := range []string{"refresh_token=hf_ref_", "HttpOnly", "SameSite=Strict", "Path=/api/v1/auth", "Max-Age="} {
			if !strings.Contains(cookie, want) {
				t.Errorf("%s is missing in the cookie %s", want, cookie)
			}
		}
		if strings.Contains(cookie, "Secure") || out.RefreshToken != "" {
			t.Errorf("cookie %s, refresh token %q", cookie, out.RefreshToken)
		}
		var me struct {
			User, Tenant          object
			Groups                []struct{ Label string }
			Permissions, Features []string
			Tenants               []object
		}
		h.Nobody.JSON("GET", "/api/v1/me", nil, http.StatusOK, &me, bearer(out.AccessToken)...)
		if len(me.Permissions) != 1 || me.Permissions[0] != "*" || len(me.Features) != 5 || len(me.Groups) != 1 || me.Groups[0].Label != "Administrators" || len(me.Tenants) != 1 {
			t.Errorf("%+v", me)
		}
		var groups struct{ Total int }
		h.Nobody.JSON("GET", "/api/v1/groups?is_builtin=true", nil, http.StatusOK, &groups, bearer(out.AccessToken)...)
		if groups.Total != 5 {
			t.Errorf("%d built-in groups", groups.Total)
		}
		in["email"] = "RITA@example.org"
		if out, _ := ask(t, h, http.StatusConflict, "register", in); out.Fields["email"] == "" {
			t.Errorf("%+v", out)
		}
		for field, value := range map[string]string{"email": "nobody", "password": "rita register", "tenant_name": "", "full_name": ""} {
			bad := object{"tenant_name": "Another", "full_name": "Rita Register", "email": "new@example.org", "password": "seven lanterns over tundra"}
			bad[field] = value
			if out, _ := ask(t, h, http.StatusBadRequest, "register", bad); out.Fields[field] == "" {
				t.Errorf("%s: %+v", field, out)
			}
		}
		// The same name again gets another slug.
		in["email"] = "second@example.org"
		if out, _ := ask(t, h, http.StatusCreated, "register", in); !strings.HasPrefix(out.Tenant["slug"].(string), "grosse-co-kg-") {
			t.Errorf("%v", out.Tenant)
		}
	})
}

func TestLogin(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		out, _ := ask(t, h, http.StatusOK, "login", object{"email": " ADMIN@home.test", "password": housetest.Password})
		if out.AccessToken == "" || out.User["full_name"] != "Ada Admin" || out.Tenant["slug"] != "home" || !works(t, h, out.AccessToken) {
			t.Errorf("%+v", out)
		}
		h.Admin.JSON("PATCH", "/api/v1/users/me", object{"username": "ada"}, http.StatusOK, nil)
		ask(t, h, http.StatusOK, "login", object{"email": "Ada", "password": housetest.Password, "tenant": "home"})

		refused := func(body object) string {
			status, _, text := h.Nobody.REST("POST", "/api/v1/auth/login", body)
			var p object
			if err := json.Unmarshal(text, &p); err != nil || status != http.StatusUnauthorized {
				t.Errorf("%v: %d %s", body, status, text)
			}
			delete(p, "request_id")
			return fmt.Sprint(p)
		}
		before := lines(t, h, "login.failed")
		wrong := refused(object{"email": "admin@home.test", "password": "not the password"})
		for name, body := range map[string]object{
			"an unknown account": {"email": "ghost@home.test", "password": housetest.Password},
			"another's tenant":   {"email": "admin@home.test", "password": housetest.Password, "tenant": "other"},
			"an unknown tenant":  {"email": "admin@home.test", "password": housetest.Password, "tenant": "nowhere"},
		} {
			if got := refused(body); got != wrong {
				t.Errorf("%s answers otherwise:\n%s\n%s", name, got, wrong)
			}
		}
		if got := lines(t, h, "login.failed"); got != before+4 {
			t.Errorf("%d failures were written down, not 4", got-before)
		}
		for _, body := range []object{{"email": "", "password": "x"}, {"email": "a@b.test", "password": ""}, {"password": "x"}, {"email": strings.Repeat("x", 300), "password": "x"}} {
			if status, _, text := h.Nobody.REST("POST", "/api/v1/auth/login", body); status != http.StatusBadRequest {
				t.Errorf("%v: %d %s", body, status, text)
			}
		}
	})
}

// TestSameTime: an unknown account costs what a wrong password costs, the same statements and a hash. No clock is
// asked, which would tell of the machine's other work: a hash shows in the 19 MiB that it takes. The test runs alone,
// so that they are nobody else's.
func TestSameTime(t *testing.T) { //nolint:paralleltest // it counts what the process takes
	h := housetest.New(t, "sqlite")
	work := func(name string) (statements []string, taken uint64) {
		var mu sync.Mutex
		h.Spy(func(sql string) {
			mu.Lock()
			defer mu.Unlock()
			if strings.Contains(sql, "throttles") || strings.Contains(sql, "FROM `users`") || strings.Contains(sql, "INTO journal") {
				statements = append(statements, strings.Join(strings.Fields(sql)[:3], " "))
			}
		})
		defer h.Spy(nil)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		if status, _, text := h.Nobody.REST("POST", "/api/v1/auth/login", object{"email": name, "password": "not the password"}); status != http.StatusUnauthorized {
			t.Fatalf("%d %s", status, text)
		}
		runtime.ReadMemStats(&after)
		mu.Lock()
		defer mu.Unlock()
		return statements, after.TotalAlloc - before.TotalAlloc
	}
	known, one := work("admin@home.test")
	unknown, other := work("ghost@home.test")
	if fmt.Sprint(known) != fmt.Sprint(unknown) || len(known) < 4 {
		t.Errorf("a wrong password:\n%v\nan unknown account:\n%v", known, unknown)
	}
	const hash = 19 << 20
	if one < hash || other < hash || one > 2*hash || other > 2*hash {
		t.Errorf("a wrong password takes %d bytes, an unknown account %d", one, other)
	}
}

func TestCredentials(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		good := login(t, h, "viewer@home.test")
		for name, value := range map[string]string{
			"a refresh token": "Bearer " + good.RefreshToken, "noise": "Bearer abc", "an unknown API token": "Bearer hf_pat_" + strings.Repeat("A", 43),
			"another scheme": "Basic " + good.AccessToken, "a changed signature": "Bearer " + good.AccessToken[:len(good.AccessToken)-2],
		} {
			if status, _, text := h.Nobody.REST("GET", "/api/v1/me", nil, "Authorization", value); status != http.StatusUnauthorized {
				t.Errorf("%s: %d %s", name, status, text)
			}
		}
		h.Clock.Advance(16 * time.Minute)
		if works(t, h, good.AccessToken) {
			t.Error("an access token lived longer than 15 minutes")
		}
	})
}

func limited(c *server.Config) { c.RateLimitLogin = "5/minute" }

func TestThrottle(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		wrong := object{"email": "viewer@home.test", "password": "not the password"}
		for range 5 {
			// what is right uses nothing up
			ask(t, h, http.StatusOK, "login", object{"email": "editor@home.test", "password": housetest.Password})
		}
		for range 5 {
			ask(t, h, http.StatusUnauthorized, "login", wrong)
		}
		_, header := ask(t, h, http.StatusTooManyRequests, "login", wrong)
		if after := header.Get("Retry-After"); after == "" || after == "0" {
			t.Errorf("Retry-After %q", after)
		}
		ask(t, h, http.StatusTooManyRequests, "login", object{"email": "viewer@home.test", "password": housetest.Password})
		// the address
		ask(t, h, http.StatusTooManyRequests, "login", object{"email": "somebody.else@home.test", "password": "x"})
		h.Clock.Advance(61 * time.Second)
		ask(t, h, http.StatusOK, "login", object{"email": "viewer@home.test", "password": housetest.Password})
	}, limited)
}

func TestThrottleCountsEachAtOnce(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		var wg sync.WaitGroup
		var mu sync.Mutex
		count := map[int]int{}
		for range 12 {
			wg.Go(func() {
				status, _, _ := h.Nobody.REST("POST", "/api/v1/auth/login", object{"email": "viewer@home.test", "password": "not the password"})
				mu.Lock()
				defer mu.Unlock()
				count[status]++
			})
		}
		wg.Wait()
		if count[http.StatusUnauthorized] > 5 || count[http.StatusUnauthorized]+count[http.StatusTooManyRequests] != 12 {
			t.Errorf("%v", count)
		}
	}, limited)
}

func TestCookies(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		_, header := ask(t, h, http.StatusOK, "login", object{"email": "viewer@home.test", "password": housetest.Password})
		cookie, _, _ := strings.Cut(header.Get("Set-Cookie"), ";")
		out, header := ask(t, h, http.StatusOK, "refresh", nil, "Cookie", cookie)
		if out.AccessToken == "" || out.RefreshToken != "" || !strings.HasPrefix(header.Get("Set-Cookie"), "refresh_token=hf_ref_") {
			t.Errorf("%+v %s", out, header.Get("Set-Cookie"))
		}
		cookie, _, _ = strings.Cut(header.Get("Set-Cookie"), ";")
		_, header = ask(t, h, http.StatusNoContent, "logout", nil, "Cookie", cookie)
		if c := header.Get("Set-Cookie"); !strings.HasPrefix(c, "refresh_token=;") || !strings.Contains(c, "Max-Age=0") {
			t.Errorf("the cookie stays: %s", c)
		}
		if works(t, h, out.AccessToken) {
			t.Error("the session lives on after the logout")
		}
		ask(t, h, http.StatusUnauthorized, "refresh", nil, "Cookie", cookie)
		ask(t, h, http.StatusNoContent, "logout", nil)
		ask(t, h, http.StatusUnauthorized, "refresh", nil)
	})
}

func TestSecureCookie(t *testing.T) {
	t.Parallel()
	h := housetest.New(t, "sqlite", func(c *server.Config) { c.PublicURL = "https://desk.example.org" })
	_, header := ask(t, h, http.StatusOK, "login", object{"email": "viewer@home.test", "password": housetest.Password})
	if !strings.Contains(header.Get("Set-Cookie"), "; Secure") {
		t.Error(header.Get("Set-Cookie"))
	}
}

func TestRestricted(t *testing.T) {
	t.Parallel()
	h := housetest.New(t, "sqlite", func(c *server.Config) { c.AuthPolicy = "restricted" })
	for path, body := range map[string]object{
		"login": {"email": "viewer@home.test", "password": housetest.Password}, "check-method": {"email": "viewer@home.test"},
		"register": {"tenant_name": "A", "full_name": "B", "email": "b@example.org", "password": "seven lanterns over tundra"},
	} {
		if out, _ := ask(t, h, http.StatusForbidden, path, body); out.Reason != "auth_restricted" {
			t.Errorf("%s: %+v", path, out)
		}
	}
}

func TestCheckMethod(t *testing.T) {
	t.Parallel()
	h := housetest.New(t, "sqlite")
	for _, name := range []string{"viewer@home.test", "ghost@home.test"} {
		var out object
		h.Nobody.JSON("POST", "/api/v1/auth/check-method", object{"email": name}, http.StatusOK, &out)
		if out["method"] != "password" {
			t.Errorf("%v", out)
		}
	}
	var ways struct{ Items []object }
	h.Nobody.JSON("GET", "/api/v1/auth/methods", nil, http.StatusOK, &ways)
	if len(ways.Items) != 1 || ways.Items[0]["method"] != "password" {
		t.Errorf("%v", ways)
	}
}
