package reviewreport

// strip is a horizontal slice of a page that is never cut: a line of a paragraph, a row of a table, a picture. The body
// of the report is a list of them, and pages are filled with them from top to bottom.
type strip struct {
	h float64
	// keep holds the next strip on the same page; space is left out at the top of a page.
	keep, space bool
	ops         []op
	// again are strips to repeat when a page begins with this one, such as the head of a table.
	again []strip
	// place is a name that links go to; entry, if not empty, is what the outline says about it, at a depth from 0.
	place, entry string
	depth        int
}

// op draws something; x runs from the left edge of the paper, y down from the top of the strip.
type op struct {
	kind       opKind
	x, y, w, h float64
	text       string
	style      *style
	face       face
	color      rgb
	// node is what the thing is for a screen reader; nil is decoration.
	node *node
}

type opKind uint8

const (
	opText  opKind = iota // text at the baseline y
	opBox                 // a filled rectangle; text is "round" for round corners
	opFrame               // its outline
	opImage               // text is the picture's name
	opLink                // text is where to
)

// The page: A4 in points, and its margins.
const (
	paperW, paperH       = 595.28, 841.89
	left, right          = 62.0, 56.0
	top, bottom          = 74.0, 66.0
	bodyW                = paperW - left - right
	bodyH                = paperH - top - bottom
	leading              = 1.42 // line height to font size
	small, body, heading = 8.5, 9.8, 15.0
)

// glue holds all strips but the last on one page with their neighbours.
func glue(strips []strip) []strip {
	for i := range strips[:max(len(strips)-1, 0)] {
		strips[i].keep = true
	}
	return strips
}

// hold keeps the first two and the last two lines of a paragraph together.
func hold(lines []strip) []strip {
	if n := len(lines); n > 1 {
		lines[0].keep, lines[n-2].keep = true, true
	}
	return lines
}

// flow puts strips on pages.
func (s *sheet) flow(strips []strip) {
	for i := 0; i < len(strips); {
		k, h := i, strips[i].h // the strips that must stay together
		for k < len(strips)-1 && strips[k].keep && h <= bodyH {
			k++
			h += strips[k].h
		}
		if s.y+h > paperH-bottom+0.01 && (!strips[i].space || k > i) {
			switch {
			case h <= bodyH && s.y > top:
				s.turn(strips[i].again)
			case s.y+strips[i].h > paperH-bottom && s.y > top: // together they fit on no page
				s.turn(strips[i].again)
				k = i
			default:
				k = i
			}
		}
		for ; i <= k; i++ {
			s.put(&strips[i])
		}
	}
}

// turn begins a page, with what is to be repeated there.
func (s *sheet) turn(again []strip) {
	s.leaf()
	for i := range again {
		s.put(&again[i])
	}
}

// put draws a strip where the page has got to.
func (s *sheet) put(p *strip) {
	if p.space {
		if s.y <= top+0.01 {
			return
		}
		if s.y+p.h > paperH-bottom { // the end of the page is space enough
			s.y = paperH - bottom
			return
		}
	}
	if s.y+p.h > paperH-bottom+0.01 && s.y > top+0.01 {
		s.turn(p.again)
	}
	if p.place != "" {
		s.arrive(p.place)
	}
	if p.entry != "" {
		s.outline(p.entry, p.depth)
	}
	for _, decoration := range []bool{true, false} { // what is no text stands behind it, and is not mixed with it
		for i := range p.ops {
			if k := p.ops[i].kind; (k == opBox || k == opFrame) == decoration {
				s.draw(&p.ops[i], s.y)
			}
		}
	}
	s.y += p.h
}

// gap is empty space.
func gap(h float64) strip { return strip{h: h, space: true} }

// paragraph sets spans in lines from x on. Every line is a strip.
func (s *sheet) paragraph(n *node, spans []span, x, width float64) []strip {
	lines := s.fonts.set(spans, width)
	out := make([]strip, len(lines))
	h := tallest(spans) * leading
	for i := range lines {
		out[i] = strip{h: h, ops: lineOps(nil, n, &lines[i], x, baseline(h, tallest(spans)))}
	}
	return hold(out)
}

func tallest(spans []span) float64 {
	size := 0.0
	for i := range spans {
		size = max(size, spans[i].style.size)
	}
	return size
}

// baseline is where letters of a size stand in a line of height h.
func baseline(h, size float64) float64 { return h/2 + size*0.36 }

// lineOps draws a line with its left end at x and its letters on y.
func lineOps(ops []op, n *node, l *line, x, y float64) []op {
	for i := range l.pieces {
		p := &l.pieces[i]
		st := p.style
		if st.back != nil {
			ops = append(ops, op{kind: opBox, x: x + p.x - 1.5, y: y - st.size*0.98, w: p.w + 3, h: st.size * 1.3, color: *st.back})
		}
	}
	for i := range l.pieces {
		p := &l.pieces[i]
		st := p.style
		at := n
		if st.link != "" && n != nil {
			at = n.link(st)
			ops = append(ops, op{kind: opLink, x: x + p.x, y: y - st.size*0.9, w: p.w, h: st.size * 1.2, text: st.link, node: at})
		}
		ops = append(ops, op{kind: opText, x: x + p.x, y: y, w: p.w, text: p.text, face: p.face, style: st, color: st.color, node: at})
		if st.underline {
			ops = append(ops, op{kind: opBox, x: x + p.x, y: y + st.size*0.12, w: p.w, h: st.size * 0.05, color: st.color})
		}
		if st.strike {
			ops = append(ops, op{kind: opBox, x: x + p.x, y: y - st.size*0.3, w: p.w, h: st.size * 0.06, color: st.color})
		}
	}
	return ops
}

// textAt draws one line that is cut with an ellipsis where it is wider than width.
func (s *sheet) textAt(ops []op, n *node, text string, st style, x, y, width float64) ([]op, float64) {
	spans := []span{{text, st}}
	if s.fonts.wide(spans...) > width {
		r := []rune(text)
		for len(r) > 1 && s.fonts.wide(span{string(r) + "…", st}) > width {
			r = r[:max(1, min(len(r)-1, int(float64(len(r))*0.97)))]
		}
		spans[0].text = string(r) + "…"
	}
	l := s.fonts.set(spans, 1e6)[0]
	if k := len(l.pieces); k > 0 {
		l.pieces[k-1].text += " " // parts it from what stands beside it
	}
	return lineOps(ops, n, &l, x, y), l.w
}
