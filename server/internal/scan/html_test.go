package scan

import (
	"strings"
	"testing"
)

func TestMarkup(t *testing.T) {
	t.Parallel()
	for from, want := range map[string]string{
		"":                                 "",
		"plain * text, 1 < 2, [x] ![y](z)": `plain * text, 1 \< 2, [x] !\[y](z)`,
		"<p>a</p><p>b</p>":                 "a\n\nb",
		"<p>a<br>b</p>":                    "a\nb",
		"<p>say <b>no</b> more</p>":        "say **no** more",
		"<p><b></b>x</p>":                  "x",
		"<h2>Head</h2>text":                "**Head**\n\ntext",
		"<ul><li>a</li><li>b<ul><li>c</li></ul></li></ul>":                          "- a\n- b\n  - c",
		"<ol><li>a<li>b</ol>c":                                                      "1. a\n2. b\n\nc",
		"<pre>a  <b>b</b>\n```\nc</pre>d":                                           "````\na  b\n```\nc\n````\n\nd",
		"<p>run <code>a`b</code> now</p>":                                           "run ``a`b`` now",
		`<a href="https://x.test/a(b)">there</a>`:                                   "[there](https://x.test/a%28b%29)",
		`<a href="javascript:alert(1)">there</a>`:                                   "there",
		`<a href="https://x.test/">https://x.test/</a>`:                             "<https://x.test/>",
		"<p>x<script>alert(1)</script>y</p>":                                        "xy",
		"<p>&lt;img src=x onerror=alert(1)&gt;</p>":                                 `\<img src=x onerror=alert(1)\>`,
		"<p>*a* _b_ c_d `e` [f](g) \\* # h</p>":                                     "\\*a\\* \\_b\\_ c_d \\`e\\` \\[f\\](g) \\\\\\* # h",
		"<p># a</p><p>1. b</p><p>- c</p><p>+ d</p>":                                 "\\# a\n\n1\\. b\n\n\\- c\n\n\\+ d",
		"<p>&amp;lt; &amp;#60; R&amp;D</p>":                                         `\&lt; \&#60; R\&D`,
		"<table><tr><th>a</th><th>b</th></tr><tr><td>1</td><td>2</td></tr></table>": "a | b\n1 | 2",
		"<p>open <b>forever":                                                        "open **forever**",
		"<p>word </p> <p> next</p>":                                                 "word\n\nnext",
	} {
		if got := markup(from); got != want {
			t.Errorf("%q became %q, want %q", from, got, want)
		}
	}
}

func TestMarked(t *testing.T) {
	t.Parallel()
	from := "# Head\n<b>Strong</b> `<b>` <img src=x>\n```html\n<b>code</b>\n```\n1 < 2"
	if got, want := marked(from), "# Head\n**Strong** `<b>` \\<img src=x>\n```html\n<b>code</b>\n```\n1 < 2"; got != want {
		t.Errorf("%q", got)
	}
}

func TestCode(t *testing.T) {
	t.Parallel()
	for from, want := range map[string]string{"": "", "a": "`a`", "a`b": "``a`b``", "`": "`` ` ``", "a\nb": "`a b`"} {
		if got := code(from); got != want {
			t.Errorf("%q became %q", from, got)
		}
	}
}

// FuzzMarkup: no HTML comes through, whatever it was, but in code.
func FuzzMarkup(f *testing.F) {
	for _, seed := range []string{"<p>a<b>c</b></p>", "<pre>```</pre>", "<ul><li><ol><li>x", `<a href="http://x">`, "<script>", "&lt;p&gt;", "<p>\\<x"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got := cut(tidy(markup(text)), 2000)
		inside := ""
		for l := range strings.SplitSeq(got, "\n") {
			mark := l[:len(l)-len(strings.TrimLeft(l, "`"))]
			switch {
			case inside == "" && len(mark) >= 3 && !strings.Contains(l[len(mark):], "`"):
				inside = mark
			case inside != "" && l == inside:
				inside = ""
			case inside == "":
				for i := range l {
					if l[i] == '<' && (i == 0 || l[i-1] != '\\') && !strings.Contains(l, "`") && !strings.HasPrefix(l[i:], "<http") && !strings.HasPrefix(l[i:], "<mailto:") {
						t.Errorf("%q became %q", text, got)
					}
				}
			}
		}
	})
}
