// Package scan reads what security scanners write, whichever it is, as one kind of entry: SARIF 2.1.0 (OASIS), the
// traditional reports of ZAP in XML and JSON, Nessus version 2, Nuclei's JSON lines, and a CSV of our own fields.
//
// Files come from strangers. They are read as streams, twice where the format needs it: memory depends on the largest
// single entry, not on the file. Nesting, lengths and counts have bounds; XML with a DOCTYPE is refused, so nothing is
// ever expanded. What is wrong with the file as a whole is an *Error that says where; what is wrong with one entry
// spoils that entry only (Entry.Flaw).
//
// Texts are Markdown: HTML is turned into it, plain text stays as it is but for what would be taken for HTML or an
// image, and what a target said stands in code. A text that is longer than a finding's field is cut, and says so at its
// end.
package scan

import (
	"errors"
	"fmt"
	"io"
	"iter"
)

// The formats.
const (
	SARIF  = "sarif"
	ZAP    = "zap"
	Nessus = "nessus"
	Nuclei = "nuclei"
	CSV    = "csv"
)

// Formats are all of them.
var Formats = []string{SARIF, ZAP, Nessus, Nuclei, CSV}

// Bounds of a file.
const (
	mostEntries = 100_000
	mostDepth   = 100
	// longest is the largest single text, tag or row in bytes.
	longest = 4 << 20
	// mostRules bounds what is known of all rules of a file in bytes; it is kept while the file is read.
	mostRules = 32 << 20
)

// Entry is one thing that a scanner found.
type Entry struct {
	// Row counts the file's entries from 1.
	Row int
	// Tool and Rule say what found it, in the scanner's words; Fingerprint is by what else the scanner knows it again.
	Tool, Rule, Fingerprint string
	// Title is one line; Description, Impact and Recommendation are Markdown.
	Title, Description, Impact, Recommendation string
	// Risk is critical, high, medium, low or informational; of a CSV, what stands there.
	Risk string
	// Location is where in the asset it is.
	Location string
	// CWE is a number of the Common Weakness Enumeration; 0 is none.
	CWE int32
	// Vector is a valid CVSS 3.1 or 4.0 vector, or empty.
	Vector string
	// References are where to read more.
	References []string
	// Flaw says why it cannot become a finding; empty for a good one. Suppressed says why the tool itself passes over
	// it.
	Flaw, Suppressed string
	// Order is the place as numbers: line, column, offset in characters, offset in bytes. It sorts entries that are
	// known again by the same mark.
	Order [4]int `json:"-"`
	// Instances are the places where it was seen.
	Instances []string `json:"-"`
	// Before is by what the first form of the hash knew it: rule, location and fingerprint.
	Before struct{ Rule, Location, Fingerprint string } `json:"-"`

	exact bool // texts are kept to the letter
}

// Error is what is wrong with a file, and where.
type Error struct {
	// Line and Column count from 1, the column in bytes; 0 is the file as a whole.
	Line, Column int
	Message      string
	// Large is true when a bound is overstepped.
	Large bool
}

// Error says where and what.
func (e *Error) Error() string {
	if e.Line == 0 {
		return e.Message
	}
	return fmt.Sprintf("line %d, column %d: %s", e.Line, e.Column, e.Message)
}

// File is a scanner's file. It is read anew by each call of Entries.
type File struct {
	r    io.ReadSeeker
	read func(*source, func(*Entry) error) error
	runs []*run // of SARIF: what results refer to
}

// Open looks at a file of one of the Formats. Its errors are *Error, or what reading answered.
func Open(r io.ReadSeeker, format string) (*File, error) {
	f := &File{r: r}
	switch format {
	case SARIF:
		src, err := f.source()
		if err != nil {
			return nil, err
		}
		if f.runs, err = readRuns(src); err != nil {
			return nil, err
		}
		f.read = f.results
	case ZAP:
		f.read = zap
	case Nessus:
		f.read = nessus
	case Nuclei:
		f.read = nuclei
	case CSV:
		f.read = table
	default:
		return nil, &Error{Message: fmt.Sprintf("the format %.20q is not known", format)}
	}
	return f, nil
}

func (f *File) source() (*source, error) {
	if _, err := f.r.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	return newSource(f.r)
}

// errStop ends a reading that nobody listens to any more.
var errStop = errors.New("scan: stopped")

// Entries reads the file from its beginning. An error ends it.
func (f *File) Entries() iter.Seq2[*Entry, error] {
	return func(yield func(*Entry, error) bool) {
		src, err := f.source()
		if err == nil {
			n := 0
			err = f.read(src, func(e *Entry) error {
				if n++; n > mostEntries {
					return &Error{Message: fmt.Sprintf("more than %d entries: split the file", mostEntries), Large: true}
				}
				e.finish()
				if !yield(e, nil) {
					return errStop
				}
				return nil
			})
		}
		if err != nil && !errors.Is(err, errStop) {
			yield(nil, err)
		}
	}
}
