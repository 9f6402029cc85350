// Package searchindex finds records by the words in them.
//
// One tokenizer serves both databases: it folds case and accents and splits at whatever is no letter or digit, so that
// PostgreSQL's tsvector and SQLite's FTS5 only index what it made and give the same hits. A query's words are all wanted,
// each as the beginning of a word of the record.
package searchindex

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

const (
	// MaxTokenLength is where a word is cut, in characters; queries are cut at the same place, so a longer one is still found.
	MaxTokenLength = 64
	// MaxTokens is how many different words of one record are indexed. Each has up to two tokens, and PostgreSQL takes 1 MiB of them.
	MaxTokens = 1900
	// MaxQueryTokens is how many different words of a query are looked for.
	MaxQueryTokens = 64
)

// Tokens gives the different words of a text, folded, in the order of their first appearance.
func Tokens(text string) []string {
	seen := map[string]bool{}
	var tokens []string
	words(text, func(word string, _, _ int) bool {
		if !seen[word] {
			seen[word] = true
			tokens = append(tokens, word)
		}
		return len(tokens) < MaxTokens
	})
	return tokens
}

// Query gives the words that a record must have, each as the beginning of one of its own. A word that begins another
// one of the query is left out, for it asks nothing more. Empty when the text has no letter or digit.
func Query(q string) []string {
	var tokens []string
	words(q, func(word string, _, _ int) bool {
		for _, t := range tokens {
			if strings.HasPrefix(t, word) {
				return true
			}
		}
		tokens = slices.DeleteFunc(tokens, func(t string) bool { return strings.HasPrefix(word, t) })
		tokens = append(tokens, word)
		return len(tokens) < MaxQueryTokens
	})
	return tokens
}

// Fold writes a text without case and accents, for sorting and comparing: "Zürich" and "ZURICH" become "zurich".
// Everything else, spaces and punctuation too, stays.
func Fold(text string) string {
	var b strings.Builder
	b.Grow(len(text))
	var f folder
	for _, r := range text {
		f.each(r, func(r rune) { b.WriteRune(r) })
	}
	return b.String()
}

// words calls yield with every folded word and where it stands in the text, in bytes, until yield says no.
func words(text string, yield func(word string, start, end int) bool) {
	var (
		word    []rune
		start   int
		stopped bool
		f       folder
	)
	flush := func(end int) {
		if len(word) > 0 && !stopped {
			stopped = !yield(string(word[:min(len(word), MaxTokenLength)]), start, end)
		}
		word = word[:0]
	}
	for at, r := range text {
		f.each(r, func(folded rune) {
			switch {
			case !unicode.IsLetter(folded) && !unicode.IsDigit(folded):
				flush(at)
			case len(word) == 0:
				start = at
				word = append(word, folded)
			case len(word) < MaxTokenLength:
				word = append(word, folded)
			}
		})
		if stopped {
			return
		}
	}
	flush(len(text))
}

// folder folds one character at a time, so that a word's place in the text is known. A caser is not for sharing.
type folder struct {
	caser cases.Caser
	ready bool
}

// strokes are letters whose stroke or ligature Unicode does not take apart.
var strokes = map[rune]string{
	'ø': "o", 'ł': "l", 'đ': "d", 'ħ': "h", 'ŧ': "t", 'ı': "i", 'æ': "ae", 'œ': "oe", 'þ': "th", 'ð': "d",
}

func (f *folder) each(r rune, emit func(rune)) {
	if r < utf8.RuneSelf {
		if 'A' <= r && r <= 'Z' {
			r += 'a' - 'A'
		}
		emit(r)
		return
	}
	if !f.ready {
		f.caser, f.ready = cases.Fold(), true
	}
	for _, r := range norm.NFKD.String(f.caser.String(norm.NFKD.String(string(r)))) {
		if unicode.IsMark(r) {
			continue
		}
		if r = unicode.ToLower(r); unicode.Is(unicode.Cherokee, r) {
			r = unicode.ToUpper(r) // its small letters came late and fold to capitals
		}
		if plain, ok := strokes[r]; ok {
			for _, r := range plain {
				emit(r)
			}
			continue
		}
		emit(r)
	}
}
