package scan

import (
	"errors"
	"io"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

var element = regexp.MustCompile(`(?i)</?(p|br|ul|ol|li|b|strong|i|em|a|code|pre|div|span|tt|h[1-6]|table|tr|td|th|blockquote|script|style|img)\b[^<>]*>`)

// markup is a text that may be HTML as Markdown. Of HTML only what Markdown has too is kept: paragraphs, lists, code,
// strong words, headings, links to http, https and mail; scripts and styles go with their content.
func markup(s string) string {
	if !element.MatchString(s) {
		return plain(s)
	}
	m := &markdown{}
	z := html.NewTokenizer(strings.NewReader(s))
	for {
		switch z.Next() {
		case html.ErrorToken:
			if !errors.Is(z.Err(), io.EOF) {
				return plain(s)
			}
			return m.end()
		case html.TextToken:
			m.text(string(z.Text()))
		case html.StartTagToken, html.SelfClosingTagToken:
			m.start(z.Token())
		case html.EndTagToken:
			name, _ := z.TagName()
			m.close(atom.Lookup(name))
		}
	}
}

// markdown is written from left to right.
type markdown struct {
	b      strings.Builder
	breaks int      // line ends to write before the next text
	mute   int      // inside script, style and the like
	lists  []string // the marks of the lists around; "1" counts
	counts []int
	pre    *strings.Builder
	code   bool
	strong int
	link   *strings.Builder
	href   string
	begun  bool // the line has text
	space  bool
}

func (m *markdown) start(t html.Token) {
	switch t.DataAtom {
	case atom.Script, atom.Style, atom.Template, atom.Iframe, atom.Object, atom.Textarea, atom.Title, atom.Noscript:
		if t.Type == html.StartTagToken {
			m.mute++
		}
	case atom.Br:
		m.need(1)
	case atom.P, atom.Div, atom.Table, atom.Blockquote, atom.Section:
		m.need(2)
	case atom.Tr:
		m.need(1)
	case atom.Td, atom.Th:
		if m.begun && m.breaks == 0 {
			m.put(" | ")
		}
	case atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6:
		m.need(2)
		m.bold(true)
	case atom.B, atom.Strong:
		m.bold(true)
	case atom.Ul, atom.Ol:
		if len(m.lists) < 8 {
			m.need(1 + min(1, 1-min(1, len(m.lists))))
			m.lists, m.counts = append(m.lists, map[bool]string{true: "1", false: "-"}[t.DataAtom == atom.Ol]), append(m.counts, 0)
		}
	case atom.Li:
		m.need(1)
		m.item()
	case atom.Pre:
		if m.pre == nil {
			m.need(2)
			m.pre = &strings.Builder{}
		}
	case atom.Code, atom.Tt:
		m.code = true
	case atom.A:
		m.endLink()
		m.link, m.href = &strings.Builder{}, ""
		for _, a := range t.Attr {
			if a.Key == "href" {
				m.href = target(a.Val)
			}
		}
	}
}

func (m *markdown) close(a atom.Atom) {
	switch a {
	case atom.Script, atom.Style, atom.Template, atom.Iframe, atom.Object, atom.Textarea, atom.Title, atom.Noscript:
		m.mute = max(0, m.mute-1)
	case atom.P, atom.Div, atom.Table, atom.Blockquote, atom.Section:
		m.need(2)
	case atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6:
		m.bold(false)
		m.need(2)
	case atom.B, atom.Strong:
		m.bold(false)
	case atom.Ul, atom.Ol:
		if n := len(m.lists); n > 0 {
			m.lists, m.counts = m.lists[:n-1], m.counts[:n-1]
			m.need(2)
		}
	case atom.Pre:
		if m.pre != nil {
			block := fence(m.pre.String(), "")
			m.pre = nil
			m.raw(block)
			m.need(2)
		}
	case atom.Code, atom.Tt:
		m.code = false
	case atom.A:
		m.endLink()
	}
}

// need asks for line ends before what comes next.
func (m *markdown) need(n int) {
	m.bold(false)
	m.breaks = max(m.breaks, n)
	m.space = false
}

// item begins a point of a list.
func (m *markdown) item() {
	mark := "- "
	if n := len(m.lists); n > 0 && m.lists[n-1] == "1" {
		m.counts[n-1]++
		mark = strconv.Itoa(m.counts[n-1]) + ". "
	}
	m.raw(strings.Repeat("  ", max(0, len(m.lists)-1)) + mark)
	m.begun = false
}

// bold opens or closes strong words; they are opened by the text in them, so that there are none without.
func (m *markdown) bold(on bool) {
	switch {
	case m.link != nil || m.pre != nil:
	case on && m.strong == weak:
		m.strong = wanted
	case !on:
		if m.strong == strong {
			m.b.WriteString("**")
		}
		m.strong = weak
	}
}

// Whether words are strong.
const (
	weak = iota
	wanted
	strong
)

func (m *markdown) text(s string) {
	switch {
	case m.mute > 0:
		return
	case m.pre != nil:
		m.pre.WriteString(s)
		return
	}
	words := strings.Fields(s)
	if len(words) == 0 {
		m.space = m.space || s != "" && m.begun
		return
	}
	if strings.TrimLeft(s[:1], " \t\r\n") == "" {
		m.space = true
	}
	flat := strings.Join(words, " ")
	if m.link != nil {
		if m.link.Len() > 0 {
			m.link.WriteByte(' ')
		}
		m.link.WriteString(flat)
		return
	}
	if m.code {
		m.put(code(flat))
	} else {
		m.put(escape(flat, !m.begun || m.breaks > 0))
	}
	m.space = strings.TrimRight(s[len(s)-1:], " \t\r\n") == ""
}

// put writes words, with the space that was between them.
func (m *markdown) put(s string) {
	if m.space && m.begun && m.breaks == 0 {
		m.b.WriteByte(' ')
	}
	m.space = false
	if m.strong == wanted {
		m.strong = strong
		s = "**" + s
	}
	m.raw(s)
}

// raw writes after the line ends that are due.
func (m *markdown) raw(s string) {
	if s == "" {
		return
	}
	if m.b.Len() > 0 && m.breaks > 0 {
		m.b.WriteString(strings.Repeat("\n", min(2, m.breaks)))
	}
	m.breaks = 0
	m.b.WriteString(s)
	m.begun = true
}

func (m *markdown) endLink() {
	if m.link == nil {
		return
	}
	text := m.link.String()
	m.link = nil
	switch {
	case m.href == "":
		m.put(escape(text, !m.begun))
	case text == "" || text == m.href:
		m.put("<" + m.href + ">")
	default:
		m.put("[" + escape(text, false) + "](" + m.href + ")")
	}
	m.space = true
}

func (m *markdown) end() string {
	m.endLink()
	if m.pre != nil {
		m.close(atom.Pre)
	}
	m.bold(false)
	return m.b.String()
}

// target is a link's address, if it leads to where people go.
func target(href string) string {
	u, err := url.Parse(strings.TrimSpace(href))
	if err != nil || u.Scheme != "http" && u.Scheme != "https" && u.Scheme != "mailto" {
		return ""
	}
	return strings.NewReplacer("(", "%28", ")", "%29", "<", "%3C", ">", "%3E", " ", "%20", "\\", "%5C").Replace(u.String())
}

// bare is HTML without its tags.
func bare(s string) string { return html.UnescapeString(element.ReplaceAllString(s, " ")) }

var heavy = regexp.MustCompile(`(?i)</?(b|strong)>`)

// marked is Markdown that a tool wrote, without the HTML that some mix in: strong words stay strong, other tags show as
// what they are. Code is left alone.
func marked(s string) string {
	inside := ""
	lines := strings.Split(s, "\n")
	for i, l := range lines {
		text := strings.TrimSpace(l)
		mark := text[:len(text)-len(strings.TrimLeft(text, "`"))]
		switch {
		case inside != "":
			if text == inside {
				inside = ""
			}
			continue
		case len(mark) >= 3:
			inside = mark
			continue
		case !strings.Contains(l, "<"):
			continue
		}
		parts := strings.Split(l, "`")
		for j := 0; j < len(parts); j += 2 { // between them is code
			parts[j] = element.ReplaceAllStringFunc(heavy.ReplaceAllString(parts[j], "**"), func(tag string) string { return `\` + tag })
		}
		lines[i] = strings.Join(parts, "`")
	}
	return strings.Join(lines, "\n")
}
