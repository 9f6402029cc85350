package scan

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/holdfast-platform/holdfast/server/internal/cvss"
)

// The limits of a finding's fields in characters.
const (
	titleLimit       = 500
	descriptionLimit = 20_000
	adviceLimit      = 10_000 // impact and recommendation
	locationLimit    = 2048
	wordLimit        = 255 // tool, rule, fingerprint
	referenceLimit   = 2048
	mostReferences   = 50
)

// finish makes an entry fit into a finding. What identifies it and is too long ends in a hash of the whole, so that
// different things stay different.
func (e *Entry) finish() {
	e.Tool, e.Title = digest(line(e.Tool), wordLimit), line(e.Title)
	for _, by := range []struct{ rule, location, fingerprint *string }{
		{&e.Rule, &e.Location, &e.Fingerprint}, {&e.Before.Rule, &e.Before.Location, &e.Before.Fingerprint},
	} {
		*by.rule, *by.location = digest(line(*by.rule), wordLimit), digest(line(*by.location), locationLimit)
		if *by.fingerprint = line(*by.fingerprint); utf8.RuneCountInString(*by.fingerprint) > wordLimit {
			*by.fingerprint = sum(*by.fingerprint)
		}
		if *by.rule == "" && *by.fingerprint == "" { // nothing else tells two entries at one place apart
			*by.fingerprint = "title:" + sum(e.Title)[:32]
		}
	}
	if len(e.Instances) == 0 && e.Location != "" {
		e.Instances = []string{e.Location}
	}
	e.Title = clip(strings.TrimSpace(asWritten(e.Title)), titleLimit)
	for text, limit := range map[*string]int{&e.Description: descriptionLimit, &e.Impact: adviceLimit, &e.Recommendation: adviceLimit} {
		if !e.exact {
			*text = tidy(*text)
		}
		*text = cut(*text, limit)
	}
	if e.Description == "" {
		e.Description = escape(e.Title, true)
	}
	var kept []string
	for _, r := range e.References {
		if r = line(r); r != "" && utf8.RuneCountInString(r) <= referenceLimit && len(kept) < mostReferences && !slices.Contains(kept, r) {
			kept = append(kept, r)
		}
	}
	e.References = kept
	if e.Flaw == "" && e.Title == "" {
		e.Flaw = "title: must not be empty"
	}
	e.Flaw, e.Suppressed = line(e.Flaw), line(e.Suppressed)
}

// hosted is a host with what follows a port: an IPv6 address stands in brackets (RFC 5952, section 6).
func hosted(host, port string) string {
	if strings.Contains(host, ":") && !strings.HasPrefix(host, "[") {
		if a, err := netip.ParseAddr(host); err == nil && a.Is6() {
			host = "[" + host + "]"
		}
	}
	return host + ":" + port
}

// Print stands for all of an entry that a person would see.
func (e *Entry) Print() [sha256.Size]byte {
	return sha256.Sum256(fmt.Appendf(nil, "%q %q %q %q %q %q %q %q %q %d %q %q", e.Tool, e.Rule, e.Fingerprint, e.Title, e.Description, e.Impact, e.Recommendation,
		e.Risk, e.Location, e.CWE, e.Vector, e.References))
}

// line is a text in one line, without control characters.
func line(s string) string {
	return strings.Join(strings.FieldsFunc(strings.ToValidUTF8(s, "\uFFFD"), func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }), " ")
}

// asWritten leaves out what turns the direction of reading: a title must not look like another one.
func asWritten(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Bidi_Control, r) {
			return -1
		}
		return r
	}, s)
}

// tidy gives a text plain line ends and no control characters, and not more than one empty line at a time.
func tidy(s string) string {
	if neat(s) {
		return strings.TrimRightFunc(strings.TrimLeft(s, "\n"), unicode.IsSpace)
	}
	s = strings.ReplaceAll(strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\r\n", "\n"), "\r", "\n")
	var b strings.Builder
	b.Grow(len(s))
	breaks := 2
	for _, r := range s {
		switch {
		case r == '\n':
			if breaks++; breaks > 2 {
				continue
			}
		case r != '\t' && unicode.IsControl(r):
			r = '\uFFFD'
			breaks = 0
		default:
			breaks = 0
		}
		b.WriteRune(r)
	}
	return strings.TrimRightFunc(b.String(), unicode.IsSpace)
}

// neat tells that a text needs no tidying, as most do.
func neat(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < ' ' && c != '\n' && c != '\t' || c == 0x7F || c == 0xC2 { // C2 may begin a control character
			return false
		}
	}
	return utf8.ValidString(s) && !strings.Contains(s, "\n\n\n")
}

// first are the first characters of a text, without holding on to the rest.
func first(s string, most int) string {
	n := 0
	for i := range s {
		if n++; n > most {
			return strings.Clone(s[:i])
		}
	}
	return s
}

// clipped cuts what is shown as evidence.
func clipped(s string, most int) string {
	if f := first(s, most); len(f) < len(s) {
		return f + "\n…"
	}
	return s
}

// clip cuts a line.
func clip(s string, limit int) string {
	if utf8.RuneCountInString(s) <= limit {
		return s
	}
	return strings.TrimSpace(first(s, limit-1)) + "…"
}

// digest cuts what identifies.
func digest(s string, limit int) string {
	if utf8.RuneCountInString(s) <= limit {
		return s
	}
	return first(s, limit-18) + "… " + sum(s)[:16]
}

func sum(s string) string {
	h := sha256.Sum256([]byte(s))
	return hex.EncodeToString(h[:])
}

// cut cuts Markdown and says so; code that is open is closed before.
func cut(s string, limit int) string {
	all := utf8.RuneCountInString(s)
	if all <= limit {
		return s
	}
	const note = "\n\n*(cut on import: %d of %d characters left out)*"
	text := strings.TrimRightFunc(first(s, limit-120), unicode.IsSpace)
	kept := utf8.RuneCountInString(text)
	fence := ""
	for l := range strings.SplitSeq(text, "\n") {
		mark := l[:len(l)-len(strings.TrimLeft(l, "`"))]
		switch {
		case len(mark) < 3:
		case fence == "":
			fence = mark
		case l == fence:
			fence = ""
		}
	}
	if len(fence) > 60 { // no room to close it: it was made to be so
		return clip(line(text), limit)
	}
	if fence != "" {
		text += "\n" + fence
	}
	return text + fmt.Sprintf(note, all-kept, all)
}

// plain is a text without markup as Markdown: what would be HTML or an image is escaped, the rest is left as people
// wrote it.
func plain(s string) string {
	return strings.NewReplacer("<", `\<`, "![", `!\[`).Replace(s)
}

// escape takes all meaning for Markdown out of a text; begins says that it stands at the beginning of a line.
func escape(s string, begins bool) string {
	var b strings.Builder
	runes := []rune(s)
	for i, r := range runes {
		var before, after rune
		if i > 0 {
			before = runes[i-1]
		}
		if i+1 < len(runes) {
			after = runes[i+1]
		}
		switch {
		case strings.ContainsRune("`*[]<>", r),
			r == '\\' && unicode.IsPunct(after),
			r == '_' && (!wordly(before) || !wordly(after)),
			r == '~' && (before == '~' || after == '~'),
			r == '&' && (after == '#' || unicode.IsLetter(after)),
			begins && i == 0 && strings.ContainsRune("#+-=|", r),
			begins && strings.ContainsRune(".)", r) && i > 0 && digits(runes[:i]):
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}

func wordly(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

func digits(rs []rune) bool {
	return !slices.ContainsFunc(rs, func(r rune) bool { return r < '0' || r > '9' })
}

// fence is a text as a block of code.
func fence(s, language string) string {
	s = strings.Trim(tidy(s), "\n")
	if s == "" {
		return ""
	}
	mark := strings.Repeat("`", max(3, ticks(s)+1))
	return mark + language + "\n" + s + "\n" + mark
}

// code is a text as code within a line.
func code(s string) string {
	s = line(s)
	if s == "" {
		return ""
	}
	mark, pad := strings.Repeat("`", ticks(s)+1), ""
	if s[0] == '`' || s[len(s)-1] == '`' {
		pad = " "
	}
	return mark + pad + s + pad + mark
}

// ticks is the longest run of backticks.
func ticks(s string) (most int) {
	n := 0
	for _, r := range s {
		if r != '`' {
			n = 0
			continue
		}
		n++
		most = max(most, n)
	}
	return most
}

// paragraphs joins what is not empty.
func paragraphs(parts ...string) string {
	parts = slices.DeleteFunc(parts, func(s string) bool { return strings.TrimSpace(s) == "" })
	return strings.Join(parts, "\n\n")
}

var (
	weakness = regexp.MustCompile(`(?i)\bcwe[-_ /:]*0*([1-9][0-9]{0,4})\b`)
	address  = regexp.MustCompile("https?://[^\\s<>\"'`]+")
)

// cweOf finds the first CWE number that a text names.
func cweOf(text string) int32 {
	if m := weakness.FindStringSubmatch(text); m != nil {
		return number(m[1])
	}
	return 0
}

// number is a CWE number as tools write it alone; 0 for none.
func number(text string) int32 {
	n, err := strconv.ParseInt(strings.TrimSpace(text), 10, 32)
	if err != nil || n < 1 || n > 99_999 {
		return 0
	}
	return int32(n)
}

// links finds the addresses of a text.
func links(text string) []string {
	var out []string
	for _, l := range address.FindAllString(text, mostReferences) {
		if l = wholeAddress(l); !slices.Contains(out, l) {
			out = append(out, l)
		}
	}
	return out
}

// wholeAddress takes away what follows an address in a sentence; a bracket that was opened in the address belongs to
// it.
func wholeAddress(l string) string {
	for {
		short := strings.TrimRight(l, ".,;:!?")
		if n := len(short) - 1; n >= 0 {
			if i := strings.IndexByte(")]}", short[n]); i >= 0 && strings.Count(short, "([{"[i:i+1]) < strings.Count(short, short[n:]) {
				short = short[:n]
			}
		}
		if short == l {
			return l
		}
		l = short
	}
}

// vectorOf is a scanner's CVSS vector, if it is one of the versions that findings have. Base metrics mean the same in
// 3.0 and 3.1 (https://www.first.org/cvss/v3-1/specification-document), so a vector of 3.0 becomes one of 3.1.
func vectorOf(text string) string {
	text = strings.TrimSpace(text)
	if rest, ok := strings.CutPrefix(text, "CVSS:3.0/"); ok {
		text = "CVSS:3.1/" + rest
	}
	if len(text) > 500 {
		return ""
	}
	if _, err := cvss.Parse(text); err != nil {
		return ""
	}
	return text
}

// riskOf is a risk by a score of 0 to 10.
func riskOf(score float64) string {
	switch {
	case score >= 9:
		return "critical"
	case score >= 7:
		return "high"
	case score >= 4:
		return "medium"
	case score > 0:
		return "low"
	}
	return "informational"
}
