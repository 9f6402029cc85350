package report

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// clean makes a text fit to be set: composed, without invisible characters, and without those that would turn the line round. Such a
// control is written out, because it may be what the finding is about. Line ends and tabs stay.
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
		case turns(r):
			fmt.Fprintf(&b, "[U+%04X]", r)
		case unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Variation_Selector, r) || r == 0x034F: // invisible
		case unicode.IsControl(r) || unicode.Is(unicode.Co, r) || unicode.Is(unicode.Cs, r) || !unicode.IsPrint(r) && !unicode.IsSpace(r):
			b.WriteRune(missing)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// turns tells the controls that change the direction of what follows.
func turns(r rune) bool { return r >= 0x202A && r <= 0x202E || r >= 0x2066 && r <= 0x2069 }

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
