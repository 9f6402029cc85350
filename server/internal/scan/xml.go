package scan

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
)

// tags walks through XML element by element.
type tags struct {
	src   *source
	in    *entities
	dec   *xml.Decoder
	base  int64
	depth int
}

func newTags(src *source) *tags {
	in := &entities{src: src}
	t := &tags{src: src, in: in, dec: xml.NewDecoder(in), base: src.off}
	t.dec.Entity = xml.HTMLEntity
	t.dec.CharsetReader = func(label string, in io.Reader) (io.Reader, error) {
		switch strings.ToLower(label) {
		case "us-ascii", "ascii":
			return in, nil
		case "utf-16", "utf-16le", "utf-16be":
			if src.wide { // it has been turned into UTF-8
				return in, nil
			}
		}
		return nil, fmt.Errorf("the encoding %.40q is not taken: save the file as UTF-8", label)
	}
	return t
}

func (t *tags) offset() int64 { return t.base + t.dec.InputOffset() - t.in.added }

func (t *tags) line() int { return t.src.lineOf(t.offset()) }

func (t *tags) wrong(format string, args ...any) error { return t.src.at(t.offset(), format, args...) }

// token takes the next token that matters: a start, an end or text.
func (t *tags) token() (xml.Token, error) {
	for {
		t.src.mark()
		t.line()
		token, err := t.dec.Token()
		if err != nil {
			return nil, t.failed(err)
		}
		switch token := token.(type) {
		case xml.StartElement:
			if t.depth++; t.depth > mostDepth {
				return nil, t.wrong("nested deeper than %d levels", mostDepth)
			}
			return token, nil
		case xml.EndElement:
			t.depth--
			return token, nil
		case xml.CharData:
			return token, nil
		case xml.Directive:
			return nil, t.wrong("a DOCTYPE is not taken: nothing is expanded here")
		}
	}
}

func (t *tags) failed(err error) error {
	var syntax *xml.SyntaxError
	var own *Error
	switch {
	case errors.As(err, &own):
		return own
	case errors.Is(err, io.EOF) && t.depth == 0:
		return io.EOF
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return t.wrong("the file ends in the middle")
	case errors.As(err, &syntax):
		if strings.Contains(syntax.Msg, "unexpected EOF") {
			return t.wrong("the file ends in the middle")
		}
		return t.wrong("not XML: %s", syntax.Msg)
	}
	if _, text, ok := strings.Cut(err.Error(), "the encoding "); ok { // xml wraps it in text
		return t.wrong("the encoding %s", text)
	}
	if errors.Is(err, t.src.err) && t.src.err != nil { // of reading
		return err
	}
	return t.wrong("not XML: %s", strings.TrimPrefix(err.Error(), "xml: "))
}

// root takes the first element, which must have this name.
func (t *tags) root(name, what string) (xml.StartElement, error) {
	for {
		token, err := t.token()
		if errors.Is(err, io.EOF) {
			return xml.StartElement{}, t.wrong("this is no %s: it has no element", what)
		}
		if err != nil {
			return xml.StartElement{}, err
		}
		if start, ok := token.(xml.StartElement); ok {
			if start.Name.Local != name {
				return start, t.wrong("this is no %s: it begins with <%.50s>, not with <%s>", what, start.Name.Local, name)
			}
			return start, nil
		}
	}
}

// children walks through the elements inside the one that was just begun; each takes its element by children, text or
// skip.
func (t *tags) children(each func(xml.StartElement) error) error {
	for {
		token, err := t.token()
		if err != nil {
			return err
		}
		switch token := token.(type) {
		case xml.StartElement:
			if err := each(token); err != nil {
				return err
			}
		case xml.EndElement:
			return nil
		}
	}
}

// skip passes over the element that was just begun.
func (t *tags) skip() error {
	for end := t.depth - 1; t.depth > end; {
		if _, err := t.token(); err != nil {
			return err
		}
	}
	return nil
}

// mostText is as much of one element's text as is looked at; findings keep far less.
const mostText = 1 << 18

// text takes the text of the element that was just begun, and of those inside it.
func (t *tags) text(into *string) error {
	var b strings.Builder
	for end := t.depth - 1; t.depth > end; {
		token, err := t.token()
		if err != nil {
			return err
		}
		if text, ok := token.(xml.CharData); ok && b.Len() < mostText {
			b.Write(text[:min(len(text), mostText-b.Len())])
		}
	}
	*into = b.String()
	return nil
}

// done refuses what comes after the end.
func (t *tags) done() error {
	for {
		token, err := t.token()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if text, ok := token.(xml.CharData); !ok || strings.TrimSpace(string(text)) != "" {
			return t.wrong("text after the end of the file's XML")
		}
	}
}

// attr is an attribute; empty for none.
func attr(e xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}
