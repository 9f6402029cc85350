package reviewreport

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/png"
	"strings"
	"testing"
)

// claims is a PNG that says it is so large.
func claims(w, h uint32, bits, kind byte) []byte {
	b := []byte("\x89PNG\r\n\x1a\n\x00\x00\x00\x0d")
	head := []byte("IHDR")
	head = binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(head, w), h)
	head = append(head, bits, kind, 0, 0, 0)
	b = append(b, head...)
	return binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(head))
}

// riff is a WebP whose head says one size and whose picture another.
func riff(w, h uint32) []byte {
	b := []byte("RIFF\x00\x10\x00\x00WEBPVP8X\x0a\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00VP8 \x10\x00\x00\x00\x10\x00\x00\x9d\x01\x2a")
	b = binary.LittleEndian.AppendUint16(b, uint16(w))
	b = binary.LittleEndian.AppendUint16(b, uint16(h))
	return append(b, make([]byte, 64)...)
}

// TestHostilePictures: files that would take too much memory are refused before they are unpacked, others that are none
// as such.
func TestHostilePictures(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		file []byte
		want error
	}{
		"wide":      {claims(1_000_000, 1, 8, 2), errHuge},
		"large":     {claims(19_000, 19_000, 8, 6), errHuge},
		"deep":      {claims(4000, 4000, 16, 6), errHuge},
		"empty":     {claims(0, 0, 8, 2), errUnreadable},
		"cut off":   {claims(10, 10, 8, 2), errUnreadable},
		"lying":     {riff(16_000, 16_000), errHuge},
		"text":      {[]byte("not a picture"), errUnreadable},
		"nothing":   {nil, errUnreadable},
		"SVG":       {[]byte(`<svg xmlns="http://www.w3.org/2000/svg"/>`), errUnreadable},
		"long file": {bytes.Repeat([]byte{0}, pictureFile+1), errHuge},
	} {
		if _, err := prepare(bytes.NewReader(c.file)); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

// TestPictures: every kind is read, put on white and scaled; what else was in the file is not in the report.
func TestPictures(t *testing.T) {
	t.Parallel()
	m := image.NewNRGBA(image.Rect(0, 0, 4300, 30))
	for i := range m.Rect.Dx() {
		m.Set(i, 5, color.NRGBA{255, 0, 0, 128})
	}
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	p, err := prepare(&b)
	if err != nil || p.w != 4300 || p.h != 30 {
		t.Fatalf("%+v %v", p, err)
	}
	got, err := png.Decode(bytes.NewReader(p.data))
	if err != nil || got.Bounds().Dx() > pixelsW {
		t.Fatalf("%v %v", got.Bounds(), err)
	}
	if _, _, _, a := got.At(0, 0).RGBA(); a != 0xFFFF || got.At(0, 0) != (color.RGBA{255, 255, 255, 255}) {
		t.Errorf("the ground is %v", got.At(0, 0))
	}
	b.Reset()
	if err := gif.Encode(&b, m, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := prepare(&b); err != nil {
		t.Errorf("GIF: %v", err)
	}
	photo := photograph(300, 200)
	secret := []byte("Exif\x00\x00 48.2082 N 16.3738 E")
	with := append(append(append([]byte{}, photo[:2]...), 0xFF, 0xE1, 0, byte(len(secret)+2)), append(secret, photo[2:]...)...)
	p, err = prepare(bytes.NewReader(with))
	if err != nil || p.kind != "jpg" || strings.Contains(string(p.data), "48.2082") {
		t.Errorf("a photograph: %v", err)
	}
}

// FuzzPicture: no file that somebody attaches stops a report.
func FuzzPicture(f *testing.F) {
	f.Add(claims(10, 10, 8, 2))
	f.Add(riff(100, 100))
	f.Add(photograph(8, 8))
	f.Add(screenshot(80, 80, 1))
	f.Fuzz(func(t *testing.T, data []byte) {
		a := file("x", "image/png", data)
		_, _ = a.read()
	})
}
