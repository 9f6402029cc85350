package reviewreport

import (
	"bytes"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"math"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ledongthuc/pdf"
)

// opened reads a PDF that was made.
func opened(t testing.TB, b []byte) *pdf.Reader {
	t.Helper()
	r, err := pdf.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// run is a stretch of text as it stands on a page; y counts from the bottom.
type run struct {
	text, font string
	size, x, y float64
}

// runs are the texts of a page in the order in which they were drawn.
func runs(p pdf.Page) []run {
	var out []run
	for _, c := range p.Content().Text {
		if n := len(out); n > 0 && out[n-1].font == c.Font && out[n-1].size == c.FontSize && out[n-1].x == c.X && out[n-1].y == c.Y {
			out[n-1].text += c.S
			continue
		}
		out = append(out, run{c.S, c.Font, c.FontSize, c.X, c.Y})
	}
	return out
}

// told is the text of a page.
func told(p pdf.Page) string {
	var b strings.Builder
	for _, r := range runs(p) {
		b.WriteString(r.text)
	}
	return b.String()
}

func inputs() map[string]*Input {
	return map[string]*Input{
		"empty": plainInput(), "few": fewFindings(), "german": germanInput(), "foreign": foreignInput(), "hostile": hostileInput(), "many": manyFindings(15, 6),
	}
}

// TestLayout: nothing stands outside of the page's margins, no heading is the last thing on a page, and every page says
// which it is.
func TestLayout(t *testing.T) {
	t.Parallel()
	for name, in := range inputs() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := opened(t, made(t, name, in))
			fonts := &shelf{}
			for page := 1; page <= r.NumPage(); page++ {
				all := runs(r.Page(page))
				lowest := run{y: math.MaxFloat64}
				for _, c := range all {
					face := face(slices.Index(fontNames[:], strings.TrimPrefix(c.font, "utf8")))
					w := fonts.wide(span{strings.TrimRight(c.text, " "), style{face: face, size: c.size}})
					if face == more { // Arabic letters are read back without their shapes
						w = 0
					}
					if c.x < left-3 || c.x+w > paperW-right+2 || c.y < 24 || c.y > paperH-24 {
						t.Errorf("page %d: %.60q stands at %.1f, %.1f and is %.1f wide", page, c.text, c.x, c.y, w)
					}
					if c.y > paperH-top+10 || c.y < bottom-8 {
						continue // header and footer
					}
					if page > 1 && c.y < bottom-2 {
						t.Errorf("page %d: %.60q runs into the footer", page, c.text)
					}
					if c.y < lowest.y {
						lowest = c
					}
				}
				if page > 2 && lowest.font == "utf8sansbold" && lowest.size > 10 && strings.TrimSpace(lowest.text) != "" {
					t.Errorf("page %d ends with the heading %q", page, lowest.text)
				}
				if said := fmt.Sprintf(speak(in.Language, nil).said["page"], page, r.NumPage()); page > 1 && !strings.Contains(told(r.Page(page)), said) {
					t.Errorf("page %d does not say %q", page, said)
				}
			}
		})
	}
}

// TestDocument: the metadata, the outline, the list of contents, the links and the structure are there and agree.
func TestDocument(t *testing.T) {
	t.Parallel()
	in := fewFindings()
	b := made(t, "few", in)
	r := opened(t, b)
	root, about := r.Trailer().Key("Root"), r.Trailer().Key("Info")
	if got := about.Key("Title").Text(); got != "Security review report: Web portal penetration test 2026" {
		t.Errorf("title %q", got)
	}
	if got := about.Key("Author").Text(); got != "Ada Reviewer, Northwind Security" {
		t.Errorf("author %q", got)
	}
	if root.Key("Lang").RawString() != "en" || !root.Key("MarkInfo").Key("Marked").Bool() || root.Key("StructTreeRoot").Key("K").Key("S").Name() != "Document" {
		t.Errorf("catalog %v", root)
	}
	outline := r.Outline().Child
	if len(outline) != 2 || len(outline[0].Child) != 3 || outline[1].Title != "Findings" || len(outline[1].Child) != 3 || !strings.HasPrefix(outline[1].Child[0].Title, "FND-77") {
		t.Errorf("outline %+v", outline)
	}
	contents := told(r.Page(2))
	for _, f := range in.Findings {
		m := regexp.MustCompile(f.Number + ` [^\d]*?(\d+) `).FindStringSubmatch(contents)
		if m == nil {
			t.Errorf("%s is not in the contents: %s", f.Number, contents)
			continue
		}
		var page int
		_, _ = fmt.Sscan(m[1], &page)
		if !strings.Contains(told(r.Page(page)), f.Number+" "+f.Title[:20]) {
			t.Errorf("%s is not on page %d", f.Number, page)
		}
	}
	links := map[string]int{}
	for page := 1; page <= r.NumPage(); page++ {
		for i := range r.Page(page).V.Key("Annots").Len() {
			a := r.Page(page).V.Key("Annots").Index(i)
			if uri := a.Key("A").Key("URI").RawString(); uri != "" {
				links[uri]++
			} else if a.Key("Dest").Len() > 0 {
				links["inside"]++
			}
		}
	}
	if links["https://owasp.org/Top10/"] != 1 || links["https://cwe.mitre.org/data/definitions/89.html"] != 2 || links["inside"] < 10 {
		t.Errorf("links %v", links)
	}
	for uri := range links {
		if strings.Contains(uri, "evil") {
			t.Errorf("a picture's address became a link: %s", uri)
		}
	}
	all := ""
	for page := 1; page <= r.NumPage(); page++ {
		all += told(r.Page(page))
	}
	for _, want := range []string{"<b>HTML</b>", "[Image: remote https://evil.example/x.png]", "☑ checked by hand", "CVSS 9.8 (critical)", "Figure 1: sqlmap-output.png", "request.txt", "not shown: the file cannot be read as a picture", "Not fixed"} {
		if !strings.Contains(all, want) {
			t.Errorf("nothing says %q", want)
		}
	}
}

// TestContents: the list of contents fills just the pages that were kept free for it.
func TestContents(t *testing.T) {
	t.Parallel()
	for n := 31; n <= 36; n++ { // with five chapters and the heading, 33 fill a page
		in := plainInput()
		for i := range n {
			in.Findings = append(in.Findings, Finding{ID: fmt.Sprint(i), Number: fmt.Sprint("FND-", i), Title: "Short", Description: "Text.", Risk: low, Status: open})
		}
		r := opened(t, made(t, "contents", in))
		pages := 1
		if n > 33 {
			pages = 2
		}
		if said := told(r.Page(2 + pages)); !strings.HasPrefix(said, "Summary") || strings.Contains(told(r.Page(1+pages)), "Findings by risk") {
			t.Errorf("%d findings: page %d is %.60q", n, 2+pages, said)
		}
		if last := fmt.Sprint("FND-", n-1, " Short"); !strings.Contains(told(r.Page(1+pages)), last) {
			t.Errorf("%d findings: the contents do not end with %s", n, last)
		}
	}
}

// TestSame: the same input gives the same bytes, and another time others.
func TestSame(t *testing.T) {
	t.Parallel()
	for name, in := range inputs() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			first := made(t, name, in)
			for range map[bool]int{true: 4, false: 1}[name == "many"] {
				if !bytes.Equal(first, made(t, name, in)) {
					t.Error("two runs differ")
				}
			}
			later := *in
			later.Generated = in.Generated.Add(time.Hour)
			if bytes.Equal(first, made(t, name+"-later", &later)) {
				t.Error("the time is not in it")
			}
		})
	}
}

// TestLimits: more findings than a report takes, and more bytes, are refused; so is going on when nobody waits.
func TestLimits(t *testing.T) {
	t.Parallel()
	in := plainInput()
	in.Findings = make([]Finding, MaxFindings+1)
	for name, write := range map[string]func(io.Writer, *Input) error{
		"pdf": func(w io.Writer, in *Input) error { return PDF(t.Context(), w, in) }, "csv": CSV, "json": JSON,
	} {
		if err := write(io.Discard, in); !errors.Is(err, ErrTooLarge) {
			t.Errorf("%s of %d findings: %v", name, len(in.Findings), err)
		}
	}
	large := plainInput()
	for range MaxFindings {
		large.Findings = append(large.Findings, Finding{Description: strings.Repeat("Long texts. ", 1700), Impact: strings.Repeat("x", 10000), Risk: high, Status: open})
	}
	for name, write := range map[string]func(io.Writer, *Input) error{
		"pdf": func(w io.Writer, in *Input) error { return PDF(t.Context(), w, in) }, "csv": CSV, "json": JSON,
	} {
		if err := write(io.Discard, large); !errors.Is(err, ErrTooLarge) {
			t.Errorf("%s of 30 MB: %v", name, err)
		}
	}
}

// TestTexts: what is invisible or turns the line round is taken out or written out; of what no font has, the code is
// shown.
func TestTexts(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"plain": "plain", "a\u200bb": "a\u200bb", "e\u0301": "é", "x\u202ey": "x[U+202E]y", "\u2066z\u2069": "[U+2066]z[U+2069]", "nul\x00": "nul[U+0000]", "\x1b[31m": "[U+001B][31m",
		"a\r\nb\rc\u2028d": "a\nb\nc\nd", "bad\xff": "bad\uFFFD", "\ufeffbom": "bom", "so\u00adft": "soft", "\uE000": "[U+E000]", "\U000E0041tag": "[U+E0041]tag", "\uFFF9x": "[U+FFF9]x", "\u0600": "\u0600", "no\u0378ne": "no[U+0378]ne", "❤\uFE0F": "❤", "grün 漢字 한국어": "grün 漢字 한국어",
	} {
		if got := clean(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
	s := &shelf{}
	for r, want := range map[rune]face{'a': regular, 'ß': regular, 'Ж': regular, 'Ω': regular, '漢': cjk, 'あ': cjk, '한': hangul, '☑': more, 'ש': more, 'ﻢ': more} {
		if f, w := s.find(regular, r); f != want || w <= 0 {
			t.Errorf("%c: face %d, %f wide", r, f, w)
		}
	}
	for in, want := range map[string]string{
		"grün 漢字": "grün 漢字", "a😀b": "a[U+1F600]b", "😀😁 x\n😀": "[U+1F600 U+1F601] x\n[U+1F600]", "𠀀": "[U+20000]",
	} {
		if got := s.legible(regular, in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
	if s.err != nil {
		t.Error(s.err)
	}
}

// TestReadable: text on every colour, and a brand's colour on white, can be read.
func TestReadable(t *testing.T) {
	t.Parallel()
	for i := range 512 {
		c := rgb{uint8(i&7) * 36, uint8(i>>3&7) * 36, uint8(i>>6) * 36}
		if r := contrast(over(c), c); r < 4.5 {
			t.Errorf("text on %v has a contrast of %.1f", c, r)
		}
		if r := contrast(c.readable(), white); r < 4.5 {
			t.Errorf("%v on white has a contrast of %.1f", c.readable(), r)
		}
	}
	if parse("#f00", grey) != (rgb{255, 0, 0}) || parse("#0a7cff", grey) != (rgb{10, 124, 255}) || parse("red", grey) != grey || parse("#zzzzzz", grey) != grey {
		t.Error("colours are read wrongly")
	}
}

// FuzzMarkdown: whatever somebody writes into a finding stays within the margins, in pieces that fit on a page; now and
// then one is taken all the way to the PDF, which costs a thousand times as much.
func FuzzMarkdown(f *testing.F) {
	f.Add(description)
	for _, one := range hostileInput().Findings {
		f.Add(cut(one.Description, 400))
	}
	fonts := &shelf{}
	for i := range faces { // what the texts do is to differ, not what has been done before
		fonts.open(i)
	}
	f.Fuzz(func(t *testing.T, source string) {
		if len(source) > 20000 {
			return
		}
		in := plainInput()
		s := newSheet(in)
		s.fonts = fonts
		strips := s.markdown(s.root, source, left, bodyW)
		strips = append(strips, s.title(s.root, &Finding{Number: cut(source, 20), Title: cut(source, 500), Risk: Word{Label: source}})...)
		strips = append(strips, s.facts(s.root, s.details(&Finding{Location: cut(source, 2048), Vector: source}), left, bodyW, 104, 9.2)...)
		for _, p := range strips {
			if p.h < 0 || p.h > bodyH {
				t.Fatalf("a strip is %.1f high", p.h)
			}
			for _, o := range p.ops {
				if o.x < left-3 || o.x+o.w > paperW-right+3 || o.kind == opText && strings.ContainsAny(o.text, "\n\t\u202e\u200b") {
					t.Fatalf("%q stands at %.1f and is %.1f wide", o.text, o.x, o.w)
				}
			}
		}
		if crc32.ChecksumIEEE([]byte(source))%512 != 0 {
			return
		}
		in.Findings = []Finding{{ID: "1", Number: "FND-1", Title: source, Description: source, Impact: source, References: []string{source}, Risk: high, Status: open}}
		var b bytes.Buffer
		if err := PDF(t.Context(), &b, in); err != nil {
			t.Fatal(err)
		}
		opened(t, b.Bytes())
	})
}

// BenchmarkPDF makes a report of 250 findings with 20 screenshots, and says how much memory it took at most.
func BenchmarkPDF(b *testing.B) {
	in := manyFindings(250, 20)
	most := uint64(0)
	for b.Loop() {
		runtime.GC()
		most = max(most, peak(func() {
			if err := PDF(b.Context(), io.Discard, in); err != nil {
				b.Fatal(err)
			}
		}))
	}
	b.ReportMetric(float64(most)/(1<<20), "peak-MiB")
}

// TestMemory holds the memory of such a report to its budget.
func TestMemory(t *testing.T) {
	in := manyFindings(250, 20)
	runtime.GC()
	if most := peak(func() { made(t, "250", in) }); most > 150<<20 {
		t.Errorf("a report of 250 findings took %d MiB", most>>20)
	}
}

// peak is the most memory that the process held from the system, as far as the runtime had not given it back, while f
// ran, above before.
func peak(f func()) uint64 {
	held := func() uint64 {
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapInuse + m.StackInuse
	}
	before, most := held(), uint64(0)
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		for {
			select {
			case <-stop:
				return
			case <-time.After(2 * time.Millisecond):
				most = max(most, held())
			}
		}
	}()
	f()
	close(stop)
	<-stopped
	return most - min(before, most)
}
