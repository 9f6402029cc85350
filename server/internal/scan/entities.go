package scan

import (
	"encoding/xml"
	"strconv"
	"strings"
)

// entities hands XML on, where an entity that nobody knows, or a character that XML may not have, is shown as it is
// written: one entry of a tool that does not escape spoils a few characters, not the file. Sections of CDATA are left
// alone.
type entities struct {
	src    *source
	queue  []byte // to hand out before the source goes on
	added  int64  // how much more was handed out than the source has
	recent string // the last bytes, to know where CDATA begins and ends
	cdata  bool
}

// longestEntity is as long as a name between & and ; can be.
const longestEntity = 32

func (e *entities) ReadByte() (byte, error) {
	if len(e.queue) > 0 {
		b := e.queue[0]
		e.queue = e.queue[1:]
		return b, nil
	}
	b, err := e.src.ReadByte()
	if err != nil {
		return 0, err
	}
	const begin, end = "<![CDATA[", "]]>"
	if b == '[' || b == '>' || e.recent != "" || b == '<' || b == ']' {
		e.recent += string(rune(b))
		if len(e.recent) > len(begin) {
			e.recent = e.recent[1:]
		}
		switch {
		case !e.cdata && e.recent == begin:
			e.cdata = true
		case e.cdata && strings.HasSuffix(e.recent, end):
			e.cdata = false
		}
		if !strings.ContainsAny(e.recent, "<]") {
			e.recent = ""
		}
	}
	if b != '&' || e.cdata {
		return b, nil
	}
	var name []byte
	for len(name) < longestEntity {
		c, err := e.src.ReadByte()
		if err != nil {
			break // it comes again with the next byte
		}
		name = append(name, c)
		if c == ';' || c != '#' && (c < '0' || c > '9') && (c|0x20 < 'a' || c|0x20 > 'z') {
			break
		}
	}
	e.queue = name
	if n := len(name); n == 0 || name[n-1] != ';' || !known(string(name[:n-1])) {
		e.queue = append([]byte("amp;"), name...)
		e.added += 4
	}
	return '&', nil
}

// Read is there for the decoder's sake, which takes bytes.
func (e *entities) Read(p []byte) (int, error) {
	for i := range p {
		b, err := e.ReadByte()
		if err != nil {
			return i, err
		}
		p[i] = b
	}
	return len(p), nil
}

// known tells of what stands between & and ; whether it is a character.
func known(name string) bool {
	digits, numeric := strings.CutPrefix(name, "#")
	if !numeric {
		return strings.Contains(" amp lt gt quot apos ", " "+name+" ") || xml.HTMLEntity[name] != ""
	}
	base := 10
	if rest, ok := strings.CutPrefix(digits, "x"); ok {
		digits, base = rest, 16
	}
	n, err := strconv.ParseUint(digits, base, 32)
	return err == nil && (n == '\t' || n == '\n' || n == '\r' || n >= 0x20 && n <= 0xD7FF || n >= 0xE000 && n <= 0xFFFD || n >= 0x10000 && n <= 0x10FFFF)
}
