package comment

import (
	"strings"
	"testing"
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
