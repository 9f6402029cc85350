package reviewreport

import (
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/holdfast-platform/holdfast/server/internal/export"
)

// columns of the table, in their order.
var columns = []string{
	"number", "title", "risk_level", "risk_level_label", "remediation_status", "remediation_status_label", "description", "impact", "recommendation",
	"location", "cvss_vector", "cvss_score", "cvss_severity", "cwe", "references", "due_at", "accepted_until", "source_tool", "source_rule",
	"last_retest_at", "last_retest_result", "created_at", "updated_at", "id",
}

// CSV writes the findings as a table: RFC 4180 with CRLF, UTF-8, a header; several references are lines of one cell. A
// cell that a spreadsheet would run gets an apostrophe in front.
func CSV(w io.Writer, in *Input) error {
	if err := in.check(); err != nil {
		return err
	}
	table := export.NewWriter(&limited{w: w})
	if err := table.Write(columns); err != nil {
		return err
	}
	for i := range in.Findings {
		f := &in.Findings[i]
		cwe, at, result := "", "", ""
		if f.CWE != 0 {
			cwe = strconv.Itoa(int(f.CWE))
		}
		if n := len(f.Retests); n > 0 {
			at, result = stamp(f.Retests[n-1].At), f.Retests[n-1].Result
		}
		err := table.Write([]string{
			f.Number, f.Title, f.Risk.Value, f.Risk.Label, f.Status.Value, f.Status.Label, f.Description, f.Impact, f.Recommendation,
			f.Location, f.Vector, score(f.Score), f.Severity, cwe, strings.Join(f.References, "\n"), stampOpt(f.Due), stampOpt(f.AcceptedUntil), f.Tool, f.Rule,
			at, result, stamp(f.Created), stamp(f.Updated), f.ID,
		})
		if err != nil {
			return err
		}
	}
	return table.Flush()
}

func score(s *float64) string {
	if s == nil {
		return ""
	}
	return strconv.FormatFloat(*s, 'f', 1, 64)
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) }

func stampOpt(t *time.Time) string {
	if t == nil {
		return ""
	}
	return stamp(*t)
}
