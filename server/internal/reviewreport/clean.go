package reviewreport

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// clean makes a text fit to be set: composed, and without what only helps to set it elsewhere. Controls, those that
// turn the line round and whatever else is invisible are written out by their codes, because they may be what the
// finding is about. Line ends and tabs stay.
func clean(s string) string {
	plain := true
	for i := 0; i < len(s); i++ {
		if c := s[i]; c >= utf8.RuneSelf || c < ' ' && c != '\n' && c != '\t' || c == 0x7f {
			plain = false
			break
		}
	}
	if plain {
		return s
	}
	s = norm.NFC.String(strings.ReplaceAll(s, "\r\n", "\n"))
	var b strings.Builder
	b.Grow(len(s))
	for _, r := range s {
		switch {
		case r == '\n' || r == '\t':
			b.WriteRune(r)
		case r == '\r' || r == 0x0B || r == 0x0C || r == 0x85 || r == 0x2028 || r == 0x2029:
			b.WriteByte('\n')
		case r == 0x200B: // zero-width space: a place to break
			b.WriteRune(r)
		case aids(r):
		case unicode.Is(unicode.Prepended_Concatenation_Mark, r):
			b.WriteRune(r)
		case !unicode.IsPrint(r) && !unicode.IsSpace(r):
			fmt.Fprintf(&b, "[U+%04X]", r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// aids tells what only says how the characters around it join, break or are drawn.
func aids(r rune) bool {
	switch r {
	case 0x00AD, 0x034F, 0x061C, 0x180E, 0x2060, 0xFEFF:
		return true
	}
	return r >= 0x200C && r <= 0x200F || unicode.Is(unicode.Variation_Selector, r)
}

// oneLine is clean for what has no lines.
func oneLine(s string) string { return strings.Join(strings.Fields(clean(s)), " ") }

// cut shortens a text to so many characters.
func cut(s string, n int) string {
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	r := []rune(s)
	return strings.TrimSpace(string(r[:n-1])) + "…"
}
