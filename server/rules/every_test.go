package rules_test

import (
	"context"
	"crypto/sha256"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/holdfast-platform/holdfast/gen/ent"
	accessv1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/access/v1"
	"github.com/holdfast-platform/holdfast/server/internal/contract"
	"github.com/holdfast-platform/holdfast/server/internal/db"
	"github.com/holdfast-platform/holdfast/server/internal/housetest"
)

// quiet are writing methods whose sample leaves no line in the journal, with the reason.
var quiet = map[string]string{
	"AuthService.CheckMethod":          "it writes a count of attempts only",
	"AuthService.Logout":               "nobody was signed in",
	"AuthService.Refresh":              "a rotation is no change of a record",
	"NotificationService.MarkRead":     "there was nothing to read",
	"MeService.RevokeAllLoginSessions": "there may be no other session",
	"UserService.RevokeSessions":       "the fresh account has no session",
	"UserService.ResetMfa":             "the fresh account has no second factor",
	"TenantService.SwitchTenant":       "the session is in that tenant already",
}

// TestEveryMethod walks through all methods of the contract: nobody is unauthenticated; who lacks the permission is
// denied; to a stranger the home tenant's records do not exist, and nothing of theirs changes; the Administrator
// succeeds; a writing method leaves a line in the journal, and none when it only validates; no line shows a secret.
func TestEveryMethod(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		w := newWorld(t, h)
		for _, c := range []*housetest.Caller{h.Admin, h.Member, h.Token, h.Stranger} {
			c.Credential() // signing in leaves lines of its own
		}
		for _, m := range contract.Methods() {
			name := contract.Short(m)
			if elsewhere[name] != "" {
				continue
			}
			if samples[name] == "" {
				t.Errorf("%s has no sample", name)
				continue
			}
			t.Run(name, func(t *testing.T) {
				w.t = t
				every(t, h, w, m)
			})
		}
		noSecrets(t, h)
	})
}

func every(t *testing.T, h *housetest.House, w *world, m protoreflect.MethodDescriptor) {
	name, access := contract.Short(m), contract.Access(m)
	in := w.request(name)
	if !access.GetPublic() {
		if a := h.Nobody.Call("connect", name, in); a.Code != "unauthenticated" {
			t.Errorf("nobody: %s %s", a.Code, a.Text)
		}
		if a := h.Nobody.Call("connect", name, in, "X-Device-Key", "hf_dev_1"); a.Code != "unauthenticated" {
			t.Errorf("the wrong kind of credential: %s %s", a.Code, a.Text)
		}
		before := snapshot(t, h)
		stranger(t, h, m, in)
		if diff := before.differs(snapshot(t, h)); diff != "" {
			t.Errorf("the stranger has changed %s", diff)
		}
	}
	if p := access.GetPermission(); p != "" {
		before := h.Lines()
		if a := h.Member.Call("connect", name, in); a.Code != "permission_denied" || !strings.Contains(a.Text, p) {
			t.Errorf("without %s: %s %s", p, a.Code, a.Text)
		}
		if n := h.Lines() - before; n != 0 {
			t.Errorf("a refusal left %d lines", n)
		}
	}
	if access.GetSessionOnly() {
		if a := h.Token.Call("connect", name, in); a.Code != "permission_denied" || a.Reason != "session_only" {
			t.Errorf("an API token: %s %s", a.Code, a.Text)
		}
	}
	if fd := m.Input().Fields().ByName("validate_only"); fd != nil {
		before := snapshot(t, h)
		dry := proto.Clone(in)
		dry.ProtoReflect().Set(fd, protoreflect.ValueOfBool(true))
		if a := h.Admin.Call("connect", name, dry); a.Code != "ok" {
			t.Errorf("validate_only: %s %s", a.Code, a.Text)
		}
		if diff := before.differs(snapshot(t, h)); diff != "" {
			t.Errorf("validate_only has changed %s", diff)
		}
	}
	before := h.Lines()
	who := h.Admin
	if access.GetPublic() {
		who = h.Nobody
	}
	if a := who.Call("connect", name, in); a.Code != "ok" {
		t.Errorf("%s: %s %s", who.Name, a.Code, a.Text)
		return
	}
	h.Server.Identity().Wait() // what it sends comes with a line, behind the answer
	switch n := h.Lines() - before; {
	case contract.Reads(m) && n != 0:
		t.Errorf("it reads, and leaves %d lines", n)
	case !contract.Reads(m) && n == 0 && quiet[name] == "":
		t.Error("it writes, and leaves no line in the journal")
	}
}

// stranger calls with the home tenant's ids.
func stranger(t *testing.T, h *housetest.House, m protoreflect.MethodDescriptor, in proto.Message) {
	name := contract.Short(m)
	a := h.Stranger.Call("connect", name, in)
	_, pattern, _ := housetest.HTTPRoute(m)
	_, record := contract.Access(m).GetRule().(*accessv1.Access_Record)
	if !strings.Contains(pattern, "{") && !record {
		for _, id := range []string{h.Tenant.String(), h.Admin.Person.String(), h.Viewer.Person.String()} {
			if a.Message != nil && strings.Contains(a.Message.(fmt.Stringer).String(), id) {
				t.Errorf("the stranger sees %s of the home tenant", id)
			}
		}
		return
	}
	if a.Code != "not_found" {
		t.Errorf("the stranger: %s %s, want not_found", a.Code, a.Text)
	}
}

// shot is what the home tenant has, table by table.
type shot map[string]string

// snapshot hashes the home tenant's rows. What is written down about mere looking is left out.
func snapshot(t *testing.T, h *housetest.House) shot {
	t.Helper()
	out := shot{}
	for _, k := range ent.Kinds {
		if k.Tenant && k.Name != "Notification" { // these come later, by themselves
			out[k.Table] = rows(t, h, `SELECT * FROM `+k.Table+` WHERE tenant_id = $1 ORDER BY id`)
		}
	}
	out["tenants"] = rows(t, h, `SELECT * FROM tenants WHERE id = $1`)
	out["users"] = rows(t, h, `SELECT * FROM users WHERE home_tenant_id = $1 ORDER BY id`)
	out["journal"] = rows(t, h, `SELECT seq FROM journal WHERE tenant_id = $1 AND request_id <> '' ORDER BY seq`)
	out["search"] = rows(t, h, `SELECT record_id, body FROM search WHERE tenant_id = $1 ORDER BY record_id`)
	for _, table := range db.Tables() { // further hand-written ones; seals come later, by themselves
		if _, done := out[table.Name]; !done && table.Tenant && table.Name != "seals" && table.Name != "notifications" {
			out[table.Name] = rows(t, h, `SELECT * FROM `+table.Name+` WHERE tenant_id = $1 ORDER BY 1, 2, 3`)
		}
	}
	return out
}

// looks are columns that looking changes.
var looks = []string{"last_used_at", "last_seen_at", "last_login_at", "last_tenant_id"}

func rows(t *testing.T, h *housetest.House, query string) string {
	t.Helper()
	found, err := h.DB.Reader().QueryContext(context.WithoutCancel(t.Context()), query, h.Tenant)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	defer func() { _ = found.Close() }()
	columns, err := found.Columns()
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.New()
	n := 0
	for found.Next() {
		values, to := make([]any, len(columns)), make([]any, len(columns))
		for i := range values {
			to[i] = &values[i]
		}
		if err := found.Scan(to...); err != nil {
			t.Fatal(err)
		}
		for i, c := range columns {
			if !slices.Contains(looks, c) {
				_, _ = fmt.Fprintf(sum, "%s=%v;", c, values[i])
			}
		}
		n++
	}
	if err := found.Err(); err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("%d rows %x", n, sum.Sum(nil)[:6])
}

// differs names the tables that are not as they were.
func (s shot) differs(o shot) string {
	var out []string
	for _, table := range slices.Sorted(maps.Keys(s)) {
		if s[table] != o[table] {
			out = append(out, fmt.Sprintf("%s (%s, then %s)", table, s[table], o[table]))
		}
	}
	return strings.Join(out, ", ")
}

// secrets are what must never be written down: passwords, tokens (the first characters of an API token may be), hashes,
// sealed values.
var secrets = regexp.MustCompile(regexp.QuoteMeta(housetest.Password) + `|hf_[a-z]+_[A-Za-z0-9_-]{12}|\$argon2|eyJ[A-Za-z0-9_-]{10}|password_hash|token_hash|mfa_secret|"recovery_codes": ?\[`)

// noSecrets looks for secrets in the whole journal and in the log.
func noSecrets(t *testing.T, h *housetest.House) {
	t.Helper()
	found, err := h.DB.Reader().QueryContext(t.Context(), `SELECT action, coalesce(CAST(changes AS text), '') FROM journal`)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = found.Close() }()
	for found.Next() {
		var action, changes string
		if err := found.Scan(&action, &changes); err != nil {
			t.Fatal(err)
		}
		if secret := secrets.FindString(changes); secret != "" {
			t.Errorf("the line %s shows a secret (%s): %s", action, secret, changes)
		}
	}
	if secret := secrets.FindString(h.Log()); secret != "" {
		t.Errorf("the log shows a secret (%s)", secret)
	}
}
