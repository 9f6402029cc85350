package journal

import (
	"entgo.io/ent/dialect"
	"github.com/google/uuid"

	"github.com/holdfast-platform/holdfast/ent/viewer"
)

// HistoryQuery is the statement behind the first page of a history.
func HistoryQuery(kind string) string {
	c := &conditions{}
	c.add("j.tenant_id = ?", nil)
	c.about(&viewer.Viewer{Permissions: []string{"*"}}, "asset", uuid.Nil)
	fields, key := expansion(kind == dialect.Postgres)
	return historyQuery(fields, key, c.sql(), 25, 0)
}
