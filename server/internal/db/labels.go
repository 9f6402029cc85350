package db

import (
	"context"
	"errors"

	"entgo.io/ent/dialect/sql"
	"github.com/google/uuid"

	"github.com/holdfast-platform/holdfast/ent/rule"
	"github.com/holdfast-platform/holdfast/ent/viewer"
	gen "github.com/holdfast-platform/holdfast/gen/ent"
)

// Labels fetches what records of ent's kind are called, those only that the viewer may read. Every unscoped member may
// know the names of people and teams; a member with a client knows their own.
func Labels(ctx context.Context, kind string, ids []uuid.UUID) (map[uuid.UUID]gen.Record, error) {
	out := make(map[uuid.UUID]gen.Record, len(ids))
	missing := make([]any, 0, len(ids))
	u := unitOf(ctx)
	for _, id := range ids {
		if u != nil {
			if r := u.seen[ref{kind, id}]; r != nil {
				out[id] = r
				continue
			}
		}
		missing = append(missing, id)
	}
	if len(missing) == 0 {
		return out, nil
	}
	v := viewer.From(ctx)
	if named := kind == "User" || kind == "Group"; named && v != nil && !v.Everywhere() && !v.Scoped() {
		ctx = viewer.As(ctx, viewer.Guard)
	} else if kind == "User" && v.Scoped() {
		mine := missing[:0]
		for _, id := range missing {
			if id == v.PersonID {
				mine = append(mine, id)
			}
		}
		if missing = mine; len(missing) == 0 {
			return out, nil
		}
		ctx = viewer.As(ctx, viewer.Guard)
	}
	rows, err := From(ctx).Records(ctx, kind, sql.FieldIn("id", missing...))
	var denied rule.Denied
	if errors.As(err, &denied) {
		return out, nil
	}
	if err != nil {
		return nil, err
	}
	for _, r := range rows {
		out[r.Key()] = r
		if u != nil { // a change that points at it need not look it up again
			u.remember(ref{kind, r.Key()}, r)
		}
	}
	return out, nil
}
