package notifications

import (
	"testing"

	"github.com/holdfast-platform/holdfast/gen/ent"
	"github.com/holdfast-platform/holdfast/server/internal/vocabulary"
)

// TestStatesAreLabelled: the tenant's own words are shown by their labels, also those that it has no longer; other
// details stay.
func TestStatesAreLabelled(t *testing.T) {
	t.Parallel()
	words := vocabulary.New(1, map[vocabulary.Domain][]vocabulary.Word{vocabulary.RemediationStatus: {{Value: "done", Label: "Erledigt", Color: "#0a0", Active: true}}})
	for _, c := range []struct{ kind, cause, detail, want string }{
		{"finding", watched, "in_progress → done", "In Progress → Erledigt"},
		{"session", watched, "planned → done", "Planned → Done"},
		{"incident", watched, "in_progress → done", "in_progress → done"},
		{"finding", acceptance, "2026-11-22", "2026-11-22"},
	} {
		if got := detail(words, &ent.Notification{RecordKind: c.kind, Cause: c.cause, Detail: c.detail}); got != c.want {
			t.Errorf("%s %s: %q, want %q", c.kind, c.cause, got, c.want)
		}
	}
}
