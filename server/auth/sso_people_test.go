package auth_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/holdfast-platform/holdfast/server"
	"github.com/holdfast-platform/holdfast/server/internal/housetest"
	"github.com/holdfast-platform/holdfast/server/internal/identity"
)

// TestWhoIsNew: a new identity gets an account where the settings say so, for an address that the provider vouches for.
func TestWhoIsNew(t *testing.T) {
	t.Parallel()
	eachWith(t, func(t *testing.T, h *housetest.House, p *issuer) {
		p.knows(
			&somebody{subject: "unverified", email: "nobody.sure@home.test", name: "Un Sure"},
			&somebody{subject: "none", name: "No Address"},
			&somebody{subject: "foreign", email: "x@foreign.test", name: "X", verified: true},
			&somebody{subject: "sub", email: "x@sub.home.test", name: "X", verified: true},
			&somebody{subject: "tail", email: "x@home.test.evil.test", name: "X", verified: true},
			&somebody{subject: "two", email: "x@evil.test@home.test", name: "X", verified: true},
			&somebody{subject: "kelvin", email: "Mi\u212ae@home.test", name: "X", verified: true},
			&somebody{subject: "line", email: "x\r\n@home.test", name: "X", verified: true},
			&somebody{subject: "password", email: "x@old.test", name: "X", verified: true},
			&somebody{subject: "other", email: "olga@OTHER.test", name: "Olga", verified: true},
			&somebody{subject: "nameless", email: "name.less@home.test", verified: true},
			&somebody{subject: "shy", email: "shy@home.test", name: "Shy One", verified: true, elsewhere: true},
			&somebody{subject: "invited", email: "invited@home.test", name: "In Vited", verified: true},
			&somebody{subject: "grouped", email: "grouped@home.test", name: "G", verified: true},
		)
		for subject, reason := range map[string]string{
			"unverified": "email_unverified", "none": "email_unverified", "foreign": "domain_not_allowed", "sub": "domain_not_allowed", "tail": "domain_not_allowed",
			"two": "email_unverified", "kelvin": "email_unverified", "line": "email_unverified", "password": "domain_not_allowed",
		} {
			newBrowser(t, h).wants(p, subject, reason)
		}
		enters := func(subject, tenant, name, group string) signIn {
			t.Helper()
			b := newBrowser(t, h)
			b.wants(p, subject, "")
			_, in := b.refresh()
			groups, _ := in.User["groups"].([]any)
			if in.Tenant["slug"] != tenant || in.User["full_name"] != name || len(groups) != 1 || groups[0].(object)["label"] != group {
				t.Errorf("%s: %+v", subject, in)
			}
			return in
		}
		enters("other", "other", "Olga", "Read only")
		enters("nameless", "home", "name.less", "Read only")
		enters("shy", "home", "Shy One", "Read only") // told by userinfo only
		var group struct{ ID string }
		h.Admin.JSON("GET", "/api/v1/settings", nil, http.StatusOK, nil)
		h.Admin.JSON("POST", "/api/v1/groups", object{"name": "Newcomers", "permissions": []string{"assets:read"}}, http.StatusCreated, &group)
		h.Admin.JSON("POST", "/api/v1/invites", object{"email": "Invited@home.test", "group_ids": []string{group.ID}}, http.StatusCreated, nil)
		enters("invited", "home", "In Vited", "Newcomers")
		var invites struct{ Items []object }
		h.Admin.JSON("GET", "/api/v1/invites", nil, http.StatusOK, &invites)
		if len(invites.Items) != 1 || invites.Items[0]["status"] != "claimed" {
			t.Errorf("%v", invites.Items)
		}
		h.Admin.JSON("PATCH", "/api/v1/settings", object{"default_group_id": group.ID}, http.StatusOK, nil)
		in := enters("grouped", "home", "G", "Newcomers")
		// Deactivated, no longer a member, the tenant stopped.
		h.Admin.JSON("DELETE", "/api/v1/users/"+in.User["id"].(string), nil, http.StatusNoContent, nil)
		newBrowser(t, h).wants(p, "grouped", "account_inactive")
		who := person(t, h, "shy@home.test")
		h.Admin.JSON("PATCH", "/api/v1/users/"+who.ID.String(), object{"status": "suspended"}, http.StatusOK, nil)
		newBrowser(t, h).wants(p, "shy", "no_membership")
		if err := h.Server.Identity().Suspend(h.DB.In(t.Context()), "other", true); err != nil {
			t.Fatal(err)
		}
		newBrowser(t, h).wants(p, "other", "tenant_suspended")
		p.knows(&somebody{subject: "late", email: "late@other.test", name: "Late", verified: true})
		newBrowser(t, h).wants(p, "late", "tenant_suspended")
		if n := count(t, h, "late@other.test"); n != 0 {
			t.Error("a tenant that is stopped got a member")
		}
	})
}

// TestLinking: an account is joined to an identity only where its home tenant owns the address by the settings.
func TestLinking(t *testing.T) {
	t.Parallel()
	eachWith(t, func(t *testing.T, h *housetest.House, p *issuer) {
		who := h.Server.Identity()
		ctx := h.DB.In(t.Context())
		for _, u := range []identity.NewUser{
			{Tenant: "other", FullName: "Wrong Home", Email: "wronghome@home.test", Password: housetest.Password},
			{Tenant: "home", FullName: "No Domain", Email: "nodomain@foreign.test", Password: housetest.Password},
			{Tenant: "home", FullName: "Ruler", Email: "ruler@home.test", Password: housetest.Password},
			{Tenant: "home", FullName: "Old", Email: "old@old.test", Password: housetest.Password},
			{Tenant: "home", FullName: "Gone", Email: "gone@home.test", Password: housetest.Password},
		} {
			if _, err := who.CreateUser(ctx, u); err != nil {
				t.Fatal(err)
			}
		}
		if err := who.Promote(ctx, "ruler@home.test", true); err != nil {
			t.Fatal(err)
		}
		h.Admin.JSON("DELETE", "/api/v1/users/"+person(t, h, "gone@home.test").ID.String(), nil, http.StatusNoContent, nil)
		for email, reason := range map[string]string{
			"wronghome@home.test": "account_exists", "nodomain@foreign.test": "domain_not_allowed", "ruler@home.test": "account_exists",
			"old@old.test": "domain_not_allowed", "gone@home.test": "account_inactive",
		} {
			p.knows(&somebody{subject: email, email: email, name: "X", verified: true})
			newBrowser(t, h).wants(p, email, reason)
			if person(t, h, email).OidcSubject != nil {
				t.Errorf("%s is linked", email)
			}
		}
		// An address that is not vouched for links nothing.
		p.knows(&somebody{subject: "viv", email: "viewer@home.test", name: "V"})
		newBrowser(t, h).wants(p, "viv", "email_unverified")
		p.knows(&somebody{subject: "viv", email: "Viewer@Home.test", name: "V", verified: true})
		b := newBrowser(t, h)
		b.wants(p, "viv", "")
		if _, in := b.refresh(); in.User["id"] != h.Viewer.Person.String() || in.User["full_name"] != "Vic Viewer" {
			t.Errorf("%+v", in.User)
		}
		login(t, h, "viewer@home.test") // an account whose address was proven keeps its password
		// Another identity with the same address is another person.
		p.knows(&somebody{subject: "impostor", email: "viewer@home.test", name: "V", verified: true})
		newBrowser(t, h).wants(p, "impostor", "account_exists")
		// Until the operator parts the account from the first.
		if err := who.Unlink(ctx, "viewer@home.test"); err != nil {
			t.Fatal(err)
		}
		if status, _ := b.refresh(); status != http.StatusUnauthorized {
			t.Errorf("the session of an identity that is gone goes on: %d", status)
		}
		newBrowser(t, h).wants(p, "impostor", "")
		newBrowser(t, h).wants(p, "viv", "account_exists")
		// An account that somebody prepared for an address that nobody had proven: the person takes it over, and nobody
		// else stays in.
		var made struct{ ID string }
		h.Admin.JSON("POST", "/api/v1/users", object{"email": "prepared@home.test", "full_name": "Pre Pared", "password": housetest.Password, "group_ids": []string{groupID(t, h, "Administrators")}}, http.StatusCreated, &made)
		squatter := login(t, h, "prepared@home.test")
		var token struct{ Token string }
		h.Nobody.JSON("POST", "/api/v1/api-tokens", object{"name": "back door", "scopes": []string{"assets:read"}}, http.StatusCreated, &token, bearer(squatter.AccessToken)...)
		enrolled(t, h, squatter.AccessToken)
		p.knows(&somebody{subject: "prepared", email: "prepared@home.test", name: "Pre Pared", verified: true})
		b = newBrowser(t, h)
		b.wants(p, "prepared", "")
		if _, in := b.refresh(); in.User["id"] != made.ID || in.User["mfa_enabled"] != false {
			t.Errorf("%+v", in.User)
		}
		ask(t, h, http.StatusUnauthorized, "login", object{"email": "prepared@home.test", "password": housetest.Password})
		ask(t, h, http.StatusUnauthorized, "refresh", object{"refresh_token": squatter.RefreshToken})
		if works(t, h, squatter.AccessToken) || works(t, h, token.Token) {
			t.Error("who prepared the account is still in")
		}
	})
}

// TestRestrictedAdmits: where passwords are closed, those of listed domains come in by single sign-on, and nobody else.
func TestRestrictedAdmits(t *testing.T) {
	t.Parallel()
	eachWith(t, func(t *testing.T, h *housetest.House, p *issuer) {
		for path, body := range map[string]object{
			"login":    {"email": "admin@home.test", "password": housetest.Password},
			"register": {"tenant_name": "New", "full_name": "N", "email": "n@new.test", "password": "seven lanterns over tundra"}, "check-method": {"email": "admin@home.test"},
			"password-reset": {"email": "admin@home.test"},
		} {
			if out, _ := ask(t, h, http.StatusForbidden, path, body); out.Reason != "auth_restricted" {
				t.Errorf("%s: %+v", path, out)
			}
		}
		var methods struct {
			Items        []object
			Registration bool
		}
		h.Nobody.JSON("GET", "/api/v1/auth/methods", nil, http.StatusOK, &methods)
		if len(methods.Items) != 1 || methods.Items[0]["method"] != "oidc" || methods.Registration {
			t.Errorf("%+v", methods)
		}
		p.knows(ada(), &somebody{subject: "foreign", email: "f@foreign.test", name: "F", verified: true}, &somebody{subject: "old", email: "o@old.test", name: "O", verified: true})
		newBrowser(t, h).wants(p, "ada-1", "")
		newBrowser(t, h).wants(p, "foreign", "domain_not_allowed") // though there is a default tenant
		newBrowser(t, h).wants(p, "old", "domain_not_allowed")
		// A known identity stays out as well once the provider no longer vouches for an address of a listed domain.
		p.knows(&somebody{subject: "ada-1", email: "ada@foreign.test", name: "A", verified: true})
		newBrowser(t, h).wants(p, "ada-1", "domain_not_allowed")
		p.knows(&somebody{subject: "ada-1", email: "ada.new@home.test", name: "A"})
		newBrowser(t, h).wants(p, "ada-1", "email_unverified")
	}, func(c *server.Config) { c.AuthPolicy, c.DefaultTenant = "restricted", "home" })
}

// TestDefaultTenant takes in those whose domain nobody owns, and links nobody.
func TestDefaultTenant(t *testing.T) {
	t.Parallel()
	p := provider(t, "", callback("oidc"))
	h := housetest.New(t, "sqlite", federated(p), func(c *server.Config) { c.DefaultTenant = "other" })
	p.knows(&somebody{subject: "f", email: "f@foreign.test", name: "F", verified: true}, &somebody{subject: "u", email: "u@foreign.test", name: "U"},
		&somebody{subject: "s", email: "stray@foreign.test", name: "S", verified: true})
	b := newBrowser(t, h)
	b.wants(p, "f", "")
	if _, in := b.refresh(); in.Tenant["slug"] != "other" {
		t.Errorf("%+v", in.Tenant)
	}
	newBrowser(t, h).wants(p, "u", "email_unverified")
	if _, err := h.Server.Identity().CreateUser(h.DB.In(t.Context()), identity.NewUser{Tenant: "other", FullName: "Stray", Email: "stray@foreign.test", Password: housetest.Password}); err != nil {
		t.Fatal(err)
	}
	newBrowser(t, h).wants(p, "s", "account_exists")
	// Nobody gets or leaves a name that the settings speak of.
	at := "/api/v1/tenants/" + h.Other.String()
	h.Stranger.JSON("PATCH", at, object{"slug": "else"}, http.StatusConflict, nil)
	h.Stranger.JSON("PATCH", at, object{"slug": "home"}, http.StatusConflict, nil)
	h.Stranger.JSON("PATCH", at, object{"name": "Other still", "slug": "other"}, http.StatusOK, nil)
	gone := housetest.New(t, "sqlite", federated(p), func(c *server.Config) {
		c.Domains = []server.Domain{{Name: "home.test", Tenant: "acme", Method: "sso"}, {Name: "foreign.test", Tenant: uuid.NewString(), Method: "sso"}}
	})
	newBrowser(t, gone).wants(p, "f", "tenant_unavailable")
	out, _ := ask(t, gone, http.StatusCreated, "register", object{"tenant_name": "Acme", "full_name": "A", "email": "a@acme.test", "password": "seven lanterns over tundra"})
	if slug, _ := out.Tenant["slug"].(string); slug == "acme" || !strings.HasPrefix(slug, "acme-") {
		t.Errorf("a stranger founded %v", out.Tenant["slug"])
	}
	if out, _ := ask(t, h, http.StatusOK, "check-method", object{"email": "anybody@home.test"}); out.Reason != "" {
		t.Errorf("%+v", out)
	}
	for email, want := range map[string]string{"x@home.test": "sso", "x@HOME.test": "sso", "x@old.test": "password", "x@foreign.test": "password", "home.test": "sso"} {
		var got struct{ Method string }
		h.Nobody.JSON("POST", "/api/v1/auth/check-method", object{"email": email}, http.StatusOK, &got)
		if got.Method != want {
			t.Errorf("%s signs in by %s", email, got.Method)
		}
	}
}
