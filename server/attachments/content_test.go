package attachments

import (
	"bytes"
	"encoding/json"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf8"

	"github.com/holdfast-platform/holdfast/server/internal/fault"
)

// pieces are beginnings of files.
var pieces = map[string]string{
	"png":  "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89",
	"jpeg": "\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00",
	"gif":  "GIF89a\x01\x00\x01\x00\x80\x00\x00\xff\xff\xff\x00\x00\x00;",
	"webp": "RIFF\x1a\x00\x00\x00WEBPVP8L\x0d\x00\x00\x00\x2f\x00\x00\x00\x10\x07\x10\x11\x11\x88\x88\xfe\x07\x00",
	"pdf":  "%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n",
	"zip":  "PK\x03\x04\x14\x00\x00\x00\x08\x00\x00\x00!\x00",
	"exe":  "MZ\x90\x00\x03\x00\x00\x00\x04\x00\x00\x00\xff\xff\x00\x00",
	"html": "<!DOCTYPE html><html><script>alert(1)</script></html>",
	"text": "Seen at 14:03, see below.\n",
	"json": `{"tool": "scanner", "hits": [1, 2.5e-3, null, true]}`,
	"csv":  "a,b\n1,2\n",
}

func TestContentMustBeWhatIsDeclared(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ declared, name, piece, want string }{
		{"image/png", "", "png", "image/png"},
		{"IMAGE/PNG", "", "png", "image/png"},
		{"image/jpg", "", "jpeg", "image/jpeg"},
		{"image/gif", "", "gif", "image/gif"},
		{"image/webp", "", "webp", "image/webp"},
		{"application/pdf", "", "pdf", "application/pdf"},
		{"application/zip", "", "zip", "application/zip"},
		{"application/x-zip-compressed", "", "zip", "application/zip"},
		{"text/plain; charset=utf-8", "", "text", "text/plain"},
		{"text/plain", "", "html", "text/plain"},
		{"text/markdown", "", "text", "text/markdown"},
		{"text/csv", "", "csv", "text/csv"},
		{"application/json", "", "json", "application/json"},
		{"application/octet-stream", "notes.md", "text", "text/markdown"},
		{"application/octet-stream", "table.csv", "csv", "text/csv"},
		{"", "dump", "png", "image/png"},
		{"", "", "json", "application/json"},
		{"", "", "text", "text/plain"},

		{"image/png", "", "jpeg", ""},
		{"image/png", "a.png", "html", ""},
		{"image/jpeg", "", "exe", ""},
		{"application/pdf", "", "zip", ""},
		{"application/zip", "", "exe", ""},
		{"text/plain", "", "png", ""},
		{"text/plain", "", "pdf", ""},
		{"text/plain; charset=utf-16", "", "text", ""},
		{"text/html", "", "html", ""},
		{"image/svg+xml", "", "text", ""},
		{"application/octet-stream", "a.png", "exe", ""},
		{"application/octet-stream", "a.exe", "exe", ""},
		{"application/x-www-form-urlencoded", "", "text", ""},
		{"nonsense", "", "text", ""},
		{"text/plain; =", "", "text", ""},
	} {
		k, err := judge(c.declared, c.name, []byte(pieces[c.piece]))
		switch {
		case c.want == "" && (err == nil || fault.Of(err).Status() != 415):
			t.Errorf("%s as %q %q: taken, %v", c.piece, c.declared, c.name, err)
		case c.want != "" && (err != nil || k.mediaType != c.want):
			t.Errorf("%s as %q %q: %v %v, want %s", c.piece, c.declared, c.name, k, err, c.want)
		}
	}
}

func TestTextsAreCheckedToTheirEnd(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("über 👩‍💻 ", 1000)
	for what, c := range map[string]struct {
		text string
		ok   bool
	}{
		"utf-8":             {long, true},
		"nul at the end":    {long + "\x00", false},
		"latin-1":           {long + "\xfc.", false},
		"half a character":  {long + "\xf0\x9f\x91", false},
		"overlong":          {long + "\xc0\xaf", false},
		"surrogate":         {long + "\xed\xa0\x80", false},
		"above all planes":  {long + "\xf4\x90\x80\x80", false},
		"a byte order mark": {"\ufeff" + long, true},
	} {
		for name, read := range map[string]func(io.Reader) io.Reader{
			"whole": func(r io.Reader) io.Reader { return r }, "byte by byte": iotest.OneByteReader, "with its end": iotest.DataErrReader,
		} {
			_, err := io.ReadAll(&checked{from: read(strings.NewReader(c.text)), kind: byType("text/plain")})
			if (err == nil) != c.ok {
				t.Errorf("%s, %s: %v", what, name, err)
			}
		}
	}
}

// isJSON asks the checker, in pieces of a size.
func isJSON(text []byte, size int) bool {
	s := &syntax{}
	for rest := text; len(rest) > 0; rest = rest[min(size, len(rest)):] {
		if !s.feed(rest[:min(size, len(rest))]) {
			return false
		}
	}
	return s.done()
}

func TestJSONIsCheckedInPieces(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		`{}`, `[]`, `""`, `0`, `-0.0e+1`, ` [ 1 , 2 ] `, `{"a":{"b":[{},[],"\u00e4\n"]}}`, `true`, `null`, "\t1\n", `1E5`, `{"a":1,"a":2}`, "\"\xff\"",
		``, ` `, `{`, `}`, `[1,]`, `{"a"}`, `{"a":}`, `{"a":1,}`, `{a:1}`, `[1 2]`, `01`, `1.`, `.5`, `-`, `1e`, `1e+`, `tru`, `truee`, `"`, `"\x"`, `"\u12g4"`, "\"\n\"",
		`[}`, `{]`, `1 2`, `{"a":1}}`, `nul`, `+1`, `'a'`, `[1]//`, "\ufeff{}", `{"a":1 "b":2}`, `[,1]`, `{,}`, `"a" :`, `--1`,
		strings.Repeat("[", 9_999) + strings.Repeat("]", 9_999), strings.Repeat(`{"a":`, 5_000) + "1" + strings.Repeat("}", 5_000), strings.Repeat("[", 10_001) + strings.Repeat("]", 10_001),
	} {
		for _, size := range []int{1, 3, 1 << 20} {
			if got, want := isJSON([]byte(text), size), json.Valid([]byte(text)); got != want {
				t.Errorf("%.60q in pieces of %d: %v, want %v", text, size, got, want)
			}
		}
	}
}

func FuzzJSON(f *testing.F) {
	for _, text := range []string{`{"a":[1,-2.5e+3,true,null,"\u12aF\\"]}`, `[[[]]]`, `{"a":{}}`, `"`, `1.e`, `[1,]`, "\x00"} {
		f.Add([]byte(text), 3)
	}
	f.Fuzz(func(t *testing.T, text []byte, size int) {
		if size < 1 {
			size = 1
		}
		if got, want := isJSON(text, size), json.Valid(text); got != want {
			t.Fatalf("%q in pieces of %d: %v, want %v", text, size, got, want)
		}
	})
}

func FuzzText(f *testing.F) {
	f.Add([]byte("über\xf0\x9f\x91\xa9"), 2)
	f.Add([]byte("a\x00"), 1)
	f.Fuzz(func(t *testing.T, text []byte, size int) {
		from := &inPieces{bytes.NewReader(text), max(1, size)}
		_, err := io.ReadAll(&checked{from: from, kind: byType("text/plain")})
		if want := utf8.Valid(text) && !bytes.Contains(text, []byte{0}); (err == nil) != want {
			t.Fatalf("%q in pieces of %d: %v, want %v", text, size, err, want)
		}
	})
}

type inPieces struct {
	io.Reader
	size int
}

func (p *inPieces) Read(b []byte) (int, error) { return p.Reader.Read(b[:min(len(b), p.size)]) }
