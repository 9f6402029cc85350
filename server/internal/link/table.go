package link

import (
	"cmp"
	"maps"
	"slices"

	"github.com/holdfast-platform/holdfast/ent/rule"
)

// Row says that links of a type make sense from records of one kind to records of another.
type Row struct{ Type, From, To string }

// ends are the kinds that a type leads from and to; all of one with all of the other.
type ends struct{ from, to []string }

// sense is the one table of links that make sense: people are offered no others, and no others are made. Links of the
// same kind, and relates_to between any two, are added below.
var sense = map[string][]ends{
	Affects:    {{[]string{"incident", "finding"}, []string{"asset", "site", "client"}}},
	Blocks:     {{[]string{"incident", "finding"}, []string{"incident", "finding", "session"}}},
	CausedBy:   {{[]string{"incident"}, []string{"incident", "finding", "asset"}}, {[]string{"finding"}, []string{"finding", "asset"}}},
	Documents:  {{[]string{"session", "template"}, []string{"asset", "client", "finding", "incident", "site"}}},
	Follows:    {{[]string{"incident", "finding", "session"}, []string{"incident", "session"}}},
	Implements: {{[]string{"asset", "session"}, []string{"finding", "template"}}},
	Mitigates:  {{[]string{"asset", "incident", "finding"}, []string{"finding", "incident"}}},
	Resolves:   {{[]string{"incident", "session"}, []string{"incident", "finding"}}, {[]string{"finding"}, []string{"finding", "incident"}}},
}

// alike are the types that make sense between two records of the same kind, whatever it is.
var alike = []string{ChildOf, DuplicateOf}

// rows are the table, once for each pair of kinds.
var rows = func() map[Row]bool {
	out := map[Row]bool{}
	for typ, all := range sense {
		for _, e := range all {
			for _, from := range e.from {
				for _, to := range e.to {
					out[Row{typ, from, to}] = true
				}
			}
		}
	}
	for from := range rule.RecordKinds() {
		for _, typ := range alike {
			out[Row{typ, from, from}] = true
		}
		for to := range rule.RecordKinds() {
			out[Row{RelatesTo, from, to}] = true
		}
	}
	return out
}()

// Fits tells whether a link of the type makes sense from one kind to another.
func Fits(typ, from, to string) bool { return rows[Row{typ, from, to}] }

// Table is every link that makes sense, by the kind that it goes out from, the one that it leads to, and its type.
func Table() []Row {
	return slices.SortedFunc(maps.Keys(rows), func(a, b Row) int {
		return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To), cmp.Compare(a.Type, b.Type))
	})
}
