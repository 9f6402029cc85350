package rest

import (
	"io"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/holdfast-platform/holdfast/server/internal/fault"
)

// TestFile: a request's file is its body or the part of that name, and one that is cut off anywhere is refused.
func TestFile(t *testing.T) {
	t.Parallel()
	const form = "--b\r\nContent-Disposition: form-data; name=\"note\"\r\n\r\nx\r\n--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.csv\"\r\n\r\nname\r\nPump\r\n--b--\r\n"
	read := func(kind, body string) (string, error) {
		r := httptest.NewRequestWithContext(t.Context(), "POST", "/", strings.NewReader(body))
		r.Header.Set("Content-Type", kind)
		in, err := File(r)
		if err != nil {
			return "", err
		}
		text, err := io.ReadAll(in)
		return string(text), err
	}
	if text, err := read("text/csv", "name\n"); err != nil || text != "name\n" {
		t.Errorf("a body: %q, %v", text, err)
	}
	if text, err := read("multipart/form-data; boundary=b", form); err != nil || text != "name\r\nPump" {
		t.Errorf("a form: %q, %v", text, err)
	}
	for n := range len(form) - len("--\r\n") { // each end but those after the last boundary
		if text, err := read("multipart/form-data; boundary=b", form[:n]); err == nil {
			t.Fatalf("cut off after %d of %d bytes it is taken as %q", n, len(form), text)
		}
	}
	_, err := read("multipart/form-data; boundary=b", "--b\r\nContent-Disposition: form-data; name=\"note\"\r\n\r\nx\r\n--b--\r\n")
	if f := fault.Of(err); f == nil || f.Fields["file"] == "" {
		t.Errorf("a form without a file: %v", err)
	}
}
