package attachments

import (
	"io"
	"mime"
	"path"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/gabriel-vasile/mimetype"

	"github.com/holdfast-platform/holdfast/server/internal/fault"
)

// kind is a type of file that is taken.
type kind struct {
	mediaType string
	also      []string // other names of the same
	endings   []string // of names; the first is given to names without a fitting one
	bare      bool     // names may have no ending, or one of the inert
	text      bool     // valid UTF-8, all of it
	json      bool
}

// kinds are all of them.
var kinds = []*kind{
	{mediaType: "image/png", also: []string{"image/x-png"}, endings: []string{"png"}},
	{mediaType: "image/jpeg", also: []string{"image/jpg", "image/pjpeg"}, endings: []string{"jpg", "jpeg", "jpe", "jfif"}},
	{mediaType: "image/gif", endings: []string{"gif"}},
	{mediaType: "image/webp", endings: []string{"webp"}},
	{mediaType: "application/pdf", also: []string{"application/x-pdf"}, endings: []string{"pdf"}},
	{mediaType: "text/plain", endings: []string{"txt", "text", "log"}, bare: true, text: true},
	{mediaType: "text/markdown", also: []string{"text/x-markdown"}, endings: []string{"md", "markdown"}, text: true},
	{mediaType: "text/csv", also: []string{"application/csv", "text/x-csv", "text/comma-separated-values", "application/vnd.ms-excel"}, endings: []string{"csv"}, text: true},
	{mediaType: "application/json", also: []string{"text/json"}, endings: []string{"json", "har", "sarif", "geojson"}, text: true, json: true},
	{mediaType: "application/zip", also: []string{"application/x-zip-compressed", "application/x-zip"}, endings: []string{"zip"}},
}

// inert are endings of plain texts that no system runs or shows as a page when they are opened.
var inert = []string{
	"txt", "log", "md", "csv", "tsv", "json", "jsonl", "ndjson", "xml", "yaml", "yml", "toml", "ini", "conf", "cfg", "properties", "env", "sql", "diff", "patch",
	"pem", "crt", "cer", "csr", "pub", "asc", "rst", "adoc", "tex", "go", "rs", "c", "h", "cpp", "hpp", "cs", "java", "kt", "ts", "tf", "proto", "nmap", "gnmap", "http", "eml",
}

// unsaid are declared types that say nothing: the name's ending, or else the content, tells.
var unsaid = []string{"", "application/octet-stream", "binary/octet-stream", "application/x-download", "application/force-download"}

// sniffed is how much of a file's beginning is looked at to tell what it is.
const sniffed = 3072

// judge finds out what a file is, of what it was declared as and called and how it begins, or refuses it.
func judge(declared, name string, head []byte) (*kind, error) {
	mediaType, params, err := mime.ParseMediaType(declared)
	if err != nil && declared != "" {
		return nil, fault.Unsupported("the Content-Type %.100q is none", declared)
	}
	is := mimetype.Detect(head)
	var k *kind
	if slices.Contains(unsaid, mediaType) {
		if k = byEnding(name); k == nil {
			k = byContent(is)
		}
	} else {
		k = byType(mediaType)
	}
	if k == nil {
		return nil, fault.Unsupported("%s is not taken: send %s", orContent(mediaType, is), strings.Join(taken(), ", "))
	}
	if c := params["charset"]; k.text && c != "" && !strings.EqualFold(c, "utf-8") && !strings.EqualFold(c, "us-ascii") {
		return nil, fault.Unsupported("texts must be UTF-8, not %.50s", c)
	}
	if k.text && !under(is, "text/plain") || !k.text && !under(is, k.mediaType) {
		return nil, fault.Unsupported("the content is not %s, as it is said to be, but looks like %s", k.mediaType, bareType(is))
	}
	return k, nil
}

func byType(mediaType string) *kind {
	for _, k := range kinds {
		if k.mediaType == mediaType || slices.Contains(k.also, mediaType) {
			return k
		}
	}
	return nil
}

func byEnding(name string) *kind {
	ending := strings.ToLower(strings.TrimPrefix(path.Ext(name), "."))
	for _, k := range kinds {
		if slices.Contains(k.endings, ending) {
			return k
		}
	}
	return nil
}

// byContent is the narrowest kind that the content is of.
func byContent(is *mimetype.MIME) *kind {
	for ; is != nil; is = is.Parent() {
		if k := byType(bareType(is)); k != nil {
			return k
		}
	}
	return nil
}

// under tells whether content is of a type, or of one that is a special case of it: an office document is a zip.
func under(is *mimetype.MIME, mediaType string) bool {
	for ; is != nil; is = is.Parent() {
		if is.Is(mediaType) {
			return true
		}
	}
	return false
}

func bareType(is *mimetype.MIME) string {
	t, _, _ := strings.Cut(is.String(), ";")
	return t
}

func orContent(mediaType string, is *mimetype.MIME) string {
	if slices.Contains(unsaid, mediaType) {
		return bareType(is)
	}
	return mediaType
}

// taken are the types that are taken.
func taken() []string {
	out := make([]string, len(kinds))
	for i, k := range kinds {
		out[i] = k.mediaType
	}
	return out
}

// checked reads a file and holds what is read against what it must be: its end is only reached by one that is right.
type checked struct {
	from io.Reader
	kind *kind
	half [utf8.UTFMax]byte // a character that the last piece has begun
	held int
	json syntax
	at   int64
}

// Read reads on.
func (c *checked) Read(b []byte) (int, error) {
	n, err := c.from.Read(b)
	if c.kind.text {
		if wrong := c.text(b[:n]); wrong != nil {
			return 0, wrong
		}
	}
	if c.kind.json {
		if !c.json.feed(b[:n]) {
			return 0, fault.Unsupported("the content is not valid JSON, as it is said to be, near byte %d", c.at+1)
		}
	}
	c.at += int64(n)
	if err == io.EOF {
		if c.held > 0 {
			return n, notText(c.at)
		}
		if c.kind.json && !c.json.done() {
			return n, fault.Unsupported("the content is not valid JSON, as it is said to be: it ends too early")
		}
	}
	return n, err
}

func notText(at int64) error {
	return fault.Unsupported("the content is not UTF-8 text without NUL, as it is said to be, near byte %d", at+1)
}

// text checks a piece of text; what is left of a character at its end waits for the next.
func (c *checked) text(b []byte) error {
	for c.held > 0 && len(b) > 0 {
		c.half[c.held], b = b[0], b[1:]
		c.held++
		if r, size := utf8.DecodeRune(c.half[:c.held]); r != utf8.RuneError || size > 1 {
			c.held = 0
		} else if utf8.FullRune(c.half[:c.held]) {
			return notText(c.at)
		}
	}
	for i := 0; i < len(b); {
		if b[i] == 0 {
			return notText(c.at + int64(i))
		}
		if b[i] < utf8.RuneSelf {
			i++
			continue
		}
		r, size := utf8.DecodeRune(b[i:])
		if r == utf8.RuneError && size == 1 {
			if utf8.FullRune(b[i:]) {
				return notText(c.at + int64(i))
			}
			c.held = copy(c.half[:], b[i:])
			return nil
		}
		i += size
	}
	return nil
}
