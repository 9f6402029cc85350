package scan

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// nucleiRisks are by the severity of a template.
var nucleiRisks = map[string]string{
	"critical": "critical", "high": "high", "medium": "medium", "low": "low", "info": "informational", "informational": "informational",
	"unknown": "informational", "": "informational",
}

// nuclei reads JSON lines, or the array that Nuclei can export instead.
func nuclei(src *source, each func(*Entry) error) error {
	if _, err := src.peek(); err != nil && src.empty {
		return nil
	}
	if err := begins(src, "JSON lines of Nuclei", '{', '['); err != nil {
		return err
	}
	r := newReader(src)
	rows, known := 0, false
	one := func() error {
		var m match
		ok, err := m.read(r)
		switch {
		case err != nil:
			return err
		case !ok:
			return r.wrong("an entry must be an object")
		case m.template == "" && !known:
			return r.wrong("these are no JSON lines of Nuclei: there is no template-id")
		case m.status == "false": // it was tried, and did not match
			known = true
			return nil
		}
		known = true
		rows++
		return each(m.entry(rows))
	}
	for {
		t, err := r.peek()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if t == json.Token(json.Delim('[')) && !known {
			if _, err := r.array(one); err != nil {
				return err
			}
			return r.done()
		}
		if err := one(); err != nil {
			return err
		}
	}
}

// match is one line.
type match struct {
	template, name, description, impact, remediation, severity        string
	matcher, extractor, kind, host, at, status, vector, request, curl string
	references, weak, cves, extracted                                 []string
}

func (m *match) read(r *reader) (bool, error) {
	return r.object(func(key string) error {
		into := map[string]*string{
			"template-id": &m.template, "matcher-name": &m.matcher, "extractor-name": &m.extractor, "type": &m.kind, "host": &m.host,
			"matched-at": &m.at, "matched": &m.at, "matcher-status": &m.status, "request": &m.request, "curl-command": &m.curl,
		}[key]
		switch {
		case into != nil:
			return r.text(into)
		case key == "extracted-results":
			return r.texts(&m.extracted, 50)
		case key == "info":
			_, err := r.object(m.info(r))
			return err
		}
		return r.skip()
	})
}

func (m *match) info(r *reader) func(string) error {
	return func(key string) error {
		into := map[string]*string{
			"name": &m.name, "description": &m.description, "impact": &m.impact, "remediation": &m.remediation, "severity": &m.severity,
		}[key]
		switch {
		case into != nil:
			return r.text(into)
		case key == "reference":
			return r.texts(&m.references, mostReferences)
		case key == "classification":
			_, err := r.object(func(key string) error {
				switch key {
				case "cwe-id":
					return r.texts(&m.weak, 20)
				case "cve-id":
					return r.texts(&m.cves, 50)
				case "cvss-metrics":
					return r.text(&m.vector)
				}
				return r.skip()
			})
			return err
		}
		return r.skip()
	}
}

func (m *match) entry(row int) *Entry {
	risk, ok := nucleiRisks[strings.ToLower(line(m.severity))]
	e := &Entry{
		Row: row, Tool: "nuclei", Rule: m.template, Fingerprint: cmp.Or(m.matcher, m.extractor), Title: cmp.Or(line(m.name), m.template),
		Location: cmp.Or(line(m.at), line(m.host)), Risk: risk, Impact: plain(m.impact), Recommendation: plain(m.remediation), CWE: cweOf(strings.Join(m.weak, " ")),
		Vector: vectorOf(m.vector),
	}
	e.Before.Rule, e.Before.Location, e.Before.Fingerprint = e.Rule, e.Location, e.Fingerprint
	e.Fingerprint = strings.TrimSpace(e.Fingerprint + " " + e.Location)
	for _, text := range m.references { // one text may hold several
		e.References = append(e.References, links(text)...)
	}
	if !ok {
		e.Flaw = fmt.Sprintf("risk_level: the severity %.20q is not known", line(m.severity))
	}
	if m.template == "" {
		e.Flaw = "there is no template-id"
	}
	about := []string{plain(m.description)}
	if name := cmp.Or(m.matcher, m.extractor); name != "" {
		about = append(about, "Matched by "+code(clip(name, 200)))
	}
	if len(m.cves) > 0 {
		about = append(about, "Known as: "+escape(strings.ToUpper(line(strings.Join(m.cves, ", "))), false))
	}
	if m.vector != "" && e.Vector == "" {
		about = append(about, "CVSS: "+code(clip(line(m.vector), 200)))
	}
	if len(m.extracted) > 0 {
		about = append(about, "Extracted:", fence(clipped(strings.Join(m.extracted, "\n"), 4000), ""))
	}
	switch {
	case m.request != "":
		about = append(about, "Request:", fence(clipped(m.request, 4000), "http"))
	case m.curl != "":
		about = append(about, "Request:", fence(clipped(m.curl, 4000), "sh"))
	}
	e.Description = paragraphs(about...)
	return e
}
