package rules_test

import (
	"bufio"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// The rules of the house that can be read off its source. docs/adr tells why they are.

const module = "github.com/holdfast-platform/holdfast/"

// source is a Go file of the repository.
type source struct {
	path    string // "server/assets/assets.go"
	dir     string
	test    bool
	lines   int
	ast     *ast.File
	set     *token.FileSet
	imports []string // of ours, without the module: "server/internal/db"
}

func sources(t *testing.T) []*source {
	t.Helper()
	var all []*source
	set := token.NewFileSet()
	err := filepath.WalkDir("../..", func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := filepath.ToSlash(strings.TrimPrefix(p, "../../"))
		if d.IsDir() {
			if base := d.Name(); name == "gen" || base == "node_modules" || base == "testdata" || strings.HasPrefix(base, ".") && p != "../.." {
				return filepath.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(name, ".go") {
			return nil
		}
		text, err := os.ReadFile(p)
		if err != nil {
			return err
		}
		f, err := parser.ParseFile(set, name, text, parser.SkipObjectResolution|parser.ParseComments)
		if err != nil {
			return err
		}
		s := &source{path: name, dir: path.Dir(name), test: strings.HasSuffix(name, "_test.go"), lines: strings.Count(string(text), "\n"), ast: f, set: set}
		for _, i := range f.Imports {
			if own, ok := strings.CutPrefix(strings.Trim(i.Path.Value, `"`), module); ok {
				s.imports = append(s.imports, own)
			}
		}
		all = append(all, s)
		return nil
	})
	if err != nil || len(all) < 100 {
		t.Fatalf("read the source: %d files, %v", len(all), err)
	}
	return all
}

// room is the domain word of a package of rooms, or empty.
func room(dir string) string {
	word, ok := strings.CutPrefix(dir, "server/")
	word, _, _ = strings.Cut(word, "/")
	if !ok || slices.Contains([]string{"", "internal", "operate", "proof", "rules"}, word) {
		return ""
	}
	return word
}

// TestFloors: cmd → server → rooms → internal → gen → ent; nothing calls upward, nothing sideways.
func TestFloors(t *testing.T) {
	t.Parallel()
	testing := []string{"server/internal/housetest", "server/internal/dbtest"}
	for _, s := range sources(t) {
		for _, to := range s.imports {
			bad := ""
			switch {
			case strings.HasPrefix(s.dir, "ent") && (strings.HasPrefix(to, "gen/") || strings.HasPrefix(to, "server")) && !s.test && !generator(s):
				bad = "ent knows neither generated code nor the server"
			case strings.HasPrefix(s.dir, "ent/viewer") && !s.test:
				bad = "the viewer imports nothing of ours"
			case room(s.dir) != "" && room(to) != "" && room(s.dir) != room(to):
				bad = "a room imports a room"
			case room(s.dir) != "" && ((to == "server" || to == "server/operate") && !s.test || strings.HasPrefix(to, "cmd")):
				bad = "a room calls upward"
			case strings.HasPrefix(s.dir, "server/internal/") && !slices.Contains(testing, s.dir) && !s.test && (to == "server" || room(to) != ""):
				bad = "a workshop calls upward"
			case s.dir == "server" && !s.test && (to == "server/operate" || to == "server/rules"):
				bad = "the house is not operated from within"
			case strings.HasPrefix(s.dir, "server") && strings.HasPrefix(to, "cmd"):
				bad = "the server calls upward"
			case slices.Contains(testing, to) && !s.test && !slices.Contains(testing, s.dir) && !program(s):
				bad = "only tests use the test workshops"
			case s.dir == "." && !s.test && !strings.HasPrefix(to, "gen/pb"):
				bad = "the client knows the contract only"
			}
			if bad != "" {
				t.Errorf("%s imports %s: %s", s.path, to, bad)
			}
		}
	}
}

// program tells the programs, which may do what only programs may.
func program(s *source) bool { return s.ast.Name.Name == "main" }

// generator tells what makes migrations from the generated schema; nothing that runs in the server imports it.
func generator(s *source) bool { return program(s) || s.dir == "ent/migrate/diff" }

// forbidden is what only one place may use.
var forbidden = []struct {
	pkg, name, why string
	may            func(*source) bool
}{
	{"os", "Getenv", "only programs read the environment", program},
	{"os", "LookupEnv", "only programs read the environment", program},
	{"os", "Environ", "only programs read the environment", program},
	{"flag", "", "only programs read flags", program},
	{"httptest", "", "it is for tests: it registers flags, and its recorder is no connection", func(s *source) bool {
		return s.dir == "server/internal/rpc" // the reader of HTTP/1, which goes
	}},
	{"time", "Now", "ask clock.Now(ctx), so that tests can move the time", func(s *source) bool {
		return s.dir == "server/internal/clock" || program(s) || strings.HasPrefix(s.dir, "cmd/") || strings.HasPrefix(s.dir, "bench/") || s.dir == "."
	}},
	{"connect", "NewError", "rooms return faults; the front door makes errors", func(s *source) bool {
		return strings.HasPrefix(s.dir, "server/internal/rpc") || s.dir == "server/internal/rest" || s.dir == "."
	}},
	{"context", "Background", "go by the context you were given", func(s *source) bool { return room(s.dir) == "" }},
	{"ent", "NewClient", "only db makes clients, with the guards on them", func(s *source) bool { return s.dir == "server/internal/db" }},
	{"privacy", "DecisionContext", "there is no anonymous way round the policies", func(*source) bool { return false }},
}

// TestOnlyThere: what only one place may use is used there only.
func TestOnlyThere(t *testing.T) {
	t.Parallel()
	for _, s := range sources(t) {
		if s.test || strings.HasPrefix(s.dir, "server/internal/dbtest") || strings.HasPrefix(s.dir, "server/internal/housetest") {
			continue
		}
		ast.Inspect(s.ast, func(n ast.Node) bool {
			sel, ok := n.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			pkg, ok := sel.X.(*ast.Ident)
			if !ok {
				return true
			}
			for _, f := range forbidden {
				if pkg.Name == f.pkg && (f.name == "" || sel.Sel.Name == f.name) && imported(s, f.pkg) && !f.may(s) {
					t.Errorf("%s uses %s.%s: %s", s.path, f.pkg, sel.Sel.Name, f.why)
				}
			}
			return true
		})
	}
}

// imported tells whether a name is that of an imported package.
func imported(s *source, name string) bool {
	for _, i := range s.ast.Imports {
		if i.Name != nil && i.Name.Name == name || i.Name == nil && path.Base(strings.Trim(i.Path.Value, `"`)) == name {
			return true
		}
	}
	return false
}

// TestShape: files are short, and packages are named after what they do.
func TestShape(t *testing.T) {
	t.Parallel()
	for _, s := range sources(t) {
		if s.lines >= 600 && !ast.IsGenerated(s.ast) {
			t.Errorf("%s has %d lines: split it", s.path, s.lines)
		}
		switch s.ast.Name.Name {
		case "util", "utils", "common", "helpers", "misc", "types", "models":
			t.Errorf("%s: a package is named after what it does, not %q", s.path, s.ast.Name.Name)
		}
		switch path.Base(s.path) {
		case "types.go", "utils.go", "helpers.go":
			t.Errorf("%s: a file is named after what is in it", s.path)
		}
	}
}

// TestTopOfTheServer: what puts the house together is in five files; each room is a folder named after its word of the
// contract.
func TestTopOfTheServer(t *testing.T) {
	t.Parallel()
	top := []string{"house.go", "roles.go", "rooms.go", "routes.go", "server.go"}
	rooms := map[string]bool{}
	for _, s := range sources(t) {
		if s.dir == "server" && !slices.Contains(top, path.Base(s.path)) {
			t.Errorf("%s is none of %v", s.path, top)
		}
		if r := room(s.dir); r != "" {
			rooms[r] = true
		}
	}
	if got := slices.Sorted(maps.Keys(rooms)); !slices.Equal(got, words) {
		t.Errorf("the rooms are %v, the words of the contract %v", got, words)
	}
}

// ranging are the files of rooms that name a tenant: what works over all tenants, in the background, what shows the
// caller their own, and what writes plain SQL for another file to run.
var ranging = []string{"server/assets/walk.go", "server/incidents/jobs.go", "server/settings/jobs.go", "server/notifications/consume.go", "server/notifications/post.go", "server/notifications/reader.go", "server/me/me.go"}

// TestRoomsDecideOnly: a room's handlers hold no permission and no tenant: those are the house's. The access rules of
// plain routes, which have no contract, are written in Go; plain SQL, which no guard is on, names the tenant itself.
func TestRoomsDecideOnly(t *testing.T) {
	t.Parallel()
	for _, s := range sources(t) {
		if room(s.dir) == "" || s.test {
			continue
		}
		may := slices.Contains(ranging, s.path)
		ast.Inspect(s.ast, func(n ast.Node) bool {
			if sel, ok := n.(*ast.SelectorExpr); ok && sel.Sel.Name == "SQL" {
				may = true
			}
			return true
		})
		ast.Inspect(s.ast, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.CompositeLit:
				if sel, ok := n.Type.(*ast.SelectorExpr); ok && strings.HasPrefix(sel.Sel.Name, "Access") {
					return false
				}
			case *ast.BasicLit:
				if text, err := strconv.Unquote(n.Value); err == nil && n.Kind == token.STRING && permission(text) {
					t.Errorf("%s: the permission %q belongs into the contract", s.path, text)
				}
			case *ast.SelectorExpr:
				if n.Sel.Name == "SetTenantID" || n.Sel.Name == "TenantID" && !may {
					t.Errorf("%s: the tenant is the guards' business (%s)", s.path, n.Sel.Name)
				}
			}
			return true
		})
	}
}

// permission tells whether a text is one, such as "assets:read".
func permission(text string) bool {
	word, action, ok := strings.Cut(text, ":")
	return ok && word != "" && !strings.ContainsAny(text, " /") && slices.Contains([]string{"read", "create", "update", "delete", "manage", "invite"}, action)
}

// TestNoLeftovers: no note of what is yet to do.
func TestNoLeftovers(t *testing.T) {
	t.Parallel()
	for _, s := range sources(t) {
		f, err := os.Open(filepath.Join("../..", s.path))
		if err != nil {
			t.Fatal(err)
		}
		in := bufio.NewScanner(f)
		for n := 1; in.Scan(); n++ {
			for _, word := range []string{"TO" + "DO", "FIX" + "ME", "XX" + "X"} {
				if strings.Contains(in.Text(), "// "+word) {
					t.Errorf("%s:%d: %s", s.path, n, in.Text())
				}
			}
		}
		_ = f.Close()
	}
}

// TestOneRecursiveQuery: relations are walked in one place, so that every answer to "what is hit" is the same.
func TestOneRecursiveQuery(t *testing.T) {
	t.Parallel()
	for _, s := range sources(t) {
		text, err := os.ReadFile(filepath.Join("../..", s.path))
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(text), "WITH RECURSIVE") && !strings.HasSuffix(s.path, "_test.go") && s.path != "server/internal/impact/walk.go" {
			t.Errorf("%s walks records by a query of its own: ask internal/impact", s.path)
		}
	}
}
