package feed

import (
	"encoding/json"
	"testing"

	"github.com/google/uuid"

	"github.com/holdfast-platform/holdfast/ent/viewer"
	"github.com/holdfast-platform/holdfast/server/internal/db"
)

// A notification is shown live to whom it is for, unless he wants it by mail only: then it was read when it was made.
func TestNotificationsAreTheirReaders(t *testing.T) {
	t.Parallel()
	who := &viewer.Viewer{TenantID: uuid.New(), PersonID: uuid.New()}
	line := func(person uuid.UUID, read string) *db.Line {
		l := &db.Line{TenantID: who.TenantID, Kind: "notification", Changes: map[string]db.Values{
			"user_id": {Old: json.RawMessage("null"), New: json.RawMessage(`"` + person.String() + `"`)},
		}}
		if read != "" {
			l.Changes["read_at"] = db.Values{Old: json.RawMessage("null"), New: json.RawMessage(read)}
		}
		return l
	}
	for name, c := range map[string]struct {
		line *db.Line
		want bool
	}{
		"his own":       {line(who.PersonID, ""), true},
		"unread":        {line(who.PersonID, "null"), true},
		"by mail only":  {line(who.PersonID, `"2026-11-22T10:00:00Z"`), false},
		"somebody else": {line(uuid.New(), ""), false},
	} {
		if got := visible(who, c.line); got != c.want {
			t.Errorf("%s: visible is %v", name, got)
		}
	}
}
