package identity

import (
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"
)

// targetSize bounds where a sign-in may lead to, in bytes: it travels in a cookie.
const targetSize = 1500

// Target checks where the browser is to go after a sign-in: a page of the web client, as a path
// ("/assets?status=active") or as an address under the public one. It answers the path to be put behind the public
// address; the empty text means the first page. Whatever a browser might take for another site, or that is no page, is
// refused.
func Target(public, given string) (path string, ok bool) {
	if given == "" {
		return "/", true
	}
	if len(given) > targetSize || !utf8.ValidString(given) || strings.ContainsRune(given, '\\') || strings.ContainsFunc(given, invisible) {
		return "", false
	}
	if !strings.HasPrefix(given, "/") {
		rest, under := strings.CutPrefix(given, strings.TrimRight(public, "/"))
		if public == "" || !under {
			return "", false
		}
		if given = rest; given == "" {
			return "/", true
		}
		if given[0] == '?' || given[0] == '#' {
			given = "/" + given
		}
	}
	u, err := url.Parse(given)
	if err != nil || u.Scheme != "" || u.Host != "" || u.User != nil || u.Opaque != "" {
		return "", false
	}
	// What is encoded once more must not become another site, another folder or a call of the API where somebody
	// decodes it.
	p := u.Path
	for range 3 {
		if !strings.HasPrefix(p, "/") || strings.HasPrefix(p, "//") || strings.ContainsRune(p, '\\') || strings.ContainsFunc(p, invisible) {
			return "", false
		}
		for part := range strings.SplitSeq(p, "/") {
			if part == "." || part == ".." {
				return "", false
			}
		}
		for _, no := range []string{"/api", "/internal"} {
			if rest, cut := strings.CutPrefix(strings.ToLower(p), no); cut && (rest == "" || rest[0] == '/') {
				return "", false
			}
		}
		next, err := url.PathUnescape(p)
		if err != nil {
			return "", false
		}
		if next == p {
			break
		}
		p = next
	}
	if path = u.String(); len(path) > targetSize { // what is not ASCII has been encoded
		return "", false
	}
	return path, true
}

// invisible is what browsers drop from addresses, or nobody sees: control characters, blanks but the plain one, and
// what turns the direction of reading.
func invisible(r rune) bool {
	return unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Z)
}
