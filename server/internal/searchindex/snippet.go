package searchindex

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// SnippetLength is how many characters a snippet has at most, the ellipses included.
const SnippetLength = 160

// lead is how many characters before the hit a snippet shows.
const lead = 40

// Snippet is a piece of a text around the first word that a query's words (see Query) find in it; the beginning of the
// text when none does. White space is pressed together, cut ends are marked by an ellipsis.
func Snippet(text string, query []Term) string {
	text = strings.Join(strings.FieldsFunc(text, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }), " ")
	if utf8.RuneCountInString(text) <= SnippetLength {
		return text
	}
	hit := 0
	compounds(text, func(group []word) bool {
		at, found := place(text, group, query)
		if found {
			hit = at
		}
		return !found
	})
	start := hit
	for range lead {
		_, size := utf8.DecodeLastRuneInString(text[:start])
		start -= size
	}
	if start > 0 { // begin with a whole word, unless that is the hit's own
		if space := strings.IndexByte(text[start:hit], ' '); space >= 0 {
			start += space + 1
		}
	}
	out := text[start:]
	if start > 0 {
		out = "… " + out
	}
	if utf8.RuneCountInString(out) <= SnippetLength {
		return out
	}
	cut := 0
	for range SnippetLength - 2 {
		_, size := utf8.DecodeRuneInString(out[cut:])
		cut += size
	}
	if space := strings.LastIndexByte(out[:cut], ' '); space > cut-30 && space > 0 {
		cut = space
	}
	return out[:cut] + " …"
}

// place is where in a group of words one of the terms is met first.
func place(text string, group []word, query []Term) (at int, found bool) {
	id, whole := identifier(text, group)
	for _, q := range query {
		if whole && q.Identifier != "" {
			for _, from := range append(id.Endings(), id.String()) {
				if from == q.Identifier || strings.HasPrefix(from, q.Identifier+Joint) || !q.Complete && strings.HasPrefix(from, q.Identifier) {
					return group[0].start, true
				}
			}
		}
		for _, w := range group {
			if q.Word != "" && (strings.HasPrefix(w.text, q.Word) || !pieces(w.text, func(p string) bool { return !strings.HasPrefix(p, q.Word) })) {
				return w.start, true
			}
		}
	}
	return 0, false
}
