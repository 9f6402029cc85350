package scan_test

import (
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"

	"github.com/holdfast-platform/holdfast/server/internal/scan"
)

// endless is a file that is made as it is read: a beginning, as many parts as fit, an end.
type endless struct {
	begin, part, end string
	parts            int
	size             int64
	buf              string
	n                int
}

func newEndless(begin, part, end string, size int) *endless {
	e := &endless{begin: begin, part: part, end: end}
	e.parts = (size - len(begin) - len(end)) / len(e.piece(0))
	_, _ = e.Seek(0, io.SeekStart)
	for i := range e.parts {
		e.size += int64(len(e.piece(i)))
	}
	e.size += int64(len(begin) + len(end))
	return e
}

func (e *endless) piece(i int) string { return fmt.Sprintf(e.part, i) }

func (e *endless) Seek(off int64, from int) (int64, error) {
	if off != 0 || from != io.SeekStart {
		return 0, errors.ErrUnsupported
	}
	e.buf, e.n = e.begin, 0
	return 0, nil
}

func (e *endless) Read(p []byte) (int, error) {
	for e.buf == "" {
		switch {
		case e.n < e.parts:
			e.buf = e.piece(e.n)
		case e.n == e.parts:
			e.buf = e.end
		default:
			return 0, io.EOF
		}
		e.n++
	}
	n := copy(p, e.buf)
	e.buf = e.buf[n:]
	return n, nil
}

var filler = strings.Repeat("The page shows what it was given, unescaped. ", 40)

// largeFiles are as tools write them, of a size.
func largeFiles(size int) map[string]*endless {
	return map[string]*endless{
		scan.SARIF: newEndless(`{"version": "2.1.0", "runs": [{"results": [{"message": {"text": "first"}}`, `,
  {"ruleId": "r", "message": {"text": "`+filler+`"}, "partialFingerprints": {"a": "%d"}, "locations": [{"physicalLocation": {"artifactLocation": {"uri": "a.js"}, "region": {"startLine": 1}}}]}`,
			`], "tool": {"driver": {"name": "t", "rules": [{"id": "r", "shortDescription": {"text": "x"}}]}}}]}`, size),
		scan.ZAP: newEndless(`<OWASPZAPReport><site name="https://a.test"><alerts>`, `
<alertitem><pluginid>%d</pluginid><name>Alert</name><riskcode>1</riskcode><desc>&lt;p&gt;`+filler+`&lt;/p&gt;</desc></alertitem>`, `</alerts></site></OWASPZAPReport>`, size),
		scan.Nessus: newEndless(`<NessusClientData_v2><Report><ReportHost name="h">`, `
<ReportItem port="%d" protocol="tcp" severity="1" pluginID="1" pluginName="x"><description>`+filler+`</description></ReportItem>`, `</ReportHost></Report></NessusClientData_v2>`, size),
		scan.Nuclei: newEndless("", `{"template-id":"t","info":{"name":"x","severity":"low","description":"`+filler+`"},"matched-at":"https://a.test/%d"}`+"\n", "", size),
		scan.CSV:    newEndless("title,risk_level,location,description\n", "x,low,/%d,\""+filler+"\"\n", "", size),
	}
}

// TestLarge: what stays in memory does not grow with the file.
func TestLarge(t *testing.T) { //nolint:paralleltest // it looks at the memory of the process
	size := 10 << 20
	for format, file := range largeFiles(size) {
		f, err := scan.Open(file, format)
		if err != nil {
			t.Fatal(err)
		}
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		before, most, n := m.HeapAlloc, uint64(0), 0
		for _, err := range f.Entries() {
			if err != nil {
				t.Fatalf("%s: %v", format, err)
			}
			if n++; n%1500 == 0 {
				runtime.GC()
				runtime.ReadMemStats(&m)
				most = max(most, m.HeapAlloc)
			}
		}
		if n < file.parts || n > file.parts+1 {
			t.Errorf("%s: %d entries of %d", format, n, file.parts)
		}
		if most > before+(8<<20) {
			t.Errorf("%s: %d entries hold %d KiB", format, n, (most-before)>>10)
		}
	}
}

// BenchmarkRead reads 100 MiB of each format.
func BenchmarkRead(b *testing.B) {
	for format, file := range largeFiles(100 << 20) {
		b.Run(format, func(b *testing.B) {
			b.SetBytes(file.size)
			b.ReportAllocs()
			for b.Loop() {
				f, err := scan.Open(file, format)
				if err != nil {
					b.Fatal(err)
				}
				for _, err := range f.Entries() {
					if err != nil {
						b.Fatal(err)
					}
				}
			}
		})
	}
}
