package reviewreport

import (
	east "github.com/yuin/goldmark/extension/ast"
)

// cell is one cell of a table.
type cell struct {
	spans []span
	right bool // aligned to the right
	mid   bool
	badge *Word // in place of text
	frame bool  // the badge is an outline
	place string
}

// grid is a table; its first rows are heads.
type grid struct {
	heads int
	rows  [][]cell
	// widths of the columns; 0 is by content.
	widths []float64
	size   float64
	alt    string
}

const cellPad = 5.0

// table sets a Markdown table.
func (p *prose) table(n *east.Table) {
	p.space(6)
	g := grid{size: 8.8}
	width := 0
	for row := n.FirstChild(); row != nil; row = row.NextSibling() {
		_, head := row.(*east.TableHeader)
		st := p.base
		st.size = g.size
		if head {
			st.face = bold
			g.heads++
		}
		var cells []cell
		for c := row.FirstChild(); c != nil; c = c.NextSibling() {
			out := cell{spans: p.inline(c, st)}
			if tc, ok := c.(*east.TableCell); ok {
				out.right, out.mid = tc.Alignment == east.AlignRight, tc.Alignment == east.AlignCenter
			}
			cells = append(cells, out)
		}
		width = max(width, len(cells))
		g.rows = append(g.rows, cells)
	}
	if width == 0 {
		return
	}
	// no room for so many columns: a paragraph per row says each cell behind the name of its column
	if p.w/float64(width) < 30 {
		p.listed(&g)
		return
	}
	g.widths = make([]float64, width)
	p.add(p.grid(p.node, &g, p.x, p.w)...)
	p.space(6)
}

// listed sets a table that is too wide as one list per row.
func (p *prose) listed(g *grid) {
	sep := style{face: regular, size: g.size, color: faint}
	for _, row := range g.rows[g.heads:] {
		var line []span
		for i, c := range row {
			if i > 0 {
				line = append(line, span{"  ·  ", sep})
			}
			if g.heads > 0 && i < len(g.rows[0]) {
				line = append(append(line, g.rows[0][i].spans...), span{": ", sep})
			}
			line = append(line, c.spans...)
		}
		p.space(4)
		p.add(p.paragraph(p.node.add("P"), line, p.x, p.w)...)
	}
}

// share gives the columns their widths: each gets what it needs if there is room, and else no less than its longest
// word where that can be.
func (s *sheet) share(g *grid, width float64) {
	n := len(g.widths)
	least, most := make([]float64, n), make([]float64, n)
	fixed, room := 0.0, width
	for i, w := range g.widths {
		if w > 0 {
			fixed += w
			continue
		}
		least[i] = 24
		for _, row := range g.rows {
			if i >= len(row) {
				continue
			}
			w, word := 0.0, 0.0
			for _, c := range s.fonts.glyphs(row[i].spans) {
				w += float64(c.w)
				if word += float64(c.w); c.brk != 0 {
					least[i] = max(least[i], min(word, width/3)+2*cellPad)
					word = 0
				}
			}
			most[i] = max(most[i], w+2*cellPad)
		}
		most[i] = max(most[i], least[i])
	}
	room -= fixed
	sumLeast, sumMost := 0.0, 0.0
	for i := range least {
		sumLeast += least[i]
		sumMost += most[i]
	}
	for i, w := range g.widths {
		switch {
		case w > 0:
		case sumMost <= room: // the rest is shared out
			g.widths[i] = most[i] + (room-sumMost)*most[i]/sumMost
		case sumLeast >= room:
			g.widths[i] = room * least[i] / sumLeast
		default:
			g.widths[i] = least[i] + (room-sumLeast)*(most[i]-least[i])/(sumMost-sumLeast)
		}
	}
}

// grid sets a table. A row is one strip, but for long ones, which are cut between lines; the heads come again on every
// page.
func (s *sheet) grid(parent *node, g *grid, x, width float64) []strip {
	s.share(g, width)
	table := parent.add("Table")
	if table != nil {
		table.alt = g.alt
	}
	var out, heads []strip
	for i, row := range g.rows {
		strips := s.row(table.add("TR"), g, row, x, width, i < g.heads)
		if i < g.heads {
			glue(strips)
			strips[len(strips)-1].keep = true
			heads = append(heads, bare(strips)...)
		} else {
			for k := range strips {
				strips[k].again = heads
			}
		}
		out = append(out, strips...)
	}
	return out
}

// bare are strips as they are drawn again: for the eye only.
func bare(strips []strip) []strip {
	out := make([]strip, len(strips))
	for i, p := range strips {
		out[i] = strip{h: p.h, keep: true}
		for _, o := range p.ops {
			if o.kind != opLink {
				o.node = nil
				out[i].ops = append(out[i].ops, o)
			}
		}
	}
	return out
}

// row sets one row.
func (s *sheet) row(tr *node, g *grid, cells []cell, x, width float64, head bool) []strip {
	size := g.size
	h := size * 1.36
	lines := make([][]line, len(cells))
	nodes := make([]*node, len(cells))
	most := 1
	for i := range cells {
		nodes[i] = tr.add(map[bool]string{true: "TH", false: "TD"}[head])
		lines[i] = s.fonts.set(cells[i].spans, g.widths[i]-2*cellPad)
		most = max(most, len(lines[i]))
	}
	const whole = 14 // lines of a row that is not cut
	var out []strip
	per := most
	if most > whole {
		per = 1
	}
	for from := 0; from < most; from += per {
		p := strip{h: float64(min(per, most-from)) * h}
		shift := 0.0
		if from == 0 {
			p.h += 3.5
			shift = 3.5
		}
		last := from+per >= most
		if last {
			p.h += 3.5
		}
		if head {
			p.ops = append(p.ops, op{kind: opBox, x: x, w: width, h: p.h + 0.1, color: panel})
		}
		at := x
		for i := range cells {
			c := &cells[i]
			w := g.widths[i]
			if c.badge != nil && from == 0 {
				p.ops = s.badge(p.ops, nodes[i], c.badge, c.frame, at+cellPad, shift+h/2, w-2*cellPad, size*0.9)
			}
			for k := from; k < min(from+per, len(lines[i])); k++ {
				l := &lines[i][k]
				lx := at + cellPad
				switch {
				case c.right:
					lx = at + w - cellPad - l.w
				case c.mid:
					lx = at + (w-l.w)/2
				}
				p.ops = lineOps(p.ops, nodes[i], l, lx, shift+float64(k-from)*h+baseline(h, size))
			}
			if c.place != "" && from == 0 {
				p.ops = append(p.ops, op{kind: opLink, x: at, w: w, h: p.h, text: "#" + c.place, node: nodes[i]})
			}
			at += w
		}
		if last {
			p.ops = append(p.ops, op{kind: opBox, x: x, y: p.h - 0.5, w: width, h: 0.5, color: hair})
		}
		out = append(out, p)
	}
	return hold(out)
}

// badge is a word on its colour, with its middle at y and no wider than room; an outline says the same more quietly.
func (s *sheet) badge(ops []op, n *node, w *Word, frame bool, x, y, room, size float64) []op {
	fill := parse(w.Color, grey)
	st := style{face: bold, size: size, color: over(fill)}
	if frame {
		st.face, st.color = regular, ink
	}
	text := oneLine(w.Label)
	if text == "" {
		text = w.Value
	}
	at := len(ops)
	ops = append(ops, op{})
	ops, tw := s.textAt(ops, n, text, st, x+5, y+size*0.36, room-10)
	box := op{kind: opBox, x: x, y: y - size*0.78, w: min(tw+10, room), h: size * 1.56, color: fill, text: "round"}
	if frame {
		box.kind, box.color = opFrame, fill
	}
	ops[at] = box
	return ops
}
