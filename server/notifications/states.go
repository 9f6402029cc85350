package notifications

import (
	"strings"

	"github.com/holdfast-platform/holdfast/gen/ent"
	"github.com/holdfast-platform/holdfast/server/internal/vocabulary"
)

// vocabularies are those of the states that are the tenant's own words.
var vocabularies = map[string]vocabulary.Domain{ent.KindFinding: vocabulary.RemediationStatus, ent.KindSession: vocabulary.SessionStatus}

// detail is a notification's detail as people read it: states are shown by the tenant's labels.
func detail(words *vocabulary.Version, n *ent.Notification) string {
	domain, ok := vocabularies[n.RecordKind]
	if !ok || n.Cause != watched {
		return n.Detail
	}
	states := strings.Split(n.Detail, arrow)
	for i, s := range states {
		states[i] = words.Label(domain, s)
	}
	return strings.Join(states, arrow)
}
