package reviewreport

import (
	"fmt"
	"strconv"
)

// summary says how many findings there are of which kind, what was looked at, and lists the findings.
func (s *sheet) summary() {
	in, said := s.in, s.say.said
	s.leaf()
	sect := s.root.add("Sect")
	out := s.chapter(sect.add("H1"), said["summary"])
	out[0].place, out[0].entry = "summary", said["summary"]
	st := style{face: regular, size: body, color: ink}
	about := fmt.Sprintf(said["taxonomy"], in.Taxonomy)
	if in.Taxonomy == 0 {
		about = said["defaults"]
	}
	lines := []span{{oneLine(in.Session.Name), style{face: bold, size: body, color: ink}}, {". " + s.countSaid(len(in.Findings)), st}}
	out = append(out, s.paragraph(sect.add("P"), lines, left, bodyW)...)
	if len(in.Findings) > 0 {
		out = append(out, s.part(sect.add("H2"), said["risks"], 12.5)...)
		out = append(out, s.chart(sect, tally(in.Risks, in.Findings, risk), said["chart"])...)
		out = append(out, s.part(sect.add("H2"), said["statuses"], 12.5)...)
		out = append(out, s.states(sect, tally(in.Statuses, in.Findings, status))...)
		out = append(out, gap(6))
		out = append(out, s.paragraph(sect.add("P"), []span{{about, style{face: regular, size: small, color: faint}}}, left, bodyW)...)
	}
	for _, told := range []struct{ place, source string }{{"scope", in.Session.Scope}, {"notes", in.Session.Notes}} {
		if told.source != "" {
			out = append(out, s.entered(told.place, s.part(sect.add("H2"), said[told.place], 12.5))...)
			out = append(out, s.markdown(sect, told.source, left, bodyW)...)
		}
	}
	if len(in.Findings) > 0 {
		out = append(out, s.entered("overview", s.part(sect.add("H2"), said["overview"], 12.5))...)
		out = append(out, s.overview(sect)...)
	}
	s.flow(out)
}

// entered gives a part, whose heading is behind a gap, its place and its entry in the outline.
func (s *sheet) entered(place string, part []strip) []strip {
	part[1].place, part[1].entry, part[1].depth = place, s.say.said[place], 1
	return part
}

// chart draws a bar per word, with its label before it and its number behind it.
func (s *sheet) chart(parent *node, all []count, alt string) []strip {
	most, label := 1, 60.0
	st := style{face: regular, size: body, color: ink}
	for _, c := range all {
		most = max(most, c.n)
		label = max(label, min(s.fonts.wide(span{oneLine(c.Label), st}), 150))
	}
	const h, bar = 21.0, 13.0
	n := parent.add("Figure")
	n.alt = alt
	x := left + label + 12
	room := bodyW - label - 12 - 40
	out := make([]strip, len(all))
	for i, c := range all {
		p := strip{h: h}
		y := baseline(h, body)
		p.ops, _ = s.textAt(p.ops, n, oneLine(c.Label), st, left, y, label+4)
		w := room * float64(c.n) / float64(most)
		p.ops = append(p.ops, op{kind: opBox, x: x, y: 2, w: 0.7, h: h - 4, color: hair})
		if c.n > 0 {
			p.ops = append(p.ops, op{kind: opBox, x: x, y: (h - bar) / 2, w: max(w, 3), h: bar, color: parse(c.Color, grey)})
		}
		p.ops, _ = s.textAt(p.ops, n, strconv.Itoa(c.n), style{face: bold, size: body, color: ink}, x+max(w, 3)+7, y, 60)
		out[i] = p
	}
	return glue(out)
}

// states sets how many findings are in which state, in one line or more.
func (s *sheet) states(parent *node, all []count) []strip {
	st := style{face: regular, size: body, color: ink}
	var ops []op
	var out []strip
	x := left
	const h = 21.0
	n := parent.add("P")
	for _, c := range all {
		if c.n == 0 {
			continue
		}
		text := oneLine(c.Label)
		w := min(s.fonts.wide(span{text, st}), 200) + 34 + s.fonts.wide(span{strconv.Itoa(c.n), st})
		if x+w > paperW-right && len(ops) > 0 {
			out, ops, x = append(out, strip{h: h, ops: ops}), nil, left
		}
		y := baseline(h, body)
		ops = append(ops, op{kind: opBox, x: x, y: h/2 - 4, w: 8, h: 8, color: parse(c.Color, grey), text: "round"})
		var used float64
		ops, used = s.textAt(ops, n, text, st, x+13, y, 200)
		ops, _ = s.textAt(ops, n, strconv.Itoa(c.n), style{face: bold, size: body, color: ink}, x+13+used+6, y, 60)
		x += w + 16
	}
	if len(ops) > 0 {
		out = append(out, strip{h: h, ops: ops})
	}
	return glue(out)
}

// overview lists the findings.
func (s *sheet) overview(parent *node) []strip {
	said := s.say.said
	const size = small
	st := style{face: regular, size: size, color: ink}
	head := func(text string) cell { return cell{spans: []span{{text, style{face: bold, size: size, color: ink}}}} }
	g := grid{heads: 1, size: size, alt: said["overview"], widths: []float64{58, 0, 86, 92, 44}}
	g.rows = append(g.rows, []cell{head(said["number"]), head(said["title"]), head(said["risk"]), head(said["status"]), head("CVSS")})
	g.rows[0][4].right = true
	for i := range s.in.Findings {
		f := &s.in.Findings[i]
		link := st
		link.link = "#" + findingPlace(i)
		link.color = blue
		g.rows = append(g.rows, []cell{
			{spans: []span{{oneLine(f.Number), st}}}, {spans: []span{{cut(oneLine(f.Title), 160), link}}},
			{badge: &f.Risk}, {spans: []span{{oneLine(f.Status.Label), st}}}, {spans: []span{{s.say.decimal(score(f.Score)), st}}, right: true},
		})
	}
	return s.grid(parent, &g, left, bodyW)
}
