// Package etag reads the lists of entity tags in If-Match and If-None-Match, as RFC 9110 section 8.8.3 writes them.
package etag

import "strings"

// A List is what one of these headers says.
type List struct {
	// Any is true for *.
	Any  bool
	Tags []Tag
}

// A Tag is one of them: the text between the quotes, and whether it is weak.
type Tag struct {
	Text string
	Weak bool
}

// Read reads the lines of a header. It is false where one of them is no list of tags; no line at all is an empty list.
func Read(lines []string) (List, bool) {
	var l List
	for _, line := range lines {
		rest := strings.TrimSpace(line)
		if rest == "*" && len(lines) == 1 {
			return List{Any: true}, true
		}
		for rest != "" {
			var t Tag
			rest, t.Weak = strings.CutPrefix(rest, "W/")
			var opened, closed bool
			rest, opened = strings.CutPrefix(rest, `"`)
			t.Text, rest, closed = strings.Cut(rest, `"`)
			if !opened || !closed || strings.ContainsFunc(t.Text, func(r rune) bool { return r <= ' ' || r == 0x7f }) {
				return List{}, false
			}
			l.Tags = append(l.Tags, t)
			rest = strings.TrimSpace(rest)
			if rest == "" {
				break
			}
			var more bool
			if rest, more = strings.CutPrefix(rest, ","); !more {
				return List{}, false
			}
			rest = strings.TrimSpace(rest)
		}
	}
	return l, len(lines) == 0 || len(l.Tags) > 0
}

// Has tells whether a current tag, as the header ETag writes it, is in the list. Both must be strong, unless weak
// comparison will do.
func (l List) Has(current string, weakly bool) bool {
	if l.Any {
		return true
	}
	text, weak := strings.CutPrefix(current, "W/")
	text = strings.Trim(text, `"`)
	for _, t := range l.Tags {
		if t.Text == text && (weakly || !weak && !t.Weak) {
			return true
		}
	}
	return false
}
