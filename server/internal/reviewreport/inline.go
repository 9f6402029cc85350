package reviewreport

import (
	"fmt"
	"html"
	"net/url"
	"strings"

	"github.com/yuin/goldmark/ast"
	east "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/util"
)

// inline gathers the spans of a block.
func (p *prose) inline(n ast.Node, st style) []span {
	var out []span
	p.spans(&out, n, st, 0)
	return out
}

func (p *prose) spans(out *[]span, parent ast.Node, st style, depth int) {
	if depth > nested {
		return
	}
	for n := parent.FirstChild(); n != nil; n = n.NextSibling() {
		in := st
		switch n := n.(type) {
		case *ast.Text:
			t := string(n.Segment.Value(p.source))
			if !n.IsRaw() {
				t = resolve(t)
			}
			switch {
			case n.HardLineBreak():
				t += "\n"
			case n.SoftLineBreak():
				t += " "
			}
			*out = append(*out, span{t, st})
		case *ast.String:
			*out = append(*out, span{clean(string(n.Value)), st})
		case *ast.CodeSpan:
			in.face, in.size, in.back = mono, st.size*0.9, &panel
			for c := n.FirstChild(); c != nil; c = c.NextSibling() {
				if t, ok := c.(*ast.Text); ok {
					*out = append(*out, span{strings.ReplaceAll(string(t.Segment.Value(p.source)), "\n", " "), in})
				}
			}
		case *ast.Emphasis:
			in.face = emphasized(st.face, n.Level)
			p.spans(out, n, in, depth+1)
		case *east.Strikethrough:
			in.strike = true
			p.spans(out, n, in, depth+1)
		case *ast.Link:
			if target := address(string(n.Destination)); target != "" {
				in.link, in.color, in.underline = target, blue, true
			}
			p.spans(out, n, in, depth+1)
		case *ast.AutoLink:
			if target := address(string(n.URL(p.source))); target != "" {
				in.link, in.color, in.underline = target, blue, true
			}
			*out = append(*out, span{string(n.Label(p.source)), in})
		case *ast.Image:
			var alt []span
			p.spans(&alt, n, st, depth+1)
			t := ""
			for _, a := range alt {
				t += a.text
			}
			in.face, in.color = emphasized(st.face, 1), faint
			*out = append(*out, span{"[" + strings.TrimSpace(p.say.said["image"]+": "+t+" "+clean(string(n.Destination))) + "]", in})
		case *ast.RawHTML:
			*out = append(*out, span{string(n.Segments.Value(p.source)), st})
		case *east.TaskCheckBox:
			*out = append(*out, span{map[bool]string{true: "☑ ", false: "☐ "}[n.IsChecked], st})
		default:
			p.spans(out, n, st, depth+1)
		}
	}
}

func emphasized(f face, level int) face {
	switch {
	case f == mono:
		return f
	case level == 1 && (f == bold || f == boldItalic):
		return boldItalic
	case level == 1:
		return italic
	case f == italic || f == boldItalic:
		return boldItalic
	}
	return bold
}

// address is where a link may lead: the web or a mailbox, nothing else.
func address(s string) string {
	u, err := url.Parse(strings.TrimSpace(s))
	if err != nil || len(s) > 2048 || u.Scheme != "http" && u.Scheme != "https" && u.Scheme != "mailto" {
		return ""
	}
	var b strings.Builder
	for _, c := range []byte(u.String()) {
		if c <= ' ' || c >= 0x7f || strings.IndexByte(`<>()[]{}\"`, c) >= 0 {
			fmt.Fprintf(&b, "%%%02X", c)
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}

// named tells of what stands between & and ; whether it can be a character reference (CommonMark 0.31, section 2.5):
// HTML takes some without a semicolon too, which then belongs to what follows.
func named(name string) bool {
	for i := range len(name) {
		c := name[i]
		if (c < '0' || c > '9') && (c|0x20 < 'a' || c|0x20 > 'z') && (c != '#' || i > 0) {
			return false
		}
	}
	// UnescapeString reads the beginning of an unknown word, such as &copyx; as &copy.
	return name[0] == '#' || !strings.HasSuffix(html.UnescapeString("&"+name+";"), ";")
}

// resolve takes the backslashes from signs, and says what character references stand for.
func resolve(s string) string {
	if !strings.ContainsAny(s, `\&`) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '\\' && i+1 < len(s) && util.IsPunct(s[i+1]):
			i++
			b.WriteByte(s[i])
		case s[i] == '&':
			if k := strings.IndexByte(s[i:min(len(s), i+33)], ';'); k > 1 && named(s[i+1:i+k]) {
				if r := html.UnescapeString(s[i : i+k+1]); r != s[i:i+k+1] {
					b.WriteString(clean(r))
					i += k
					continue
				}
			}
			b.WriteByte('&')
		default:
			b.WriteByte(s[i])
		}
	}
	return b.String()
}
