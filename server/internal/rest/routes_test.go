package rest

import (
	"encoding/csv"
	"os"
	"strconv"
	"strings"
	"testing"

	_ "github.com/holdfast-platform/holdfast/gen/pb/holdfast/apitokens/v1"
	_ "github.com/holdfast-platform/holdfast/gen/pb/holdfast/assets/v1"
	_ "github.com/holdfast-platform/holdfast/gen/pb/holdfast/audit/v1"
	_ "github.com/holdfast-platform/holdfast/gen/pb/holdfast/auth/v1"
	_ "github.com/holdfast-platform/holdfast/gen/pb/holdfast/clients/v1"
	_ "github.com/holdfast-platform/holdfast/gen/pb/holdfast/comments/v1"
	_ "github.com/holdfast-platform/holdfast/gen/pb/holdfast/feed/v1"
	_ "github.com/holdfast-platform/holdfast/gen/pb/holdfast/findings/v1"
	_ "github.com/holdfast-platform/holdfast/gen/pb/holdfast/groups/v1"
	_ "github.com/holdfast-platform/holdfast/gen/pb/holdfast/health/v1"
	_ "github.com/holdfast-platform/holdfast/gen/pb/holdfast/incidents/v1"
	_ "github.com/holdfast-platform/holdfast/gen/pb/holdfast/links/v1"
	_ "github.com/holdfast-platform/holdfast/gen/pb/holdfast/me/v1"
	_ "github.com/holdfast-platform/holdfast/gen/pb/holdfast/notifications/v1"
	_ "github.com/holdfast-platform/holdfast/gen/pb/holdfast/search/v1"
	_ "github.com/holdfast-platform/holdfast/gen/pb/holdfast/sessions/v1"
	_ "github.com/holdfast-platform/holdfast/gen/pb/holdfast/settings/v1"
	_ "github.com/holdfast-platform/holdfast/gen/pb/holdfast/sites/v1"
	_ "github.com/holdfast-platform/holdfast/gen/pb/holdfast/stats/v1"
	_ "github.com/holdfast-platform/holdfast/gen/pb/holdfast/tenants/v1"
	_ "github.com/holdfast-platform/holdfast/gen/pb/holdfast/users/v1"
	_ "github.com/holdfast-platform/holdfast/gen/pb/holdfast/views/v1"
	"github.com/holdfast-platform/holdfast/server/internal/contract"
)

// line is one row of the table of all routes.
type line struct {
	word, method, path, rpc, permission string
	success                             int
}

func table(t *testing.T) []line {
	t.Helper()
	f, err := os.Open("../../rules/testdata/routes.tsv")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	r := csv.NewReader(f)
	r.Comma, r.LazyQuotes, r.FieldsPerRecord = '\t', true, -1
	rows, err := r.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var out []line
	for _, row := range rows[1:] {
		success, _ := strconv.Atoi(row[6])
		out = append(out, line{row[0], row[2], row[3], row[4], row[5], success})
	}
	return out
}

// shown is a pattern as the table shows it: {id} for {site.id}.
func shown(pattern string) string {
	var b strings.Builder
	for i, s := range strings.Split(pattern, "/") {
		if i > 0 {
			b.WriteByte('/')
		}
		if dot := strings.LastIndexByte(s, '.'); dot >= 0 && strings.HasPrefix(s, "{") {
			s = "{" + s[dot+1:]
		}
		b.WriteString(s)
	}
	return b.String()
}

// routes are all routes of the contract, by method and path.
func routes(t *testing.T) map[string]*route {
	t.Helper()
	out := map[string]*route{}
	for _, m := range contract.Methods() {
		for _, rule := range contract.Rules(m) {
			r, err := routeOf(m, rule)
			if err != nil {
				t.Error(err)
				continue
			}
			out[r.method+" "+shown(r.pattern)] = r
		}
	}
	return out
}

// TestRoutes compares the contract with the table of all routes: path, method, RPC, permission and success code.
func TestRoutes(t *testing.T) {
	t.Parallel()
	have := routes(t)
	words := map[string]bool{}
	for _, r := range have {
		words[strings.TrimSuffix(strings.TrimPrefix(string(r.rpc.ParentFile().Package()), "holdfast."), ".v1")] = true
	}
	for _, l := range table(t) {
		if strings.HasPrefix(l.rpc, "(") || !words[l.word] || l.method == "STREAM" {
			continue
		}
		key := l.method + " " + l.path
		r := have[key]
		delete(have, key)
		if r == nil {
			t.Errorf("%s (%s) is missing in the contract", key, l.rpc)
			continue
		}
		if got := string(r.rpc.Parent().Name()) + "." + string(r.rpc.Name()); got != l.rpc {
			t.Errorf("%s is %s, want %s", key, got, l.rpc)
		}
		if r.success != l.success {
			t.Errorf("%s (%s) answers %d, want %d", key, l.rpc, r.success, l.success)
		}
		a := contract.Access(r.rpc)
		switch l.permission {
		case "public":
			if !a.GetPublic() {
				t.Errorf("%s is not public", key)
			}
		case "signed_in":
			if !a.GetSignedIn() {
				t.Errorf("%s is not for everybody who is signed in", key)
			}
		case "of the record", "of both records":
			if a.GetRecord() == nil {
				t.Errorf("%s does not hang on a record's permission", key)
			}
		default:
			needs := strings.TrimSuffix(a.GetPermission()+" + "+a.GetAlso(), " + ")
			if needs != l.permission {
				t.Errorf("%s needs %q, want %q", key, needs, l.permission)
			}
		}
	}
	for key := range have {
		t.Errorf("%s is not in the table", key)
	}
}

// TestEveryRouteIsReached builds the whole tree and looks each route up, also where a literal stands beside a variable.
func TestEveryRouteIsReached(t *testing.T) {
	t.Parallel()
	var tree node
	var all []*route
	for _, r := range routes(t) {
		all = append(all, r)
		if err := tree.add(r); err != nil {
			t.Fatal(err)
		}
	}
	for _, r := range all {
		var m match
		if path := "/" + strings.Join(r.segments, "/"); !tree.find(path, r.method, &m, 0) || m.route != r {
			t.Errorf("%s is not found at %s", r.name(), path)
		}
	}
	rules := tree.shadowed(all)
	var pinned []string
	for _, rule := range rules {
		method, path := contract.Place(rule)
		pinned = append(pinned, method+" "+path)
	}
	if want := "DELETE /api/v1/users/{id=me}"; !strings.Contains(strings.Join(pinned, "\n"), want) {
		t.Errorf("%s is not pinned: %v", want, pinned)
	}
}
