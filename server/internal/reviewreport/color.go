package reviewreport

import (
	"math"
	"strconv"
)

// rgb is a colour.
type rgb struct{ r, g, b uint8 }

// The report's own colours; words without one are grey.
var (
	white  = rgb{255, 255, 255}
	ink    = rgb{31, 35, 40}
	faint  = rgb{89, 99, 110}
	hair   = rgb{209, 217, 224}
	panel  = rgb{244, 246, 248}
	blue   = rgb{5, 80, 174}
	grey   = rgb{107, 114, 128}
	accent = rgb{31, 75, 133} // of a brand without a colour
)

// parse reads #rgb and #rrggbb; anything else is the other colour.
func parse(s string, other rgb) rgb {
	if len(s) == 4 && s[0] == '#' {
		s = string([]byte{'#', s[1], s[1], s[2], s[2], s[3], s[3]})
	}
	if len(s) != 7 || s[0] != '#' {
		return other
	}
	v, err := strconv.ParseUint(s[1:], 16, 32)
	if err != nil {
		return other
	}
	return rgb{uint8(v >> 16), uint8(v >> 8), uint8(v)}
}

// luminance is WCAG's relative luminance.
func (c rgb) luminance() float64 {
	linear := func(v uint8) float64 {
		x := float64(v) / 255
		if x <= 0.04045 {
			return x / 12.92
		}
		return math.Pow((x+0.055)/1.055, 2.4)
	}
	return 0.2126*linear(c.r) + 0.7152*linear(c.g) + 0.0722*linear(c.b)
}

// contrast is WCAG's ratio of two colours, 1 to 21.
func contrast(a, b rgb) float64 {
	x, y := a.luminance(), b.luminance()
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

// over is the text colour for a background: the one of white, ink and black that comes first and can be read, or is
// read best.
func over(background rgb) rgb {
	for _, c := range []rgb{white, ink} {
		if contrast(c, background) >= 4.5 {
			return c
		}
	}
	if contrast(white, background) >= contrast(rgb{}, background) {
		return white
	}
	return rgb{}
}

// readable darkens a colour until it can be read on white.
func (c rgb) readable() rgb {
	for contrast(c, white) < 4.5 {
		c = rgb{uint8(float64(c.r) * 0.92), uint8(float64(c.g) * 0.92), uint8(float64(c.b) * 0.92)}
	}
	return c
}
