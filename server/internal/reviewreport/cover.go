package reviewreport

import (
	"bytes"
	"fmt"
)

// cover is the first page.
func (s *sheet) cover() {
	in, said := s.in, s.say.said
	s.leaf()
	var ops []op
	name := oneLine(in.Brand.Name)
	ops = append(ops, op{kind: opBox, w: paperW, h: 9, color: s.brand})
	if logo := s.logo(); logo != nil {
		w, h := logo.fit(220, 64)
		n := s.root.add("Figure")
		n.alt = fmt.Sprintf(said["logo"], name)
		ops = append(ops, op{kind: opImage, x: left, y: 62, w: w, h: h, text: logo.name, node: n})
	} else {
		ops, _ = s.textAt(ops, s.root.add("P"), name, style{face: bold, size: 18, color: s.brand.readable()}, left, 92, bodyW)
	}
	y := 268.0
	ops, _ = s.textAt(ops, s.root.add("P"), said["report"], style{face: bold, size: 11.5, color: s.brand.readable()}, left, y, bodyW)
	y += 16
	title := []span{{cut(oneLine(in.Session.Name), 255), style{face: bold, size: 30, color: ink}}}
	for size := 30.0; len(s.fonts.set(title, bodyW)) > 4 && size > 14; size -= 2 {
		title[0].style.size = size - 2
	}
	n := s.root.add("H1")
	for _, l := range s.fonts.set(title, bodyW) {
		h := title[0].style.size * 1.22
		ops = lineOps(ops, n, &l, left, y+baseline(h, title[0].style.size))
		y += h
	}
	y += 14
	ops = append(ops, op{kind: opBox, x: left, y: y, w: 64, h: 3.5, color: s.brand})
	y += 34
	for i := range ops {
		s.draw(&ops[i], 0)
	}
	asset := oneLine(in.Asset.Name)
	if in.Asset.Number != "" {
		asset += " (" + in.Asset.Number + ")"
	}
	facts := []fact{
		{said["asset"], plain(asset + typed(in.Asset.Type))}, {said["reviewer"], plain(in.Reviewer)},
		{said["date"], plain(s.say.date(in.Session.Date))}, {said["status"], plain(in.Session.Status.Label)}, {said["generated"], plain(s.say.minute(in.Generated))},
	}
	if c := in.Client; c != nil {
		client := oneLine(c.Name)
		if c.Contact != "" {
			client += "\n" + oneLine(c.Contact)
		}
		if c.Email != "" {
			client += "\n" + oneLine(c.Email)
		}
		facts = append([]fact{{said["client"], plain(client)}}, facts...)
	}
	s.y = y
	s.flow(s.facts(s.root, facts, left, bodyW, 110, 10.5))
	confidential := said["confidential"]
	if in.Client != nil {
		confidential = fmt.Sprintf(said["for"], oneLine(in.Client.Name))
	}
	ops, _ = s.textAt(nil, s.root.add("P"), confidential, style{face: regular, size: small, color: faint}, left, paperH-44, bodyW)
	ops = append(ops, op{kind: opBox, y: paperH - 9, w: paperW, h: 9, color: s.brand})
	for i := range ops {
		s.draw(&ops[i], 0)
	}
}

func typed(w Word) string {
	if w.Label == "" {
		return ""
	}
	return " – " + oneLine(w.Label)
}

// logo is the tenant's, if it can be read.
func (s *sheet) logo() *picture {
	if len(s.in.Brand.Logo) == 0 {
		return nil
	}
	p, err := prepare(bytes.NewReader(s.in.Brand.Logo))
	if err != nil {
		return nil
	}
	return s.register(p)
}

// fact is a name and what stands behind it.
type fact struct {
	name  string
	value []span
}

func plain(s string) []span { return []span{{text: clean(s)}} }

// facts sets names and values in two columns; empty ones are left out.
func (s *sheet) facts(parent *node, all []fact, x, width, indent, size float64) []strip {
	var out []strip
	h := size * leading
	n := parent.add("Table")
	for _, f := range all {
		if len(f.value) == 0 || f.value[0].text == "" {
			continue
		}
		for i := range f.value {
			if st := &f.value[i].style; st.size == 0 {
				link := st.link
				*st = style{face: regular, size: size, color: ink, link: link}
				if link != "" {
					st.color, st.underline = blue, true
				}
			}
		}
		tr := n.add("TR")
		name := s.fonts.set([]span{{f.name, style{face: regular, size: size, color: faint}}}, indent-8)
		value := s.fonts.set(f.value, width-indent)
		th, td := tr.add("TH"), tr.add("TD")
		th.side = true
		var lines []strip
		for i := range max(len(name), len(value)) {
			p := strip{h: h}
			if i < len(name) {
				p.ops = lineOps(p.ops, th, &name[i], x, baseline(h, size))
			}
			if i < len(value) {
				p.ops = lineOps(p.ops, td, &value[i], x+indent, baseline(h, size))
			}
			lines = append(lines, p)
		}
		out = append(append(out, hold(lines)...), strip{h: size * 0.28, space: true})
	}
	return out
}
