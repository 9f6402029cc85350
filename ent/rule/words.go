package rule

// words maps a kind of record to its domain. It is the one place that knows plurals; a test holds it against the entities.
var words = map[string]string{
	"site": "sites", "asset": "assets", "incident": "incidents", "client": "clients", "session": "sessions", "finding": "findings", "template": "templates",
}

// Word is the domain of a kind of record that comments, links and watches may hang on; empty for others.
func Word(kind string) string { return words[kind] }

// RecordKinds are the kinds that comments, links and watches may hang on.
func RecordKinds() map[string]string { return words }
