package reviewreport

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var renew = flag.Bool("renew", false, "write the golden files anew")

// golden holds a text against a file.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *renew {
		if err := os.WriteFile(file, got, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s differs:\n%s", name, got)
	}
}

// sheetInput is what spreadsheets and readers trip over.
func sheetInput() *Input {
	in := fewFindings()
	in.Findings[1].Title = `=HYPERLINK("https://evil.example","click")`
	in.Findings[1].Location = "@SUM(A1)"
	in.Findings[2].Title = "Quotes \"inside\", commas, and\r\nline ends"
	in.Findings[2].Description = "-1 + 2\n\u2028 <b>&amp;</b> 漢字 'quoted"
	in.Findings[2].Impact = "\tTab"
	in.Findings[2].Tool = "'tool"
	in.Findings[2].Risk = Word{"dropped_word", "Dropped Word", "#6b7280"}
	for i := range in.Findings {
		for k := range in.Findings[i].Attachments { // they would change with the image encoder
			a := &in.Findings[i].Attachments[k]
			a.SHA256, a.Size = strings.Repeat("0", 64), 1234
		}
	}
	in.Arrange()
	return in
}

func TestCSV(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	if err := CSV(&b, sheetInput()); err != nil {
		t.Fatal(err)
	}
	golden(t, "report.csv", b.Bytes())
	rows, err := csv.NewReader(&b).ReadAll()
	if err != nil || len(rows) != 4 || len(rows[0]) != len(columns) {
		t.Errorf("%d rows, %v", len(rows), err)
	}
	for _, row := range rows {
		for _, cell := range row {
			if cell != "" && strings.ContainsAny(cell[:1], "=+-@\t\r") {
				t.Errorf("a spreadsheet would run %q", cell)
			}
		}
	}
}

func TestJSON(t *testing.T) {
	t.Parallel()
	for name, in := range map[string]*Input{"report": sheetInput(), "empty": plainInput()} {
		in.Client.Contact = ""
		var b bytes.Buffer
		if err := JSON(&b, in); err != nil {
			t.Fatal(err)
		}
		golden(t, name+".json", b.Bytes())
		var got struct {
			Findings []map[string]any
			Summary  struct{ Total int }
		}
		if err := json.Unmarshal(b.Bytes(), &got); err != nil || len(got.Findings) != len(in.Findings) || got.Summary.Total != len(in.Findings) {
			t.Errorf("%s: %v, %d findings", name, err, len(got.Findings))
		}
	}
}

// TestArrange: by risk as the vocabulary has it, then by creation; unknown words last.
func TestArrange(t *testing.T) {
	t.Parallel()
	in := plainInput()
	for i, f := range []Finding{{ID: "a", Risk: low}, {ID: "b", Risk: Word{Value: "odd"}}, {ID: "c", Risk: critical}, {ID: "d", Risk: critical}, {ID: "e", Risk: info}} {
		f.Created = at.AddDate(0, 0, -i)
		in.Findings = append(in.Findings, f)
	}
	in.Arrange()
	order := ""
	for _, f := range in.Findings {
		order += f.ID
	}
	if order != "dcaeb" {
		t.Errorf("the order is %s", order)
	}
}
