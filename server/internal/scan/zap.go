package scan

import (
	"cmp"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// alert is one of ZAP's, as both forms of its traditional report have it.
type alert struct {
	plugin, ref, name, alert, risk, confidence         string
	description, solution, other, reference, cwe, wasc string
	count                                              string
	places                                             []place
}

// place is where an alert was seen.
type place struct{ uri, method, param, attack, evidence, other string }

// mostPlaces are as many as a finding lists.
const mostPlaces = 50

// zap reads a traditional report: XML or JSON.
func zap(src *source, each func(*Entry) error) error {
	if err := begins(src, "report of ZAP", '<', '{'); err != nil {
		return err
	}
	if b, err := src.peek(); err != nil || b == '{' {
		return cmp.Or(err, zapJSON(newReader(src), each))
	}
	t := newTags(src)
	if _, err := t.root("OWASPZAPReport", "report of ZAP"); err != nil {
		return err
	}
	rows := 0
	err := t.children(func(e xml.StartElement) error {
		if e.Name.Local != "site" {
			return t.skip()
		}
		site := attr(e, "name")
		return t.children(func(e xml.StartElement) error {
			if e.Name.Local != "alerts" {
				return t.skip()
			}
			return t.children(func(e xml.StartElement) error {
				if e.Name.Local != "alertitem" {
					return t.skip()
				}
				var a alert
				if err := a.xml(t); err != nil {
					return err
				}
				rows++
				return each(a.entry(rows, site))
			})
		})
	})
	return cmp.Or(err, t.done())
}

func (a *alert) field(name string) *string {
	switch name {
	case "pluginid":
		return &a.plugin
	case "alertRef":
		return &a.ref
	case "alert":
		return &a.alert
	case "name":
		return &a.name
	case "riskcode":
		return &a.risk
	case "confidence":
		return &a.confidence
	case "desc":
		return &a.description
	case "solution":
		return &a.solution
	case "otherinfo":
		return &a.other
	case "reference":
		return &a.reference
	case "cweid":
		return &a.cwe
	case "wascid":
		return &a.wasc
	case "count":
		return &a.count
	}
	return nil
}

func (p *place) field(name string) *string {
	switch name {
	case "uri":
		return &p.uri
	case "method":
		return &p.method
	case "param":
		return &p.param
	case "attack":
		return &p.attack
	case "evidence":
		return &p.evidence
	case "otherinfo":
		return &p.other
	}
	return nil
}

func (a *alert) xml(t *tags) error {
	return t.children(func(e xml.StartElement) error {
		if into := a.field(e.Name.Local); into != nil {
			return t.text(into)
		}
		if e.Name.Local != "instances" {
			return t.skip()
		}
		return t.children(func(e xml.StartElement) error {
			var p place
			err := t.children(func(e xml.StartElement) error {
				if into := p.field(e.Name.Local); into != nil {
					return t.text(into)
				}
				return t.skip()
			})
			a.seen(p)
			return err
		})
	})
}

// seen keeps the first places.
func (a *alert) seen(p place) {
	if len(a.places) < mostPlaces {
		for _, text := range []*string{&p.uri, &p.method, &p.param, &p.attack, &p.evidence, &p.other} {
			*text = clip(line(*text), 1000)
		}
		a.places = append(a.places, p)
	}
}

func zapJSON(r *reader, each func(*Entry) error) error {
	rows, sites := 0, false
	site := func() error {
		name := ""
		ok, err := r.object(func(key string) error {
			switch key {
			case "@name":
				return r.text(&name)
			case "alerts":
				_, err := r.array(func() error {
					var a alert
					if ok, err := a.json(r); err != nil || !ok {
						return cmp.Or(err, r.wrong("an alert must be an object"))
					}
					rows++
					return each(a.entry(rows, name))
				})
				return err
			}
			return r.skip()
		})
		if err == nil && !ok {
			err = r.wrong("a site must be an object")
		}
		return err
	}
	_, err := r.object(func(key string) error {
		if key != "site" {
			return r.skip()
		}
		sites = true
		if t, err := r.peek(); err != nil || t != json.Token(json.Delim('[')) {
			return cmp.Or(err, site())
		}
		_, err := r.array(site)
		return err
	})
	if err == nil && !sites {
		err = r.wrong("this is no report of ZAP: it has no site")
	}
	return cmp.Or(err, r.done())
}

func (a *alert) json(r *reader) (bool, error) {
	return r.object(func(key string) error {
		if into := a.field(key); into != nil {
			return r.text(into)
		}
		if key != "instances" {
			return r.skip()
		}
		_, err := r.array(func() error {
			var p place
			_, err := r.object(func(key string) error {
				if into := p.field(key); into != nil {
					return r.text(into)
				}
				return r.skip()
			})
			a.seen(p)
			return err
		})
		return err
	})
}

// zapRisks are by ZAP's risk code.
var zapRisks = map[string]string{"3": "high", "2": "medium", "1": "low", "0": "informational"}

// entry: an alert of one site is one finding, at however many places it was seen.
func (a *alert) entry(row int, site string) *Entry {
	title := cmp.Or(line(a.name), line(a.alert))
	e := &Entry{
		Row: row, Tool: "zap", Rule: cmp.Or(line(a.ref), line(a.plugin)), Fingerprint: title, Title: title, Location: line(site),
		Recommendation: markup(a.solution), Risk: zapRisks[line(a.risk)], CWE: number(a.cwe), References: links(bare(a.reference)),
	}
	if e.Location == "" && len(a.places) > 0 {
		if u, err := url.Parse(a.places[0].uri); err == nil && u.Host != "" {
			e.Location = u.Scheme + "://" + u.Host
		}
	}
	e.Before.Rule, e.Before.Location, e.Before.Fingerprint = e.Rule, e.Location, e.Fingerprint
	e.Fingerprint = strings.TrimSpace(e.Fingerprint + " " + e.Location)
	for _, p := range a.places {
		at := strings.TrimSpace(p.method + " " + p.uri)
		if p.param != "" {
			at += ", parameter " + p.param
		}
		if at = clip(line(at), locationLimit); at != "" && !slices.Contains(e.Instances, at) {
			e.Instances = append(e.Instances, at)
		}
	}
	if e.Risk == "" {
		e.Flaw = fmt.Sprintf("risk_level: the risk code %.20q is not known", line(a.risk))
	}
	if line(a.confidence) == "0" {
		e.Suppressed = "marked as a false positive in ZAP"
	}
	e.Description = paragraphs(markup(a.description), markup(a.other), a.list())
	return e
}

// list says where an alert was seen.
func (a *alert) list() string {
	if len(a.places) == 0 {
		return ""
	}
	var b strings.Builder
	b.WriteString("Seen at:\n")
	for _, p := range a.places {
		b.WriteString("\n- " + code(strings.TrimSpace(p.method+" "+p.uri)))
		for _, more := range [][2]string{{"parameter", p.param}, {"attack", p.attack}, {"evidence", p.evidence}, {"note", p.other}} {
			if more[1] != "" {
				b.WriteString(", " + more[0] + " " + code(more[1]))
			}
		}
	}
	if n := number(a.count); int(n) > len(a.places) {
		fmt.Fprintf(&b, "\n- and %d more", int(n)-len(a.places))
	}
	return b.String()
}
