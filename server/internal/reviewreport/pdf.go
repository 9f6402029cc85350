package reviewreport

import (
	"cmp"
	"context"
	"fmt"
	"io"
)

// maxText is how much text, in bytes, one PDF sets: some 4,000 pages. It bounds the memory that a report takes while it
// is made.
const maxText = 10 << 20

// PDF writes the report as a PDF.
func PDF(ctx context.Context, w io.Writer, in *Input) error {
	if err := in.check(); err != nil {
		return err
	}
	text := 0
	for i := range in.Findings {
		f := &in.Findings[i]
		text += len(f.Description) + len(f.Impact) + len(f.Recommendation)
	}
	if text > maxText {
		return ErrTooLarge
	}
	s := newSheet(in)
	images, stop := s.develop(ctx)
	defer stop()
	s.metadata()
	s.cover()
	first := s.reserve()
	s.summary()
	for i := range in.Findings {
		if err := ctx.Err(); err != nil {
			return err
		}
		s.finding(i, images)
		if err := cmp.Or(ctx.Err(), s.fonts.err, s.failed); err != nil {
			return err
		}
	}
	s.contents(first)
	s.furniture()
	if s.fonts.err != nil {
		return s.fonts.err
	}
	s.fonts = nil // the PDF has what it needs
	var raw whole
	if err := s.pdf.Output(&raw); err != nil {
		return fmt.Errorf("report: %w", err)
	}
	s.pdf = nil
	return s.tagged(&limited{w: w}, raw)
}

// whole keeps what is written. The library writes its file at once, and has no more use for it: it is not copied then.
type whole []byte

// Write keeps b.
func (f *whole) Write(b []byte) (int, error) {
	if *f == nil {
		*f = b
	} else {
		*f = append(*f, b...)
	}
	return len(b), nil
}

// metadata says what the document is.
func (s *sheet) metadata() {
	in := s.in
	title := s.fonts.legible(regular, s.say.said["report"]+": "+oneLine(in.Session.Name))
	s.pdf.SetTitle(title, true)
	author := in.Brand.Name
	if in.Reviewer != "" {
		author = in.Reviewer + ", " + author
	}
	s.pdf.SetAuthor(s.fonts.legible(regular, oneLine(author)), true)
	s.pdf.SetSubject(s.fonts.legible(regular, oneLine(in.Asset.Name)), true)
	s.pdf.SetCreator("Holdfast", true)
	s.pdf.SetProducer("Holdfast", true)
	s.pdf.SetLang(s.say.tag)
	s.pdf.SetDisplayMode("default", "continuous")
}
