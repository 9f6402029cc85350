package rule

import (
	"slices"

	"github.com/holdfast-platform/holdfast/ent/viewer"
)

// words maps a kind of record to its domain, such as "site" to "sites". The generated code fills it from the entities
// with Record.
var words = map[string]string{}

// SetRecordKinds is called by the generated code, before anything else runs.
func SetRecordKinds(all map[string]string) { words = all }

// Word is the domain of a kind of record that comments, links and watches may hang on; empty for others.
func Word(kind string) string { return words[kind] }

// Readable are those of the RecordKinds that a viewer may read, alphabetically.
func Readable(v *viewer.Viewer) []string {
	var kinds []string
	for kind, word := range words {
		if v.Has(word + ":read") {
			kinds = append(kinds, kind)
		}
	}
	slices.Sort(kinds)
	return kinds
}

// RecordKinds are the kinds that comments, links and watches may hang on.
func RecordKinds() map[string]string { return words }
