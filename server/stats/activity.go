package stats

import (
	"context"

	"github.com/holdfast-platform/holdfast/ent/rule"
	"github.com/holdfast-platform/holdfast/ent/viewer"
	statsv1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/stats/v1"
	typev1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/type/v1"
	"github.com/holdfast-platform/holdfast/server/internal/api"
	"github.com/holdfast-platform/holdfast/server/internal/db"
	"github.com/holdfast-platform/holdfast/server/internal/journal"
)

// entries is how many GetActivity answers when nobody says.
const entries = 10

// GetActivity answers what happened last to the records that the caller may read.
func (Service) GetActivity(ctx context.Context, in *statsv1.GetActivityRequest) (*statsv1.Activity, error) {
	limit := entries
	if in.Limit != nil {
		limit = int(in.GetLimit())
	}
	out := &statsv1.Activity{}
	kinds := rule.Readable(viewer.From(ctx))
	if len(kinds) == 0 {
		return out, nil
	}
	lines, err := journal.Latest(ctx, kinds, limit)
	if err != nil {
		return nil, err
	}
	refs := api.RefsOf(ctx)
	for i := range lines {
		l := &lines[i]
		e := &statsv1.ActivityEntry{
			Id: journal.ID(l.Seq), At: api.At(l.At), Action: l.Action, Actor: l.Actor, Kind: l.Kind,
			Record: &typev1.Ref{Id: l.RecordID.String(), Number: db.Short(db.ByKind(l.Kind), l.Number), Label: l.Label},
		}
		refs.Want(&e.By, "User", l.PersonID)
		out.Items = append(out.Items, e)
	}
	return out, refs.Load()
}
