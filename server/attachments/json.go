package attachments

// syntax tells whether bytes are JSON (RFC 8259), piece by piece, in little memory however long a text or deep a
// nesting is. The zero value is at the beginning.
type syntax struct {
	state state
	nest  []uint64 // a bit per level: 1 is an object
	depth int
	word  string // what is left of true, false or null
	hex   int    // digits that an escape still wants
	isKey bool
}

type state uint8

const (
	inValue    state    = iota // a value must begin
	inFirst                    // a value, or the end of an empty list
	inFirstKey                 // a key, or the end of an empty object
	inKey                      // a key
	inColon                    // what follows a key
	inAfter                    // what follows a value
	inText                     // inside quotes
	inEscape                   // after a backslash
	inHex                      // after \u
	inWord                     // inside true, false, null
	inMinus                    // after a minus
	inZero                     // after a leading zero
	inDigits                   // digits before the point
	inPoint                    // after the point
	inFraction                 // digits after the point
	inExponent                 // after e
	inSign                     // after e and its sign
	inPower                    // digits of the exponent
	inTrouble                  // it is none
	deepest    = 10_000        // as encoding/json has it
)

// feed takes the next bytes, and tells whether they may still be JSON.
func (s *syntax) feed(b []byte) bool {
	for i := 0; i < len(b); i++ {
		if s.state == inText { // most of what there is
			for i < len(b) && b[i] >= ' ' && b[i] != '"' && b[i] != '\\' {
				i++
			}
			if i == len(b) {
				return true
			}
		}
		if s.state = s.step(b[i]); s.state == inTrouble {
			return false
		}
	}
	return s.state != inTrouble
}

// done tells whether all of a value has come, and nothing else.
func (s *syntax) done() bool {
	if s.depth > 0 {
		return false
	}
	switch s.state {
	case inAfter, inZero, inDigits, inFraction, inPower:
		return true
	}
	return false
}

func space(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }
func digit(c byte) bool { return '0' <= c && c <= '9' }

func (s *syntax) step(c byte) state {
	switch s.state {
	case inValue, inFirst, inFirstKey, inKey, inColon, inAfter:
		if space(c) {
			return s.state
		}
		return s.token(c)
	case inText:
		return s.text(c)
	case inEscape:
		switch c {
		case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
			return inText
		case 'u':
			s.hex = 4
			return inHex
		}
		return inTrouble
	case inHex:
		if !digit(c) && (c < 'a' || c > 'f') && (c < 'A' || c > 'F') {
			return inTrouble
		}
		if s.hex--; s.hex == 0 {
			return inText
		}
		return inHex
	case inWord:
		if c != s.word[0] {
			return inTrouble
		}
		if s.word = s.word[1:]; s.word == "" {
			return inAfter
		}
		return inWord
	}
	return s.number(c)
}

// token takes what is no space between texts, words and numbers.
func (s *syntax) token(c byte) state {
	switch s.state {
	case inFirst:
		if c == ']' {
			return s.close(false)
		}
	case inFirstKey, inKey:
		if c == '}' && s.state == inFirstKey {
			return s.close(true)
		}
		if c != '"' {
			return inTrouble
		}
		s.isKey = true
		return inText
	case inColon:
		if c != ':' {
			return inTrouble
		}
		return inValue
	case inAfter:
		return s.after(c)
	}
	switch {
	case c == '{':
		return s.open(true)
	case c == '[':
		return s.open(false)
	case c == '"':
		s.isKey = false
		return inText
	case c == 't':
		s.word = "rue"
	case c == 'f':
		s.word = "alse"
	case c == 'n':
		s.word = "ull"
	case c == '-':
		return inMinus
	case c == '0':
		return inZero
	case digit(c):
		return inDigits
	default:
		return inTrouble
	}
	return inWord
}

func (s *syntax) text(c byte) state {
	switch {
	case c == '"' && s.isKey:
		return inColon
	case c == '"':
		return inAfter
	case c == '\\':
		return inEscape
	case c < ' ':
		return inTrouble
	}
	return inText
}

func (s *syntax) number(c byte) state {
	switch s.state {
	case inMinus:
		switch {
		case c == '0':
			return inZero
		case digit(c):
			return inDigits
		}
		return inTrouble
	case inPoint:
		if digit(c) {
			return inFraction
		}
		return inTrouble
	case inExponent, inSign:
		switch {
		case digit(c):
			return inPower
		case (c == '+' || c == '-') && s.state == inExponent:
			return inSign
		}
		return inTrouble
	}
	whole := s.state == inZero || s.state == inDigits
	switch {
	case digit(c) && s.state != inZero:
		return s.state
	case c == '.' && whole:
		return inPoint
	case (c == 'e' || c == 'E') && s.state != inPower:
		return inExponent
	case space(c):
		return inAfter
	}
	return s.after(c)
}

// after takes what follows a value.
func (s *syntax) after(c byte) state {
	switch {
	case s.depth == 0:
		return inTrouble
	case c == ',' && s.object():
		return inKey
	case c == ',':
		return inValue
	case c == '}':
		return s.close(true)
	case c == ']':
		return s.close(false)
	}
	return inTrouble
}

func (s *syntax) object() bool { return s.nest[(s.depth-1)/64]>>((s.depth-1)%64)&1 == 1 }

func (s *syntax) open(object bool) state {
	if s.depth == deepest {
		return inTrouble
	}
	if s.depth/64 == len(s.nest) {
		s.nest = append(s.nest, 0)
	}
	bit := uint64(1) << (s.depth % 64)
	if s.nest[s.depth/64] &^= bit; object {
		s.nest[s.depth/64] |= bit
	}
	s.depth++
	if object {
		return inFirstKey
	}
	return inFirst
}

func (s *syntax) close(object bool) state {
	if s.depth == 0 || s.object() != object {
		return inTrouble
	}
	s.depth--
	return inAfter
}
