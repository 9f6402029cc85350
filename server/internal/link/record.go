package link

import (
	"context"

	"entgo.io/ent/dialect/sql"
	"github.com/google/uuid"

	"github.com/holdfast-platform/holdfast/ent/rule"
	"github.com/holdfast-platform/holdfast/ent/viewer"
	"github.com/holdfast-platform/holdfast/gen/ent"
	"github.com/holdfast-platform/holdfast/server/internal/db"
	"github.com/holdfast-platform/holdfast/server/internal/fault"
)

// Record is the record of a kind ("asset") that comments, links and watches hang on, if the viewer may do the action
// ("read", "update") to its kind and read it. An unknown kind is blamed on the field; a record that is not there, or
// not the viewer's, is not found.
func Record(ctx context.Context, field, kind string, id uuid.UUID, action string) (ent.Record, error) {
	word := rule.Word(kind)
	if word == "" {
		return nil, fault.Invalid(field, "no such kind of record")
	}
	v := viewer.From(ctx)
	for _, permission := range []string{word + ":read", word + ":" + action} {
		if !v.Has(permission) {
			return nil, fault.Forbidden(permission)
		}
	}
	rows, err := db.From(ctx).Records(ctx, db.ByKind(kind), sql.FieldEQ("id", id))
	if err != nil {
		return nil, err
	}
	if len(rows) == 0 {
		return nil, fault.NotFound(kind)
	}
	return rows[0], nil
}
