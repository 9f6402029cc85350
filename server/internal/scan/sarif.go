package scan

import (
	"cmp"
	"maps"
	"regexp"
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
	before                map[string]string // fingerprints as the first form of the hash took them
	beforePartial         map[string]string
	suppressed, absent    bool
	why                   string
	taxa                  []taxon
	invocation            int
	related               map[string]spot // locations by their id
}

// message is a text with its arguments (3.11).
type message struct {
	text, markdown, id string
	args               []string
}

// spot is a location (3.28).
type spot struct {
	uri, base, logical, snippet, id      string
	artifact, line, column               int
	charOffset, byteOffset, logicalIndex int // -1 is none
}

var noSpot = spot{artifact: -1, charOffset: -1, byteOffset: -1, logicalIndex: -1}

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
					x := result{rule: noRule, invocation: -1, related: map[string]spot{}}
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
				s, err := readSpot(r)
				x.places = append(x.places, s)
				x.name(s)
				return err
			})
		case "relatedLocations":
			_, err = r.array(func() error {
				s, err := readSpot(r)
				x.name(s)
				return err
			})
		case "provenance":
			_, err = r.object(func(key string) error {
				if key == "invocationIndex" {
					return r.number(&x.invocation)
				}
				return r.skip()
			})
		case "fingerprints":
			x.fingerprints, x.before, err = r.dictionary()
		case "partialFingerprints":
			x.partial, x.beforePartial, err = r.dictionary()
		case "properties":
			return x.props.read(r)
		case "suppressions":
			_, err = r.array(func() error { return x.suppression(r) })
		case "baselineState":
			var state string
			err = r.text(&state)
			x.absent = state == "absent"
		case "taxa":
			return readTaxa(r, &x.taxa)
		default:
			return r.skip()
		}
		return err
	})
}

func readSpot(r *reader) (spot, error) {
	s := noSpot
	err := s.read(r)
	s.snippet, s.uri, s.logical = clipped(s.snippet, 4000), digest(s.uri, 4*locationLimit), digest(s.logical, 4*locationLimit)
	return s, err
}

// name remembers a location by its id, as links in messages refer to it (3.28.2).
func (x *result) name(s spot) {
	if _, known := x.related[s.id]; s.id != "" && !known && len(x.related) < 100 {
		x.related[s.id] = s
	}
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
		case "id":
			return r.text(&s.id)
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
					case "index":
						if s.logicalIndex < 0 {
							return r.number(&s.logicalIndex)
						}
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
		case "charOffset":
			return r.number(&s.charOffset)
		case "byteOffset":
			return r.number(&s.byteOffset)
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
func readTaxa(r *reader, into *[]taxon) error {
	_, err := r.array(func() error { return readTarget(r, into) })
	return err
}

// dictionary takes up to 20 named texts; all has what is no text too, as the first form of the hash did.
func (r *reader) dictionary() (texts, all map[string]string, err error) {
	texts, all = map[string]string{}, map[string]string{}
	_, err = r.object(func(key string) error {
		t, err := r.peek()
		if err != nil {
			return err
		}
		var value string
		if err := r.text(&value); err != nil {
			return err
		}
		if len(key) >= 200 || len(all) >= 20 {
			return nil
		}
		all[key] = clipped(value, 2000)
		if text, ok := t.(string); ok && text != "" {
			texts[key] = all[key]
		}
		return nil
	})
	return texts, all, err
}

// mark is by what a result is known again, wherever its line has moved to: the strongest of what there is (3.27.16,
// 3.27.17).
func (x *result) mark(in *run, at spot, said string) string {
	artifact, logical := in.file(at), in.logicalOf(at)
	switch {
	case len(x.fingerprints) > 0:
		return joined(x.fingerprints)
	case len(x.partial) > 0:
		return strings.TrimSpace(joined(x.partial) + " " + strings.Join(strings.Fields(artifact+" "+at.base+" "+logical), " "))
	case at.snippet != "":
		return "code:" + sum(artifact + "\n" + at.base + "\n" + logical + "\n" + strings.Join(strings.Fields(at.snippet), " "))[:32]
	}
	return "text:" + sum(artifact + "\n" + at.base + "\n" + logical + "\n" + unnumbered.ReplaceAllString(line(said), "#"))[:32]
}

var unnumbered = regexp.MustCompile(`[0-9]+`)

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
		Row: row, Tool: in.tool, Rule: cmp.Or(x.rule.id, rule.id),
		Risk: x.risk(in, rule), Recommendation: cmp.Or(marked(rule.helpMarkdown), plain(rule.help)), References: rule.links(),
		Vector: cmp.Or(vectorOf(x.props.vector), vectorOf(rule.props.vector)),
	}
	at := noSpot
	if len(x.places) > 0 {
		at = x.places[0]
	}
	e.Before.Rule, e.Before.Location = e.Rule, in.before(at)
	e.Before.Fingerprint = cmp.Or(joined(x.before), joined(x.beforePartial))
	said, formatted := x.message.resolve(rule, nil)
	if e.Before.Fingerprint == "" && said+formatted != "" {
		e.Before.Fingerprint = "message:" + sum(said + formatted)[:32]
	}
	said, formatted = x.message.resolve(rule, in.messages)
	said, formatted = x.unlink(in, said, false), x.unlink(in, formatted, true)
	e.Fingerprint = x.mark(in, at, said+formatted)
	e.Order = [4]int{at.line, at.column, at.charOffset, at.byteOffset}
	e.Title = cmp.Or(line(rule.short), line(rule.name), firstSentence(said), e.Rule)
	e.Location = in.place(at)
	for _, p := range x.places {
		if where := in.place(p); where != "" && !slices.Contains(e.Instances, where) {
			e.Instances = append(e.Instances, where)
		}
	}
	for _, text := range append(append(in.weaknesses(x.taxa), x.props.weak...), append(rule.props.weak, in.weaknesses(rule.taxa)...)...) {
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
		e.Suppressed = "absent since the baseline: it is no longer there"
	case x.suppressed:
		e.Suppressed = strings.TrimSuffix("suppressed in the tool, "+x.why, ", ")
	case e.Rule == "" && line(said) == "":
		e.Flaw = "the result has neither a rule nor a message"
	}
	return e
}

// risk goes by the score that the tool gives, else by the level (3.27.10: the result's, else the rule's, else warning).
func (x *result) risk(in *run, rule *descriptor) string {
	for _, text := range []string{x.props.severity, rule.props.severity} {
		// neither NaN nor infinite
		if score, err := strconv.ParseFloat(strings.TrimSpace(text), 64); err == nil && score-score == 0 {
			return riskOf(score)
		}
	}
	if x.kind != "" && x.kind != "fail" {
		return "informational"
	}
	switch cmp.Or(x.level, in.override(x.invocation, rule), rule.level, "warning") {
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
func (m *message) resolve(rule *descriptor, global map[string]string) (text, markdown string) {
	text, markdown = m.text, m.markdown
	if text == "" && markdown == "" {
		text = cmp.Or(rule.messages[m.id], global[m.id])
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

// embedded is a link within a message (3.11.6): to one of the result's locations by number, or into the file itself.
var embedded = regexp.MustCompile(`\[((?:[^\[\]\\]|\\.){1,1000})\]\(([0-9]{1,9}|sarif:[^)]{1,1000})\)`)

// unlink names the locations that a message links to, which lead nowhere for readers.
func (x *result) unlink(in *run, text string, markdown bool) string {
	return embedded.ReplaceAllStringFunc(text, func(link string) string {
		parts := embedded.FindStringSubmatch(link)
		words := parts[1]
		if !markdown {
			words = strings.NewReplacer(`\[`, "[", `\]`, "]", `\\`, `\`).Replace(words)
		}
		s, ok := x.related[parts[2]]
		where := ""
		if ok {
			where = in.place(s)
		}
		switch {
		case where == "":
			return words
		case markdown:
			return words + " (" + code(where) + ")"
		}
		return words + " (" + where + ")"
	})
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
