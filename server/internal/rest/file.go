package rest

import (
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"strings"

	"github.com/holdfast-platform/holdfast/server/internal/fault"
)

// File is the file of a request: its body, or its multipart part "file", which must be sent whole with the form around it.
func File(r *http.Request) (io.Reader, error) {
	kind, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || !strings.HasPrefix(kind, "multipart/") {
		return r.Body, nil
	}
	form := multipart.NewReader(r.Body, params["boundary"])
	for {
		p, err := form.NextRawPart()
		switch {
		case errors.Is(err, io.EOF):
			return nil, fault.Invalid("file", "the form has no part of this name")
		case fault.Of(err) != nil:
			return nil, err
		case err != nil:
			return nil, fault.Malformed("the body could not be read to its end")
		case p.FormName() == "file":
			return &whole{p, form}, nil
		}
	}
}

// whole is a part that ends when its form does: one that is cut off has not been sent.
type whole struct {
	*multipart.Part
	form *multipart.Reader
}

// Read reads on.
func (w *whole) Read(b []byte) (int, error) {
	n, err := w.Part.Read(b)
	if err == io.EOF { //nolint:errorlint // a wrapped one is another
		if _, next := w.form.NextRawPart(); next != nil && next != io.EOF {
			err = io.ErrUnexpectedEOF
		}
	}
	return n, err
}
