package scan

import (
	"cmp"
	"strings"
)

// component is how a tool's part is named (3.54): by place, name or GUID; the place is -1 for none.
type component struct {
	index      int
	name, guid string
}

var noComponent = component{index: -1}

func (c *component) read(r *reader) error {
	_, err := r.object(func(key string) error {
		switch key {
		case "index":
			return r.number(&c.index)
		case "name":
			return r.text(&c.name)
		case "guid":
			return r.text(&c.guid)
		}
		return r.skip()
	})
	return err
}

// is tells whether a reference means a component of this name.
func (c component) is(other component) bool {
	return c.guid != "" && strings.EqualFold(c.guid, other.guid) || c.name != "" && c.name == other.name
}

// component is the place of a reference's component: 0 is the driver.
func (x *run) component(c component) int {
	if c.index >= 0 {
		return c.index + 1
	}
	for i := range x.called {
		if c.is(x.called[i]) {
			return i
		}
	}
	return 0
}

// taxonomy is a list of kinds of weaknesses (3.19.3), taxon a reference to one of them.
type taxonomy struct {
	component
	ids []string
}

type taxon struct {
	id    string
	index int
	in    component
}

// weaknesses are those of the references that lead into the CWE.
func (x *run) weaknesses(taxa []taxon) (out []string) {
	for _, t := range taxa {
		name, id := t.in.name, t.id
		for i := range x.taxonomies {
			if tx := &x.taxonomies[i]; i == t.in.index || t.in.is(tx.component) {
				name = cmp.Or(tx.name, name)
				if id == "" && t.index >= 0 && t.index < len(tx.ids) {
					id = tx.ids[t.index]
				}
				break
			}
		}
		if strings.EqualFold(name, "cwe") && id != "" {
			out = append(out, "CWE-"+strings.TrimPrefix(strings.ToUpper(line(id)), "CWE-"))
		}
	}
	return out
}

func readTaxonomies(r *reader, into *[]taxonomy, kept *int) error {
	_, err := r.array(func() error {
		var x taxonomy
		_, err := r.object(func(key string) error {
			switch key {
			case "name":
				return r.text(&x.name)
			case "guid":
				return r.text(&x.guid)
			case "taxa":
				_, err := r.array(func() error {
					id := ""
					_, err := r.object(func(key string) error {
						if key == "id" {
							return r.text(&id)
						}
						return r.skip()
					})
					x.ids = append(x.ids, id)
					return cmp.Or(err, keep(r, kept, 32+len(id)))
				})
				return err
			}
			return r.skip()
		})
		*into = append(*into, x)
		return cmp.Or(err, keep(r, kept, 100+len(x.name)+len(x.guid)))
	})
	return err
}

// override is what a call of the tool said of a rule (3.20.5).
type override struct {
	rule  ruleRef
	level string
}

func readInvocations(r *reader, into *[][]override, kept *int) error {
	_, err := r.array(func() error {
		var all []override
		_, err := r.object(func(key string) error {
			if key != "ruleConfigurationOverrides" {
				return r.skip()
			}
			_, err := r.array(func() error {
				o := override{rule: noRule}
				_, err := r.object(func(key string) error {
					switch key {
					case "descriptor":
						return o.rule.read(r)
					case "configuration":
						_, err := r.object(func(key string) error {
							if key == "level" {
								return r.text(&o.level)
							}
							return r.skip()
						})
						return err
					}
					return r.skip()
				})
				all = append(all, o)
				return cmp.Or(err, keep(r, kept, 100+len(o.rule.id)+len(o.level)))
			})
			return err
		})
		*into = append(*into, all)
		return cmp.Or(err, keep(r, kept, 32))
	})
	return err
}

// override is the level that an invocation gave a rule; empty for none.
func (x *run) override(invocation int, rule *descriptor) string {
	if invocation < 0 || invocation >= len(x.overrides) {
		return ""
	}
	for _, o := range x.overrides[invocation] {
		if o.level != "" && x.find(o.rule) == rule {
			return o.level
		}
	}
	return ""
}

// readLogical reads the run's locations within the code (3.14.17): a name that is not whole is put behind its parent's.
func readLogical(r *reader, into *[]string, kept *int) error {
	_, err := r.array(func() error {
		var name, full string
		_, err := r.object(func(key string) error {
			switch key {
			case "name":
				return r.text(&name)
			case "fullyQualifiedName":
				return r.text(&full)
			}
			return r.skip()
		})
		full = digest(cmp.Or(full, name), 4*locationLimit)
		*into = append(*into, full)
		return cmp.Or(err, keep(r, kept, 32+len(full)))
	})
	return err
}

func readMessages(r *reader, into map[string]string, kept *int) error {
	_, err := r.object(func(key string) error {
		var text string
		err := readWords(r, &text, nil)
		if len(into) < 1000 {
			into[key] = clipped(text, descriptionLimit)
		}
		return cmp.Or(err, keep(r, kept, len(key)+len(text)))
	})
	return err
}
