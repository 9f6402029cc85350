package searchindex

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestSnippet(t *testing.T) {
	t.Parallel()
	filler := strings.Repeat("lorem ipsum ", 40)
	for name, c := range map[string]struct{ text, q, want string }{
		"a short text is whole":        {"Mail server\n\tin Zürich", "zur", "Mail server in Zürich"},
		"the hit is shown":             {filler + "the Düsseldorf gateway " + filler, "dusseld", "Düsseldorf gateway"},
		"no hit shows the beginning":   {"Once " + filler, "nowhere", "Once lorem"},
		"a hit at the end is shown":    {filler + "Zürich", "zurich", "Zürich"},
		"a very long word stays whole": {strings.Repeat("x", 300) + " y", "y", " y"},
	} {
		got := Snippet(c.text, Query(c.q))
		if !strings.Contains(got, c.want) || utf8.RuneCountInString(got) > SnippetLength {
			t.Errorf("%s: %q", name, got)
		}
	}
	if got := Snippet(filler+"hit "+filler, Query("hit")); !strings.HasPrefix(got, "… ") || !strings.HasSuffix(got, " …") {
		t.Errorf("cut ends are not marked: %q", got)
	}
}

func FuzzSnippet(f *testing.F) {
	f.Add(strings.Repeat("äöü ", 100), "o")
	f.Add("\xff\xfe"+strings.Repeat("a", 200), "a")
	f.Fuzz(func(t *testing.T, text, q string) {
		if got := Snippet(text, Query(q)); utf8.RuneCountInString(got) > SnippetLength {
			t.Fatalf("%d characters", utf8.RuneCountInString(got))
		}
	})
}
