package upload

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/holdfast-platform/holdfast/server/internal/fault"
)

func form(parts ...string) string {
	return "--B\r\n" + strings.Join(parts, "\r\n--B\r\n") + "\r\n--B--\r\n"
}

func request(body io.Reader, headers ...string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, "/?file_name=", body)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	return r
}

const asForm = "multipart/form-data; boundary=B"

func TestForms(t *testing.T) {
	t.Parallel()
	const file = "Content-Disposition: form-data; name=\"file\"; filename=\"a.txt\"\r\nContent-Type: text/plain\r\n\r\ncontent"
	const other = "Content-Disposition: form-data; name=\"note\"\r\n\r\nhello"
	for what, c := range map[string]struct {
		body, kind string
		name, want string
		status     int
	}{
		"a file":                    {form(file), asForm, "a.txt", "content", 0},
		"others around it":          {form(other, file, other), asForm, "a.txt", "content", 0},
		"a preamble":                {"ignored\r\n" + form(file) + "ignored", asForm, "a.txt", "content", 0},
		"no disposition":            {form("Content-Type: text/plain\r\n\r\ncontent"), asForm, "", "content", 0},
		"an unreadable one":         {form("Content-Disposition: form-data; name=\"file\"; filename=\"a\"b.txt\"\r\n\r\ncontent"), asForm, `a"b.txt`, "content", 0},
		"no name":                   {form("Content-Disposition: form-data; filename=\"a.txt\"\r\n\r\ncontent"), asForm, "a.txt", "content", 0},
		"its name in two forms":     {form("Content-Disposition: form-data; name=file; filename=\"x.txt\"; filename*=UTF-8''%C3%BC.txt\r\n\r\ncontent"), asForm, "ü.txt", "content", 0},
		"something like a boundary": {form(strings.Replace(file, "content", "a\r\n--Bc\r\n--", 1)), asForm, "a.txt", "a\r\n--Bc\r\n--", 0},
		"as browsers write it":      {form(strings.Replace(file, "a.txt", "a%22b%0D%0Ac.txt", 1)), asForm, "a\"b  c.txt", "content", 0},
		"no last line break":        {strings.TrimSuffix(form(file), "\r\n"), asForm, "a.txt", "content", 0},

		"empty":                        {form(strings.TrimSuffix(file, "content")), asForm, "", "", 400},
		"no such part":                 {form(other), asForm, "", "", 400},
		"two files":                    {form(file, file), asForm, "", "", 400},
		"two without a name":           {form("\r\ncontent", "\r\nmore"), asForm, "", "", 400},
		"no parts":                     {"--B--\r\n", asForm, "", "", 400},
		"nothing":                      {"", asForm, "", "", 400},
		"another boundary":             {strings.ReplaceAll(form(file), "--B", "--C"), asForm, "", "", 400},
		"cut in the file":              {"--B\r\n" + file, asForm, "", "", 400},
		"cut in the last boundary":     {"--B\r\n" + file + "\r\n--B", asForm, "", "", 400},
		"cut before the last boundary": {form(file)[:len(form(file))-len("--B--\r\n")], asForm, "", "", 400},
		"cut in a head":                {"--B\r\nContent-Dispo", asForm, "", "", 400},
		"cut behind the file":          {"--B\r\n" + file + "\r\n--B\r\nContent-Disposition: form-data; name=\"note\"\r\n\r\nhel", asForm, "", "", 400},
		"a line break in its name":     {form(strings.Replace(file, "a.txt", "a\r\nb.txt", 1)), asForm, "", "", 400},
		"no boundary":                  {form(file), "multipart/form-data", "", "", 400},
		"another kind":                 {form(file), "multipart/mixed; boundary=B", "", "", 400},
		"a broken type":                {form(file), "multipart/form-data; boundary=\"", "", "", 400},
		"a large head":                 {form("X-Large: " + strings.Repeat("x", 200_000) + "\r\n" + file), asForm, "", "", 400},
		"much beside it":               {form(other+strings.Repeat("x", 200_000), file), asForm, "", "", 400},
		"much behind it":               {form(file, other+strings.Repeat("x", 200_000)), asForm, "", "", 400},
	} {
		for how, read := range map[string]func(io.Reader) io.Reader{"whole": func(r io.Reader) io.Reader { return r }, "in pieces": iotest.HalfReader} {
			s, err := Of(request(read(strings.NewReader(c.body)), "Content-Type", c.kind))
			var got []byte
			if err == nil {
				_, _ = s.Content.Peek(3072)
				got, err = io.ReadAll(s.Content)
			}
			switch f := fault.Of(err); {
			case c.status == 0 && err != nil:
				t.Errorf("%s, %s: %v", what, how, err)
			case c.status == 0 && (string(got) != c.want || s.Name != c.name):
				t.Errorf("%s, %s: %q called %q", what, how, got, s.Name)
			case c.status != 0 && (f == nil || f.Status() != c.status):
				t.Errorf("%s, %s: %v, want %d", what, how, err, c.status)
			}
		}
	}
}

// TestCuts: a form that is cut off anywhere is refused.
func TestCuts(t *testing.T) {
	t.Parallel()
	whole := form("Content-Disposition: form-data; name=\"file\"; filename=\"a.csv\"\r\n\r\nname\r\nPump")
	for n := range len(whole) - len("--\r\n") { // each end but those after the last boundary
		s, err := Of(request(strings.NewReader(whole[:n]), "Content-Type", asForm))
		if err == nil {
			_, err = io.ReadAll(s.Content)
		}
		if fault.Of(err) == nil || fault.Of(err).Status() != 400 {
			t.Fatalf("cut off after %d of %d bytes: %v", n, len(whole), err)
		}
	}
}

func TestBodies(t *testing.T) {
	t.Parallel()
	s, err := Of(request(strings.NewReader("text"), "Content-Type", "text/plain", "Content-Disposition", `attachment; filename="x.txt"; filename*=UTF-8''%E8%A8%BC.txt`))
	if err != nil || s.Name != "証.txt" || s.Declared != "text/plain" {
		t.Errorf("%+v %v", s, err)
	}
	r := request(strings.NewReader("text"), "Content-Disposition", `attachment; filename=x.txt`)
	r.URL.RawQuery = "file_name=asked.txt"
	if s, err = Of(r); err != nil || s.Name != "asked.txt" {
		t.Errorf("%+v %v", s, err)
	}
	if _, err = Of(request(strings.NewReader(""), "Content-Type", "text/plain")); fault.Of(err) == nil || fault.Of(err).Status() != 400 {
		t.Errorf("empty: %v", err)
	}
	s, err = Of(request(io.MultiReader(strings.NewReader("text"), iotest.ErrReader(io.ErrUnexpectedEOF)), "Content-Type", "text/plain"))
	if err == nil {
		_, err = io.ReadAll(s.Content)
	}
	if fault.Of(err) == nil || fault.Of(err).Status() != 400 {
		t.Errorf("cut off: %v", err)
	}
}

func FuzzForm(f *testing.F) {
	f.Add([]byte(form("Content-Disposition: form-data; name=\"file\"; filename=\"a.txt\"\r\nContent-Type: text/plain\r\n\r\ncontent")), asForm, "")
	f.Add([]byte(form("\r\ncontent")), asForm, "attachment; filename=\"a\"b\"")
	f.Add([]byte("--B\r\nContent-Disposition: form-data; name=\"file\"; filename*=UTF-8''%FF\r\n\r\nx\r\n--B--"), asForm, "")
	f.Add([]byte("text"), "text/plain", "attachment; filename*=UTF-8''a%0Ab")
	f.Fuzz(func(t *testing.T, body []byte, kind, disposition string) {
		r := request(bytes.NewReader(body))
		r.Header["Content-Type"], r.Header["Content-Disposition"] = []string{kind}, []string{disposition}
		s, err := Of(r)
		var got []byte
		if err == nil {
			got, err = io.ReadAll(s.Content)
		}
		if err != nil {
			if fault.Of(err) == nil || fault.Of(err).Status() >= 500 {
				t.Fatalf("%q: %v", body, err)
			}
			return
		}
		if len(got) == 0 || !bytes.Contains(body, got) {
			t.Fatalf("%q holds no %q", body, got)
		}
	})
}
