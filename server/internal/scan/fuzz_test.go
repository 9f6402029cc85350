package scan_test

import (
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/holdfast-platform/holdfast/server/internal/cvss"
	"github.com/holdfast-platform/holdfast/server/internal/scan"
)

// fuzz: no file breaks a parser; an error is one of ours; an entry fits into a finding; the second reading is as the
// first.
func fuzz(f *testing.F, format string, seeds ...string) {
	for name, of := range files {
		if of == format {
			f.Add(contents(f, name))
		}
	}
	for _, s := range seeds {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, err := entries(text, format)
		var wrong *scan.Error
		if err != nil && !errors.As(err, &wrong) {
			t.Fatalf("%v", err)
		}
		again, _ := entries(text, format)
		if len(again) != len(got) {
			t.Errorf("%d entries, then %d", len(got), len(again))
		}
		for i, e := range got {
			for what, c := range map[string]struct {
				text  string
				limit int
			}{
				"tool": {e.Tool, 255}, "rule": {e.Rule, 255}, "fingerprint": {e.Fingerprint, 255}, "title": {e.Title, 500}, "location": {e.Location, 2048},
				"description": {e.Description, 20_000}, "impact": {e.Impact, 10_000}, "recommendation": {e.Recommendation, 10_000},
			} {
				if utf8.RuneCountInString(c.text) > c.limit || !utf8.ValidString(c.text) || strings.ContainsRune(c.text, 0) {
					t.Errorf("%s: %q", what, c.text)
				}
			}
			if e.Flaw == "" && (e.Title == "" || e.Risk == "" || e.Description == "") {
				t.Errorf("half an entry: %+v", e)
			}
			if e.Vector != "" {
				if _, err := cvss.Parse(e.Vector); err != nil {
					t.Errorf("%s: %v", e.Vector, err)
				}
			}
			if e.CWE < 0 || e.CWE > 99_999 || len(e.References) > 50 {
				t.Errorf("%+v", e)
			}
			if i < len(again) && (again[i].Title != e.Title || again[i].Fingerprint != e.Fingerprint || again[i].Location != e.Location) {
				t.Errorf("read twice: %+v, %+v", e, again[i])
			}
		}
	})
}

func FuzzSARIF(f *testing.F) {
	fuzz(f, scan.SARIF, `{"version":"2.1.0","runs":[{"results":[{"message":{"text":"a"}}]}]}`, `{"runs":null}`, "\xff\xfe{\x00}\x00")
}

func FuzzZAP(f *testing.F) {
	fuzz(f, scan.ZAP, `{"site":{"@name":"a","alerts":[{"name":"b","riskcode":1}]}}`, `<OWASPZAPReport><site><alerts><alertitem><name>x</name></alertitem></alerts></site></OWASPZAPReport>`)
}

func FuzzNessus(f *testing.F) {
	fuzz(f, scan.Nessus, `<NessusClientData_v2><Report><ReportHost name="h"><ReportItem severity="1" pluginName="x"/></ReportHost></Report></NessusClientData_v2>`)
}

func FuzzNuclei(f *testing.F) {
	fuzz(f, scan.Nuclei, `[{"template-id":"a","info":{"severity":"low","reference":"https://x"}}]`, "{\"template-id\":1}\n{}")
}

func FuzzCSV(f *testing.F) {
	fuzz(f, scan.CSV, "title,risk_level\na,low\n", "risk_level,title,references\nlow,\"a\nb\",\"x; y\"\n")
}
