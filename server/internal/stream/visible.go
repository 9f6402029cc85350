package stream

import (
	"encoding/json"
	"slices"

	"github.com/google/uuid"

	"github.com/holdfast-platform/holdfast/ent/rule"
	"github.com/holdfast-platform/holdfast/ent/viewer"
	"github.com/holdfast-platform/holdfast/server/internal/db"
)

// attached are the kinds of what hangs on records, shown beside the records themselves.
var attached = []string{"comment", "link", "notification"}

// wants tells whether a line is among those that were asked for.
func (f Filter) wants(l *db.Line) bool {
	return (len(f.Kinds) == 0 || slices.Contains(f.Kinds, l.Kind)) &&
		(len(f.Actions) == 0 || slices.Contains(f.Actions, l.Action)) &&
		(len(f.Records) == 0 || slices.Contains(f.Records, l.RecordID) || l.OnID != nil && slices.Contains(f.Records, *l.OnID))
}

// visible tells whether a viewer may see a line of their tenant: lines of records by the permission to read their kind,
// what hangs on a record by that of the record, notifications by whom they are for. Accounts, keys and settings are for
// the audit list only. Members with a client see their client's lines, and none that are internal or lead elsewhere.
func visible(v *viewer.Viewer, l *db.Line) bool {
	if v == nil || l.TenantID != v.TenantID {
		return false
	}
	if l.Kind == "notification" { // those that are not for the app go by mail only
		inApp := l.Changes["in_app"]
		return field(l, "user_id") == v.PersonID.String() && v.PersonID != uuid.Nil && string(inApp.New) != "false" && string(inApp.Old) != "false"
	}
	if v.Scoped() && (l.ClientID == nil || *l.ClientID != v.ClientID || l.Internal || l.Kind == "link") {
		return false
	}
	reads := func(kind string) bool { return rule.Word(kind) != "" && v.Has(rule.Word(kind)+":read") }
	switch l.Kind {
	case "comment":
		return l.OnKind != nil && reads(*l.OnKind)
	case "link":
		return l.OnKind != nil && reads(*l.OnKind) && reads(field(l, "to_kind"))
	}
	return reads(l.Kind)
}

// field is a text among a line's changes, as it was made or as it was last.
func field(l *db.Line, name string) string {
	var text string
	for _, raw := range []json.RawMessage{l.Changes[name].New, l.Changes[name].Old} {
		if text == "" && len(raw) > 0 && json.Unmarshal(raw, &text) != nil {
			return ""
		}
	}
	return text
}
