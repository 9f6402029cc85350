package notifications

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/holdfast-platform/holdfast/ent/rule"
	"github.com/holdfast-platform/holdfast/server/internal/db"
)

// The causes, as stored.
const (
	assigned   = "assigned"
	mentioned  = "mentioned"
	watched    = "watched"
	slaWarning = "sla_warning"
	slaBreach  = "sla_breach"
	acceptance = "acceptance"
	merged     = "merged"
)

// tasks are the fields that make a record somebody's; states are those that say where it stands.
var (
	tasks  = []string{"assignee_id", "reviewer_id"}
	states = []string{"status", "lifecycle", "remediation_status"}
)

// news is what one line tells, and whom: people by name, those who watch the record, those who work on it.
type news struct {
	line     db.Line
	kind     string // of the record
	record   uuid.UUID
	cause    string
	detail   string
	people   []uuid.UUID
	watchers bool
	workers  bool
}

// concerns tells whether a line tells anything.
func concerns(l db.Line) bool { return len(newsOf(l)) > 0 }

// newsOf reads a line: a record's own, or that of a comment on it.
func newsOf(l db.Line) []news {
	if l.Kind == "comment" && l.OnKind != nil && l.OnID != nil && !strings.HasSuffix(l.Action, ".deleted") {
		return mentions(l)
	}
	if rule.Word(l.Kind) == "" || strings.HasSuffix(l.Action, ".deleted") {
		return nil
	}
	n := news{line: l, kind: l.Kind, record: l.RecordID}
	var out []news
	tell := func(cause, detail string, to func(*news)) {
		each := n
		each.cause, each.detail = cause, detail
		to(&each)
		out = append(out, each)
	}
	_, verb, _ := strings.Cut(l.Action, ".")
	switch {
	case strings.HasPrefix(verb, "sla_warn"):
		tell(slaWarning, target(l), func(n *news) { n.watchers, n.workers = true, true })
	case strings.HasPrefix(verb, "sla_breach"):
		tell(slaBreach, target(l), func(n *news) { n.watchers, n.workers = true, true })
	case strings.HasPrefix(verb, "merged"), strings.HasPrefix(verb, "unmerged"):
		sign := " → "
		if strings.HasPrefix(verb, "un") {
			sign = " ≠ "
		}
		one, other := text(l.Changes["merged"].New), number(l)
		if strings.HasSuffix(verb, "_duplicate") {
			one, other = other, one
		}
		tell(merged, one+sign+other, func(n *news) { n.watchers, n.workers = true, true })
	case verb == "acceptance_expiring":
		day, _, _ := strings.Cut(text(l.Changes["ends_at"].New), "T")
		tell(acceptance, day, func(n *news) {
			n.watchers, n.workers = true, true
			if lead, err := uuid.Parse(text(l.Changes["lead"].New)); err == nil {
				n.people = []uuid.UUID{lead}
			}
		})
	}
	for _, field := range tasks {
		if id, err := uuid.Parse(text(l.Changes[field].New)); err == nil {
			tell(assigned, "", func(n *news) { n.people = []uuid.UUID{id} })
		}
	}
	for _, field := range states {
		was, is := text(l.Changes[field].Old), text(l.Changes[field].New)
		if was != "" && is != "" {
			tell(watched, was+arrow+is, func(n *news) { n.watchers = true })
		}
	}
	return out
}

// mentions are the people whom a comment mentions and did not before.
func mentions(l db.Line) []news {
	var before, after []uuid.UUID
	_ = json.Unmarshal(l.Changes["mentions"].Old, &before) // null is nobody
	_ = json.Unmarshal(l.Changes["mentions"].New, &after)
	fresh := slices.DeleteFunc(after, func(id uuid.UUID) bool { return slices.Contains(before, id) })
	if len(fresh) == 0 {
		return nil
	}
	return []news{{line: l, kind: *l.OnKind, record: *l.OnID, cause: mentioned, people: fresh}}
}

// number is the short number of the record that a line is about.
func number(l db.Line) string { return db.Short(db.ByKind(l.Kind), l.Number) }

// target is which of a ticket's service levels an event is about: "response" or "resolution".
func target(l db.Line) string { return text(l.Changes["target"].New) }

// arrow stands between a state and the next.
const arrow = " → "

// text is a value that is a text; anything else is empty.
func text(raw json.RawMessage) string {
	var s string
	if len(raw) == 0 || json.Unmarshal(raw, &s) != nil {
		return ""
	}
	return s
}
