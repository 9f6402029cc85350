// Package reviewreport writes the report of a security review as PDF, CSV or JSON. It reads no record and no clock:
// everything comes in by one Input, and the same Input gives the same bytes.
//
// The PDF is A4, set in embedded fonts, with outline, links, a structure tree for screen readers, and evidence images.
// Everything that people have typed is taken as text: Markdown is rendered, HTML is shown as it is written, nothing is
// fetched.
package reviewreport

import (
	"cmp"
	"errors"
	"io"
	"slices"
	"time"
)

// Limits of one report.
const (
	MaxFindings = 1000
	MaxBytes    = 25 << 20
)

// ErrTooLarge is returned for a report beyond one of the limits.
var ErrTooLarge = errors.New("report: beyond its limits")

// Input is everything a report says.
type Input struct {
	// Generated is when the report was made; Zone is the time zone its dates are shown in (nil: UTC).
	Generated time.Time
	Zone      *time.Location
	// Language is the BCP 47 tag of the report's own words: German for "de" and its regions, else English.
	Language string
	// Taxonomy is the version of the vocabulary, 0 for the defaults.
	Taxonomy int32

	Brand    Brand
	Session  Session
	Asset    Asset
	Client   *Client // nil when the asset has none
	Reviewer string

	// Risks and Statuses are the vocabulary in its order, for the summary and the order of the findings.
	Risks, Statuses []Word
	Findings        []Finding
}

// Brand is how the author of the report shows itself.
type Brand struct {
	Name string
	// Color is "#rrggbb" or empty; Logo is a PNG, JPEG, GIF or WebP, or nil.
	Color string
	Logo  []byte
}

// Word is a word of the taxonomy as it is shown; Color is "#rgb", "#rrggbb" or empty.
type Word struct{ Value, Label, Color string }

// Session is the review.
type Session struct {
	ID, Name string
	// Date is the day of the review, YYYY-MM-DD.
	Date         string
	Status       Word
	Scope, Notes string // Markdown
}

// Asset is what was reviewed.
type Asset struct {
	ID, Number, Name string
	Type             Word
}

// Client is whom the report is for.
type Client struct{ ID, Name, Contact, Email string }

// Finding is one weakness. Description, Impact and Recommendation are Markdown.
type Finding struct {
	ID, Number, Title                   string
	Description, Impact, Recommendation string
	Risk, Status                        Word
	References                          []string
	Vector, Severity                    string   // CVSS
	Score                               *float64 // CVSS
	CWE                                 int32    // 0: none
	Location, Tool, Rule                string
	Due, AcceptedUntil                  *time.Time
	Created, Updated                    time.Time
	Retests                             []Retest
	Attachments                         []Attachment
}

// Retest is one try whether a finding has been put right.
type Retest struct {
	At     time.Time
	By     string
	Result string // fixed, not_fixed, partly
	Note   string
}

// Attachment is a file of a finding. Open is asked for pictures only: fs.ErrNotExist says that the file is gone, which
// the report says, too; with another error there is no report.
type Attachment struct {
	Name, ContentType, SHA256 string
	Size                      int64
	Open                      func() (io.ReadCloser, error)
}

// Arrange puts the findings into the order of the report: by risk as the vocabulary has it, then by creation. Risks
// that are not in the vocabulary come last.
func (in *Input) Arrange() {
	rank := map[string]int{}
	for i, w := range in.Risks {
		rank[w.Value] = i
	}
	of := func(f *Finding) int {
		if i, ok := rank[f.Risk.Value]; ok {
			return i
		}
		return len(in.Risks)
	}
	slices.SortStableFunc(in.Findings, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(of(&a), of(&b)), a.Created.Compare(b.Created), cmp.Compare(a.ID, b.ID))
	})
}

// count is how often a word occurs.
type count struct {
	Word
	n int
}

// tally counts words: every word of the vocabulary in its order, then those that only findings have, in theirs.
func tally(vocabulary []Word, findings []Finding, of func(*Finding) Word) []count {
	out := make([]count, 0, len(vocabulary))
	at := map[string]int{}
	for _, w := range vocabulary {
		at[w.Value] = len(out)
		out = append(out, count{Word: w})
	}
	for i := range findings {
		w := of(&findings[i])
		k, ok := at[w.Value]
		if !ok {
			k = len(out)
			at[w.Value] = k
			out = append(out, count{Word: w})
		}
		out[k].n++
	}
	return out
}

func risk(f *Finding) Word   { return f.Risk }
func status(f *Finding) Word { return f.Status }

// limited passes on up to MaxBytes.
type limited struct {
	w io.Writer
	n int
}

// Write refuses what goes beyond the limit.
func (l *limited) Write(b []byte) (int, error) {
	if l.n += len(b); l.n > MaxBytes {
		return 0, ErrTooLarge
	}
	return l.w.Write(b)
}

func (in *Input) check() error {
	if len(in.Findings) > MaxFindings {
		return ErrTooLarge
	}
	return nil
}
