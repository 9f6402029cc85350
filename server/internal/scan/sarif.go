package scan

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// mostPlacesOf are as many locations of a result as are looked at.
const mostPlacesOf = 20

// result is one of SARIF's (section 3.27), what of it makes a finding.
type result struct {
	rule                  ruleRef
	level, kind           string
	message               message
	places                []spot
	fingerprints, partial map[string]string
	props                 properties
	suppressed, absent    bool
	why                   string
	weak                  []string
}

// message is a text with its arguments (3.11).
type message struct {
	text, markdown, id string
	args               []string
}

// spot is a location (3.28).
type spot struct {
	uri, base, logical, snippet string
	artifact, line, column      int
}

// results reads the results of all runs; what they refer to is known.
func (f *File) results(src *source, each func(*Entry) error) error {
	r := newReader(src)
	rows, n := 0, -1
	_, err := r.object(func(key string) error {
		if key != "runs" {
			return r.skip()
		}
		_, err := r.array(func() error {
			n++
			_, err := r.object(func(key string) error {
				if key != "results" {
					return r.skip()
				}
				_, err := r.array(func() error {
					x := result{rule: noRule}
					ok, err := x.read(r)
					if err != nil {
						return err
					}
					if !ok {
						return r.wrong("a result must be an object")
					}
					rows++
					if x.kind == "pass" || x.kind == "notApplicable" { // nothing was found
						return nil
					}
					return each(x.entry(rows, f.runs[n]))
				})
				return err
			})
			return err
		})
		return err
	})
	return cmp.Or(err, r.done())
}

func (x *result) read(r *reader) (bool, error) {
	return r.object(func(key string) (err error) {
		switch key {
		case "ruleId":
			return r.text(&x.rule.id)
		case "ruleIndex":
			return r.number(&x.rule.index)
		case "rule":
			return x.rule.read(r)
		case "level":
			return r.text(&x.level)
		case "kind":
			return r.text(&x.kind)
		case "message":
			return x.message.read(r)
		case "locations":
			_, err = r.array(func() error {
				if len(x.places) >= mostPlacesOf {
					return r.skip()
				}
				s := spot{artifact: -1}
				err := s.read(r)
				s.snippet, s.uri, s.logical = clipped(s.snippet, 4000), digest(s.uri, 4*locationLimit), digest(s.logical, 4*locationLimit)
				x.places = append(x.places, s)
				return err
			})
		case "fingerprints":
			x.fingerprints, err = r.dictionary()
		case "partialFingerprints":
			x.partial, err = r.dictionary()
		case "properties":
			return x.props.read(r)
		case "suppressions":
			_, err = r.array(func() error { return x.suppression(r) })
		case "baselineState":
			var state string
			err = r.text(&state)
			x.absent = state == "absent"
		case "taxa":
			return readTaxa(r, &x.weak)
		default:
			return r.skip()
		}
		return err
	})
}

// suppression: one that nobody refused counts (3.35).
func (x *result) suppression(r *reader) error {
	var status, kind, why string
	ok, err := r.object(func(key string) error {
		switch key {
		case "status":
			return r.text(&status)
		case "kind":
			return r.text(&kind)
		case "justification":
			return r.text(&why)
		}
		return r.skip()
	})
	if ok && status != "rejected" && status != "underReview" && !x.suppressed {
		x.suppressed, x.why = true, strings.TrimSuffix(clip(line(kind), 50)+": "+clip(line(why), 300), ": ")
	}
	return err
}

func (m *message) read(r *reader) error {
	_, err := r.object(func(key string) error {
		switch key {
		case "text":
			return r.text(&m.text)
		case "markdown":
			return r.text(&m.markdown)
		case "id":
			return r.text(&m.id)
		case "arguments":
			return r.texts(&m.args, 50)
		}
		return r.skip()
	})
	return err
}

func (s *spot) read(r *reader) error {
	_, err := r.object(func(key string) error {
		switch key {
		case "physicalLocation":
			_, err := r.object(func(key string) error {
				switch key {
				case "artifactLocation":
					return readPlace(r, &s.uri, &s.base, &s.artifact)
				case "region":
					return s.region(r)
				}
				return r.skip()
			})
			return err
		case "logicalLocations":
			_, err := r.array(func() error {
				var name, full string
				_, err := r.object(func(key string) error {
					switch key {
					case "fullyQualifiedName":
						return r.text(&full)
					case "name":
						return r.text(&name)
					}
					return r.skip()
				})
				s.logical = cmp.Or(s.logical, full, name)
				return err
			})
			return err
		}
		return r.skip()
	})
	return err
}

func (s *spot) region(r *reader) error {
	_, err := r.object(func(key string) error {
		switch key {
		case "startLine":
			return r.number(&s.line)
		case "startColumn":
			return r.number(&s.column)
		case "snippet":
			_, err := r.object(func(key string) error {
				if key == "text" {
					return r.text(&s.snippet)
				}
				return r.skip()
			})
			return err
		}
		return r.skip()
	})
	return err
}

// readPlace reads an artifact's location (3.4).
func readPlace(r *reader, uri, base *string, index *int) error {
	_, err := r.object(func(key string) error {
		switch key {
		case "uri":
			return r.text(uri)
		case "uriBaseId":
			return r.text(base)
		case "index":
			return r.number(index)
		}
		return r.skip()
	})
	return err
}

// readTaxa reads references to the CWE among others (3.54).
func readTaxa(r *reader, into *[]string) error {
	_, err := r.array(func() error { return readTarget(r, into) })
	return err
}

// dictionary takes up to 20 named texts.
func (r *reader) dictionary() (map[string]string, error) {
	out := map[string]string{}
	_, err := r.object(func(key string) error {
		var value string
		if err := r.text(&value); err != nil {
			return err
		}
		if len(out) < 20 && len(key) < 200 {
			out[key] = clipped(value, 2000)
		}
		return nil
	})
	return out, err
}

func joined(prints map[string]string) string {
	var all []string
	for _, k := range slices.Sorted(maps.Keys(prints)) {
		all = append(all, k+"="+prints[k])
	}
	return strings.Join(all, " ")
}

func (x *result) entry(row int, in *run) *Entry {
	rule := in.find(x.rule)
	e := &Entry{
		Row: row, Tool: in.tool, Rule: cmp.Or(x.rule.id, rule.id), Fingerprint: cmp.Or(joined(x.fingerprints), joined(x.partial)),
		Risk: x.risk(rule), Recommendation: cmp.Or(marked(rule.helpMarkdown), plain(rule.help)), References: rule.links(),
		Vector: cmp.Or(vectorOf(x.props.vector), vectorOf(rule.props.vector)),
	}
	said, formatted := x.message.resolve(rule)
	if e.Fingerprint == "" && said+formatted != "" { // one rule may have found several things at one place
		e.Fingerprint = "message:" + sum(said + formatted)[:32]
	}
	e.Title = cmp.Or(line(rule.short), line(rule.name), firstSentence(said), e.Rule)
	if i := len(x.places); i > 0 {
		e.Location = in.place(x.places[0])
	}
	for _, text := range append(append(append([]string{}, x.weak...), x.props.weak...), rule.weak...) {
		if e.CWE = cweOf(text); e.CWE != 0 {
			break
		}
	}
	about := []string{cmp.Or(marked(formatted), plain(said))}
	if full := line(rule.full); full != "" && full != line(said) && full != e.Title {
		about = append(about, plain(rule.full))
	}
	var more []string
	for i, p := range x.places {
		if p.snippet != "" && i < 3 {
			about = append(about, fence(clipped(p.snippet, 4000), ""))
		}
		if at := in.place(p); i > 0 && at != e.Location {
			more = append(more, "- "+code(at))
		}
	}
	if len(more) > 0 {
		about = append(about, "Also at:\n\n"+strings.Join(more, "\n"))
	}
	e.Description = paragraphs(about...)
	switch {
	case x.absent:
		e.Flaw = "absent since the baseline: it is no longer there"
	case x.suppressed:
		e.Flaw = strings.TrimSuffix("suppressed in the tool, "+x.why, ", ")
	case e.Rule == "" && line(said) == "":
		e.Flaw = "the result has neither a rule nor a message"
	}
	return e
}

// risk goes by the score that the tool gives, else by the level (3.27.10: the result's, else the rule's, else warning).
func (x *result) risk(rule *descriptor) string {
	for _, text := range []string{x.props.severity, rule.props.severity} {
		if score, err := strconv.ParseFloat(strings.TrimSpace(text), 64); err == nil {
			return riskOf(score)
		}
	}
	if x.kind != "" && x.kind != "fail" {
		return "informational"
	}
	switch cmp.Or(x.level, rule.level, "warning") {
	case "error":
		return "high"
	case "warning":
		return "medium"
	case "note":
		return "low"
	}
	return "informational"
}

// resolve is what the message says: its own text, or the rule's with its arguments in place (3.11.7).
func (m *message) resolve(rule *descriptor) (text, markdown string) {
	text, markdown = m.text, m.markdown
	if text == "" && markdown == "" {
		text = rule.messages[m.id]
	}
	return m.fill(text), m.fill(markdown)
}

func (m *message) fill(text string) string {
	if len(m.args) == 0 || !strings.Contains(text, "{") {
		return text
	}
	var pairs []string
	for i, a := range m.args {
		pairs = append(pairs, "{"+strconv.Itoa(i)+"}", clipped(a, 1000))
	}
	return clipped(strings.NewReplacer(append([]string{"{{", "{", "}}", "}"}, pairs...)...).Replace(text), 2*descriptionLimit)
}

// firstSentence is as much of a message as makes a title.
func firstSentence(text string) string {
	text = line(text)
	for _, end := range []string{". ", "! ", "? "} {
		if i := strings.Index(text, end); i > 0 {
			text = text[:i]
		}
	}
	return clip(strings.TrimSuffix(text, "."), 150)
}
