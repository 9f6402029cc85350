package rules_test

import (
	"bufio"
	"maps"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/holdfast-platform/holdfast/gen/ent"
	"github.com/holdfast-platform/holdfast/server"
	"github.com/holdfast-platform/holdfast/server/internal/contract"
	"github.com/holdfast-platform/holdfast/server/internal/housetest"
)

// silent are the methods without an HTTP route, with the reason.
var silent = map[string]string{"FeedService.Watch": "a stream; browsers have the WebSocket"}

// changing are the words that a method's name begins with when it changes something.
var changing = []string{"Bulk", "Create", "Update", "Delete", "Add", "Merge", "Unmerge", "Promote", "Revoke", "Change", "Enroll", "Activate", "Disable", "Mark", "Watch", "Unwatch", "Reset",
	"Deactivate", "Switch", "Login", "Logout", "Register", "Refresh", "Accept", "Confirm", "Request", "Verify", "Check"}

// TestDeclared: each method says who may call it, where it is on HTTP, and whether it only reads.
func TestDeclared(t *testing.T) {
	t.Parallel()
	all := contract.Methods()
	if len(all) < 100 {
		t.Fatalf("only %d methods", len(all))
	}
	routes := map[string]string{}
	for _, m := range all {
		name := contract.Short(m)
		if contract.Access(m).GetRule() == nil {
			t.Errorf("%s does not say who may call it", name)
		}
		verb, pattern, body := housetest.HTTPRoute(m)
		if verb == "" && silent[name] == "" {
			t.Errorf("%s has no HTTP route, and no reason why", name)
		}
		if other := routes[verb+" "+pattern]; verb != "" && other != "" {
			t.Errorf("%s and %s share %s %s", name, other, verb, pattern)
		}
		routes[verb+" "+pattern] = name
		changes := slices.ContainsFunc(changing, func(w string) bool { return strings.HasPrefix(string(m.Name()), w) }) && name != "FeedService.Watch"
		if contract.Reads(m) == changes {
			t.Errorf("%s: reads %v, but its name says otherwise", name, contract.Reads(m))
		}
		if verb != "" && (verb == "GET") != contract.Reads(m) && asking[name] == "" {
			t.Errorf("%s reads %v by %s", name, contract.Reads(m), verb)
		}
		if verb == "GET" && body != "" || verb == "DELETE" && body != "" {
			t.Errorf("%s: %s has a body", name, verb)
		}
		if contract.Reads(m) && contract.Access(m).GetOwnTx() {
			t.Errorf("%s only reads, but opens transactions", name)
		}
	}
}

// asking are methods that read by POST, with the reason.
var asking = map[string]string{
	"GraphService.GetImpact": "up to 500 roots stand in no address",
}

// beyond are routes that the table does not know, with the reason.
var beyond = map[string]string{
	"GET /api/v1/templates/{id}/history": "every record has its history",
}

// named are the table's words for access rules.
var named = map[string]string{"of the record": "record", "of both records": "record", "hmac": "internal", "authenticated": "signed_in", "platform-admin": "platform_admin"}

// TestRoutesServed: every route of the table's words is served with the permission of the table, and nothing else is.
func TestRoutesServed(t *testing.T) {
	t.Parallel()
	h := housetest.New(t, "sqlite")
	want, got := table(t), map[string]string{}
	for _, r := range h.Server.Routes() {
		parts := strings.Split(r.Path, "/")
		for i, p := range parts {
			if _, name, ok := strings.Cut(p, "."); ok && strings.HasPrefix(p, "{") {
				parts[i] = "{" + name
			}
		}
		got[r.Method+" "+strings.Join(parts, "/")] = r.Access
	}
	for _, route := range slices.Sorted(maps.Keys(want)) {
		if got[route] == "" {
			t.Errorf("%s is not served", route)
		} else if got[route] != want[route] {
			t.Errorf("%s needs %q, the table says %q", route, got[route], want[route])
		}
	}
	for _, route := range slices.Sorted(maps.Keys(got)) {
		if want[route] == "" && beyond[route] == "" {
			t.Errorf("%s (%s) is not in the table", route, got[route])
		}
	}
}

// table is the part of testdata/routes.tsv that is served here: the access of each route.
func table(t *testing.T) map[string]string {
	t.Helper()
	f, err := os.Open("testdata/routes.tsv")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	out := map[string]string{}
	for in := bufio.NewScanner(f); in.Scan(); {
		c := strings.Split(in.Text(), "\t")
		if len(c) < 7 || !slices.Contains(words, c[0]) || c[2] == "STREAM" || c[4] == "(WebSocket)" {
			continue
		}
		access := c[5]
		if n := named[access]; n != "" {
			access = n
		}
		out[c[2]+" "+c[3]] = access
	}
	if len(out) < 100 {
		t.Fatalf("the table has only %d routes", len(out))
	}
	return out
}

// TestServicesMounted: every service of the contract is behind the door.
func TestServicesMounted(t *testing.T) {
	t.Parallel()
	h := housetest.New(t, "sqlite")
	served := h.Server.Services()
	for _, m := range contract.Methods() {
		if !slices.Contains(served, string(m.Parent().FullName())) {
			t.Errorf("%s is not served", m.Parent().FullName())
		}
	}
}

// global are the kinds without a tenant, with the reason.
var global = map[string]string{
	"Tenant":     "it is the tenant",
	"User":       "one account, members of several tenants",
	"SigningKey": "the installation's",
}

// ofPerson are the kinds that belong to a person rather than to a tenant.
var ofPerson = map[string]string{"LoginSession": "a person's, bound to the tenant he is signed in to"}

// TestTenants: every kind belongs to a tenant, but for a short list.
func TestTenants(t *testing.T) {
	t.Parallel()
	if len(ent.Kinds) < 20 {
		t.Fatalf("only %d kinds", len(ent.Kinds))
	}
	for _, k := range ent.Kinds {
		if !k.Tenant && global[k.Name] == "" && ofPerson[k.Name] == "" {
			t.Errorf("%s has no tenant", k.Name)
		}
	}
}

// granted are permissions of methods that stand in plain routes, in records' rules or in the guards.
func granted(h *housetest.House) map[string]bool {
	out := map[string]bool{}
	for _, m := range contract.Methods() {
		for _, p := range []string{contract.Access(m).GetPermission(), contract.Access(m).GetAlso()} {
			if p != "" {
				out[p] = true
			}
		}
	}
	for _, r := range h.Server.Routes() {
		for p := range strings.SplitSeq(r.Access, " + ") {
			if strings.Contains(p, ":") {
				out[p] = true
			}
		}
	}
	return out
}

// TestRoles: every permission in a built-in group exists in some method, and every method's permission is in some
// group.
func TestRoles(t *testing.T) {
	t.Parallel()
	exist := granted(housetest.New(t, "sqlite"))
	reached := map[string]bool{}
	for _, r := range server.Roles() {
		for _, p := range r.Permissions {
			found := false
			for e := range exist {
				word, all := strings.CutSuffix(p, "*")
				if e == p || all && strings.HasPrefix(e, word) {
					found, reached[e] = true, true
				}
			}
			if !found {
				t.Errorf("the group %s grants %s, which no method asks for", r.Name, p)
			}
		}
	}
	for _, e := range slices.Sorted(maps.Keys(exist)) {
		if !reached[e] {
			t.Errorf("no group grants %s", e)
		}
	}
}

// TestReserved: reading as of an instant and the names of masked fields have their numbers in every contract, so that
// they mean the same everywhere when a room gets them.
func TestReserved(t *testing.T) {
	t.Parallel()
	holds := func(d protoreflect.MessageDescriptor, number protoreflect.FieldNumber, name protoreflect.Name) bool {
		if f := d.Fields().ByNumber(number); f != nil {
			return f.Name() == name
		}
		return d.ReservedRanges().Has(number) && d.ReservedNames().Has(name)
	}
	records := 0
	for _, m := range contract.Methods() {
		in, out := m.Input(), m.Output()
		reads := strings.HasPrefix(string(m.Name()), "Get") && in.Fields().ByName("id") != nil ||
			strings.HasPrefix(string(m.Name()), "List") && in.Fields().ByName("per_page") != nil
		if reads && !holds(in, 90, "as_of") {
			t.Errorf("%s reserves no as_of = 90", in.FullName())
		}
		if f := out.Fields().ByName("version"); f != nil && f.Number() == 2 && f.Kind() == protoreflect.Int32Kind {
			records++
			if !holds(out, 91, "masked_fields") {
				t.Errorf("%s reserves no masked_fields = 91", out.FullName())
			}
		}
	}
	if records < 30 {
		t.Errorf("only %d methods answer records", records)
	}
	h := housetest.New(t, "sqlite")
	for _, path := range []string{"/api/v1/assets", "/api/v1/assets/" + uuid.NewString()} {
		if status, _, body := h.Admin.REST("GET", path+"?as_of=2026-01-01T00:00:00Z", nil); status != http.StatusBadRequest {
			t.Errorf("%s as of an instant: %d %s", path, status, body)
		}
	}
}
