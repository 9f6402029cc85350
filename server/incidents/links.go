package incidents

import (
	"context"
	"slices"

	"github.com/google/uuid"

	"github.com/holdfast-platform/holdfast/ent/viewer"
	"github.com/holdfast-platform/holdfast/gen/ent"
	entlink "github.com/holdfast-platform/holdfast/gen/ent/link"
	"github.com/holdfast-platform/holdfast/gen/ent/predicate"
	"github.com/holdfast-platform/holdfast/server/internal/db"
	"github.com/holdfast-platform/holdfast/server/internal/fault"
	"github.com/holdfast-platform/holdfast/server/internal/link"
)

// affect makes the links to what the incident affects, and takes away those to what it no longer does. A new one must
// lead to an asset that the caller may read; one to an asset that they may not see stays out of their hands.
func (x *change) affect(ctx context.Context, id uuid.UUID) error {
	if !x.setAssets {
		return nil
	}
	var have []*ent.Link
	if x.before != nil {
		var err error
		if have, err = affected(ctx, id); err != nil {
			return err
		}
	}
	var added, gone []uuid.UUID
	for _, a := range x.assets {
		if !slices.ContainsFunc(have, func(l *ent.Link) bool { return l.ToID == a }) {
			added = append(added, a)
		}
	}
	for _, l := range have {
		if !slices.Contains(x.assets, l.ToID) {
			gone = append(gone, l.ID)
		}
	}
	if x.before != nil && len(added)+len(gone) > 0 && !viewer.From(ctx).Machine() {
		if state := db.EndedState(x.m, x.before); state != "" {
			return db.EndedFault("incident", state, "asset_ids")
		}
	}
	if len(gone) > 0 {
		if _, err := db.From(ctx).Link.Delete().Where(entlink.IDIn(gone...)).Exec(ctx); err != nil {
			return err
		}
	}
	if err := readable(ctx, added); err != nil {
		return err
	}
	if x.before == nil {
		ctx = viewer.As(ctx, viewer.Reporter) // who may report an incident may say what it affects
	}
	return connect(ctx, id, added)
}

// readable refuses assets that the caller cannot see. The transaction remembers the others: neither the links to them
// nor the answer look them up again.
func readable(ctx context.Context, assets []uuid.UUID) error {
	if len(assets) == 0 {
		return nil
	}
	found, err := db.Labels(ctx, "Asset", assets)
	if err != nil || len(found) == len(assets) {
		return err
	}
	return fault.Invalid("asset_ids", "no such asset")
}

var affects = []predicate.Link{entlink.FromKind(ent.KindIncident), entlink.ToKind(ent.KindAsset), entlink.Type(link.Affects)}

// affected are the links to the assets that an incident affects, as far as the caller may see them.
func affected(ctx context.Context, id uuid.UUID) ([]*ent.Link, error) {
	return db.From(ctx).Link.Query().Where(append([]predicate.Link{entlink.FromID(id)}, affects...)...).All(ctx)
}

// connect makes the links, in one statement.
func connect(ctx context.Context, id uuid.UUID, assets []uuid.UUID) error {
	if len(assets) == 0 {
		return nil
	}
	return db.From(ctx).Link.MapCreateBulk(assets, func(c *ent.LinkCreate, i int) {
		c.SetFromKind(ent.KindIncident).SetFromID(id).SetToKind(ent.KindAsset).SetToID(assets[i]).SetType(link.Affects)
	}).Exec(ctx)
}
