package reviewreport

import (
	"strings"
	"unicode"

	"github.com/rivo/uniseg"
)

// style is how a stretch of text looks.
type style struct {
	face              face
	size              float64
	color             rgb
	link              string // a web address, or "#" and the name of a place in the report
	underline, strike bool
	back              *rgb // behind inline code
}

// span is a text in one style; "\n" in it ends a line.
type span struct {
	text  string
	style style
}

// piece is a stretch of a line in one font.
type piece struct {
	text  string
	face  face
	style *style
	x, w  float64
}

// line is one line of a paragraph.
type line struct {
	pieces []piece
	w      float64
}

// glyph is a character with its place in a paragraph.
type glyph struct {
	r     rune
	face  face
	brk   uint8 // may or must the line end after it
	style int32
	w     float32
}

const (
	mayBreak  = 1
	mustBreak = 2
)

// set breaks spans into lines no wider than width. Every text finds room: what has no place to break is broken where it
// is full.
func (s *shelf) set(spans []span, width float64) []line {
	glyphs := s.glyphs(spans)
	var lines []line
	for start := 0; start < len(glyphs); {
		end, next := s.fill(glyphs, start, width)
		l := s.line(spans, glyphs[start:end])
		if n := len(l.pieces); n > 0 && end < next && next < len(glyphs) {
			l.pieces[n-1].text += " " // for those who read the text without seeing the lines
		}
		lines = append(lines, l)
		start = next
	}
	if len(lines) == 0 || len(glyphs) > 0 && glyphs[len(glyphs)-1].r == '\n' {
		lines = append(lines, line{})
	}
	return lines
}

// wide is how wide spans are in one line.
func (s *shelf) wide(spans ...span) float64 {
	w := 0.0
	for _, g := range s.glyphs(spans) {
		w += float64(g.w)
	}
	return w
}

// glyphs measures every character and finds where lines may end (Unicode Annex 14).
func (s *shelf) glyphs(spans []span) []glyph {
	var all strings.Builder
	texts := make([]string, len(spans))
	for i, sp := range spans {
		texts[i] = s.legible(sp.style.face, sp.text)
		all.WriteString(texts[i])
	}
	out := make([]glyph, 0, all.Len())
	for i, sp := range spans {
		size := float32(sp.style.size)
		for _, r := range texts[i] {
			switch r {
			case '\n', 0x200B:
				out = append(out, glyph{r: r, style: int32(i)})
				continue
			case '\t':
				r = ' '
			}
			f, w := s.find(sp.style.face, r)
			out = append(out, glyph{r: r, face: f, style: int32(i), w: w * size})
		}
	}
	rest, state, at := all.String(), -1, 0
	for rest != "" {
		var segment string
		var must bool
		segment, rest, must, state = uniseg.FirstLineSegmentInString(rest, state)
		for range segment {
			at++
		}
		if at > 0 && at <= len(out) {
			out[at-1].brk = mayBreak
			if must && out[at-1].r == '\n' {
				out[at-1].brk = mustBreak
			}
		}
	}
	s.shape(spans, out)
	return out
}

// fill takes as many characters into a line as there is room for: up to end they are shown, the next line begins at
// next.
func (s *shelf) fill(g []glyph, start int, width float64) (end, next int) {
	w, last := 0.0, -1
	for i := start; i < len(g); i++ {
		if g[i].brk == mustBreak {
			return trim(g, start, i), i + 1
		}
		w += float64(g[i].w)
		if w > width+0.01 && !unicode.IsSpace(g[i].r) && i > start {
			if last >= 0 && !(long(g, last+1, width) && taken(g, start, last) < width*0.5) {
				return trim(g, start, last+1), last + 1
			}
			cut := inside(g, start, i, max(last+1, start))
			return trim(g, start, cut), cut
		}
		if g[i].brk == mayBreak {
			last = i
		}
	}
	return trim(g, start, len(g)), len(g)
}

func taken(g []glyph, start, last int) float64 {
	w := 0.0
	for i := start; i <= last; i++ {
		w += float64(g[i].w)
	}
	return w
}

// long tells whether the word that begins here is wider than a whole line.
func long(g []glyph, at int, width float64) bool {
	w := 0.0
	for ; at < len(g); at++ {
		if w += float64(g[at].w); w > width {
			return true
		}
		if g[at].brk != 0 {
			return false
		}
	}
	return false
}

// inside finds where to break a word that is too long: after a sign if one is near, never before a mark that belongs to
// the letter.
func inside(g []glyph, start, full, from int) int {
	for i := full - 1; i > from && i > full-24 && i > start; i-- {
		if strings.ContainsRune("/\\?&=_-.,:;@#%+|)]}>", g[i].r) {
			return i + 1
		}
	}
	for full > start+1 && g[full].w == 0 {
		full--
	}
	return full
}

// trim leaves out the spaces at the end of a line.
func trim(g []glyph, start, end int) int {
	for end > start && unicode.IsSpace(g[end-1].r) {
		end--
	}
	return end
}

// line joins characters to pieces.
func (s *shelf) line(spans []span, g []glyph) line {
	g = visual(g)
	var l line
	var b strings.Builder
	for i := 0; i < len(g); {
		p := piece{face: g[i].face, style: &spans[g[i].style].style, x: l.w}
		b.Reset()
		k := i
		for ; k < len(g) && g[k].face == p.face && g[k].style == g[i].style; k++ {
			if g[k].r != 0x200B && g[k].r != '\n' {
				b.WriteRune(g[k].r)
				p.w += float64(g[k].w)
			}
		}
		if p.text = b.String(); p.text != "" {
			l.pieces = append(l.pieces, p)
			l.w += p.w
		}
		i = k
	}
	return l
}
