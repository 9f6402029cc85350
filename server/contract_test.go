package server_test

import (
	"bufio"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/descriptorpb"

	"github.com/holdfast-platform/holdfast/gen/ent"
	accessv1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/access/v1"
	"github.com/holdfast-platform/holdfast/server"
	"github.com/holdfast-platform/holdfast/server/internal/housetest"
)

// methods are all methods of the contract, in order of their names.
func methods() []protoreflect.MethodDescriptor {
	var all []protoreflect.MethodDescriptor
	protoregistry.GlobalFiles.RangeFiles(func(f protoreflect.FileDescriptor) bool {
		if !strings.HasPrefix(string(f.Package()), "holdfast.") {
			return true
		}
		for i := range f.Services().Len() {
			s := f.Services().Get(i)
			for j := range s.Methods().Len() {
				all = append(all, s.Methods().Get(j))
			}
		}
		return true
	})
	slices.SortFunc(all, func(a, b protoreflect.MethodDescriptor) int {
		return strings.Compare(string(a.FullName()), string(b.FullName()))
	})
	return all
}

// short is a method's name as the samples have it: "SiteService.GetSite".
func short(m protoreflect.MethodDescriptor) string {
	return string(m.Parent().Name()) + "." + string(m.Name())
}

func accessOf(m protoreflect.MethodDescriptor) *accessv1.Access {
	a, _ := proto.GetExtension(m.Options(), accessv1.E_Access).(*accessv1.Access)
	return a
}

func reads(m protoreflect.MethodDescriptor) bool {
	o, _ := m.Options().(*descriptorpb.MethodOptions)
	return o.GetIdempotencyLevel() == descriptorpb.MethodOptions_NO_SIDE_EFFECTS
}

// silent are the methods without an HTTP route, with the reason.
var silent = map[string]string{"FeedService.Watch": "a stream; browsers have the WebSocket"}

// changing are the words that a method's name begins with when it changes something.
var changing = []string{"Create", "Update", "Delete", "Add", "Merge", "Promote", "Revoke", "Change", "Enroll", "Activate", "Disable", "Mark", "Watch", "Unwatch", "Reset",
	"Deactivate", "Switch", "Login", "Logout", "Register", "Refresh", "Accept", "Confirm", "Request", "Verify", "Check"}

// TestDeclared: each method says who may call it, where it is on HTTP, and whether it only reads.
func TestDeclared(t *testing.T) {
	t.Parallel()
	all := methods()
	if len(all) < 100 {
		t.Fatalf("only %d methods", len(all))
	}
	routes := map[string]string{}
	for _, m := range all {
		name := short(m)
		if accessOf(m).GetRule() == nil {
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
		if reads(m) == changes {
			t.Errorf("%s: reads %v, but its name says otherwise", name, reads(m))
		}
		if verb != "" && (verb == "GET") != reads(m) {
			t.Errorf("%s reads %v by %s", name, reads(m), verb)
		}
		if verb == "GET" && body != "" || verb == "DELETE" && body != "" {
			t.Errorf("%s: %s has a body", name, verb)
		}
		if reads(m) && accessOf(m).GetOwnTx() {
			t.Errorf("%s only reads, but opens transactions", name)
		}
	}
}

// beyond are routes that the table does not know, with the reason.
var beyond = map[string]string{
	"GET /api/v1/templates/{id}/history": "every record has its history",
}

// words are the domains that are served here.
var words = []string{"auth", "me", "users", "groups", "tenants", "apitokens", "audit", "settings", "notifications", "comments", "links", "views", "feed", "stats",
	"sites", "assets", "incidents", "clients", "sessions", "findings", "taxonomy", "templates", "attachments", "reports", "health", "search"}

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
	for _, m := range methods() {
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
	for _, m := range methods() {
		for _, p := range []string{accessOf(m).GetPermission(), accessOf(m).GetAlso()} {
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

// TestRoles: every permission in a built-in group exists in some method, and every method's permission is in some group.
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
