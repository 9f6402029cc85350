package scan

import "strings"

// properties are those of a property bag that say how bad it is (3.8): "security-severity" as GitHub reads it, a CVSS
// vector, the CWE.
type properties struct {
	severity, vector string
	weak             []string
}

func (p *properties) read(r *reader) error {
	_, err := r.object(func(key string) error {
		switch strings.ToLower(key) {
		case "security-severity":
			return r.text(&p.severity)
		case "tags", "cwe", "cwes", "cwe-id":
			var all []string
			err := r.texts(&all, 100)
			for _, t := range all {
				if strings.HasPrefix(strings.ToLower(key), "cwe") && number(t) != 0 {
					t = "CWE-" + strings.TrimSpace(t)
				}
				if len(p.weak) < 20 && cweOf(t) != 0 {
					p.weak = append(p.weak, clip(line(t), 100))
				}
			}
			return err
		}
		if strings.HasPrefix(strings.ToLower(key), "cvss") {
			var v string
			err := r.text(&v)
			if vectorOf(v) != "" && p.vector == "" {
				p.vector = v
			}
			return err
		}
		return r.skip()
	})
	return err
}

// readTarget reads one reference of a relationship.
func readTarget(r *reader, into *[]taxon) error {
	x := taxon{index: -1, in: noComponent}
	_, err := r.object(func(key string) error {
		switch key {
		case "id":
			return r.text(&x.id)
		case "index":
			return r.number(&x.index)
		case "toolComponent":
			return x.in.read(r)
		}
		return r.skip()
	})
	if len(*into) < 20 {
		x.id = clip(line(x.id), 100)
		*into = append(*into, x)
	}
	return err
}
