package identity

import (
	"strings"
	"unicode"
)

// mailableLength is how many characters of a name a mail shows.
const mailableLength = 60

// mailable is a name that a stranger chose, such as a tenant's, as a mail of ours may show it: short, on one line, and
// without anything that a reader or a mail program could take for an address to visit or to write to.
func mailable(name string) string {
	words := strings.FieldsFunc(name, func(r rune) bool { return unicode.IsSpace(r) || !unicode.IsPrint(r) })
	kept := words[:0]
	for _, w := range words {
		if !looksLikeAddress(w) {
			kept = append(kept, w)
		}
	}
	letters := []rune(strings.Join(kept, " "))
	return strings.TrimSpace(string(letters[:min(len(letters), mailableLength)]))
}

// looksLikeAddress tells whether a word has what makes an address: an @, a scheme, a slash, or a dot between letters,
// as in example.org.
func looksLikeAddress(word string) bool {
	if strings.ContainsAny(word, "@/\\\uff20\uff0f") || strings.Contains(word, ":") && !strings.HasSuffix(word, ":") {
		return true
	}
	for _, dot := range []string{".", "\u3002", "\uff0e", "\uff61"} {
		before, after, found := strings.Cut(strings.Trim(word, ".,;:!?()"), dot)
		if found && before != "" && len([]rune(after)) > 1 {
			return true
		}
	}
	return false
}
