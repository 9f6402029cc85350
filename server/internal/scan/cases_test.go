package scan_test

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/holdfast-platform/holdfast/server/internal/scan"
)

// TestCases: small files of real tools that were once read wrongly.
func TestCases(t *testing.T) {
	t.Parallel()
	read := func(name, format string, want int) []*scan.Entry {
		t.Helper()
		got, err := entries(contents(t, filepath.Join("cases", name)), format)
		if err != nil || len(got) != want {
			t.Fatalf("%s: %d entries, %v", name, len(got), err)
		}
		for _, e := range got {
			if e.Flaw+e.Suppressed != "" {
				t.Errorf("%s: %s%s", name, e.Flaw, e.Suppressed)
			}
		}
		return got
	}
	for name, format := range map[string]string{
		"sarif-partial-fingerprint-merges.sarif": scan.SARIF, "sarif-nested-fingerprint-merges.sarif": scan.SARIF, "sarif-offset-region-merges.sarif": scan.SARIF,
		"nessus-same-plugin-twice-ipv6.nessus": scan.Nessus, "nuclei-same-template-other-result.jsonl": scan.Nuclei, "zap-two-confidences-and-parenthesis.xml": scan.ZAP,
	} {
		if got := read(name, format, 2); got[0].Print() == got[1].Print() {
			t.Errorf("%s: two entries became one: %+v", name, got[0])
		}
	}
	one, two := read("sarif-line-moved-1.sarif", scan.SARIF, 1)[0], read("sarif-line-moved-2.sarif", scan.SARIF, 1)[0]
	if one.Fingerprint != two.Fingerprint || one.Location == two.Location {
		t.Errorf("a line that moved: %+v, %+v", one, two)
	}
	if e := read("sarif-level-override.sarif", scan.SARIF, 1)[0]; e.Risk != "high" {
		t.Errorf("overridden: %s", e.Risk)
	}
	if e := read("sarif-global-message.sarif", scan.SARIF, 1)[0]; e.Description != "Global message for x." {
		t.Errorf("a shared message: %q", e.Description)
	}
	if e := read("sarif-embedded-link.sarif", scan.SARIF, 1)[0]; e.Description != "value from here (b.c:9)" {
		t.Errorf("a link to a location: %q", e.Description)
	}
	if e := read("sarif-logical-by-index.sarif", scan.SARIF, 1)[0]; e.Location != "ns::f" {
		t.Errorf("a location of the run's list: %q", e.Location)
	}
	for _, e := range read("nessus-same-plugin-twice-ipv6.nessus", scan.Nessus, 2) {
		if e.Location != "[2001:db8::1]:80/tcp" {
			t.Errorf("IPv6: %q", e.Location)
		}
	}
	if e := read("zap-two-confidences-and-parenthesis.xml", scan.ZAP, 2)[0]; !slices.Equal(e.References, []string{"https://en.example/wiki/A_(b)"}) {
		t.Errorf("a parenthesis of the address: %q", e.References)
	}
}

// TestSpoilsItself: what one entry cannot say spoils neither the file nor the others.
func TestSpoilsItself(t *testing.T) {
	t.Parallel()
	const item = `<ReportItem port="0" severity="1" pluginID="%" pluginName="a"><description>@</description></ReportItem>`
	for _, text := range []string{"a\x01b", "a &#1; b", "a &unheard; b", "a & b", "a &amp b", "caf&eacute; &lt;"} {
		file := `<NessusClientData_v2><Report><ReportHost name="h">` + strings.ReplaceAll(strings.Replace(item, "@", text, 1)+strings.Replace(item, "@", "<![CDATA[fine &nbsp; here]]>", 1), "%", "1") +
			`</ReportHost></Report></NessusClientData_v2>`
		got, err := entries(file, scan.Nessus)
		if err != nil || len(got) != 2 || got[1].Description != "fine &nbsp; here" || text == "a &unheard; b" && got[0].Description != text {
			t.Errorf("%q: %v, %+v", text, err, got)
		}
	}
	got, err := entries("{\"template-id\":\"a\",\"info\":{\"name\":\"x\x02y\"}}\n{\"template-id\":\"b\",\"info\":{}}", scan.Nuclei)
	if err != nil || len(got) != 2 {
		t.Errorf("%v, %d", err, len(got))
	}
	for text, format := range map[string]string{"": scan.Nuclei, "\n": scan.Nuclei, "[]": scan.Nuclei, `{"version":"2.1.0","runs":[{"results":[]}]}`: scan.SARIF, `{"site":[]}`: scan.ZAP} {
		if got, err := entries(text, format); err != nil || len(got) != 0 {
			t.Errorf("an empty result %q: %v, %d", text, err, len(got))
		}
	}
	for _, severity := range []string{"NaN", "Inf", "-infinity"} {
		got, err := entries(`{"version":"2.1.0","runs":[{"results":[{"level":"error","message":{"text":"m"},"properties":{"security-severity":"`+severity+`"}}]}]}`, scan.SARIF)
		if err != nil || got[0].Risk != "high" {
			t.Errorf("%s is no number: %v, %+v", severity, err, got)
		}
	}
}

// TestTitlesReadAsWritten: a title that a file turns round, or breaks, is one plain line; one that has nothing else is
// none.
func TestTitlesReadAsWritten(t *testing.T) {
	t.Parallel()
	got, err := entries("{\"template-id\":\"a\",\"info\":{\"name\":\"invoice\u202efdp.exe\\nnow\"}}\n{\"template-id\":\"b\",\"info\":{\"name\":\"\u2066 \u2069\"}}", scan.Nuclei)
	if err != nil || len(got) != 2 || got[0].Title != "invoicefdp.exe now" || strings.ContainsAny(got[1].Title, "\u2066\u2069") {
		t.Errorf("%v, %+v", err, got)
	}
}
