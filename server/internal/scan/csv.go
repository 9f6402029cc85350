package scan

import (
	"errors"
	"io"
	"slices"
	"strings"

	"github.com/holdfast-platform/holdfast/server/internal/cvss"
	"github.com/holdfast-platform/holdfast/server/internal/export"
)

// Columns are those that the CSV may have, named as the fields of a finding; title and risk_level must be there.
// References stand on lines of their own, or with a semicolon and a space between. cwe is "79" or "CWE-79". Where
// source_tool is missing or empty it is "csv".
var Columns = []string{
	"title", "description", "risk_level", "impact", "recommendation", "location", "source_tool", "source_rule", "source_fingerprint", "cwe", "cvss_vector",
	"references",
}

// passed are columns that a list of findings has as CSV and that only the server or a reviewer sets: they are passed
// over.
var passed = []string{
	"id", "version", "created_at", "updated_at", "number", "reason", "session_id", "session", "asset_id", "asset", "client_id", "client", "remediation_status",
	"cvss_score", "cvss_severity", "assignee_id", "assignee", "due_at", "accepted_until", "dedup_hash", "template_id", "template", "template_version",
	"risk_level_word", "remediation_status_word", "risk_level_label", "remediation_status_label", "last_retest_at", "last_retest_result", "last_seen_at", "instances",
}

// table reads CSV.
func table(src *source, each func(*Entry) error) error {
	src.endless() // the table's reader has bounds of its own
	rows, err := export.NewReader(src, export.Limits{Rows: mostEntries, Columns: 100, Cell: 1 << 20})
	if err != nil {
		return inTable(err)
	}
	header := rows.Header()
	for i, name := range header {
		header[i] = strings.TrimSpace(name)
		if !slices.Contains(Columns, header[i]) && !slices.Contains(passed, strings.SplitN(header[i], ".", 2)[0]) {
			return &Error{Line: 1, Column: 1, Message: "there is no column " + clip(line(name), 100) + "; there are " + strings.Join(Columns, ", ")}
		}
	}
	for _, name := range []string{"title", "risk_level"} {
		if !slices.Contains(header, name) {
			return &Error{Line: 1, Column: 1, Message: "the column " + name + " is missing"}
		}
	}
	for {
		n, cells, err := rows.Next()
		var wrong *export.Error
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case errors.As(err, &wrong) && wrong.Passing:
			if err := each(&Entry{Row: n, Tool: "csv", Title: "row", Flaw: wrong.Message}); err != nil {
				return err
			}
			continue
		case err != nil:
			return inTable(err)
		}
		src.lineOf(src.off) // forgets the lines until here
		if err := each(ofCells(header, cells, n)); err != nil {
			return err
		}
	}
}

// inTable gives a table's error the form of ours.
func inTable(err error) error {
	var wrong *export.Error
	if errors.As(err, &wrong) {
		return &Error{Message: wrong.Error(), Large: strings.Contains(wrong.Message, "more than")}
	}
	return err
}

func ofCells(header, cells []string, row int) *Entry {
	e := &Entry{Row: row}
	var weak, vector, references string
	into := map[string]*string{
		"title": &e.Title, "description": &e.Description, "risk_level": &e.Risk, "impact": &e.Impact, "recommendation": &e.Recommendation,
		"location": &e.Location, "source_tool": &e.Tool, "source_rule": &e.Rule, "source_fingerprint": &e.Fingerprint, "cwe": &weak, "cvss_vector": &vector,
		"references": &references,
	}
	for i, name := range header {
		if at := into[name]; at != nil {
			*at = cells[i]
		}
	}
	if strings.TrimSpace(e.Tool) == "" {
		e.Tool = "csv"
	}
	for l := range strings.SplitSeq(references, "\n") {
		e.References = append(e.References, strings.Split(l, "; ")...)
	}
	e.exact = true
	e.Before.Rule, e.Before.Location, e.Before.Fingerprint = e.Rule, e.Location, e.Fingerprint
	if strings.TrimSpace(e.Fingerprint) == "" { // as people's own tables are
		e.Fingerprint = "row:" + sum(line(e.Location) + "\n" + line(e.Title))[:32]
	}
	e.Risk = strings.TrimSpace(e.Risk)
	if e.Risk == "" {
		e.Flaw = "risk_level: must not be empty"
	}
	if weak = strings.TrimSpace(weak); weak != "" {
		if e.CWE = number(weak); e.CWE == 0 {
			e.CWE = cweOf(weak)
		}
		if e.CWE == 0 {
			e.Flaw = "cwe: must be a number such as 79 or CWE-79"
		}
	}
	if vector = strings.TrimSpace(vector); vector != "" {
		if _, err := cvss.Parse(vector); err != nil {
			e.Flaw = "cvss_vector: " + err.Error()
		} else if len(vector) > 500 {
			e.Flaw = "cvss_vector: must be at most 500 characters"
		} else {
			e.Vector = vector
		}
	}
	return e
}
