// Package searchindex finds records by the words in them.
//
// One tokenizer serves both databases: it folds case and accents and splits at whatever is no letter or digit, so that
// PostgreSQL's tsvector and SQLite's FTS5 only index what it made and give the same hits. A query's words are all
// wanted, each as the beginning of a word of the record. What only connectors join, as in 10.0.0.1, INC-7 and
// setup.exe, is an identifier: an ordered whole, found from any of its parts on, in whatever notation it is typed. In
// scripts without spaces between words any piece of a word is found.
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
	// MaxTokenLength is where a word is cut, in characters; queries are cut at the same place, so a longer one is still
	// found.
	MaxTokenLength = 64
	// MaxTokens is how many different words and identifiers of one record are indexed at the most, and maxBytes how
	// much their tokens may have together: each has up to two, with 17 bytes in front, and PostgreSQL takes 1 MiB of
	// them.
	MaxTokens = 12000
	maxBytes  = 500_000
	// MaxQueryTokens is how many different words of a query are looked for.
	MaxQueryTokens = 64
)

// Tokens are what a text is found by.
type Tokens struct {
	// Words are the different words, folded, in the order of their first appearance.
	Words []string
	// Wholes are the identifiers in their canonical form, Endings what they end with (see Identifier.Endings).
	Wholes, Endings []string
}

// TokensOf gives what a text is found by.
func TokensOf(text string) *Tokens {
	t, seen := &Tokens{}, map[string]bool{}
	size, number := 0, 0
	add := func(list *[]string, mark byte, token string) bool {
		key := string(mark) + token
		if seen[key] {
			return true
		}
		if number++; number > MaxTokens {
			return false
		}
		if size += len(token) + 17; size > maxBytes {
			return false
		}
		seen[key] = true
		*list = append(*list, token)
		return true
	}
	compounds(text, func(group []word) bool {
		for _, w := range group {
			if !add(&t.Words, 'w', w.text) || !pieces(w.text, func(piece string) bool { return add(&t.Words, 'w', piece) }) {
				return false
			}
		}
		id, ok := identifier(text, group)
		if !ok {
			return true
		}
		if !add(&t.Wholes, 'i', id.String()) {
			return false
		}
		for _, e := range id.Endings() {
			if !add(&t.Endings, 'e', e) {
				return false
			}
		}
		return true
	})
	return t
}

// Term is one thing that a record must have: a word as the beginning of one of its own, or an identifier, or either.
type Term struct {
	Word string
	// Identifier is a canonical form, wanted as the beginning of what an identifier of the record is from one of its
	// parts on. With Complete its last part is whole: other parts may follow, but no other characters.
	Identifier string
	Complete   bool
}

// Query gives the terms of a query, all of which a record must have. A word that begins another one of the query is
// left out, for it asks nothing more. Empty when the text has no letter or digit.
func Query(q string) []Term {
	var identifiers []Term
	var list []string
	add := func(w string) {
		for _, t := range list {
			if strings.HasPrefix(t, w) {
				return
			}
		}
		list = append(slices.DeleteFunc(list, func(t string) bool { return strings.HasPrefix(w, t) }), w)
	}
	compounds(q, func(group []word) bool {
		id, ok := identifier(q, group)
		switch {
		// a MAC without separators may be a serial, too
		case ok && len(group) == 1 && len(group[0].text) == 12 && id.Complete:
			identifiers = append(identifiers, Term{Word: group[0].text, Identifier: id.String(), Complete: true})
		case ok:
			identifiers = append(identifiers, Term{Identifier: id.String(), Complete: id.Complete})
		default:
			for _, w := range group {
				add(queried(w.text))
			}
		}
		return len(identifiers)+len(list) < MaxQueryTokens
	})
	var terms []Term
	for _, w := range list {
		terms = append(terms, Term{Word: w})
	}
	for _, t := range identifiers {
		if !slices.Contains(terms, t) {
			terms = append(terms, t)
		}
	}
	return terms[:min(len(terms), MaxQueryTokens)]
}

// queried cuts a word where the pieces of records are cut.
func queried(w string) string {
	if len(w) > maxUnspaced && strings.ContainsFunc(w, func(r rune) bool { return unicode.In(r, unspaced...) }) {
		return cut(w, maxUnspaced)
	}
	return w
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
