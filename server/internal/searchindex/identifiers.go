package searchindex

import (
	"encoding/binary"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Joint stands between the parts of an identifier in the index, whatever stood between them in the text.
const Joint = "·"

// maxParts is how many parts of one identifier are found from.
const maxParts = 16

// connectors join words into one identifier where nothing else stands between them.
const connectors = `.-_:/\@`

// Identifier is an ordered whole of several parts: an address, a CIDR, a MAC, a number such as INC-7, a version, a
// file's name. It is kept in one canonical form: addresses in full, hexadecimal, without leading zeros; a network of
// one address as that address; a MAC as six or eight pairs of digits; versions without a "v" in front.
type Identifier struct {
	// Parts are folded words in order, at least two.
	Parts []string
	// Complete tells that nothing can be missing at the end of the last part, as it can where somebody is still typing:
	// an address of IPv4 has four numbers.
	Complete bool
}

// String is the canonical form, cut at MaxTokenLength characters.
func (i Identifier) String() string { return cut(strings.Join(i.Parts, Joint), MaxTokenLength) }

// Endings are what an identifier ends with, from each of its later parts on, the last alone excepted, which is a word.
func (i Identifier) Endings() []string {
	var out []string
	for at := 1; at < min(len(i.Parts)-1, maxParts); at++ {
		out = append(out, cut(strings.Join(i.Parts[at:], Joint), MaxTokenLength))
	}
	return out
}

func cut(text string, runes int) string {
	for at := range text {
		if runes == 0 {
			return text[:at]
		}
		runes--
	}
	return text
}

// word is one folded word of a text, and where it stands there, in bytes.
type word struct {
	text       string
	start, end int
}

// compound calls yield with each word that stands alone and with each group of words that only connectors join, until
// yield says no.
func compounds(text string, yield func(group []word) bool) {
	var group []word
	stopped := false
	words(text, func(w string, start, end int) bool {
		if n := len(group); n > 0 && !joins(text[group[n-1].end:start]) {
			stopped = !yield(group)
			group = group[:0]
		}
		group = append(group, word{w, start, end})
		return !stopped
	})
	if len(group) > 0 && !stopped {
		yield(group)
	}
}

// joins tells whether what stands between two words makes one of them: up to three connectors, such as "://".
func joins(between string) bool {
	return between != "" && len(between) <= 3 && strings.Trim(between, connectors) == ""
}

// identifier reads a group of words as an identifier, if it is one.
func identifier(text string, group []word) (Identifier, bool) {
	start, end := group[0].start, group[len(group)-1].end
	raw := text[start:end]
	if len(group) == 1 {
		return single(text, group[0])
	}
	if len(raw) <= 64 {
		if strings.HasSuffix(text[:start], "::") {
			raw = "::" + raw
		}
		if strings.HasPrefix(text[end:], "::") {
			raw += "::"
		}
		if id, ok := address(raw); ok {
			return id, true
		}
		if mac, err := net.ParseMAC(raw); err == nil && len(mac) <= 8 {
			return hardware(mac), true
		}
	}
	parts := make([]string, 0, len(group))
	telling := false
	for i, w := range group {
		if i > 0 {
			telling = telling || strings.ContainsAny(text[group[i-1].end:w.start], `._:\@`)
		}
		telling = telling || strings.ContainsFunc(w.text, unicode.IsDigit)
		parts = append(parts, w.text)
	}
	if !telling { // letters with hyphens or slashes, as in self-service and and/or, are words
		return Identifier{}, false
	}
	if v := parts[0]; len(v) > 1 && v[0] == 'v' && strings.Trim(v[1:], "0123456789") == "" && text[group[0].end] == '.' {
		parts[0] = v[1:]
	}
	return Identifier{Parts: parts}, true
}

// single reads one word: a MAC without separators, or letters with signs behind them, such as C++ and C#.
func single(text string, w word) (Identifier, bool) {
	if w.start >= 2 && strings.HasSuffix(text[:w.start], "::") {
		if id, ok := address("::" + text[w.start:w.end]); ok {
			return id, true
		}
	}
	if len(w.text) == 12 {
		if mac, err := net.ParseMAC(w.text[:4] + "." + w.text[4:8] + "." + w.text[8:]); err == nil {
			return hardware(mac), true
		}
	}
	var signs []string
	for _, r := range text[w.end:] {
		if unicode.IsLetter(r) || unicode.IsDigit(r) || len(signs) > 2 {
			return Identifier{}, false
		}
		if r != '+' && r != '#' {
			break
		}
		signs = append(signs, map[rune]string{'+': "plus", '#': "sharp"}[r])
	}
	if len(signs) == 0 || utf8.RuneCountInString(w.text) > 3 || strings.ContainsFunc(w.text, unicode.IsDigit) {
		return Identifier{}, false
	}
	return Identifier{Parts: []string{w.text, strings.Join(signs, Joint)}, Complete: true}, true
}

// address reads an address of IPv4 or IPv6, or a network.
func address(raw string) (Identifier, bool) {
	bits := -1
	a, err := netip.ParseAddr(raw)
	if err != nil {
		p, err := netip.ParsePrefix(raw)
		if err != nil {
			return Identifier{}, false
		}
		if a = p.Addr(); p.Bits() < a.BitLen() {
			bits = p.Bits()
		}
	}
	a = a.Unmap()
	var parts []string
	if a.Is4() {
		for _, b := range a.As4() {
			parts = append(parts, strconv.Itoa(int(b)))
		}
	} else {
		b := a.As16()
		for group := b[:]; len(group) > 0; group = group[2:] {
			parts = append(parts, strconv.FormatUint(uint64(binary.BigEndian.Uint16(group)), 16))
		}
	}
	if bits >= 0 {
		parts = append(parts, strconv.Itoa(bits))
	}
	return Identifier{Parts: parts, Complete: true}, true
}

func hardware(mac net.HardwareAddr) Identifier {
	return Identifier{Parts: strings.Split(mac.String(), ":"), Complete: true}
}

// unspaced are the scripts that put no space between words: there a word begins at every character.
var unspaced = []*unicode.RangeTable{unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar}

// maxUnspaced is how many characters of unspaced writing are looked for at the most from one place on.
const maxUnspaced = 16

// pieces calls yield with what else a word is found by: in scripts without spaces, what begins at each later character.
func pieces(w string, yield func(piece string) bool) bool {
	if len(w) == utf8.RuneCountInString(w) {
		return true
	}
	before := false
	for at, r := range w {
		is := unicode.In(r, unspaced...)
		if at > 0 && (is || before) && !yield(cut(w[at:], maxUnspaced)) {
			return false
		}
		before = is
	}
	return true
}
