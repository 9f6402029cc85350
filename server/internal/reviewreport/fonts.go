package reviewreport

import (
	"embed"
	"fmt"
	"math"
	"strings"
	"unicode/utf8"

	"github.com/klauspost/compress/zstd"
	"golang.org/x/image/font"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
)

//go:embed fonts/*.zst
var fontFiles embed.FS

// face names one of the embedded fonts.
type face uint8

// The faces. A character that a text face lacks is looked for in more, cjk and hangul.
const (
	regular face = iota
	bold
	italic
	boldItalic
	mono
	more
	cjk
	hangul
	faces
)

// name is the font's name inside the PDF; file its name in the folder.
var fontNames = [faces]string{"sans", "sansbold", "sansitalic", "sansbolditalic", "mono", "more", "cjk", "hangul"}

var fontFile = [faces]string{
	"NotoSans-Regular", "NotoSans-Bold", "NotoSans-Italic", "NotoSans-BoldItalic", "NotoSansMono-Regular", "DejaVuSans", "DroidSansFallbackFull", "NanumSquareR",
}

// lacking is the width of a character that a face does not have.
const lacking = -1

// loaded is a font that is in use: its file and the widths of characters that were asked for, in ems.
type loaded struct {
	data  []byte
	font  *sfnt.Font
	buf   sfnt.Buffer
	ppem  fixed.Int26_6
	plain [128]float32
	wide  map[rune]float32
}

// shelf has the fonts of one report; they are unpacked when they are first needed and go with it.
type shelf struct {
	faces [faces]*loaded
	err   error
}

func unpack(packed []byte) ([]byte, error) {
	z, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1))
	if err != nil {
		return nil, err
	}
	defer z.Close()
	return z.DecodeAll(packed, nil)
}

// open unpacks a font. An error sticks to the shelf.
func (s *shelf) open(f face) *loaded {
	if l := s.faces[f]; l != nil {
		return l
	}
	l := &loaded{wide: map[rune]float32{}}
	s.faces[f] = l
	packed, err := fontFiles.ReadFile("fonts/" + fontFile[f] + ".ttf.zst")
	if err == nil {
		if l.data, err = unpack(packed); err == nil {
			l.font, err = sfnt.Parse(l.data)
		}
	}
	if err != nil {
		s.err = fmt.Errorf("report: font %s: %w", fontFile[f], err)
		return l
	}
	l.ppem = fixed.I(int(l.font.UnitsPerEm()))
	for r := range l.plain {
		l.plain[r] = l.measure(rune(r))
	}
	return l
}

// width is how wide a character is in ems, or lacking.
func (s *shelf) width(f face, r rune) float32 {
	l := s.open(f)
	if r >= 0 && int(r) < len(l.plain) {
		return l.plain[r]
	}
	w, ok := l.wide[r]
	if !ok {
		w = l.measure(r)
		l.wide[r] = w
	}
	return w
}

// measure asks the font. The PDF holds thousandths of an em, and characters of the basic plane only.
func (l *loaded) measure(r rune) float32 {
	if l.font == nil || r > 0xFFFF {
		return lacking
	}
	i, err := l.font.GlyphIndex(&l.buf, r)
	if err != nil || i == 0 {
		return lacking
	}
	w, err := l.font.GlyphAdvance(&l.buf, i, l.ppem, font.HintingNone)
	if err != nil {
		return lacking
	}
	return float32(math.Round(float64(w)*1000/float64(l.ppem)) / 1000)
}

// find says in which face a character is shown, the wanted one or else a fallback, and how wide it is there, or
// lacking.
func (s *shelf) find(want face, r rune) (face, float32) {
	if w := s.width(want, r); w >= 0 {
		return want, w
	}
	order := [...]face{more, cjk, hangul}
	switch {
	case r >= 0x1100 && r < 0x1200 || r >= 0xA960 && r < 0xA980 || r >= 0xAC00 && r < 0xD800: // Korean
		order = [...]face{hangul, cjk, more}
	case r >= 0x2E80: // mostly Chinese and Japanese
		order = [...]face{cjk, more, hangul}
	}
	for _, f := range order {
		if r <= 0xFFFF && !closed(f, r) {
			if w := s.width(f, r); w >= 0 {
				return f, w
			}
		}
	}
	return want, lacking
}

// legible is a text with the codes of characters that no font has in their places, such as "[U+1F600 U+1F601]".
func (s *shelf) legible(f face, text string) string {
	lacks := func(r rune) bool {
		if r < utf8.RuneSelf || r == 0x200B {
			return false
		}
		_, w := s.find(f, r)
		return w == lacking
	}
	if strings.IndexFunc(text, lacks) < 0 {
		return text
	}
	var b strings.Builder
	before := false
	for _, r := range text {
		now := lacks(r)
		switch {
		case now && before:
			fmt.Fprintf(&b, " U+%04X", r)
		case now:
			fmt.Fprintf(&b, "[U+%04X", r)
		case before:
			b.WriteByte(']')
		}
		if !now {
			b.WriteRune(r)
		}
		before = now
	}
	if before {
		b.WriteByte(']')
	}
	return b.String()
}

// closed keeps the large fonts unread for characters that they cannot have.
func closed(f face, r rune) bool { return f >= cjk && r < 0x1100 }
