package builtintemplates

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/holdfast-platform/holdfast/server/internal/cvss"
	"github.com/holdfast-platform/holdfast/server/internal/vocabulary"
)

// TestTexts: each text is whole, within the limits of the contract, and its risk is what its CVSS vector says.
func TestTexts(t *testing.T) {
	t.Parallel()
	texts, err := Texts()
	if err != nil {
		t.Fatal(err)
	}
	if len(texts) != 25 {
		t.Errorf("%d texts", len(texts))
	}
	category, names, seen := regexp.MustCompile(`^[a-z][a-z0-9_]{0,62}$`), map[string]bool{}, map[string]bool{}
	for _, x := range texts {
		t.Run(x.ID, func(t *testing.T) {
			if names[x.Name] || x.Name == "" || len(x.Name) > 255 || x.Title == "" || len(x.Title) > 500 || !category.MatchString(x.Category) || x.Language != "en" {
				t.Errorf("the head: %q %q %q", x.Name, x.Title, x.Category)
			}
			names[x.Name], seen[x.Category] = true, true
			if n := len(x.Description); n < 300 || n > 20000 {
				t.Errorf("the description has %d bytes", n)
			}
			for what, text := range map[string]string{"impact": x.Impact, "recommendation": x.Recommendation} {
				if n := len(text); n < 200 || n > 10000 {
					t.Errorf("the %s has %d bytes", what, n)
				}
			}
			for _, text := range []string{x.Description, x.Impact, x.Recommendation} {
				if strings.Count(text, "```")%2 != 0 || strings.Contains(text, "\n\n\n") || strings.Contains(text, "TODO") {
					t.Errorf("the Markdown: %s", text)
				}
			}
			rating, err := cvss.Parse(x.CVSS)
			if err != nil {
				t.Fatal(err)
			}
			if rating.Severity != x.RiskLevel || !vocabulary.Defaults.Active(vocabulary.RiskLevel, x.RiskLevel) {
				t.Errorf("%s is %s (%.1f), the risk is %s", x.CVSS, rating.Severity, rating.Score, x.RiskLevel)
			}
			if x.CWE < 1 || len(x.References) < 3 || len(x.References) > 50 || !slices.ContainsFunc(x.References, func(r string) bool { return strings.Contains(r, "cwe.mitre.org") }) {
				t.Errorf("CWE %d, references %v", x.CWE, x.References)
			}
			for _, r := range x.References {
				if !strings.HasPrefix(r, "https://") || strings.ContainsAny(r, " \t") {
					t.Errorf("a reference: %q", r)
				}
			}
		})
	}
	for _, c := range []string{"injection", "access_control", "authentication", "session_handling", "cryptography", "misconfiguration", "server_side_request_forgery",
		"deserialization", "dependencies", "logging", "business_logic", "mobile", "cloud"} {
		if !seen[c] {
			t.Errorf("no text is about %s", c)
		}
	}
}

// TestParagraphs: lines that belong together are one, and code is left alone.
func TestParagraphs(t *testing.T) {
	t.Parallel()
	got := parts("# One\n\na\nb\n\n- c\n  d\n- e\n\n```sh\n# f\n  g\n```\n\nh\n| i |\n| j |\nk\n\n# Two\n\nl\n")
	want := map[string]string{"One": "a b\n\n- c d\n- e\n\n```sh\n# f\n  g\n```\n\nh\n| i |\n| j |\nk", "Two": "l"}
	for heading, text := range want {
		if got[heading] != text {
			t.Errorf("%s: %q, want %q", heading, got[heading], text)
		}
	}
	if len(got) != len(want) {
		t.Errorf("%d parts: %q", len(got), got)
	}
}

func FuzzParse(f *testing.F) {
	f.Add("name: A\ncwe: 79\n\n# Description\n\ntext\nmore\n\n# References\n\n- https://x.example\n")
	f.Add("a\n\n# Description\n```\n# x\n")
	f.Fuzz(func(t *testing.T, raw string) {
		x, err := parse("x", raw)
		if err != nil {
			return
		}
		if again, err := parse("x", raw); err != nil || again.hash() != x.hash() {
			t.Errorf("another time it reads %v, %v", again, err)
		}
		for _, text := range []string{x.Description, x.Impact, x.Recommendation} {
			for line := range strings.Lines(text) {
				if !strings.Contains(raw, strings.TrimSpace(strings.SplitN(line, " ", 2)[0])) {
					t.Errorf("%q is not in the text", line)
				}
			}
		}
	})
}
