package rules_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"
)

// singular is what people are not called in comments.
var singular = regexp.MustCompile(`\b[Hh](e|is|im|imself)\b`)

// TestComments: comments say "they", and are at most 120 columns wide.
func TestComments(t *testing.T) {
	t.Parallel()
	for _, s := range sources(t) {
		text, err := os.ReadFile(filepath.Join("../..", s.path))
		if err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(string(text), "\n")
		for _, group := range s.ast.Comments {
			for _, c := range group.List {
				n := s.set.Position(c.Pos()).Line
				if word := singular.FindString(c.Text); word != "" {
					t.Errorf("%s:%d says %q: people are they", s.path, n, word)
				}
				line := strings.TrimSpace(lines[n-1])
				wide := utf8.RuneCountInString(strings.ReplaceAll(lines[n-1], "\t", "    "))
				if wide > 120 && strings.HasPrefix(line, "// ") && strings.Contains(c.Text[3:], " ") {
					t.Errorf("%s:%d is %d columns wide", s.path, n, wide)
				}
			}
		}
	}
}
