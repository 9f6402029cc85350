// Package upload takes the file of a request: the part "file" of a form, or the body itself.
package upload

import (
	"bufio"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"regexp"
	"strings"

	"github.com/holdfast-platform/holdfast/server/internal/fault"
)

// A File is one on its way in. Its end is only reached when all of the request is right, the form around it too. What
// goes wrong with reading it is the caller's fault, and said as one.
type File struct {
	Name     string // as the caller calls it; may be empty
	Declared string // the type that it is declared as; may be empty
	Content  *bufio.Reader
}

// Aside is how much of a form may be there beside the file: the heads of its parts, and parts that are not asked for.
const Aside = 64 << 10

// Of finds the file of a request: the part "file" of a form, or the body. It is not empty.
func Of(r *http.Request) (*File, error) {
	declared := r.Header.Get("Content-Type")
	mediaType, params, err := mime.ParseMediaType(declared)
	if err != nil && declared != "" && !strings.HasPrefix(strings.ToLower(declared), "multipart/") {
		return nil, fault.Unsupported("the Content-Type %.100q is none", declared)
	}
	s := &File{Declared: declared, Name: r.URL.Query().Get("file_name")}
	if strings.HasPrefix(strings.ToLower(declared), "multipart/") {
		if mediaType != "multipart/form-data" || params["boundary"] == "" || len(params["boundary"]) > 70 {
			return nil, fault.Malformed("a form must be multipart/form-data with a boundary of 1 to 70 characters")
		}
		if err := s.open(r.Body, params["boundary"]); err != nil {
			return nil, err
		}
	} else {
		if s.Name == "" {
			s.Name = nameIn(r.Header.Get("Content-Disposition"), "filename")
		}
		s.Content = bufio.NewReaderSize(&body{r.Body}, 4<<10)
	}
	if _, err := s.Content.Peek(1); errors.Is(err, io.EOF) {
		return nil, fault.Invalid("file", "must not be empty")
	} else if err != nil {
		return nil, err
	}
	return s, nil
}

// open goes to the file of a form: the part "file", or a single part whose name cannot be read.
func (s *File) open(from io.Reader, boundary string) error {
	in := &aside{Reader: &body{from}, left: Aside, counts: true}
	form := multipart.NewReader(in, boundary)
	for {
		part, err := form.NextRawPart()
		if err == io.EOF { // a wrapped one is that of a form that is cut off
			return fault.Invalid("file", "the form has no part of this name")
		}
		if err != nil {
			return broken(err)
		}
		name := part.FormName()
		if name != "" && name != "file" {
			continue
		}
		if s.Name == "" {
			s.Name = nameOf(part)
		}
		s.Declared = part.Header.Get("Content-Type")
		in.counts = false
		s.Content = bufio.NewReaderSize(&partOf{part: part, form: form, in: in, single: name == ""}, 4<<10)
		return nil
	}
}

func nameOf(part *multipart.Part) string {
	given := part.Header.Get("Content-Disposition")
	if _, params, err := mime.ParseMediaType(given); err == nil {
		return sentByForm.Replace(params["filename"])
	}
	return sentByForm.Replace(nameIn(given, "filename"))
}

// sentByForm is how browsers write three characters in the name of a form's file.
var sentByForm = strings.NewReplacer("%22", `"`, "%0D", " ", "%0A", " ", "%0d", " ", "%0a", " ")

// inQuotes finds a name in a header that is not well formed, because the name's own quotes or backslashes are not
// escaped.
var inQuotes = regexp.MustCompile(`(?i)\bfilename="(.*)"`)

func nameIn(header, key string) string {
	if header == "" {
		return ""
	}
	if _, params, err := mime.ParseMediaType(header); err == nil {
		return params[key]
	}
	if m := inQuotes.FindStringSubmatch(header); m != nil {
		return m[1]
	}
	return ""
}

// partOf is the file in a form. At its end it goes on to the end of the form: one that is cut off there has not been
// sent whole.
type partOf struct {
	part   *multipart.Part
	form   *multipart.Reader
	in     *aside
	single bool // it may be the only part
	ended  error
}

// Read reads on; at the end it says the same again.
func (p *partOf) Read(b []byte) (n int, err error) {
	if p.ended == nil {
		n, p.ended = p.read(b)
	}
	return n, p.ended
}

func (p *partOf) read(b []byte) (int, error) {
	n, err := p.part.Read(b)
	if err == nil {
		return n, nil
	}
	if err == io.EOF { //nolint:errorlint // a wrapped one is that of a part that is cut off
		return n, p.tail()
	}
	return n, broken(err)
}

// tail reads what follows the file.
func (p *partOf) tail() error {
	p.in.counts = true
	for {
		next, err := p.form.NextRawPart()
		switch {
		case err == io.EOF: // a wrapped one is that of a form that is cut off
			return io.EOF
		case err != nil:
			return broken(err)
		case p.single:
			return fault.Invalid("file", "a part without a readable name must be the only one")
		case next.FormName() == "file":
			return fault.Invalid("file", "send one file at a time")
		}
	}
}

// aside bounds what a form may hold beside the file.
type aside struct {
	io.Reader
	left   int
	counts bool
}

// Read reads on.
func (a *aside) Read(b []byte) (int, error) {
	if a.counts && a.left <= 0 {
		return 0, fault.Malformed("the form has more than %d KiB beside the file", Aside>>10)
	}
	n, err := a.Reader.Read(b)
	if a.counts {
		a.left -= n
	}
	return n, err
}

// body is a request's, whose failures are the caller's.
type body struct{ io.Reader }

// Read reads on.
func (b *body) Read(p []byte) (int, error) {
	n, err := b.Reader.Read(p)
	if err != nil && err != io.EOF {
		return n, broken(err)
	}
	return n, err
}

// broken says that a request could not be read to its end.
func broken(err error) error {
	if f := fault.Of(err); f != nil {
		return f
	}
	if errors.Is(err, multipart.ErrMessageTooLarge) {
		return fault.Malformed("the heads of the form's parts are too large")
	}
	var head textproto.ProtocolError
	if errors.As(err, &head) {
		return fault.Malformed("the form is broken: %.200q; a line break in a name must be written as %%0D%%0A", head.Error())
	}
	return fault.Malformed("the body could not be read to its end: it is cut off, or no form of this boundary")
}
