package scan_test

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/owenrumney/go-sarif/v3/pkg/report"
	"github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif"

	"github.com/holdfast-platform/holdfast/server/internal/scan"
)

// TestLibrary reads what the library go-sarif writes, which checks it against the standard's schema. The library holds
// a file as a whole and unfolds every part of it, so that it is not what reads the files of strangers.
func TestLibrary(t *testing.T) {
	t.Parallel()
	run := sarif.NewRunWithInformationURI("Tool of the library", "https://tool.example.test")
	for i, level := range []string{"error", "warning", "note", "none"} {
		rule := run.AddRule(fmt.Sprintf("LIB%d", i)).WithDescription("Rule " + level).WithHelpURI("https://tool.example.test/" + level)
		rule.WithShortDescription(sarif.NewMultiformatMessageString().WithText("Short " + level))
		rule.WithProperties(sarif.NewPropertyBag().AddTag("external/cwe/cwe-022"))
		run.CreateResultForRule(fmt.Sprintf("LIB%d", i)).WithLevel(level).WithMessage(sarif.NewTextMessage("It is a case of " + level)).
			AddLocation(sarif.NewLocationWithPhysicalLocation(sarif.NewPhysicalLocation().
				WithArtifactLocation(sarif.NewSimpleArtifactLocation("src/main.go")).WithRegion(sarif.NewSimpleRegion(i+1, i+2)))).
			WithPartialFingerprints(map[string]string{"hash/v1": fmt.Sprintf("%04d", i)})
	}
	file := report.NewV210Report()
	file.AddRun(run)
	if err := file.Validate(); err != nil {
		t.Fatalf("the library's own file: %v", err)
	}
	var b bytes.Buffer
	if err := file.Write(&b); err != nil {
		t.Fatal(err)
	}
	got, err := entries(b.String(), scan.SARIF)
	if err != nil || len(got) != 4 {
		t.Fatalf("%d entries, %v: %s", len(got), err, b.String())
	}
	for i, risk := range []string{"high", "medium", "low", "informational"} {
		e := got[i]
		if e.Risk != risk || e.Rule != fmt.Sprintf("LIB%d", i) || e.Tool != "Tool of the library" || e.Location != fmt.Sprintf("src/main.go:%d", i+1) || e.CWE != 22 ||
			e.Fingerprint != fmt.Sprintf("hash/v1=%04d src/main.go", i) || len(e.References) != 1 || e.Flaw != "" {
			t.Errorf("%+v", e)
		}
	}
}
