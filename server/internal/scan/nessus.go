package scan

import (
	"cmp"
	"encoding/xml"
	"fmt"
	"strings"
)

// nessusRisks are by the severity of an item.
var nessusRisks = map[string]string{"4": "critical", "3": "high", "2": "medium", "1": "low", "0": "informational"}

// nessus reads an export of version 2: each item of each host is an entry.
func nessus(src *source, each func(*Entry) error) error {
	const what = "file of Nessus version 2"
	if err := begins(src, what, '<'); err != nil {
		return err
	}
	t := newTags(src)
	if _, err := t.root("NessusClientData_v2", what); err != nil {
		return err
	}
	rows := 0
	err := t.children(func(e xml.StartElement) error {
		if e.Name.Local != "Report" {
			return t.skip()
		}
		return t.children(func(e xml.StartElement) error {
			if e.Name.Local != "ReportHost" {
				return t.skip()
			}
			host := attr(e, "name")
			return t.children(func(e xml.StartElement) error {
				if e.Name.Local != "ReportItem" {
					return t.skip()
				}
				rows++
				i := item{start: e.Copy()}
				if err := i.read(t); err != nil {
					return err
				}
				return each(i.entry(rows, host))
			})
		})
	})
	return cmp.Or(err, t.done())
}

// item is one of a host.
type item struct {
	start                                                        xml.StartElement
	synopsis, description, solution, output, cvss3, cvss4, cvss2 string
	links, cves, weak                                            []string
}

func (i *item) read(t *tags) error {
	return t.children(func(e xml.StartElement) error {
		into := map[string]*string{
			"synopsis": &i.synopsis, "description": &i.description, "solution": &i.solution, "plugin_output": &i.output,
			"cvss3_vector": &i.cvss3, "cvss4_vector": &i.cvss4, "cvss_vector": &i.cvss2,
		}[e.Name.Local]
		if into != nil {
			return t.text(into)
		}
		var text string
		switch e.Name.Local {
		case "see_also", "cve", "cwe", "xref":
			if err := t.text(&text); err != nil {
				return err
			}
		default:
			return t.skip()
		}
		switch text = strings.TrimSpace(text); {
		case e.Name.Local == "see_also":
			i.links = append(i.links, links(text)...)
		case e.Name.Local == "cve" && len(i.cves) < 200:
			i.cves = append(i.cves, clip(line(text), 30))
		case e.Name.Local == "cwe":
			i.weak = append(i.weak, "CWE-"+text)
		case strings.HasPrefix(text, "CWE:"):
			i.weak = append(i.weak, text)
		}
		if len(i.links) > mostReferences {
			i.links = i.links[:mostReferences]
		}
		if len(i.weak) > 20 {
			i.weak = i.weak[:20]
		}
		return nil
	})
}

func (i *item) entry(row int, host string) *Entry {
	e := &Entry{
		Row: row, Tool: "nessus", Rule: attr(i.start, "pluginID"), Title: attr(i.start, "pluginName"), Risk: nessusRisks[attr(i.start, "severity")],
		Location: line(host), References: i.links, Vector: cmp.Or(vectorOf(i.cvss4), vectorOf(i.cvss3)), CWE: cweOf(strings.Join(i.weak, " ")),
	}
	e.Before.Location = e.Location
	if port := attr(i.start, "port"); port != "" && port != "0" {
		e.Before.Location += ":" + port + "/" + attr(i.start, "protocol")
		e.Location = hosted(e.Location, port+"/"+attr(i.start, "protocol"))
	}
	e.Before.Rule, e.Fingerprint = e.Rule, e.Location
	if solution := strings.TrimSpace(i.solution); solution != "n/a" {
		e.Recommendation = markup(solution)
	}
	if e.Risk == "" {
		e.Flaw = fmt.Sprintf("risk_level: the severity %.20q is not known", attr(i.start, "severity"))
	}
	about := []string{markup(i.synopsis), markup(i.description)}
	if len(i.cves) > 0 {
		about = append(about, "Known as: "+strings.Join(i.cves, ", "))
	}
	if e.Vector == "" {
		if v := cmp.Or(line(i.cvss4), line(i.cvss3), line(i.cvss2)); v != "" { // of a version that findings do not have
			about = append(about, "CVSS: "+code(clip(v, 200)))
		}
	}
	if output := strings.TrimSpace(i.output); output != "" {
		about = append(about, "Output of the plugin:", fence(output, ""))
	}
	e.Description = paragraphs(about...)
	return e
}
