package reviewreport

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"unicode/utf16"
)

// errLayout is returned when the library's file is not laid out as this package knows it.
var errLayout = errors.New("report: the PDF is not laid out as expected")

// rewritten writes a PDF anew: the library's objects as they are, and the structure tree, which the library knows
// nothing of, behind them.
type rewritten struct {
	w    io.Writer
	at   int
	err  error
	xref []where // by object number

	raw     []byte
	offsets []int // where the library's objects begin, by number
	ends    []int // and end
	order   []int // their numbers, by offset
	pages   int

	packed bytes.Buffer
	inside []int // numbers of the packed objects
	begins []int
}

// where is the place of an object: in the file, or in a packed one.
type where struct {
	offset int
	in     int // number of the packed object, 0: none
	index  int
}

// perPack is how many small objects are packed, and compressed, together.
const perPack = 250

// tagged writes the library's file with the structure tree and a compressed cross-reference.
func (s *sheet) tagged(w io.Writer, raw []byte) error {
	r := &rewritten{w: w, raw: raw, pages: len(s.marks) - 1}
	if err := r.read(); err != nil {
		return err
	}
	last := len(r.offsets) - 1 // the catalog; the document's information is before it
	r.xref = make([]where, last+1)
	s.root.number(r)
	tree := r.reserve()
	parents := r.reserve()
	nums := &bytes.Buffer{}
	for page := 1; page <= r.pages; page++ {
		fmt.Fprintf(nums, "%d [", page-1)
		for _, n := range s.marks[page] {
			fmt.Fprintf(nums, "%d 0 R ", n.object)
		}
		nums.WriteString("]\n")
	}
	r.print("%%PDF-1.7\n%%\xE2\xE3\xCF\xD3\n")
	key := r.pages
	pictures := r.pictures()
	for _, n := range r.order {
		text := r.object(n)
		if of, ok := pictures[n]; ok {
			text = append(fmt.Appendf(nil, "%d", n), bytes.TrimPrefix(r.object(of), strconv.AppendInt(nil, int64(of), 10))...)
		}
		switch {
		case n == resources:
			r.begin(n)
			r.write(pictureLine.ReplaceAllFunc(text, func(line []byte) []byte {
				name, number, _ := bytes.Cut(line, []byte(" "))
				was, _ := strconv.Atoi(string(bytes.TrimSuffix(number, []byte(" 0 R"))))
				for now, of := range pictures {
					if of == was {
						return fmt.Appendf(nil, "%s %d 0 R", name, now)
					}
				}
				return line
			}))
		case n == last:
			i := bytes.LastIndex(text, []byte(">>"))
			if i < 0 {
				return errLayout
			}
			r.begin(n)
			r.write(text[:i])
			r.print("/MarkInfo <</Marked true>> /StructTreeRoot %d 0 R /ViewerPreferences <</DisplayDocTitle true>>\n>>\nendobj\n", tree)
		case bytes.Contains(text[:min(len(text), 400)], []byte("begincmap")):
			r.stream(n, "/Type /CMap", unicodeMap())
		case n >= 3 && n <= 1+2*r.pages && n%2 == 1:
			key = r.page(n, text, s.annotated[n/2], key, nums)
		default:
			r.begin(n)
			r.write(text)
		}
	}
	r.pack(tree, fmt.Sprintf("<</Type /StructTreeRoot /K %d 0 R /ParentTree %d 0 R /ParentTreeNextKey %d>>", s.root.object, parents, key))
	s.root.write(r, tree)
	r.stream(parents, "", []byte("<</Nums ["+nums.String()+"]>>"))
	r.flushPack()
	r.finish(last)
	return r.err
}

// read finds the library's objects by its cross-reference table.
func (r *rewritten) read() error {
	i := bytes.LastIndex(r.raw, []byte("startxref\n"))
	if i < 0 {
		return errLayout
	}
	begin, err := strconv.Atoi(string(bytes.TrimSpace(bytes.TrimSuffix(bytes.TrimSpace(r.raw[i+10:]), []byte("%%EOF")))))
	if err != nil || begin >= len(r.raw) {
		return errLayout
	}
	var n int
	if _, err := fmt.Sscanf(string(r.raw[begin:min(begin+40, len(r.raw))]), "xref\n0 %d\n", &n); err != nil {
		return errLayout
	}
	lines := bytes.SplitN(r.raw[begin:i], []byte("\n"), n+3)
	if len(lines) < n+3 {
		return errLayout
	}
	r.offsets = make([]int, n)
	numbers := map[int]int{}
	for k := 1; k < n; k++ {
		if r.offsets[k], err = strconv.Atoi(string(lines[k+2][:10])); err != nil {
			return errLayout
		}
		numbers[r.offsets[k]] = k
	}
	// every object begins at the end of a line; they lie one after the other, but the pages' root and the resources
	// stand out of order
	r.order = sortedBy(numbers)
	r.ends = make([]int, n)
	for i, k := range r.order {
		r.ends[k] = begin
		if i+1 < len(r.order) {
			r.ends[k] = r.offsets[r.order[i+1]]
		}
	}
	return nil
}

func sortedBy(numbers map[int]int) []int {
	out := make([]int, 0, len(numbers))
	for _, o := range slices.Sorted(maps.Keys(numbers)) {
		out = append(out, numbers[o])
	}
	return out
}

// object is the text of one of the library's objects, from its number to its end.
func (r *rewritten) object(n int) []byte { return r.raw[r.offsets[n]:r.ends[n]] }

// page writes a page with its place in the structure; its link annotations become objects of their own, so that the
// structure can name them.
func (r *rewritten) page(n int, text []byte, of []*node, key int, nums *bytes.Buffer) int {
	const head, annots, each = "<</Type /Page\n", "/Annots [", "<</Type /Annot"
	i := bytes.Index(text, []byte(head))
	if i < 0 {
		r.err = errLayout
		return key
	}
	i += len(head)
	out := append([]byte(nil), text[:i]...)
	out = fmt.Appendf(out, "/StructParents %d /Tabs /S\n", n/2-1)
	rest := text[i:]
	if k := bytes.Index(rest, []byte(annots)); k >= 0 {
		out = append(out, rest[:k+len(annots)]...)
		line, after, _ := bytes.Cut(rest[k+len(annots):], []byte("\n"))
		notes := bytes.Split(bytes.TrimSuffix(line, []byte("]")), []byte(each))[1:]
		if len(notes) != len(of) {
			r.err = errLayout
			return key
		}
		for j, dict := range notes {
			id := r.reserve()
			out = fmt.Appendf(out, "%d 0 R ", id)
			text := each + " /F 4" + string(dict)
			if at := of[j]; at != nil {
				text = fmt.Sprintf("%s /F 4 /StructParent %d%s", each, key, dict)
				fmt.Fprintf(nums, "%d %d 0 R\n", key, at.object)
				at.notes = append(at.notes, annotation{page: n, object: id})
				key++
			}
			r.pack(id, text)
		}
		out = append(append(out, "]\n"...), after...)
	} else {
		out = append(out, rest...)
	}
	r.begin(n)
	r.write(out)
	return key
}

func (r *rewritten) write(b []byte) {
	if r.err == nil {
		_, r.err = r.w.Write(b)
		r.at += len(b)
	}
}

func (r *rewritten) print(format string, args ...any) { r.write(fmt.Appendf(nil, format, args...)) }

// reserve gives the next free number, begin says that an object stands here.
func (r *rewritten) reserve() int {
	r.xref = append(r.xref, where{})
	return len(r.xref) - 1
}

func (r *rewritten) begin(n int) { r.xref[n] = where{offset: r.at} }

// pack keeps a small object until there are enough to be compressed together.
func (r *rewritten) pack(n int, text string) {
	r.inside = append(r.inside, n)
	r.begins = append(r.begins, r.packed.Len())
	r.packed.WriteString(text)
	r.packed.WriteByte('\n')
	if len(r.inside) == perPack {
		r.flushPack()
	}
}

func (r *rewritten) flushPack() {
	if len(r.inside) == 0 {
		return
	}
	id := r.reserve()
	var head bytes.Buffer
	for i, n := range r.inside {
		fmt.Fprintf(&head, "%d %d ", n, r.begins[i])
		r.xref[n] = where{in: id, index: i}
	}
	first := head.Len()
	head.Write(r.packed.Bytes())
	r.stream(id, fmt.Sprintf("/Type /ObjStm /N %d /First %d", len(r.inside), first), head.Bytes())
	r.packed.Reset()
	r.inside, r.begins = r.inside[:0], r.begins[:0]
}

// stream writes a compressed stream, or, without a type, a plain object.
func (r *rewritten) stream(n int, dict string, data []byte) {
	r.begin(n)
	if dict == "" {
		r.print("%d 0 obj\n%s\nendobj\n", n, data)
		return
	}
	var z bytes.Buffer
	w := zlib.NewWriter(&z)
	_, _ = w.Write(data) // to memory
	_ = w.Close()
	r.print("%d 0 obj\n<<%s /Filter /FlateDecode /Length %d>>\nstream\n", n, dict, z.Len())
	r.write(z.Bytes())
	r.print("\nendstream\nendobj\n")
}

// finish writes the cross-reference as a stream, and the end.
func (r *rewritten) finish(catalog int) {
	id := r.reserve()
	begin := r.at
	r.xref[id] = where{offset: begin}
	table := make([]byte, 0, len(r.xref)*7)
	for n, p := range r.xref {
		switch {
		case n == 0:
			table = append(table, 0, 0, 0, 0, 0, 0xFF, 0xFF)
		case p.in != 0:
			table = binary.BigEndian.AppendUint16(binary.BigEndian.AppendUint32(append(table, 2), uint32(p.in)), uint16(p.index))
		default:
			table = binary.BigEndian.AppendUint16(binary.BigEndian.AppendUint32(append(table, 1), uint32(p.offset)), 0)
		}
	}
	r.stream(id, fmt.Sprintf("/Type /XRef /Size %d /W [1 4 2] /Root %d 0 R /Info %d 0 R", len(r.xref), catalog, catalog-1), table)
	r.print("startxref\n%d\n%%%%EOF\n", begin)
}

// number gives every part its number in the file.
func (n *node) number(r *rewritten) {
	n.object = r.reserve()
	for _, k := range n.kids {
		if k.node != nil {
			k.node.number(r)
		}
	}
}

// write writes a part and what belongs to it.
func (n *node) write(r *rewritten, above int) {
	b := fmt.Appendf(nil, "<</Type /StructElem /S /%s /P %d 0 R", n.role, above)
	page := 0
	for _, k := range n.kids {
		if k.node == nil {
			page = k.page
			b = fmt.Appendf(b, " /Pg %d 0 R", 1+2*page)
			break
		}
	}
	if n.alt != "" {
		b = append(append(b, " /Alt "...), textString(n.alt)...)
	}
	if n.role == "TH" {
		b = fmt.Appendf(b, " /A <</O /Table /Scope /%s>>", map[bool]string{true: "Row", false: "Column"}[n.side])
	}
	b = append(b, " /K ["...)
	for _, k := range n.kids {
		switch {
		case k.node != nil:
			b = fmt.Appendf(b, "%d 0 R ", k.node.object)
		case k.page == page:
			b = fmt.Appendf(b, "%d ", k.mark)
		default:
			b = fmt.Appendf(b, "<</Type /MCR /Pg %d 0 R /MCID %d>> ", 1+2*k.page, k.mark)
		}
	}
	for _, a := range n.notes {
		b = fmt.Appendf(b, "<</Type /OBJR /Pg %d 0 R /Obj %d 0 R>> ", a.page, a.object)
	}
	r.pack(n.object, string(append(b, "]>>"...)))
	for _, k := range n.kids {
		if k.node != nil {
			k.node.write(r, n.object)
		}
	}
}

// textString is a text as PDF objects hold it.
func textString(s string) string {
	b := []byte("<FEFF")
	for _, u := range utf16.Encode([]rune(s)) {
		b = fmt.Appendf(b, "%04X", u)
	}
	return string(append(b, '>'))
}
