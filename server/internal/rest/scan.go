package rest

import (
	"fmt"
	"math"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// scanner reads JSON text by its bytes. It keeps no tree: walk asks for what it expects next.
type scanner struct {
	in  []byte
	pos int
}

// syntaxError is text that is not JSON, with the place where that shows.
type syntaxError struct {
	line, column int
	what         string
}

func (e *syntaxError) Error() string {
	return fmt.Sprintf("the body is not valid JSON: line %d, column %d: %s", e.line, e.column, e.what)
}

func (s *scanner) fail(what string) error {
	line, start := 1, 0
	for i, c := range s.in[:min(s.pos, len(s.in))] {
		if c == '\n' {
			line, start = line+1, i+1
		}
	}
	return &syntaxError{line: line, column: utf8.RuneCount(s.in[start:min(s.pos, len(s.in))]) + 1, what: what}
}

// next skips white space and shows the byte that follows, 0 at the end.
func (s *scanner) next() byte {
	for s.pos < len(s.in) {
		switch c := s.in[s.pos]; c {
		case ' ', '\t', '\n', '\r':
			s.pos++
		default:
			return c
		}
	}
	return 0
}

// take consumes a byte that must follow.
func (s *scanner) take(c byte) error {
	if s.next() != c || s.pos >= len(s.in) {
		if s.pos >= len(s.in) {
			return s.fail("it ends too early")
		}
		return s.fail(fmt.Sprintf("%q is expected", c))
	}
	s.pos++
	return nil
}

// word consumes true, false or null.
func (s *scanner) word(w string) error {
	if len(s.in)-s.pos < len(w) || string(s.in[s.pos:s.pos+len(w)]) != w {
		return s.fail("a value is expected")
	}
	s.pos += len(w)
	return nil
}

// number consumes a number and gives its text.
func (s *scanner) number() (string, error) {
	start := s.pos
	digits := func() int {
		n := 0
		for s.pos < len(s.in) && '0' <= s.in[s.pos] && s.in[s.pos] <= '9' {
			s.pos, n = s.pos+1, n+1
		}
		return n
	}
	if s.pos < len(s.in) && s.in[s.pos] == '-' {
		s.pos++
	}
	first := s.pos
	if n := digits(); n == 0 || n > 1 && s.in[first] == '0' {
		return "", s.fail("a value is expected")
	}
	if s.pos < len(s.in) && s.in[s.pos] == '.' {
		s.pos++
		if digits() == 0 {
			return "", s.fail("a digit is expected")
		}
	}
	if s.pos < len(s.in) && (s.in[s.pos] == 'e' || s.in[s.pos] == 'E') {
		s.pos++
		if s.pos < len(s.in) && (s.in[s.pos] == '+' || s.in[s.pos] == '-') {
			s.pos++
		}
		if digits() == 0 {
			return "", s.fail("a digit is expected")
		}
	}
	text := string(s.in[start:s.pos])
	if f, err := strconv.ParseFloat(text, 64); err != nil || math.IsInf(f, 0) {
		return "", s.fail("the number is too large")
	}
	return text, nil
}

// text consumes a text and gives it without quotes and escapes.
func (s *scanner) text() (string, error) {
	if err := s.take('"'); err != nil {
		return "", err
	}
	start := s.pos
	for s.pos < len(s.in) { // most texts have no escape
		switch c := s.in[s.pos]; {
		case c == '"':
			s.pos++
			return string(s.in[start : s.pos-1]), nil
		case c == '\\':
			return s.escaped(append([]byte(nil), s.in[start:s.pos]...))
		case c < 0x20:
			return "", s.fail("a control character stands in a text")
		}
		s.pos++
	}
	return "", s.fail("it ends too early")
}

func (s *scanner) escaped(b []byte) (string, error) {
	for s.pos < len(s.in) {
		c := s.in[s.pos]
		switch {
		case c == '"':
			s.pos++
			return string(b), nil
		case c < 0x20:
			return "", s.fail("a control character stands in a text")
		case c != '\\':
			b = append(b, c)
			s.pos++
			continue
		}
		if s.pos+1 >= len(s.in) {
			return "", s.fail("it ends too early")
		}
		switch e := s.in[s.pos+1]; e {
		case '"', '\\', '/':
			b = append(b, e)
		case 'b':
			b = append(b, '\b')
		case 'f':
			b = append(b, '\f')
		case 'n':
			b = append(b, '\n')
		case 'r':
			b = append(b, '\r')
		case 't':
			b = append(b, '\t')
		case 'u':
			r, err := s.unicode()
			if err != nil {
				return "", err
			}
			b = utf8.AppendRune(b, r)
			continue
		default:
			return "", s.fail("an escape is not known")
		}
		s.pos += 2
	}
	return "", s.fail("it ends too early")
}

// unicode consumes \uXXXX, or two of them where they are a pair.
func (s *scanner) unicode() (rune, error) {
	one := func(at int) rune {
		if at+6 > len(s.in) || s.in[at] != '\\' || s.in[at+1] != 'u' {
			return -1
		}
		n, err := strconv.ParseUint(string(s.in[at+2:at+6]), 16, 16)
		if err != nil {
			return -1
		}
		return rune(n)
	}
	r := one(s.pos)
	if r < 0 {
		return 0, s.fail("four hexadecimal digits are expected")
	}
	if !utf16.IsSurrogate(r) {
		s.pos += 6
		return r, nil
	}
	pair := utf16.DecodeRune(r, one(s.pos+6))
	if pair == utf8.RuneError {
		return 0, s.fail("half of a surrogate pair stands alone")
	}
	s.pos += 12
	return pair, nil
}
