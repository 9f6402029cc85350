package scan

import (
	"encoding/json"
	"errors"
	"io"
	"strings"
)

// reader walks through JSON value by value: only the values that somebody wants are ever in memory. A value of another
// kind than is expected is passed over, as if it were not there.
type reader struct {
	src   *source
	dec   *json.Decoder
	base  int64 // what the source had handed out before
	depth int
	next  json.Token // looked at, not taken
}

func newReader(src *source) *reader {
	r := &reader{src: src, dec: json.NewDecoder(src), base: src.off}
	r.dec.UseNumber()
	return r
}

func (r *reader) offset() int64 { return r.base + r.dec.InputOffset() }

func (r *reader) line() int { return r.src.lineOf(r.offset()) }

// wrong is an error here.
func (r *reader) wrong(format string, args ...any) error {
	return r.src.at(r.offset(), format, args...)
}

// token takes the next token. The end of the file is io.EOF between values only.
func (r *reader) token() (json.Token, error) {
	if t := r.next; t != nil {
		r.next = nil
		return t, nil
	}
	r.src.mark()
	r.line()
	t, err := r.dec.Token()
	var syntax *json.SyntaxError
	switch {
	case err == nil:
		if t == nil {
			t = null{}
		}
		return t, nil
	case errors.Is(err, io.EOF) && r.depth == 0:
		return nil, io.EOF
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return nil, r.wrong("the file ends in the middle")
	case errors.As(err, &syntax):
		return nil, r.wrong("not JSON: %s", syntax.Error())
	}
	return nil, err
}

// null stands for JSON's null, so that no token is nil.
type null struct{}

// peek is the next token; it stays there.
func (r *reader) peek() (json.Token, error) {
	t, err := r.token()
	r.next = t
	return t, err
}

func (r *reader) down() error {
	if r.depth++; r.depth > mostDepth {
		return r.wrong("nested deeper than %d levels", mostDepth)
	}
	return nil
}

// object walks through an object: each takes the value of a key, or leaves it to be passed over. False: it was no
// object.
func (r *reader) object(each func(key string) error) (bool, error) {
	return r.walk('{', '}', func() error {
		key, err := r.token()
		if err != nil {
			return err
		}
		name, _ := key.(string)
		return each(name)
	})
}

// array walks through an array. False: it was none.
func (r *reader) array(each func() error) (bool, error) { return r.walk('[', ']', each) }

func (r *reader) walk(open, shut json.Delim, each func() error) (bool, error) {
	t, err := r.token()
	if err != nil {
		return false, ended(r, err)
	}
	if t != json.Token(open) {
		r.next = t
		return false, r.skip()
	}
	if err := r.down(); err != nil {
		return true, err
	}
	for {
		if t, err = r.peek(); err != nil {
			return true, err
		}
		if t == json.Token(shut) {
			r.next = nil
			r.depth--
			return true, nil
		}
		if err := each(); err != nil {
			return true, err
		}
	}
}

func ended(r *reader, err error) error {
	if errors.Is(err, io.EOF) {
		return r.wrong("the file ends in the middle")
	}
	return err
}

// skip passes over a value.
func (r *reader) skip() error {
	for level := 0; ; {
		t, err := r.token()
		if err != nil {
			return ended(r, err)
		}
		switch t {
		case json.Token(json.Delim('{')), json.Token(json.Delim('[')):
			level++
			if err := r.down(); err != nil {
				return err
			}
		case json.Token(json.Delim('}')), json.Token(json.Delim(']')):
			level--
			r.depth--
		}
		if level <= 0 {
			return nil
		}
	}
}

// text takes a text; a number or truth value as it is written.
func (r *reader) text(into *string) error {
	t, err := r.token()
	if err != nil {
		return ended(r, err)
	}
	switch t := t.(type) {
	case string:
		*into = t
	case json.Number:
		*into = t.String()
	case bool:
		*into = "false"
		if t {
			*into = "true"
		}
	case json.Delim:
		r.next = t
		return r.skip()
	}
	return nil
}

// number takes a whole number.
func (r *reader) number(into *int) error {
	var text string
	if err := r.text(&text); err != nil {
		return err
	}
	if n, err := json.Number(text).Int64(); err == nil {
		*into = int(n)
	}
	return nil
}

// texts takes up to most texts: of an array, or a single one.
func (r *reader) texts(into *[]string, most int) error {
	t, err := r.peek()
	if err != nil {
		return ended(r, err)
	}
	take := func() error {
		var text string
		if err := r.text(&text); err != nil {
			return err
		}
		if text != "" && len(*into) < most {
			*into = append(*into, clipped(text, descriptionLimit))
		}
		return nil
	}
	if t != json.Token(json.Delim('[')) {
		return take()
	}
	_, err = r.array(take)
	return err
}

// done refuses what comes after the end.
func (r *reader) done() error {
	switch _, err := r.token(); {
	case errors.Is(err, io.EOF):
		return nil
	case err != nil:
		return err
	}
	return r.wrong("text after the end of the file's JSON")
}

// begins refuses a file that does not begin as JSON does.
func begins(src *source, what string, with ...byte) error {
	b, err := src.peek()
	if err != nil {
		return err
	}
	for _, w := range with {
		if b == w {
			return nil
		}
	}
	form := "begins with " + strings.ToValidUTF8(string(rune(b)), "?")
	if b == '<' {
		form = "is XML or HTML"
	}
	return src.at(src.off, "this is no %s: it %s", what, form)
}
