package reviewreport

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"strconv"
)

// finding is the section of one finding.
func (s *sheet) finding(i int, images *developed) {
	f, said := &s.in.Findings[i], s.say.said
	switch {
	case i == 0:
		s.leaf()
		sect := s.root.add("Sect")
		out := s.chapter(sect.add("H1"), said["findings"])
		out[0].place, out[0].entry = "findings", said["findings"]
		s.flow(out)
		s.y += 8
	case s.y > paperH-bottom-bodyH*0.4:
		s.leaf()
	case s.y > top:
		s.y += 30
	}
	sect := s.root.add("Sect")
	out := s.title(sect, f)
	out[0].place, out[0].entry, out[0].depth = findingPlace(i), oneLine(f.Number+"  "+cut(oneLine(f.Title), 120)), 1
	out = append(out, gap(4))
	out = append(out, s.facts(sect, s.details(f), left, bodyW, 104, 9.2)...)
	for _, p := range []struct{ title, text string }{
		{said["description"], f.Description}, {said["impact"], f.Impact}, {said["recommendation"], f.Recommendation},
	} {
		if p.text != "" {
			out = append(append(out, s.part(sect.add("H3"), p.title, 11.5)...), s.markdown(sect, p.text, left, bodyW)...)
		}
	}
	out = append(out, s.references(sect, f)...)
	out = append(out, s.retests(sect, f)...)
	out = append(out, s.evidence(sect, f, images)...)
	s.flow(out)
}

// title is the finding's head: its number, its name, and how bad it is.
func (s *sheet) title(sect *node, f *Finding) []strip {
	n := sect.add("H2")
	risk := parse(f.Risk.Color, grey)
	number := strip{h: small * leading}
	number.ops, _ = s.textAt(nil, n, oneLine(f.Number), style{face: bold, size: small, color: faint}, left, baseline(number.h, small), bodyW)
	out := []strip{{h: 7, ops: []op{{kind: opBox, x: left, w: bodyW, h: 2.2, color: risk}}}, number}
	out = append(out, s.paragraph(n, []span{{cut(oneLine(f.Title), 500), style{face: bold, size: heading, color: ink}}}, left, bodyW)...)
	row := strip{h: 24}
	badges := sect.add("P")
	row.ops = s.badge(row.ops, badges, &f.Risk, false, left, 12, 180, 9.2)
	x := left + row.ops[0].w + 8
	at := len(row.ops)
	row.ops = s.badge(row.ops, badges, &f.Status, true, x, 12, 180, 9.2)
	x += row.ops[at].w + 10
	if f.Score != nil {
		text := "CVSS " + s.say.decimal(score(f.Score))
		if f.Severity != "" {
			text += " (" + cmp.Or(s.say.said["cvss_"+f.Severity], f.Severity) + ")"
		}
		row.ops, _ = s.textAt(row.ops, badges, text, style{face: regular, size: 9.2, color: ink}, x, 12+9.2*0.36, paperW-right-x)
	}
	out = glue(append(out, row))
	out[len(out)-1].keep = true
	return out
}

// details are the finding's short fields.
func (s *sheet) details(f *Finding) []fact {
	said := s.say.said
	code := style{face: mono, size: 8.6, color: ink}
	var out []fact
	if f.Vector != "" {
		out = append(out, fact{said["vector"], []span{{oneLine(f.Vector), code}}})
	}
	if f.CWE != 0 {
		id := strconv.Itoa(int(f.CWE))
		out = append(out, fact{said["cwe"], []span{{"CWE-" + id, style{link: "https://cwe.mitre.org/data/definitions/" + id + ".html"}}}})
	}
	if f.Location != "" {
		out = append(out, fact{said["location"], []span{{oneLine(f.Location), code}}})
	}
	if f.Due != nil {
		out = append(out, fact{said["due"], plain(s.say.day(*f.Due))})
	}
	if f.AcceptedUntil != nil {
		out = append(out, fact{said["accepted"], plain(s.say.day(*f.AcceptedUntil))})
	}
	if source := oneLine(f.Tool + " " + f.Rule); source != "" {
		out = append(out, fact{said["source"], plain(source)})
	}
	return out
}

// references lists where to read on.
func (s *sheet) references(sect *node, f *Finding) []strip {
	if len(f.References) == 0 {
		return nil
	}
	out := s.part(sect.add("H3"), s.say.said["references"], 11.5)
	list := sect.add("L")
	for _, r := range f.References {
		st := style{face: regular, size: 9.2, color: ink}
		if target := address(r); target != "" {
			st.link, st.color = target, blue
		}
		li := list.add("LI").add("LBody")
		lines := s.paragraph(li, []span{{oneLine(r), st}}, left+14, bodyW-14)
		dot := style{face: regular, size: 9.2, color: ink}
		lines[0].ops, _ = s.textAt(lines[0].ops, nil, "•", dot, left+4, baseline(9.2*leading, 9.2), 20)
		out = append(out, lines...)
	}
	return out
}

// retests lists the tries whether it has been put right.
func (s *sheet) retests(sect *node, f *Finding) []strip {
	if len(f.Retests) == 0 {
		return nil
	}
	said := s.say.said
	out := s.part(sect.add("H3"), said["retests"], 11.5)
	for i, r := range f.Retests {
		result := said[r.Result]
		if result == "" {
			result = r.Result
		}
		who := s.say.day(r.At)
		if r.By != "" {
			who += ", " + r.By
		}
		if i > 0 {
			out = append(out, gap(4))
		}
		head := s.paragraph(sect.add("P"), []span{
			{oneLine(result), style{face: bold, size: body, color: ink}}, {" – " + oneLine(who), style{face: regular, size: body, color: faint}},
		}, left, bodyW)
		if note := s.markdown(sect, r.Note, left+14, bodyW-14); len(note) > 0 {
			head[len(head)-1].keep = true
			head = append(head, note...)
		}
		out = append(out, head...)
	}
	return out
}

// evidence shows the pictures, and lists the other files by name and hash.
func (s *sheet) evidence(sect *node, f *Finding, images *developed) []strip {
	if len(f.Attachments) == 0 {
		return nil
	}
	said := s.say.said
	out := s.part(sect.add("H3"), said["evidence"], 11.5)
	const size = small
	st := style{face: regular, size: size, color: ink}
	head := func(text string) cell { return cell{spans: []span{{text, style{face: bold, size: size, color: ink}}}} }
	g := grid{heads: 1, size: size, alt: said["files"], widths: []float64{0, 90, 56, 154}}
	g.rows = append(g.rows, []cell{head(said["file"]), head(said["type"]), head(said["size"]), head("SHA-256")})
	for i := range f.Attachments {
		a := &f.Attachments[i]
		why := ""
		if shown(a.ContentType) {
			p, err := images.next()
			switch {
			case err == nil:
				out = append(out, s.figure(sect, a, s.register(p))...)
				continue
			case errors.Is(err, errHuge):
				why = said["huge"]
			case errors.Is(err, errUnreadable):
				why = said["unreadable"]
			case errors.Is(err, fs.ErrNotExist):
				why = said["gone"]
			default:
				s.failed = err
			}
		}
		name := []span{{oneLine(a.Name), st}}
		if why != "" {
			name = append(name, span{"\n" + fmt.Sprintf(said["nopicture"], why), style{face: italic, size: size, color: faint}})
		}
		g.rows = append(g.rows, []cell{
			{spans: name}, {spans: []span{{oneLine(a.ContentType), st}}}, {spans: []span{{s.say.size(a.Size), st}}},
			{spans: []span{{oneLine(a.SHA256), style{face: mono, size: 7.4, color: ink}}}},
		})
	}
	if len(g.rows) > 1 {
		between := gap(4)
		between.keep = true
		out = append(append(out, between), s.grid(sect, &g, left, bodyW)...)
	}
	return out
}

// figure is a picture with its caption.
func (s *sheet) figure(sect *node, a *Attachment, p *picture) []strip {
	s.figures++
	w, h := p.fit(bodyW-12, 340)
	label := fmt.Sprintf(s.say.said["figure"], s.figures)
	n := sect.add("Figure")
	n.alt = label + ": " + oneLine(a.Name)
	caption := s.paragraph(sect.add("Caption"), []span{
		{label + ": ", style{face: bold, size: small, color: faint}}, {cut(oneLine(a.Name), 200), style{face: regular, size: small, color: faint}},
	}, left, bodyW)
	out := []strip{gap(5), {h: h + 12, ops: []op{
		{kind: opFrame, x: left, w: w + 12, h: h + 12, color: hair}, {kind: opImage, x: left + 6, y: 6, w: w, h: h, text: p.name, node: n},
	}}, {h: 2}}
	glue(out)
	out[2].keep = true
	return append(out, append(caption, gap(4))...)
}
