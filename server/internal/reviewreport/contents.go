package reviewreport

import (
	"fmt"
	"strconv"
)

// entry is a line of the list of contents.
type entry struct {
	place, number, title string
	depth                int
	risk                 *Word
}

// entryH is the height of an entry, perPage how many a page holds.
const (
	entryH  = 17.0
	perPage = 41
)

// entries are the chapters and the findings.
func (s *sheet) entries() []entry {
	said := s.say.said
	out := []entry{{place: "summary", title: said["summary"]}}
	if s.in.Session.Scope != "" {
		out = append(out, entry{place: "scope", title: said["scope"], depth: 1})
	}
	if s.in.Session.Notes != "" {
		out = append(out, entry{place: "notes", title: said["notes"], depth: 1})
	}
	if len(s.in.Findings) > 0 {
		out = append(out, entry{place: "overview", title: said["overview"], depth: 1}, entry{place: "findings", title: said["findings"]})
	}
	for i := range s.in.Findings {
		f := &s.in.Findings[i]
		out = append(out, entry{place: findingPlace(i), number: f.Number, title: oneLine(f.Title), depth: 1, risk: &f.Risk})
	}
	return out
}

func findingPlace(i int) string { return "finding-" + strconv.Itoa(i) }

// reserve begins as many pages as the list of contents will fill: every entry is one line. It is written when the page
// numbers are known.
func (s *sheet) reserve() int {
	first := s.page + 1
	n := len(s.entries()) + 3 // the heading's share
	for range (n + perPage - 1) / perPage {
		s.leaf()
	}
	return first
}

// contents writes the list of contents on the pages that were reserved for it.
func (s *sheet) contents(page int) {
	s.back(page)
	list := &node{role: "TOC", parent: s.root}
	title := &node{role: "H1", parent: s.root}
	k := 0 // behind the cover
	for k < len(s.root.kids) && s.root.kids[k].node.role != "Sect" {
		k++
	}
	s.root.kids = append(s.root.kids[:k:k], append([]kid{{node: title}, {node: list}}, s.root.kids[k:]...)...)
	s.arrive("contents")
	for _, p := range s.chapter(title, s.say.said["contents"]) {
		s.put(&p)
	}
	s.y = top + 3*entryH
	numbers := 64.0
	for _, e := range s.entries() {
		if s.y+entryH > paperH-bottom {
			page++
			s.back(page)
		}
		li := list.add("TOCI")
		n := li.add("Link")
		st := style{face: regular, size: body, color: ink}
		x := left
		if e.depth == 0 {
			st.face = bold
		} else {
			x += 12
		}
		y := baseline(entryH, body)
		number := strconv.Itoa(s.pages[e.place])
		w := s.fonts.wide(span{number, st})
		end := paperW - right - w
		var ops []op
		if e.risk != nil {
			c := parse(e.risk.Color, grey)
			ops = append(ops, op{kind: opBox, x: x, y: entryH/2 - 3.5, w: 7, h: 7, color: c, text: "round"})
			x += 14
			ops, _ = s.textAt(ops, n, e.number, style{face: regular, size: small, color: faint}, x, y, numbers-6)
			x += numbers
		}
		ops, used := s.textAt(ops, n, e.title, st, x, y, end-x-24)
		if from := x + used + 6; from < end-8 {
			dots := style{face: regular, size: body, color: hair}
			step := 5.0
			for at := end - 8 - float64(int((end-8-from)/step))*step; at < end-6; at += step {
				ops = append(ops, op{kind: opBox, x: at, y: y - 1, w: 0.9, h: 0.9, color: dots.color})
			}
		}
		ops, _ = s.textAt(ops, n, number, st, end, y, 60)
		ops = append(ops, op{kind: opLink, x: left, w: bodyW, h: entryH, text: "#" + e.place, node: n})
		for i := range ops {
			s.draw(&ops[i], s.y)
		}
		s.y += entryH
	}
}

// chapter is the heading of a chapter.
func (s *sheet) chapter(n *node, title string) []strip {
	const size = 20.0
	st := style{face: bold, size: size, color: ink}
	out := s.paragraph(n, []span{{title, st}}, left, bodyW)
	out = append(out, strip{h: 12, ops: []op{{kind: opBox, x: left, y: 4, w: 36, h: 2.6, color: s.brand}}})
	return glue(append(out, gap(6)))
}

// part is the heading of a part of a chapter or a finding.
func (s *sheet) part(n *node, title string, size float64) []strip {
	out := s.paragraph(n, []span{{title, style{face: bold, size: size, color: ink}}}, left, bodyW)
	out = glue(append(out, strip{h: 2.5}))
	out[len(out)-1].keep = true
	return append([]strip{gap(10)}, out...)
}

func (s *sheet) countSaid(n int) string {
	switch n {
	case 0:
		return s.say.said["none"]
	case 1:
		return s.say.said["one"]
	}
	return fmt.Sprintf(s.say.said["many"], strconv.Itoa(n))
}
