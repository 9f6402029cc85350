package reviewreport

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"image"
	"image/color"
	"image/draw"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"net/http"
	"strings"

	"codeberg.org/go-pdf/fpdf"
	"golang.org/x/image/webp"
)

// Limits of one picture: its file, what it takes in memory, and its longer side in pixels.
const (
	pictureFile   = 25 << 20
	pictureMemory = 64 << 20
	pictureSide   = 20_000
)

// The most pixels that are kept: between 150 and 300 to the inch where a picture is shown largest.
const pixelsW, pixelsH = 2000, 1500

var (
	errHuge       = errors.New("report: the picture is too large")
	errUnreadable = errors.New("report: not a picture")
)

// picture is an image that the PDF has.
type picture struct {
	name string
	w, h int // pixels of the file
	kind string
	data []byte
}

// decoders read the kinds of pictures that are shown. Of moving ones the first frame is.
var decoders = map[string]struct {
	config func(io.Reader) (image.Config, error)
	decode func(io.Reader) (image.Image, error)
}{
	"image/png":  {png.DecodeConfig, png.Decode},
	"image/jpeg": {jpeg.DecodeConfig, jpeg.Decode},
	"image/gif":  {gif.DecodeConfig, gif.Decode},
	"image/webp": {webp.DecodeConfig, webp.Decode},
}

// shown tells the media types that are shown as pictures.
func shown(contentType string) bool {
	contentType, _, _ = strings.Cut(contentType, ";")
	return decoders[strings.TrimSpace(contentType)].decode != nil
}

// prepare reads a picture and writes it anew, scaled to what the page needs: what else was in the file, such as the
// place where a photograph was taken, stays behind. Its size is looked at before it is unpacked.
func prepare(r io.Reader) (*picture, error) {
	file, err := io.ReadAll(io.LimitReader(r, pictureFile+1))
	switch {
	case err != nil:
		return nil, err
	case len(file) > pictureFile:
		return nil, errHuge
	}
	kind := http.DetectContentType(file)
	d, ok := decoders[kind]
	if !ok {
		return nil, errUnreadable
	}
	c, err := d.config(bytes.NewReader(file))
	if err != nil || c.Width < 1 || c.Height < 1 {
		return nil, errUnreadable
	}
	if kind == "image/webp" {
		c.Width, c.Height = frame(file, c.Width, c.Height)
	}
	if max(c.Width, c.Height) > pictureSide || c.Width*c.Height*depth(c.ColorModel, file) > pictureMemory {
		return nil, errHuge
	}
	m, err := d.decode(bytes.NewReader(file))
	if err != nil {
		return nil, errUnreadable
	}
	p, err := encode(scaled(m), kind == "image/jpeg")
	if err != nil {
		return nil, err
	}
	p.w, p.h = m.Bounds().Dx(), m.Bounds().Dy()
	return p, nil
}

// depth is how many bytes a pixel takes while a picture is unpacked.
func depth(m color.Model, file []byte) int {
	switch m {
	case color.GrayModel:
		return 1
	case color.Gray16Model:
		return 2
	case color.YCbCrModel:
		if progressive(file) {
			return 15 // the coefficients are kept, too
		}
		return 3
	case color.RGBA64Model, color.NRGBA64Model:
		return 8
	}
	if _, ok := m.(color.Palette); ok {
		return 1
	}
	return 4
}

// progressive tells JPEG files that are unpacked in several passes.
func progressive(file []byte) bool {
	for i := 2; i+4 <= len(file) && file[i] == 0xFF; {
		if marker := file[i+1]; marker == 0xC2 {
			return true
		} else if marker == 0xDA || marker == 0xC0 || marker == 0xC1 {
			return false
		}
		i += 2 + int(binary.BigEndian.Uint16(file[i+2:]))
	}
	return true
}

// frame finds the largest size that any part of a WebP file states: its head may say less than its picture.
func frame(file []byte, w, h int) (int, int) {
	for i := 12; i+8 <= len(file); {
		size := int(binary.LittleEndian.Uint32(file[i+4:]))
		body := file[i+8:]
		switch id := string(file[i : i+4]); {
		case id == "VP8 " && len(body) >= 10:
			w, h = max(w, int(binary.LittleEndian.Uint16(body[6:])&0x3FFF)), max(h, int(binary.LittleEndian.Uint16(body[8:])&0x3FFF))
		case id == "VP8L" && len(body) >= 5:
			bits := int(binary.LittleEndian.Uint32(body[1:]))
			w, h = max(w, bits&0x3FFF+1), max(h, bits>>14&0x3FFF+1)
		}
		i += 8 + size + size&1
	}
	return w, h
}

// scaled puts a picture on white, no larger than the page needs: squares of pixels become one.
func scaled(m image.Image) image.Image {
	b := m.Bounds()
	k := max((b.Dx()+pixelsW-1)/pixelsW, (b.Dy()+pixelsH-1)/pixelsH)
	if o, ok := m.(interface{ Opaque() bool }); ok && k == 1 && o.Opaque() {
		switch m.(type) {
		case *image.RGBA, *image.NRGBA, *image.Gray, *image.YCbCr:
			return m
		}
	}
	w, h := max(1, b.Dx()/k), max(1, b.Dy()/k)
	out := image.NewRGBA(image.Rect(0, 0, w, h))
	band := image.NewRGBA(image.Rect(0, 0, b.Dx(), min(k, b.Dy()))) // as many rows as make one
	n := k * min(k, b.Dy())
	if b.Dx() < k {
		n = b.Dx() * min(k, b.Dy())
	}
	for y := range h {
		draw.Draw(band, band.Bounds(), image.White, image.Point{}, draw.Src)
		draw.Draw(band, band.Bounds(), m, image.Pt(b.Min.X, b.Min.Y+y*k), draw.Over)
		if k == 1 {
			copy(out.Pix[y*out.Stride:], band.Pix)
			continue
		}
		for x := range w {
			var r, g, bl int
			for row := range band.Rect.Dy() {
				line := band.Pix[row*band.Stride+x*k*4:]
				for i := 0; i < min(k, band.Rect.Dx())*4; i += 4 {
					r, g, bl = r+int(line[i]), g+int(line[i+1]), bl+int(line[i+2])
				}
			}
			at := out.Pix[y*out.Stride+x*4:]
			at[0], at[1], at[2], at[3] = uint8(r/n), uint8(g/n), uint8(bl/n), 255
		}
	}
	return out
}

// encode writes drawings without loss, and photographs, and what would be large, as JPEG.
func encode(m image.Image, photo bool) (*picture, error) {
	var out bytes.Buffer
	p := &picture{kind: "png"}
	if !photo {
		e := png.Encoder{CompressionLevel: png.BestSpeed}
		if err := e.Encode(&out, m); err != nil {
			return nil, err
		}
	}
	if photo || out.Len() > 600<<10 {
		out.Reset()
		p.kind = "jpg"
		if err := jpeg.Encode(&out, m, &jpeg.Options{Quality: 85}); err != nil {
			return nil, err
		}
	}
	p.data = out.Bytes()
	return p, nil
}

// register hands a picture to the PDF; the same one comes in once.
func (s *sheet) register(p *picture) *picture {
	sum := sha256.Sum256(p.data)
	p.name = hex.EncodeToString(sum[:])
	if old := s.images[p.name]; old != nil {
		return old
	}
	s.pdf.RegisterImageOptionsReader(p.name, fpdf.ImageOptions{ImageType: p.kind}, bytes.NewReader(p.data))
	p.data = nil
	s.images[p.name] = p
	return p
}

// fit is how large a picture is shown, in points: as it is at 96 pixels to the inch, but within a box.
func (p *picture) fit(w, h float64) (float64, float64) {
	pw, ph := float64(p.w)*0.75, float64(p.h)*0.75
	f := min(1, w/pw, h/ph)
	return max(pw*f, 1), max(ph*f, 1)
}
