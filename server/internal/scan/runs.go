package scan

import (
	"cmp"
	"net/url"
	"strconv"
	"strings"
)

// run is what the results of one run refer to (3.14). It is read before the results, which many tools write first.
type run struct {
	tool       string
	components [][]descriptor // the driver's rules, then those of each extension
	called     []component    // what the components are called
	names      []map[string]int
	messages   map[string]string // those that all rules share
	taxonomies []taxonomy
	overrides  [][]override // of each invocation
	logical    []string     // locations within the code
	artifacts  []artifact
	bases      map[string]artifact
}

type artifact struct{ uri, base string }

// descriptor is a rule (3.49).
type descriptor struct {
	id, guid, name, short, full, help, helpMarkdown, helpURI, level string
	messages                                                        map[string]string
	props                                                           properties
	taxa                                                            []taxon
}

// ruleRef is how a result names its rule (3.52).
type ruleRef struct {
	id, guid string
	index    int
	in       component
}

var noRule = ruleRef{index: -1, in: noComponent}

// readRuns reads all of a file but its results.
func readRuns(src *source) ([]*run, error) {
	if err := begins(src, "SARIF", '{'); err != nil {
		return nil, err
	}
	r := newReader(src)
	var runs []*run
	var version string
	found, kept := false, 0
	_, err := r.object(func(key string) error {
		switch key {
		case "version":
			return r.text(&version)
		case "runs":
			ok, err := r.array(func() error {
				x := &run{bases: map[string]artifact{}}
				ok, err := x.read(r, &kept)
				if err == nil && !ok {
					err = r.wrong("a run must be an object")
				}
				if runs = append(runs, x); err == nil && len(runs) > 1000 {
					err = r.wrong("more than 1000 runs")
				}
				return err
			})
			found = found || ok
			return err
		}
		return r.skip()
	})
	switch {
	case err != nil:
		return nil, err
	case !found:
		return nil, r.wrong("this is no SARIF: it has no runs")
	case version != "2.1.0":
		return nil, r.wrong("SARIF of version %.20q is not taken: it must be 2.1.0", version)
	}
	return runs, r.done()
}

func (x *run) read(r *reader, kept *int) (bool, error) {
	return r.object(func(key string) error {
		switch key {
		case "tool":
			var extensions [][]descriptor
			var driver component
			var called []component
			x.messages = map[string]string{}
			_, err := r.object(func(key string) error {
				switch key {
				case "driver":
					rules, err := readComponent(r, &driver, x.messages, kept)
					x.tool = driver.name
					x.components = append([][]descriptor{rules}, x.components...)
					return err
				case "extensions":
					_, err := r.array(func() error {
						var c component
						rules, err := readComponent(r, &c, x.messages, kept)
						extensions, called = append(extensions, rules), append(called, c)
						if len(extensions) > 1000 {
							return r.wrong("more than 1000 extensions")
						}
						return err
					})
					return err
				}
				return r.skip()
			})
			if len(x.components) == 0 {
				x.components = [][]descriptor{nil}
			}
			x.components = append(x.components, extensions...)
			x.called = append([]component{driver}, called...)
			x.index()
			return err
		case "taxonomies":
			return readTaxonomies(r, &x.taxonomies, kept)
		case "invocations":
			return readInvocations(r, &x.overrides, kept)
		case "logicalLocations":
			return readLogical(r, &x.logical, kept)
		case "artifacts":
			_, err := r.array(func() error {
				var a artifact
				var ignored int
				_, err := r.object(func(key string) error {
					if key == "location" {
						return readPlace(r, &a.uri, &a.base, &ignored)
					}
					return r.skip()
				})
				x.artifacts = append(x.artifacts, a)
				return cmp.Or(err, keep(r, kept, 64+len(a.uri)+len(a.base)))
			})
			return err
		case "originalUriBaseIds":
			_, err := r.object(func(key string) error {
				var a artifact
				var ignored int
				err := readPlace(r, &a.uri, &a.base, &ignored)
				x.bases[key] = a
				return cmp.Or(err, keep(r, kept, 100+len(key)+len(a.uri)+len(a.base)))
			})
			return err
		}
		return r.skip()
	})
}

// keep counts what stays in memory.
func keep(r *reader, kept *int, n int) error {
	if *kept += n; *kept > mostRules {
		return r.wrong("the rules and artifacts are larger than %d MiB", mostRules>>20)
	}
	return nil
}

func (x *run) index() {
	x.names = make([]map[string]int, len(x.components))
	for i, rules := range x.components {
		x.names[i] = make(map[string]int, len(rules))
		for j := range rules {
			if _, twice := x.names[i][rules[j].id]; !twice {
				x.names[i][rules[j].id] = j
			}
		}
	}
}

func readComponent(r *reader, c *component, shared map[string]string, kept *int) (rules []descriptor, err error) {
	_, err = r.object(func(key string) error {
		switch key {
		case "name":
			return r.text(&c.name)
		case "guid":
			return r.text(&c.guid)
		case "globalMessageStrings":
			return readMessages(r, shared, kept)
		case "rules":
			_, err := r.array(func() error {
				var d descriptor
				size, err := d.read(r)
				rules = append(rules, d)
				return cmp.Or(err, keep(r, kept, size))
			})
			return err
		}
		return r.skip()
	})
	return rules, err
}

func (d *descriptor) read(r *reader) (size int, err error) {
	_, err = r.object(func(key string) error {
		switch key {
		case "id":
			return r.text(&d.id)
		case "guid":
			return r.text(&d.guid)
		case "name":
			return r.text(&d.name)
		case "helpUri":
			return r.text(&d.helpURI)
		case "shortDescription":
			return readWords(r, &d.short, nil)
		case "fullDescription":
			return readWords(r, &d.full, nil)
		case "help":
			return readWords(r, &d.help, &d.helpMarkdown)
		case "defaultConfiguration":
			_, err := r.object(func(key string) error {
				if key == "level" {
					return r.text(&d.level)
				}
				return r.skip()
			})
			return err
		case "messageStrings":
			d.messages = map[string]string{}
			return readMessages(r, d.messages, &size)
		case "properties":
			return d.props.read(r)
		case "relationships":
			_, err := r.array(func() error {
				_, err := r.object(func(key string) error {
					if key != "target" {
						return r.skip()
					}
					return readTarget(r, &d.taxa)
				})
				return err
			})
			return err
		}
		return r.skip()
	})
	size += 500 + 100*len(d.taxa)
	for _, text := range []*string{&d.id, &d.name, &d.short, &d.full, &d.help, &d.helpMarkdown, &d.helpURI} {
		*text = clipped(*text, 2*descriptionLimit)
		size += len(*text)
	}
	return size, err
}

// readWords reads a text that comes in one or two forms (3.12).
func readWords(r *reader, text, markdown *string) error {
	_, err := r.object(func(key string) error {
		switch {
		case key == "text":
			return r.text(text)
		case key == "markdown" && markdown != nil:
			return r.text(markdown)
		}
		return r.skip()
	})
	return err
}

func (x *ruleRef) read(r *reader) error {
	_, err := r.object(func(key string) error {
		switch key {
		case "id":
			var id string
			err := r.text(&id)
			x.id = cmp.Or(x.id, id)
			return err
		case "guid":
			return r.text(&x.guid)
		case "index":
			return r.number(&x.index)
		case "toolComponent":
			return x.in.read(r)
		}
		return r.skip()
	})
	return err
}

// find is the rule of a result: by its place, else by its id, where "a/b" is a kind of "a" (3.52.4).
func (x *run) find(ref ruleRef) *descriptor {
	c := x.component(ref.in)
	if ref.guid != "" {
		for _, rules := range x.components {
			for j := range rules {
				if strings.EqualFold(rules[j].guid, ref.guid) {
					return &rules[j]
				}
			}
		}
	}
	if c >= 0 && c < len(x.components) && ref.index >= 0 && ref.index < len(x.components[c]) {
		if d := &x.components[c][ref.index]; ref.id == "" || d.id == ref.id || strings.HasPrefix(ref.id, d.id+"/") {
			return d
		}
	}
	for id := ref.id; id != ""; {
		if c > 0 && c < len(x.names) {
			if j, ok := x.names[c][id]; ok {
				return &x.components[c][j]
			}
		}
		for i, names := range x.names {
			if j, ok := names[id]; ok {
				return &x.components[i][j]
			}
		}
		cut := strings.LastIndexByte(id, '/')
		if cut < 0 {
			break
		}
		id = id[:cut]
	}
	return &descriptor{}
}

func (d *descriptor) links() []string {
	if d.helpURI == "" {
		return nil
	}
	return []string{d.helpURI}
}

// place is where a result is, for people, and the same from whichever machine the scan was made: file addresses lose
// the folder that the run calls its base.
func (x *run) place(s spot) string {
	uri := x.file(s)
	if uri == "" {
		return x.logicalOf(s)
	}
	switch {
	case s.line > 0:
		uri += ":" + strconv.Itoa(s.line)
		if s.column > 0 {
			uri += ":" + strconv.Itoa(s.column)
		}
	case s.charOffset >= 0: // as RFC 5147 writes it
		uri += "#char=" + strconv.Itoa(s.charOffset)
	case s.byteOffset >= 0:
		uri += "#byte=" + strconv.Itoa(s.byteOffset)
	}
	return uri
}

// before is the place as the first form of the hash took it.
func (x *run) before(s spot) string {
	if x.file(s) == "" {
		return s.logical
	}
	s.charOffset, s.byteOffset = -1, -1
	return x.place(s)
}

// logicalOf is a location within the code, by itself or in the run's list (3.33.3).
func (x *run) logicalOf(s spot) string {
	if s.logical == "" && s.logicalIndex >= 0 && s.logicalIndex < len(x.logical) {
		return x.logical[s.logicalIndex]
	}
	return s.logical
}

// file is the artifact of a place.
func (x *run) file(s spot) string {
	uri, base := s.uri, s.base
	if uri == "" && s.artifact >= 0 && s.artifact < len(x.artifacts) {
		uri, base = x.artifacts[s.artifact].uri, x.artifacts[s.artifact].base
	}
	if uri == "" {
		return ""
	}
	if full := x.resolve(uri, base); full != "" {
		uri = full
	}
	folder := ""
	for _, b := range x.bases {
		if strings.HasPrefix(b.uri, "file:") && len(b.uri) > max(len("file:///"), len(folder)) && strings.HasPrefix(uri, b.uri) {
			folder = b.uri
		}
	}
	uri = strings.TrimPrefix(uri, folder)
	if !strings.Contains(uri, "://") || strings.HasPrefix(uri, "file:") {
		uri = strings.TrimPrefix(uri, "file://")
		if path, err := url.PathUnescape(uri); err == nil {
			uri = path
		}
	}
	return uri
}

// resolve puts the bases of the web before an address; those on the scanner's disk say nothing to others.
func (x *run) resolve(uri, base string) string {
	for range 8 { // bases may have bases, in circles too
		b, ok := x.bases[base]
		if base == "" || !ok || strings.Contains(uri, "://") {
			break
		}
		if !strings.HasPrefix(b.uri, "file:") {
			uri = strings.TrimSuffix(b.uri, "/") + "/" + strings.TrimPrefix(uri, "/")
			uri = strings.TrimPrefix(uri, "/")
		}
		base = b.base
	}
	return uri
}
