package stream

import (
	"encoding/json"
	"testing"

	"github.com/google/uuid"

	"github.com/holdfast-platform/holdfast/ent/viewer"
	"github.com/holdfast-platform/holdfast/server/internal/db"
)

// A notification is shown live to whom it is for, unless they want it by mail only.
func TestNotificationsAreTheirReaders(t *testing.T) {
	t.Parallel()
	who := &viewer.Viewer{TenantID: uuid.New(), PersonID: uuid.New()}
	line := func(person uuid.UUID, inApp string) *db.Line {
		l := &db.Line{TenantID: who.TenantID, Kind: "notification", Changes: map[string]db.Values{
			"user_id": {Old: json.RawMessage("null"), New: json.RawMessage(`"` + person.String() + `"`)},
		}}
		if inApp != "" {
			l.Changes["in_app"] = db.Values{Old: json.RawMessage("null"), New: json.RawMessage(inApp)}
		}
		return l
	}
	for name, c := range map[string]struct {
		line *db.Line
		want bool
	}{
		"his own":       {line(who.PersonID, ""), true},
		"in the app":    {line(who.PersonID, "true"), true},
		"by mail only":  {line(who.PersonID, "false"), false},
		"somebody else": {line(uuid.New(), ""), false},
	} {
		if got := visible(who, c.line); got != c.want {
			t.Errorf("%s: visible is %v", name, got)
		}
	}
}
