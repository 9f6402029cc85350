package report

import (
	"bytes"
	"strings"
	"testing"

	"github.com/ledongthuc/pdf"
)

// opened reads a PDF that was made.
func opened(t testing.TB, b []byte) *pdf.Reader {
	t.Helper()
	r, err := pdf.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// said is the text of a page, without its layout.
func said(t testing.TB, p pdf.Page) string {
	t.Helper()
	var b strings.Builder
	for _, text := range p.Content().Text {
		b.WriteString(text.S)
	}
	return b.String()
}
func TestRead(t *testing.T) {
	r := opened(t, made(t, "few", fewFindings()))
	t.Log(r.NumPage(), r.Trailer().Key("Root").Key("Lang"), r.Trailer().Key("Info").Key("Title").Text())
	for i := 1; i <= r.NumPage(); i++ { t.Logf("%d %.300q", i, said(t, r.Page(i)))}
	for _, x := range r.Page(4).Content().Text[:40] { t.Log(x) }
	t.Logf("%+v", r.Outline())
}
