package reviewreport

import (
	"slices"
	"sync"

	"golang.org/x/text/unicode/bidi"
	"golang.org/x/text/unicode/norm"
)

// rightToLeft tells the characters of scripts that are written from right to left.
func rightToLeft(r rune) bool {
	if r < 0x0590 {
		return false
	}
	p, _ := bidi.LookupRune(r)
	c := p.Class()
	return c == bidi.R || c == bidi.AL
}

// visual puts a line's characters into the order in which they are seen: stretches from right to left are turned round,
// numbers and words from left to right in them are not. A line that begins from right to left is such a stretch as a
// whole. What has no such characters is returned as it is.
func visual(g []glyph) []glyph {
	first := slices.IndexFunc(g, func(c glyph) bool { return rightToLeft(c.r) })
	if first < 0 {
		return g
	}
	g = slices.Clone(g)
	if !slices.ContainsFunc(g[:first], func(c glyph) bool { return leftToRight(c.r) }) {
		turn(g)
		return g
	}
	for start := first; start < len(g); start++ {
		if !rightToLeft(g[start].r) {
			continue
		}
		end := start + 1 // after the last character of the stretch; what is neutral belongs to it in between
		for i := end; i < len(g) && !leftToRight(g[i].r); i++ {
			if rightToLeft(g[i].r) {
				end = i + 1
			}
		}
		turn(g[start:end])
		start = end - 1
	}
	return g
}

// turn turns a stretch round, but for what runs from left to right in it.
func turn(g []glyph) {
	slices.Reverse(g)
	for i := 0; i < len(g); i++ {
		if !leftToRight(g[i].r) && !number(g[i].r) {
			g[i].r = mirrored(g[i].r)
			continue
		}
		end := i + 1
		for k := end; k < len(g) && !rightToLeft(g[k].r); k++ {
			if leftToRight(g[k].r) || number(g[k].r) {
				end = k + 1
			}
		}
		slices.Reverse(g[i:end])
		i = end - 1
	}
}

func leftToRight(r rune) bool {
	p, _ := bidi.LookupRune(r)
	return p.Class() == bidi.L
}

func number(r rune) bool {
	p, _ := bidi.LookupRune(r)
	c := p.Class()
	return c == bidi.EN || c == bidi.AN
}

func mirrored(r rune) rune {
	const pairs = "()[]{}<>«»"
	all := []rune(pairs)
	if i := slices.Index(all, r); i >= 0 {
		return all[i^1]
	}
	return r
}

// forms are the shapes of Arabic letters: alone, at the end, and where the letter joins on, at the beginning and in the
// middle. Unicode lists them one after the other from U+FE80 on.
var forms = sync.OnceValue(func() map[rune][]rune {
	m := map[rune][]rune{}
	for r := rune(0xFE80); r <= 0xFEF4; r++ {
		if base := []rune(norm.NFKC.String(string(r))); len(base) == 1 {
			m[base[0]] = append(m[base[0]], r)
		}
	}
	return m
})

// shape gives Arabic letters the form that their neighbours ask for.
func (s *shelf) shape(spans []span, g []glyph) {
	if !slices.ContainsFunc(g, func(c glyph) bool { return c.r >= 0x0621 && c.r <= 0x064A }) {
		return
	}
	f := forms()
	letters := make([]int, 0, len(g)) // without the marks, which letters join over
	for i := range g {
		if g[i].w > 0 || g[i].r == '\n' {
			letters = append(letters, i)
		}
	}
	const tatweel = 0x0640
	shaped := make(map[int]rune)
	for k, i := range letters {
		all := f[g[i].r]
		if len(all) < 2 || g[i].face != more {
			continue
		}
		form := 0
		if k > 0 {
			if before := g[letters[k-1]].r; before == tatweel || len(f[before]) == 4 {
				form = 1
			}
		}
		if k+1 < len(letters) && len(all) == 4 {
			if after := g[letters[k+1]].r; after == tatweel || len(f[after]) > 1 {
				form += 2
			}
		}
		shaped[i] = all[form]
	}
	for i, r := range shaped {
		if w := s.width(more, r); w >= 0 {
			g[i].r, g[i].w = r, w*float32(spans[g[i].style].style.size)
		}
	}
}
