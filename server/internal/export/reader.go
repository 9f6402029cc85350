package export

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// Limits bound what a Reader takes. A limit of 0 is the default.
type Limits struct {
	// Rows without the header; default 1,000,000.
	Rows int
	// Columns; default 200.
	Columns int
	// Cell is the longest cell in bytes; default 1 MiB.
	Cell int
}

// Error is what is wrong with a table, and where.
type Error struct {
	// Row counts from 1 without the header and without blank lines; 0 is the header.
	Row int
	// Column is the column's name, or its number from 1 where it has no name; empty when the whole row is meant.
	Column  string
	Message string
	// Passing is true when the rows that follow can still be read.
	Passing bool
}

// Error says where and what.
func (e *Error) Error() string {
	where := "header"
	if e.Row > 0 {
		where = fmt.Sprintf("row %d", e.Row)
	}
	if e.Column != "" {
		where += ", column " + e.Column
	}
	return where + ": " + e.Message
}

// Reader reads a table row by row. Lines end with CRLF or LF. Blank lines are skipped, those of nothing but separators
// too; so are columns at the right without a name, and a byte order mark. What separates cells, a comma, a semicolon or
// a tab, is found from the header line. UTF-16 with a byte order mark is read as well.
type Reader struct {
	r      *bufio.Reader
	limits Limits
	header []string
	comma  byte
	quotes bool // the row last read has a quoted cell
	row    int  // the row last read; the header is 0
	buf    []byte
	ends   []int
}

// NewReader reads the header of a table. Its errors are *Error, or what reading r answered.
func NewReader(r io.Reader, limits Limits) (*Reader, error) {
	if limits.Rows == 0 {
		limits.Rows = 1_000_000
	}
	if limits.Columns == 0 {
		limits.Columns = 200
	}
	if limits.Cell == 0 {
		limits.Cell = 1 << 20
	}
	t := &Reader{r: bufio.NewReaderSize(r, 64<<10), limits: limits, row: -1}
	if err := t.mark(); err != nil {
		return nil, err
	}
	t.separator()
	header, err := t.record()
	if errors.Is(err, io.EOF) {
		return nil, &Error{Message: "the table is empty: a header with the columns' names is missing"}
	}
	if err != nil {
		return nil, err
	}
	for len(header) > 1 && strings.TrimSpace(header[len(header)-1]) == "" {
		header = header[:len(header)-1]
	}
	seen := make(map[string]bool, len(header))
	for i, name := range header {
		if name == "" {
			return nil, t.wrong(i, "the column has no name")
		}
		if seen[name] {
			return nil, t.wrong(i, fmt.Sprintf("the column %.100q is there twice", name))
		}
		seen[name] = true
	}
	t.header = header
	return t, nil
}

// Header answers the columns' names in their order.
func (t *Reader) Header() []string { return t.header }

// Next answers the next row, with as many cells as the header has, and its number from 1. The error is io.EOF at the
// end, *Error for a malformed row, after which there is no going on unless it is passing, or what reading answered.
func (t *Reader) Next() (int, []string, error) {
	cells, err := t.record()
	if err != nil {
		return t.row, nil, err
	}
	if t.row > t.limits.Rows {
		return t.row, nil, &Error{Row: t.row, Message: fmt.Sprintf("more than %d rows", t.limits.Rows)}
	}
	for len(cells) > len(t.header) && cells[len(cells)-1] == "" {
		cells = cells[:len(cells)-1]
	}
	if len(cells) != len(t.header) {
		return t.row, nil, &Error{Row: t.row, Message: fmt.Sprintf("%d cells where the header has %d columns", len(cells), len(t.header)), Passing: true}
	}
	return t.row, cells, nil
}

// separator finds what separates the cells: what the header line has most of outside of quotes, or what spreadsheets
// say in a line of its own, such as "sep=;". An error of reading comes again with the header.
func (t *Reader) separator() {
	head, _ := t.r.Peek(32 << 10)
	t.comma = ','
	if len(head) > 4 && bytes.EqualFold(head[:4], []byte("sep=")) && bytes.IndexByte([]byte(",;\t"), head[4]) >= 0 {
		rest := bytes.TrimPrefix(head[5:], []byte("\r"))
		if len(rest) > 0 && rest[0] == '\n' {
			t.comma = head[4]
			_, _ = t.r.Discard(len(head) - len(rest) + 1) // it was just looked at
			return
		}
	}
	var counts [256]int
	inside, begun := false, false
	for _, c := range head {
		if c == '"' {
			inside = !inside
		}
		if c == '\n' && !inside && begun {
			break
		}
		begun = begun || c != '\r' && c != '\n'
		if !inside {
			counts[c]++
		}
	}
	for _, c := range []byte(";\t") {
		if counts[c] > counts[t.comma] {
			t.comma = c
		}
	}
}

// mark skips the byte order mark of UTF-8, and reads on in the UTF-16 that one tells of.
func (t *Reader) mark() error {
	head, err := t.r.Peek(3)
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	switch {
	case len(head) == 3 && head[0] == 0xEF && head[1] == 0xBB && head[2] == 0xBF:
		_, err = t.r.Discard(3)
		return err
	case len(head) >= 2 && (head[0] == 0xFE && head[1] == 0xFF || head[0] == 0xFF && head[1] == 0xFE):
		wide := transform.NewReader(t.r, unicode.UTF16(unicode.LittleEndian, unicode.ExpectBOM).NewDecoder())
		t.r = bufio.NewReaderSize(wide, 64<<10)
	}
	return nil
}

// record reads the next row that is not blank. All its cells share one buffer until they become strings.
func (t *Reader) record() ([]string, error) {
	t.row++
	for {
		t.buf, t.ends = t.buf[:0], t.ends[:0]
		blank, err := t.scan()
		if err != nil {
			return nil, err
		}
		if !blank && (t.quotes || len(t.buf) > 0 || len(t.ends) == 0) {
			break
		}
	}
	text := string(t.buf)
	cells := make([]string, len(t.ends))
	from := 0
	for i, end := range t.ends {
		cell := text[from:end]
		from = end
		if !utf8.ValidString(cell) {
			return nil, t.wrong(i, "not valid UTF-8")
		}
		cells[i] = Unguard(cell)
	}
	return cells, nil
}

// scan takes one row apart into buf and ends; blank is a line with nothing on it.
func (t *Reader) scan() (blank bool, err error) {
	quoted := false // the current cell began with a quote
	inside := false // and its closing quote has not come
	fresh := true   // nothing of the current cell has been read
	first := true   // nothing of the row has been read
	from := 0
	t.quotes = false
	end := func() error {
		t.ends = append(t.ends, len(t.buf))
		from, quoted, fresh = len(t.buf), false, true
		if len(t.ends) > t.limits.Columns {
			return &Error{Row: t.row, Message: fmt.Sprintf("more than %d columns", t.limits.Columns)}
		}
		return nil
	}
	for {
		c, err := t.r.ReadByte()
		if errors.Is(err, io.EOF) {
			switch {
			case inside:
				return false, t.wrong(len(t.ends), "a quote is opened and never closed")
			case first:
				return false, io.EOF
			}
			return false, end()
		}
		if err != nil {
			return false, err
		}
		if c == 0 {
			return false, t.wrong(len(t.ends), "a NUL byte")
		}
		if len(t.buf)-from > t.limits.Cell {
			return false, t.wrong(len(t.ends), fmt.Sprintf("longer than %d bytes", t.limits.Cell))
		}
		if inside {
			if c == '"' {
				next, err := t.r.Peek(1)
				if err != nil && !errors.Is(err, io.EOF) {
					return false, err
				}
				if len(next) == 0 || next[0] != '"' {
					inside = false
					continue
				}
				_, _ = t.r.ReadByte()
			}
			t.buf = append(t.buf, c)
			continue
		}
		switch c {
		case t.comma:
			if err := end(); err != nil {
				return false, err
			}
		case '\r':
			if next, _ := t.r.Peek(1); len(next) == 0 || next[0] != '\n' {
				return false, t.wrong(len(t.ends), "a carriage return outside of quotes")
			}
			continue
		case '\n':
			if first {
				return true, nil
			}
			return false, end()
		case '"':
			if !fresh {
				return false, t.wrong(len(t.ends), "a quote inside a cell that is not quoted")
			}
			quoted, inside, fresh, t.quotes = true, true, false, true
		default:
			if quoted {
				return false, t.wrong(len(t.ends), "text after the closing quote")
			}
			t.buf, fresh = append(t.buf, c), false
		}
		first = false
	}
}

// wrong is an Error of the current row at the column with this index.
func (t *Reader) wrong(column int, message string) *Error {
	name := fmt.Sprint(column + 1)
	if column < len(t.header) {
		name = t.header[column]
	}
	return &Error{Row: t.row, Column: name, Message: message}
}
