package comment

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/holdfast-platform/holdfast/gen/ent"
	"github.com/holdfast-platform/holdfast/server/internal/searchindex"
)

func TestHandles(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]string{
		"":                                      "",
		"@ann please look":                      "ann",
		"thanks @Ann@Example.com, and @bob.":    "ann@example.com bob",
		"(@ann) **@bob** @ann":                  "ann bob",
		"mail ann@example.com or x/@y":          "",
		"`@code` and ```\n@fenced\n``` but @me": "me",
		"a lone ` then @ann":                    "ann",
		"``a ` @b`` @c":                         "c",
		"@ @@ @. @a@b@c":                        "",
		"@jürgen.müller-lüdenscheid!":           "jürgen.müller-lüdenscheid",
	} {
		if got := strings.Join(handles(body), " "); got != want {
			t.Errorf("%q calls %q, want %q", body, got, want)
		}
	}
	if got := len(handles(manyHandles())); got != maxHandles {
		t.Errorf("%d names are looked up, want %d", got, maxHandles)
	}
}

func TestMeant(t *testing.T) {
	t.Parallel()
	rows := []*ent.User{}
	for i, name := range []string{"Ann Lee", "Ann Lee-Ray", "Zoë Ångström", "Bob Same", "Bob Same"} {
		first, _, _ := strings.Cut(strings.ToLower(name), " ")
		rows = append(rows, &ent.User{ID: uuid.UUID{15: byte(i + 1)}, FullNameFold: searchindex.Fold(name), EmailKey: fmt.Sprintf("%s%d@example.com", first, i)})
	}
	for body, want := range map[string]string{
		"@Ann Lee and @Ann Lee-Ray": "1 2", "ask @ann lee.": "1", "@Ann Leeds": "", "@zoe angstrom!": "3", "`@Ann Lee`": "", "@Bob Same": "",
		"@bob3": "4", "@ann0@example.com": "1", "@Ann": "",
	} {
		var got []string
		for _, c := range calls(body) {
			if id, ok := meant(c, rows); ok {
				got = append(got, strconv.Itoa(int(id[15])))
			}
		}
		if s := strings.Join(got, " "); s != want {
			t.Errorf("%q means %q, want %q", body, s, want)
		}
	}
}

func manyHandles() string {
	var b strings.Builder
	for i := range 200 {
		b.WriteString(" @x" + strings.Repeat("y", i))
	}
	return b.String()
}

func FuzzHandles(f *testing.F) {
	f.Add("@ann `@b` ```@c``` @d@e.f")
	f.Fuzz(func(t *testing.T, body string) {
		for _, h := range handles(body) {
			if h == "" || len(h) > 320 || strings.ContainsAny(h, " \n`") {
				t.Fatalf("%q calls %q", body, h)
			}
		}
	})
}
