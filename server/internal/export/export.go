// Package export writes and reads tables as CSV: RFC 4180, UTF-8, comma, CRLF, a header in the first row. It keeps one
// row in memory at a time.
//
// A cell that a spreadsheet would take for a formula is written with an apostrophe in front, and reading takes one
// away, so that what was written reads back as it was. Reading keeps every byte of a quoted cell, line ends too, which
// encoding/csv does not.
package export

import (
	"bufio"
	"io"
	"strings"
)

// MediaType is what a table is served as.
const MediaType = "text/csv; charset=utf-8"

// Guard puts an apostrophe in front of a cell that a spreadsheet could run as a formula, and of one that begins with an
// apostrophe, so that Unguard is its exact reverse.
func Guard(cell string) string {
	if cell == "" || strings.IndexByte("=+-@\t\r'", cell[0]) < 0 {
		return cell
	}
	return "'" + cell
}

// Unguard takes the apostrophe away that Guard put there; one that belongs to the text stays.
func Unguard(cell string) string {
	if len(cell) > 1 && cell[0] == '\'' && strings.IndexByte("=+-@\t\r'", cell[1]) >= 0 {
		return cell[1:]
	}
	return cell
}

// Writer writes rows. Its errors stick: it is enough to look at that of Flush.
type Writer struct {
	w *bufio.Writer
}

// NewWriter writes to w through a buffer of 32 KiB; Flush empties it.
func NewWriter(w io.Writer) *Writer { return &Writer{bufio.NewWriterSize(w, 32<<10)} }

// Write writes one row, each cell guarded.
func (w *Writer) Write(cells []string) error {
	for i, cell := range cells {
		if i > 0 {
			_ = w.w.WriteByte(',')
		}
		w.cell(Guard(cell), len(cells) == 1)
	}
	_, err := w.w.WriteString("\r\n")
	return err
}

// cell writes one cell, quoted where it must be. A row of one empty cell is quoted too: it would be a blank line.
func (w *Writer) cell(cell string, alone bool) {
	quote := strings.ContainsAny(cell, ",\"\r\n") || cell == "" && alone ||
		cell != "" && (cell[0] == ' ' || cell[len(cell)-1] == ' ')
	if !quote {
		_, _ = w.w.WriteString(cell)
		return
	}
	_ = w.w.WriteByte('"')
	for {
		i := strings.IndexByte(cell, '"')
		if i < 0 {
			break
		}
		_, _ = w.w.WriteString(cell[:i+1])
		_ = w.w.WriteByte('"')
		cell = cell[i+1:]
	}
	_, _ = w.w.WriteString(cell)
	_ = w.w.WriteByte('"')
}

// Flush hands everything on and says what went wrong on the way, if anything did.
func (w *Writer) Flush() error { return w.w.Flush() }
