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

// Snippet is a piece of a text around the first word that a query's words (see Query) find in it; the beginning of the text
// when none does. White space is pressed together, cut ends are marked by an ellipsis.
func Snippet(text string, query []string) string {
	text = strings.Join(strings.FieldsFunc(text, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }), " ")
	if utf8.RuneCountInString(text) <= SnippetLength {
		return text
	}
	hit := 0
	words(text, func(word string, start, _ int) bool {
		for _, q := range query {
			if strings.HasPrefix(word, q) {
				hit = start
				return false
			}
		}
		return true
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
