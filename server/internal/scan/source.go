package scan

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"

	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// source is a file as UTF-8 without byte order mark. It refuses bad UTF-8 and NUL, knows the lines, and hands out no
// more than a bound between two calls of mark, so that no parser gathers without end.
type source struct {
	in      *bufio.Reader
	chunk   []byte // checked, not yet handed out
	held    int    // how much of in the chunk is
	off     int64  // handed out
	left    int
	err     error // once the chunk is used up
	wide    bool  // it was UTF-16
	breaks  []int64
	line    int
	begun   int64 // where the line begins
	verdict string
	empty   bool // but for spaces
}

func newSource(r io.Reader) (*source, error) {
	in := bufio.NewReaderSize(r, 64<<10)
	mark, err := in.Peek(3)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	s := &source{in: in, left: longest, line: 1}
	switch {
	case len(mark) == 0:
		s.empty = true
	case bytes.HasPrefix(mark, []byte{0xEF, 0xBB, 0xBF}):
		_, _ = in.Discard(3) // it was just looked at
	case bytes.HasPrefix(mark, []byte{0xFF, 0xFE}), bytes.HasPrefix(mark, []byte{0xFE, 0xFF}):
		s.in = bufio.NewReaderSize(transform.NewReader(in, unicode.UTF16(unicode.LittleEndian, unicode.ExpectBOM).NewDecoder()), 64<<10)
		s.wide = true
	}
	return s, nil
}

// mark says that what was handed out until now has been dealt with.
func (s *source) mark() { s.left = longest }

// endless lifts the bound, for a parser that has its own.
func (s *source) endless() { s.left = 1 << 62 }

// fill looks at the next chunk.
func (s *source) fill() error {
	if s.err != nil {
		return s.err
	}
	_, _ = s.in.Discard(s.held) // it is in the buffer
	s.held = 0
	_, err := s.in.Peek(utf8.UTFMax)
	n := s.in.Buffered()
	if n == 0 {
		if err == nil || errors.Is(err, bufio.ErrBufferFull) {
			err = io.ErrNoProgress
		}
		s.err = err
		return s.err
	}
	chunk, _ := s.in.Peek(n)
	if err == nil { // an incomplete rune waits for the rest of it
		for i := 1; i < utf8.UTFMax && i <= len(chunk); i++ {
			if utf8.RuneStart(chunk[len(chunk)-i]) {
				if !utf8.FullRune(chunk[len(chunk)-i:]) {
					chunk = chunk[:len(chunk)-i]
				}
				break
			}
		}
	}
	good := len(chunk)
	if i := bytes.IndexByte(chunk, 0); i >= 0 {
		good, s.verdict = i, "a NUL byte"
	}
	if !utf8.Valid(chunk[:good]) {
		i := 0
		for i < good {
			r, size := utf8.DecodeRune(chunk[i:good])
			if r == utf8.RuneError && size == 1 {
				break
			}
			i += size
		}
		good, s.verdict = i, "not valid UTF-8"
	}
	s.chunk, s.held = chunk[:good], len(chunk)
	for i, c := range s.chunk {
		switch {
		case c == '\n':
			s.breaks = append(s.breaks, s.off+int64(i))
		case c < ' ' && c != '\t' && c != '\r': // neither JSON nor XML may have it: it spoils a character, not the file
			s.chunk[i] = '?'
		}
	}
	if s.verdict != "" {
		s.err = s.at(s.off+int64(good), "%s", s.verdict)
		if good == 0 {
			return s.err
		}
	}
	return nil
}

// Read hands out at most a chunk.
func (s *source) Read(p []byte) (int, error) {
	if len(s.chunk) == 0 {
		if err := s.fill(); err != nil {
			return 0, err
		}
	}
	if s.left <= 0 {
		return 0, s.tooLong()
	}
	n := copy(p, s.chunk[:min(len(s.chunk), s.left)])
	s.take(n)
	return n, nil
}

// ReadByte hands out one byte.
func (s *source) ReadByte() (byte, error) {
	if len(s.chunk) == 0 {
		if err := s.fill(); err != nil {
			return 0, err
		}
	}
	if s.left <= 0 {
		return 0, s.tooLong()
	}
	b := s.chunk[0]
	s.take(1)
	return b, nil
}

func (s *source) take(n int) {
	s.chunk = s.chunk[n:]
	s.off += int64(n)
	s.left -= n
}

func (s *source) tooLong() error {
	e := s.at(s.off, "a single text or tag is longer than %d MiB", longest>>20)
	e.Large = true
	return e
}

// peek is the first byte that is no space; it stays there.
func (s *source) peek() (byte, error) {
	for {
		if len(s.chunk) == 0 {
			if err := s.fill(); err != nil {
				if errors.Is(err, io.EOF) {
					s.empty = true
					return 0, &Error{Message: "the file is empty"}
				}
				return 0, err
			}
		}
		switch s.chunk[0] {
		case ' ', '\t', '\r', '\n':
			s.take(1)
			s.mark()
			s.lineOf(s.off)
		default:
			return s.chunk[0], nil
		}
	}
}

// lineOf is the line of an offset. Offsets only grow; what lies before is forgotten.
func (s *source) lineOf(off int64) int {
	i := 0
	for i < len(s.breaks) && s.breaks[i] < off {
		s.line++
		s.begun = s.breaks[i] + 1
		i++
	}
	if s.breaks = s.breaks[i:]; len(s.breaks) == 0 {
		s.breaks = nil
	}
	return s.line
}

// at is an error at an offset; it may lie ahead of the lines that are asked for later.
func (s *source) at(off int64, format string, args ...any) *Error {
	line, begun := s.line, s.begun
	for _, b := range s.breaks {
		if b >= off {
			break
		}
		line++
		begun = b + 1
	}
	return &Error{Line: line, Column: int(off-begun) + 1, Message: fmt.Sprintf(format, args...)}
}
