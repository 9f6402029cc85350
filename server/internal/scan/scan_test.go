package scan_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/holdfast-platform/holdfast/server/internal/scan"
)

var update = flag.Bool("update", false, "write the golden files")

// entries reads a whole file.
func entries(text, format string) (out []*scan.Entry, err error) {
	f, err := scan.Open(strings.NewReader(text), format)
	if err != nil {
		return nil, err
	}
	for e, err := range f.Entries() {
		if err != nil {
			return out, err
		}
		out = append(out, e)
	}
	return out, nil
}

var files = map[string]string{
	"semgrep.sarif": scan.SARIF, "codeql.sarif": scan.SARIF, "trivy.sarif": scan.SARIF, "zap.xml": scan.ZAP, "zap.json": scan.ZAP, "hosts.nessus": scan.Nessus,
	"nuclei.jsonl": scan.Nuclei, "findings.csv": scan.CSV,
}

func contents(t testing.TB, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// TestFiles: what each tool's file becomes, to the letter.
func TestFiles(t *testing.T) {
	t.Parallel()
	for name, format := range files {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := entries(contents(t, name), format)
			if err != nil {
				t.Fatal(err)
			}
			var b bytes.Buffer
			e := json.NewEncoder(&b)
			e.SetEscapeHTML(false)
			e.SetIndent("", "\t")
			if err := e.Encode(got); err != nil {
				t.Fatal(err)
			}
			golden := filepath.Join("testdata", "golden", name+".json")
			if *update {
				if err := os.MkdirAll(filepath.Dir(golden), 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(golden, b.Bytes(), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if want := contents(t, filepath.Join("golden", name+".json")); want != b.String() {
				t.Errorf("%s became\n%s", name, b.String())
			}
			again, err := entries("\ufeff"+strings.TrimPrefix(contents(t, name), "\ufeff"), format)
			if err != nil || len(again) != len(got) {
				t.Errorf("with a byte order mark: %d entries, %v", len(again), err)
			}
			for kind, order := range map[string]func(uint16) [2]byte{
				"UTF-16LE": func(u uint16) [2]byte { return [2]byte{byte(u), byte(u >> 8)} },
				"UTF-16BE": func(u uint16) [2]byte { return [2]byte{byte(u >> 8), byte(u)} },
			} {
				var wide bytes.Buffer
				for _, u := range utf16.Encode([]rune("\ufeff" + strings.TrimPrefix(contents(t, name), "\ufeff"))) {
					pair := order(u)
					wide.Write(pair[:])
				}
				again, err := entries(wide.String(), format)
				if err != nil || len(again) != len(got) {
					t.Errorf("in %s: %d entries, %v", kind, len(again), err)
				}
			}
		})
	}
}

// The two forms of one ZAP report say the same.
func TestZAPForms(t *testing.T) {
	t.Parallel()
	a, err := entries(contents(t, "zap.xml"), scan.ZAP)
	if err != nil {
		t.Fatal(err)
	}
	b, err := entries(contents(t, "zap.json"), scan.ZAP)
	if err != nil {
		t.Fatal(err)
	}
	x, _ := json.Marshal(a[0])
	y, _ := json.Marshal(b[0])
	if !bytes.Equal(x, y) {
		t.Errorf("XML: %s\nJSON: %s", x, y)
	}
}

// TestRefused: a file that is not what it should be is refused as a whole, and the answer says where.
func TestRefused(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ format, text, want string }{
		"empty":               {scan.SARIF, "", "the file is empty"},
		"only spaces":         {scan.SARIF, " \n ", "the file is empty"},
		"unknown format":      {"pdf", "{}", `the format "pdf" is not known`},
		"xml as sarif":        {scan.SARIF, "\n<a/>", "line 2, column 1: this is no SARIF: it is XML or HTML"},
		"zap as sarif":        {scan.SARIF, `{"site": []}`, "line 1, column 13: this is no SARIF: it has no runs"},
		"sarif 2.0":           {scan.SARIF, `{"version": "2.0.0", "runs": []}`, `line 1, column 33: SARIF of version "2.0.0" is not taken: it must be 2.1.0`},
		"cut":                 {scan.SARIF, "{\"version\": \"2.1.0\",\n\"runs\": [{\"results\": [{\"mes", "line 2, column 24: the file ends in the middle"},
		"twice":               {scan.SARIF, `{"version": "2.1.0", "runs": []} {}`, "line 1, column 35: text after the end of the file's JSON"},
		"no json":             {scan.SARIF, "{\n  \"version\": tru }", "line 2, column 14: not JSON: invalid character ' ' in literal true (expecting 'e')"},
		"a comma too many":    {scan.SARIF, "{\"version\": \"2.1.0\",\n\"runs\": [,]}", "line 2, column 10: not JSON: invalid character ',' looking for beginning of value"},
		"a run that is none":  {scan.SARIF, `{"version": "2.1.0", "runs": [1]}`, "line 1, column 32: a run must be an object"},
		"a result of text":    {scan.SARIF, `{"version": "2.1.0", "runs": [{"results": ["x"]}]}`, "line 1, column 47: a result must be an object"},
		"deep":                {scan.SARIF, `{"version": "2.1.0", "runs": [], "x": ` + strings.Repeat("[", 200), "line 1, column 139: nested deeper than 100 levels"},
		"nul":                 {scan.SARIF, "{\"version\":\n\"2.1.\x000\"", "line 2, column 6: a NUL byte"},
		"bad utf-8":           {scan.SARIF, "{\"version\":\n\"2.1.\xff0\"", "line 2, column 6: not valid UTF-8"},
		"half a rune":         {scan.SARIF, "{\"version\": \"\xe2\x82", "line 1, column 14: not valid UTF-8"},
		"json as nessus":      {scan.Nessus, `{}`, "line 1, column 1: this is no file of Nessus version 2: it begins with {"},
		"zap as nessus":       {scan.Nessus, "<?xml version=\"1.0\"?>\n<OWASPZAPReport/>", "line 2, column 18: this is no file of Nessus version 2: it begins with <OWASPZAPReport>, not with <NessusClientData_v2>"},
		"nessus as zap":       {scan.ZAP, "<NessusClientData_v2/>", "line 1, column 23: this is no report of ZAP: it begins with <NessusClientData_v2>, not with <OWASPZAPReport>"},
		"sarif as zap":        {scan.ZAP, `{"version": "2.1.0", "runs": []}`, "line 1, column 33: this is no report of ZAP: it has no site"},
		"text as zap":         {scan.ZAP, "hello", "line 1, column 1: this is no report of ZAP: it begins with h"},
		"a doctype":           {scan.ZAP, "<!DOCTYPE a [<!ENTITY b \"c\">]>\n<OWASPZAPReport>&b;</OWASPZAPReport>", "line 1, column 31: a DOCTYPE is not taken: nothing is expanded here"},
		"open xml":            {scan.ZAP, "<OWASPZAPReport>\n<site>", "line 2, column 7: the file ends in the middle"},
		"crossed":             {scan.ZAP, "<OWASPZAPReport><site></OWASPZAPReport>", "line 1, column 40: not XML: element <site> closed by </OWASPZAPReport>"},
		"deep xml":            {scan.ZAP, "<OWASPZAPReport>" + strings.Repeat("<a>", 200), "line 1, column 317: nested deeper than 100 levels"},
		"after the end":       {scan.ZAP, "<OWASPZAPReport/><x/>", "line 1, column 22: text after the end of the file's XML"},
		"another encoding":    {scan.ZAP, "<?xml version=\"1.0\" encoding=\"windows-1252\"?><OWASPZAPReport/>", `line 1, column 46: the encoding "windows-1252" is not taken: save the file as UTF-8`},
		"utf-16 without mark": {scan.ZAP, "<\x00O\x00", "line 1, column 2: a NUL byte"},
		"nul in xml":          {scan.ZAP, "<OWASPZAPReport>\n\x00</OWASPZAPReport>", "line 2, column 1: a NUL byte"},
		"sarif as nuclei":     {scan.Nuclei, `{"version": "2.1.0"}`, "line 1, column 21: these are no JSON lines of Nuclei: there is no template-id"},
		"a bad line":          {scan.Nuclei, "{\"template-id\": \"a\", \"info\": {}}\n{\"template-id\"\n", "line 2, column 15: the file ends in the middle"},
		"a line of text":      {scan.Nuclei, "{\"template-id\": \"a\", \"info\": {}}\n7\n", "line 2, column 2: an entry must be an object"},
		"no title":            {scan.CSV, "risk_level\nlow\n", "line 1, column 1: the column title is missing"},
		"an unknown column":   {scan.CSV, "title,risk_level,severity\n", "line 1, column 1: there is no column severity; there are title, description, risk_level, impact, recommendation, location, source_tool, source_rule, source_fingerprint, cwe, cvss_vector, references"},
		"an open quote":       {scan.CSV, "title,risk_level\n\"a,low\n", "row 1, column title: a quote is opened and never closed"},
		"bad utf-8 in csv":    {scan.CSV, "title,risk_level\n\xff,low\n", "line 2, column 1: not valid UTF-8"},
	} {
		_, err := entries(c.text, c.format)
		var wrong *scan.Error
		if !errors.As(err, &wrong) || err.Error() != c.want {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestCut: each way to end a file too soon is told as such, and none panics.
func TestCut(t *testing.T) {
	t.Parallel()
	for name, format := range files {
		if format == scan.CSV || format == scan.Nuclei { // their lines stand for themselves
			continue
		}
		whole := strings.TrimRight(contents(t, name), "\n")
		for n := 1; n < len(whole); n += 1 + len(whole)/400 {
			if _, err := entries(whole[:n], format); err == nil {
				t.Errorf("%s cut after %d bytes is taken", name, n)
			} else if wrong := (*scan.Error)(nil); !errors.As(err, &wrong) {
				t.Errorf("%s cut after %d bytes: %v", name, n, err)
			}
		}
	}
}

// TestBounds: what is too long is cut with a note or hashed, what is too much is refused.
func TestBounds(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("ä", 60_000)
	got, err := entries(`{"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "`+long+`", "rules": [{"id": "r", "shortDescription": {"text": "`+long+`"}, "help": {"text": "`+long+`"}}]}},
		"results": [{"ruleId": "r", "message": {"text": "`+long+`\n`+"```\\n"+long+`"}, "partialFingerprints": {"a": "`+long+`"}, "locations": [{"physicalLocation": {"artifactLocation": {"uri": "`+long+`"}}}]},
			{"ruleId": "r", "message": {"text": "x"}, "locations": [{"physicalLocation": {"artifactLocation": {"uri": "`+long+`b"}}}]}]}]}`, scan.SARIF)
	if err != nil || len(got) != 2 {
		t.Fatalf("%d, %v", len(got), err)
	}
	for what, c := range map[string]struct {
		text  string
		limit int
	}{
		"title": {got[0].Title, 500}, "description": {got[0].Description, 20_000}, "recommendation": {got[0].Recommendation, 10_000}, "location": {got[0].Location, 2048},
		"tool": {got[0].Tool, 255}, "fingerprint": {got[0].Fingerprint, 255},
	} {
		if n := utf8.RuneCountInString(c.text); n == 0 || n > c.limit {
			t.Errorf("%s has %d characters", what, n)
		}
	}
	if !strings.Contains(got[0].Description, "(cut on import: ") || !strings.Contains(got[0].Recommendation, "characters left out)*") {
		t.Error("nothing tells that the texts were cut")
	}
	if got[0].Location == got[1].Location {
		t.Error("long locations that differ at the end became one")
	}

	for name, text := range map[string]string{
		"a long text": `{"version": "2.1.0", "runs": [{"results": [{"message": {"text": "` + strings.Repeat("x", 5<<20) + `"}}]}]}`,
		"many rules":  `{"version": "2.1.0", "runs": [{"tool": {"driver": {"rules": [` + strings.TrimSuffix(strings.Repeat("{},", 100_000), ",") + `]}}}]}`,
	} {
		if _, err := entries(text, scan.SARIF); err == nil {
			t.Errorf("%s is taken", name)
		}
	}
	many := strings.Repeat("{\"template-id\":\"a\"}\n", 100_001)
	var wrong *scan.Error
	if got, err := entries(many, scan.Nuclei); len(got) != 100_000 || !errors.As(err, &wrong) || !wrong.Large {
		t.Errorf("%d entries, %v", len(got), err)
	}
	if _, err := entries("<OWASPZAPReport>"+strings.Repeat("x", 5<<20), scan.ZAP); !errors.As(err, &wrong) || !wrong.Large {
		t.Errorf("a long text in XML: %v", err)
	}
}

// Reading stops when nobody listens.
func TestStop(t *testing.T) {
	t.Parallel()
	f, err := scan.Open(strings.NewReader(contents(t, "codeql.sarif")), scan.SARIF)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		n := 0
		for _, err := range f.Entries() {
			if err != nil {
				t.Fatal(err)
			}
			if n++; n == 2 {
				break
			}
		}
		if n != 2 {
			t.Errorf("%d entries", n)
		}
	}
}
