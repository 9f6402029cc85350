package reviewreport

import (
	"fmt"
	"strconv"
	"strings"

	"codeberg.org/go-pdf/fpdf"
)

// sheet draws on the pages of one PDF.
type sheet struct {
	pdf   *fpdf.Fpdf
	fonts *shelf
	say   tongue
	in    *Input
	brand rgb

	page int
	y    float64

	known [faces]bool // to the PDF
	face  face        // in force on this page, if size is not 0
	size  float64

	links  map[string]int // places to the PDF's links
	pages  map[string]int // places to their pages
	depths int            // of the last outline entry

	failed error // why there can be no report

	root      *node
	current   *node
	marking   bool
	marks     [][]*node // what is marked, by page and number
	annotated [][]*node // whose each page's link annotations are, in their order
	figures   int
	images    map[string]*picture
}

func newSheet(in *Input) *sheet {
	p := fpdf.NewCustom(&fpdf.InitType{UnitStr: "pt", SizeStr: "A4", OrientationStr: "P"})
	p.SetMargins(0, 0, 0)
	p.SetAutoPageBreak(false, 0)
	p.SetCatalogSort(true)
	p.SetCompression(true)
	p.SetCreationDate(in.Generated.UTC())
	p.SetModificationDate(in.Generated.UTC())
	return &sheet{
		pdf: p, fonts: &shelf{}, say: speak(in.Language, in.Zone), in: in, brand: parse(in.Brand.Color, accent),
		links: map[string]int{}, pages: map[string]int{}, root: &node{role: "Document"}, images: map[string]*picture{}, marks: [][]*node{nil}, annotated: [][]*node{nil},
	}
}

// leaf begins a page.
func (s *sheet) leaf() {
	s.unmark()
	s.pdf.AddPage()
	s.page = s.pdf.PageNo()
	s.y, s.size = top, 0
	s.marks, s.annotated = append(s.marks, nil), append(s.annotated, nil)
}

// back goes to a page that is there already.
func (s *sheet) back(page int) {
	s.unmark()
	s.pdf.SetPage(page)
	s.page, s.y, s.size = page, top, 0
	s.pdf.SetLineWidth(0.5)
	s.pdf.SetFillColor(0, 0, 0)
	s.pdf.SetDrawColor(0, 0, 0)
}

// mark says what the following is for a screen reader; nil is decoration.
func (s *sheet) mark(n *node) {
	if s.marking && s.current == n {
		return
	}
	s.unmark()
	if n == nil {
		s.pdf.RawWriteStr("/Artifact BMC")
	} else {
		n.attach()
		id := len(s.marks[s.page])
		s.marks[s.page] = append(s.marks[s.page], n)
		n.kids = append(n.kids, kid{page: s.page, mark: id})
		s.pdf.RawWriteStr("/" + n.role + " <</MCID " + strconv.Itoa(id) + ">> BDC")
	}
	s.current, s.marking = n, true
}

func (s *sheet) unmark() {
	if s.marking {
		s.pdf.RawWriteStr("EMC")
		s.marking = false
	}
}

// draw does one op on the page.
func (s *sheet) draw(o *op, y float64) {
	switch o.kind {
	case opText:
		s.mark(o.node)
		s.font(o.face, o.style.size)
		s.pdf.SetTextColor(int(o.color.r), int(o.color.g), int(o.color.b))
		// these faces have one weight only
		thick := o.face >= more && (o.style.face == bold || o.style.face == boldItalic)
		if thick {
			s.pdf.SetDrawColor(int(o.color.r), int(o.color.g), int(o.color.b))
			s.pdf.SetLineWidth(o.style.size * 0.03)
			s.pdf.SetTextRenderingMode(2)
		}
		s.pdf.Text(o.x, y+o.y, o.text)
		if thick {
			s.pdf.SetTextRenderingMode(0)
		}
	case opBox:
		s.mark(nil)
		s.pdf.SetFillColor(int(o.color.r), int(o.color.g), int(o.color.b))
		if o.text == "round" {
			s.pdf.RoundedRect(o.x, y+o.y, o.w, o.h, min(2.5, o.h/2, o.w/2), "1234", "F")
			return
		}
		s.pdf.Rect(o.x, y+o.y, o.w, o.h, "F")
	case opFrame:
		s.mark(nil)
		s.pdf.SetDrawColor(int(o.color.r), int(o.color.g), int(o.color.b))
		s.pdf.SetLineWidth(0.6)
		if o.text == "round" {
			s.pdf.RoundedRect(o.x, y+o.y, o.w, o.h, min(2.5, o.h/2, o.w/2), "1234", "D")
			return
		}
		s.pdf.Rect(o.x, y+o.y, o.w, o.h, "D")
	case opImage:
		s.mark(o.node)
		s.pdf.ImageOptions(o.text, o.x, y+o.y, o.w, o.h, false, fpdf.ImageOptions{}, 0, "")
	case opLink:
		s.annotated[s.page] = append(s.annotated[s.page], o.node)
		if place, ok := strings.CutPrefix(o.text, "#"); ok {
			s.pdf.Link(o.x, y+o.y, o.w, o.h, s.link(place))
		} else {
			s.pdf.LinkString(o.x, y+o.y, o.w, o.h, o.text)
		}
	}
}

// font chooses a font; the PDF forgets it at each page.
func (s *sheet) font(f face, size float64) {
	if s.size == size && s.face == f {
		return
	}
	if !s.known[f] {
		s.known[f] = true
		s.pdf.AddUTF8FontFromBytes(fontNames[f], "", s.fonts.open(f).data)
	}
	s.pdf.SetFont(fontNames[f], "", size)
	s.face, s.size = f, size
}

func (s *sheet) link(place string) int {
	id, ok := s.links[place]
	if !ok {
		id = s.pdf.AddLink()
		s.links[place] = id
	}
	return id
}

// arrive says that a place is here.
func (s *sheet) arrive(place string) {
	s.pdf.SetLink(s.link(place), max(s.y-6, 0), s.page)
	s.pages[place] = s.page
}

// outline adds an entry to the outline, at most one deeper than the last.
func (s *sheet) outline(entry string, depth int) {
	s.font(regular, body) // the PDF takes the entry for Unicode then
	s.pdf.Bookmark(s.fonts.legible(regular, entry), min(depth, s.depths+1), max(s.y-6, 0))
	s.depths = min(depth, s.depths+1)
}

// furniture puts header and footer on every page but the first.
func (s *sheet) furniture() {
	n := s.pdf.PageCount()
	st := style{face: regular, size: 7.8, color: faint}
	confidential := s.say.said["confidential"]
	if s.in.Client != nil {
		confidential = fmt.Sprintf(s.say.said["for"], oneLine(s.in.Client.Name))
	}
	for page := 2; page <= n; page++ {
		s.back(page)
		var ops []op
		ops, _ = s.textAt(ops, nil, oneLine(s.in.Brand.Name), style{face: bold, size: 7.8, color: s.brand.readable()}, left, 40, bodyW*0.4)
		name := oneLine(s.in.Session.Name)
		w := min(s.fonts.wide(span{name, st}), bodyW*0.55)
		ops, _ = s.textAt(ops, nil, name, st, paperW-right-w, 40, bodyW*0.55+1)
		ops = append(ops, op{kind: opBox, x: left, y: 48, w: bodyW, h: 0.6, color: hair}, op{kind: opBox, x: left, y: paperH - 48, w: bodyW, h: 0.6, color: hair})
		ops, _ = s.textAt(ops, nil, confidential, st, left, paperH-34, bodyW*0.75)
		number := fmt.Sprintf(s.say.said["page"], page, n)
		ops, _ = s.textAt(ops, nil, number, st, paperW-right-s.fonts.wide(span{number, st}), paperH-34, bodyW)
		for i := range ops {
			s.draw(&ops[i], 0)
		}
	}
	s.unmark()
}
