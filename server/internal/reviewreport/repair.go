package reviewreport

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strconv"

	"golang.org/x/text/unicode/norm"
)

// resources is the number of the object that names the fonts and the pictures; the library gives it always the same.
const resources = 2

var pictureLine = regexp.MustCompile(`(?m)^/I[0-9a-f]+ \d+ 0 R`)

// pictures says which of the library's objects is to stand under the number of a picture: the library deals these
// numbers out by chance, while the names, under which they are listed, follow from the content.
func (r *rewritten) pictures() map[int]int {
	var was []int
	for _, line := range pictureLine.FindAll(r.object(resources), -1) {
		_, number, _ := bytes.Cut(line, []byte(" "))
		if n, err := strconv.Atoi(string(bytes.TrimSuffix(number, []byte(" 0 R")))); err == nil && n < len(r.offsets) {
			was = append(was, n)
		}
	}
	out := map[int]int{}
	for i, n := range slices.Sorted(slices.Values(was)) {
		out[n] = was[i]
	}
	return out
}

// unicodeMap says what the characters of the fonts mean: themselves, and the shapes of Arabic letters the letters. The
// library's own map is one range over all, which the standard does not allow and not every reader takes.
func unicodeMap() []byte {
	var b bytes.Buffer
	b.WriteString("/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n" +
		"/CIDSystemInfo <</Registry (Adobe) /Ordering (UCS) /Supplement 0>> def\n/CMapName /Adobe-Identity-UCS def\n/CMapType 2 def\n" +
		"1 begincodespacerange\n<0000> <FFFF>\nendcodespacerange\n")
	const most = 100 // lines of a block
	for from := 0; from < 256; from += most {
		to := min(from+most, 256)
		shapes := 0
		if from <= 0xFE && 0xFE < to {
			shapes = 1 // they stand in a block of their own
		}
		fmt.Fprintf(&b, "%d beginbfrange\n", to-from-shapes)
		for high := from; high < to; high++ {
			if high != 0xFE {
				fmt.Fprintf(&b, "<%02X00> <%02XFF> <%02X00>\n", high, high, high)
			}
		}
		b.WriteString("endbfrange\n")
	}
	for from := 0xFE00; from < 0xFF00; from += 64 {
		b.WriteString("64 beginbfchar\n")
		for r := from; r < from+64; r++ {
			means := rune(r)
			if base := []rune(norm.NFKC.String(string(means))); r >= 0xFE80 && r <= 0xFEF4 && len(base) == 1 {
				means = base[0]
			}
			fmt.Fprintf(&b, "<%04X> <%04X>\n", r, means)
		}
		b.WriteString("endbfchar\n")
	}
	b.WriteString("endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend\n")
	return b.Bytes()
}
