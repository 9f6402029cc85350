package rules_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var claimed = regexp.MustCompile("`([a-z/]*)\\.((?:Test|Fuzz)[A-Za-z0-9]+)`")

// TestSecurityPage: the security page names tests, and each of them exists.
func TestSecurityPage(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../docs/security.md")
	if err != nil {
		t.Fatal(err)
	}
	claims := claimed.FindAllStringSubmatch(string(page), -1)
	if len(claims) < 80 {
		t.Errorf("only %d tests are claimed", len(claims))
	}
	sources := map[string]string{}
	for _, c := range claims {
		folder, test := filepath.Join("../..", c[1]), c[2]
		if _, ok := sources[folder]; !ok {
			files, err := filepath.Glob(filepath.Join(folder, "*_test.go"))
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range files {
				text, err := os.ReadFile(f)
				if err != nil {
					t.Fatal(err)
				}
				sources[folder] += string(text)
			}
		}
		if !strings.Contains(sources[folder], "\nfunc "+test+"(") {
			t.Errorf("%s names %s.%s, which does not exist", "docs/security.md", c[1], test)
		}
	}
}
