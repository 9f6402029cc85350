package reviewreport

import (
	"bytes"
	"fmt"
	"strings"
	"sync"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	east "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
)

// dialect is CommonMark with tables, task lists, strike-through and bare addresses.
var dialect = sync.OnceValue(func() parser.Parser {
	return goldmark.New(goldmark.WithExtensions(extension.Table, extension.TaskList, extension.Strikethrough, extension.Linkify)).Parser()
})

// deepest is how deep lists and quotes are set in; what is deeper stands where they end.
const deepest = 6

// nested is how deep a text may be nested before it is taken as it is written.
const nested = 40

// prose turns one Markdown text into strips.
type prose struct {
	*sheet
	source []byte
	out    []strip
	x, w   float64
	depth  int     // of lists and quotes
	levels int     // of anything
	bars   []op    // quotes' bars, drawn beside every strip
	base   style   // of plain text
	node   *node   // what the parts belong to
	first  *marker // what stands before the next line
	tight  bool    // no space between paragraphs
}

// marker stands before the first line of an item.
type marker struct {
	text string
	x    float64
	node *node
}

// markdown sets a Markdown text.
func (s *sheet) markdown(n *node, source string, x, width float64) []strip {
	p := &prose{sheet: s, source: []byte(clean(source)), x: x, w: width, base: style{face: regular, size: body, color: ink}, node: n}
	if deep(p.source) {
		p.literal(string(p.source))
	} else {
		p.blocks(dialect().Parse(text.NewReader(p.source), parser.WithContext(parser.NewContext())))
	}
	return trimGaps(p.out)
}

// deep tells texts that are nested beyond reason: they would take the parser long and nobody could read them.
func deep(source []byte) bool {
	quotes, brackets := 0, 0
	for _, c := range source {
		switch c {
		case '\n':
			quotes, brackets = 0, 0
		case '>':
			quotes++
		case '[', '*', '_', '`', '!':
			brackets++
		}
		if quotes > 10*nested || brackets > 100*nested {
			return true
		}
	}
	return false
}

func trimGaps(strips []strip) []strip {
	for len(strips) > 0 && strips[0].space {
		strips = strips[1:]
	}
	for len(strips) > 0 && strips[len(strips)-1].space {
		strips = strips[:len(strips)-1]
	}
	return strips
}

// add appends strips, with the bars of the quotes they stand in and the marker that waits.
func (p *prose) add(strips ...strip) {
	for _, one := range strips {
		if m := p.first; m != nil && !one.space {
			p.first = nil
			st := p.base
			w := p.fonts.wide(span{m.text, st})
			l := p.fonts.set([]span{{m.text, st}}, 1e6)[0]
			y := baseline(body*leading, body)
			for _, o := range one.ops {
				if o.kind == opText {
					y = o.y
					break
				}
			}
			one.ops = lineOps(one.ops, m.node, &l, m.x-w-5, y)
		}
		for _, bar := range p.bars {
			bar.h = one.h + 0.2
			one.ops = append(one.ops, bar)
		}
		p.out = append(p.out, one)
	}
}

func (p *prose) space(h float64) {
	if n := len(p.out); n > 0 && !p.out[n-1].space && p.first == nil {
		g := gap(h)
		g.keep = p.out[n-1].keep
		p.add(g)
	}
}

// blocks sets the blocks of a node.
func (p *prose) blocks(parent ast.Node) {
	p.levels++
	defer func() { p.levels-- }()
	for n := parent.FirstChild(); n != nil; n = n.NextSibling() {
		if p.levels > nested {
			p.literal(string(n.Lines().Value(p.source)))
			continue
		}
		switch n := n.(type) {
		case *ast.Heading:
			p.space(7)
			st := p.base
			st.face, st.size = bold, [...]float64{12.5, 11.5, 10.8, 10.2, 9.8, 9.8}[n.Level-1]
			p.add(glue(append(p.paragraph(p.node.add("H"+string(rune('0'+min(n.Level+3, 6)))), p.inline(n, st), p.x, p.w), gap(2.5)))...)
			p.out[len(p.out)-1].keep = n.NextSibling() != nil
		case *ast.Paragraph, *ast.TextBlock:
			if _, loose := n.(*ast.Paragraph); loose || !p.tight {
				p.space(5)
			}
			lines := p.paragraph(p.node.add("P"), p.inline(n, p.base), p.x, p.w)
			p.add(lines...)
			if t := bytes.TrimSpace(n.Lines().Value(p.source)); bytes.HasSuffix(t, []byte(":")) && len(lines) < 8 && n.NextSibling() != nil {
				p.out[len(p.out)-1].keep = true // it leads on to what follows
			}
		case *ast.List:
			p.list(n)
		case *ast.Blockquote:
			p.quote(n)
		case *ast.FencedCodeBlock:
			p.code(string(n.Lines().Value(p.source)))
		case *ast.CodeBlock:
			p.code(string(n.Lines().Value(p.source)))
		case *ast.HTMLBlock:
			raw := string(n.Lines().Value(p.source))
			if n.HasClosure() {
				raw += string(n.ClosureLine.Value(p.source))
			}
			p.literal(raw)
		case *ast.ThematicBreak:
			p.space(6)
			p.add(strip{h: 1, ops: []op{{kind: opBox, x: p.x, w: p.w, h: 0.7, color: hair}}})
			p.space(6)
		case *east.Table:
			p.table(n)
		default:
			p.blocks(n)
		}
	}
}

// literal shows a text as it is written.
func (p *prose) literal(s string) {
	p.space(5)
	p.add(p.paragraph(p.node.add("P"), []span{{strings.TrimRight(s, "\n"), p.base}}, p.x, p.w)...)
}

// list sets a list: the items' numbers or dots stand in the margin that the list makes.
func (p *prose) list(n *ast.List) {
	outer := *p
	l := p.node.add("L")
	if outer.depth == 0 || !n.IsTight {
		p.space(5)
	}
	indent := 17.0
	if n.IsOrdered() {
		indent = 8 + p.fonts.wide(span{fmt.Sprintf("%d. ", n.Start+n.ChildCount()), p.base})
	}
	if p.depth >= deepest {
		indent = 0
	}
	number := n.Start
	for item := n.FirstChild(); item != nil; item = item.NextSibling() {
		p.x, p.w, p.depth, p.tight = outer.x+indent, outer.w-indent, outer.depth+1, n.IsTight
		li := l.add("LI")
		sign := [...]string{"•", "–", "▪"}[outer.depth%3]
		if n.IsOrdered() {
			sign = fmt.Sprintf("%d.", number)
			number++
		}
		if item.PreviousSibling() != nil {
			p.space(map[bool]float64{true: 1.5, false: 5}[n.IsTight])
		}
		if indent > 0 && !task(item) {
			p.first = &marker{text: sign, x: p.x, node: li.add("Lbl")}
		}
		p.node = li.add("LBody")
		p.blocks(item)
		if p.first != nil { // an empty item
			p.add(strip{h: body * leading})
		}
	}
	p.x, p.w, p.depth, p.tight, p.node = outer.x, outer.w, outer.depth, outer.tight, outer.node
}

// task tells items that have a box of their own.
func task(item ast.Node) bool {
	if b := item.FirstChild(); b != nil && b.FirstChild() != nil {
		_, ok := b.FirstChild().(*east.TaskCheckBox)
		return ok
	}
	return false
}

// quote sets a quotation: set in, with a bar beside it.
func (p *prose) quote(n ast.Node) {
	outer := *p
	p.space(6)
	if p.depth < deepest {
		p.bars = append(p.bars[:len(p.bars):len(p.bars)], op{kind: opBox, x: p.x + 1, w: 2.2, color: hair})
		p.x, p.w = p.x+12, p.w-12
	}
	p.depth++
	p.base.color = faint
	p.node = p.node.add("BlockQuote")
	p.tight = false
	begin := len(p.out)
	p.blocks(n)
	if len(p.out) > begin && p.out[begin].space {
		p.out = append(p.out[:begin], p.out[begin+1:]...)
	}
	p.x, p.w, p.depth, p.base, p.node, p.tight, p.bars = outer.x, outer.w, outer.depth, outer.base, outer.node, outer.tight, outer.bars
	p.space(7)
}

// code sets lines as they are, on a panel; a line that is too long goes on behind a sign.
func (p *prose) code(source string) {
	p.space(6)
	const size, pad = 8.2, 7.0
	st := style{face: mono, size: size, color: ink}
	turn := style{face: mono, size: size * 0.85, color: faint}
	n := p.node.add("P").add("Code")
	h := size * 1.38
	back := func(h float64) op { return op{kind: opBox, x: p.x, w: p.w, h: h + 0.25, color: panel} }
	edge := strip{h: 5, ops: []op{back(5)}}
	lines := []strip{edge}
	for _, text := range strings.Split(strings.TrimRight(source, "\n"), "\n") {
		set := p.fonts.set([]span{{tabs(text), st}}, p.w-2*pad-8)
		for i := range set {
			row := strip{h: h, ops: []op{back(h)}, again: []strip{edge}}
			x := p.x + pad
			if i > 0 {
				row.ops, _ = p.textAt(row.ops, nil, "↪", turn, x-2, baseline(h, size), 20)
				x += 8
			}
			row.ops = lineOps(row.ops, n, &set[i], x, baseline(h, size))
			lines = append(lines, row)
		}
	}
	lines = append(lines, edge)
	if k := len(lines); k > 4 {
		lines[0].keep, lines[1].keep, lines[k-2].keep, lines[k-3].keep = true, true, true, true
	} else {
		glue(lines)
	}
	p.add(lines...)
	p.space(6)
}

// tabs fills tabs up to the next of every four columns.
func tabs(s string) string {
	if !strings.Contains(s, "\t") {
		return s
	}
	var b strings.Builder
	col := 0
	for _, r := range s {
		if r != '\t' {
			b.WriteRune(r)
			col++
			continue
		}
		for next := col + 4 - col%4; col < next; col++ {
			b.WriteByte(' ')
		}
	}
	return b.String()
}
