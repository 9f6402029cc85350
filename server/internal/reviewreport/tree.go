package reviewreport

// node is a part of the document as screen readers see it: a heading, a paragraph, a cell.
type node struct {
	role   string // of the PDF standard: Document, H1, P, Table, TR, …
	parent *node
	kids   []kid
	alt    string
	links  map[*style]*node
	late   bool // a link that has not been drawn yet
	side   bool // of a head cell: it stands beside its row
	notes  []annotation
	object int // its number in the file
}

// annotation is a link on a page.
type annotation struct{ page, object int } // their numbers in the file

// kid is a part of a node: another node, or marked content on a page.
type kid struct {
	node *node
	page int
	mark int
}

// add makes a part.
func (n *node) add(role string) *node {
	if n == nil {
		return nil
	}
	k := &node{role: role, parent: n}
	n.kids = append(n.kids, kid{node: k})
	return k
}

// link is the part of a paragraph that a style with a link stands for; a link that runs over several lines is one.
func (n *node) link(st *style) *node {
	if n.role == "Link" {
		return n
	}
	if l := n.links[st]; l != nil {
		return l
	}
	if n.links == nil {
		n.links = map[*style]*node{}
	}
	l := &node{role: "Link", parent: n, late: true}
	n.links[st] = l
	return l
}

// attach gives a link its place among the parts of its paragraph when it is first drawn.
func (n *node) attach() {
	if n.late {
		n.late = false
		n.parent.kids = append(n.parent.kids, kid{node: n})
	}
}
