// Package comment is what rooms share about talk on records: adding a comment with its mentions, and showing it.
package comment

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/holdfast-platform/holdfast/server/internal/searchindex"
)

// maxHandles is how many different names of a text are looked up.
const maxHandles = 50

// handles finds who a Markdown text calls by @: an e-mail address, or the part before its at sign, in lower case and
// each once. What is code, or part of a word or an address, calls nobody.
func handles(body string) []string {
	var out []string
	for _, c := range calls(body) {
		if !slices.Contains(out, c.name) {
			out = append(out, c.name)
		}
	}
	return out
}

// call is one "@" with a name behind it: its first word in small letters, and the text from there on.
type call struct{ name, text string }

// byFullName tells that the call is of somebody by their full name, which is folded.
func (c call) byFullName(fold string) bool {
	rest, ok := strings.CutPrefix(searchindex.Fold(firstRunes(c.text, 2*len(fold)+8)), fold)
	next, _ := utf8.DecodeRuneInString(rest)
	return ok && fold != "" && (rest == "" || !unicode.IsLetter(next) && !unicode.IsDigit(next) && next != '-')
}

func firstRunes(text string, n int) string {
	for at := range text {
		if n == 0 {
			return text[:at]
		}
		n--
	}
	return text
}

// calls are the calls of a text, with up to maxHandles different names. Code calls nobody.
func calls(body string) []call {
	var out []call
	seen := map[string]bool{}
	text := []rune(body)
	code, before := 0, ' ' // the length of the run of backticks that opened code
	for i := 0; i < len(text) && len(seen) < maxHandles && len(out) < 4*maxHandles; i++ {
		r := text[i]
		if r == '`' {
			n := run(text[i:])
			switch {
			case code == 0 && closes(text[i+n:], n):
				code = n
			case code == n:
				code = 0
			}
			i, before = i+n-1, ' '
			continue
		}
		if r != '@' || code > 0 || unicode.IsLetter(before) || unicode.IsDigit(before) || strings.ContainsRune("@._%+-/", before) {
			before = r
			continue
		}
		end := i + 1
		for end < len(text) && (unicode.IsLetter(text[end]) || unicode.IsDigit(text[end]) || strings.ContainsRune("@._%+-", text[end])) {
			end++
		}
		name := strings.ToLower(strings.TrimRight(string(text[i+1:end]), "@._%+-"))
		if name != "" && strings.Count(name, "@") <= 1 && len(name) <= 320 {
			seen[name] = true
			out = append(out, call{name, string(text[i+1:])})
		}
		i, before = end-1, ' '
	}
	return out
}

// run is how many backticks stand at the beginning.
func run(text []rune) int {
	n := 0
	for n < len(text) && text[n] == '`' {
		n++
	}
	return n
}

// closes tells whether a run of exactly n backticks follows.
func closes(text []rune, n int) bool {
	for i := 0; i < len(text); i++ {
		if text[i] != '`' {
			continue
		}
		m := run(text[i:])
		if m == n {
			return true
		}
		i += m - 1
	}
	return false
}
