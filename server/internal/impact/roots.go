package impact

import (
	"context"
	"fmt"
	"slices"

	"entgo.io/ent/dialect/sql"
	"github.com/google/uuid"

	"github.com/holdfast-platform/holdfast/ent/rule"
	"github.com/holdfast-platform/holdfast/ent/viewer"
	"github.com/holdfast-platform/holdfast/gen/ent"
	"github.com/holdfast-platform/holdfast/gen/ent/asset"
	entlink "github.com/holdfast-platform/holdfast/gen/ent/link"
	graphv1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/graph/v1"
	"github.com/holdfast-platform/holdfast/server/internal/db"
	"github.com/holdfast-platform/holdfast/server/internal/fault"
	"github.com/holdfast-platform/holdfast/server/internal/link"
)

// sources find the assets that records of a kind stand for, as far as the caller may see them.
var sources = map[string]func(ctx context.Context, ids []uuid.UUID) ([]*ent.Asset, error){
	ent.KindAsset: func(ctx context.Context, ids []uuid.UUID) ([]*ent.Asset, error) {
		return db.From(ctx).Asset.Query().Where(db.OneOf("id", ids)).All(ctx)
	},
	ent.KindSite: func(ctx context.Context, ids []uuid.UUID) ([]*ent.Asset, error) {
		return db.From(ctx).Asset.Query().Where(db.OneOf("site_id", ids), asset.Lifecycle("active")).All(ctx)
	},
	ent.KindIncident: func(ctx context.Context, ids []uuid.UUID) ([]*ent.Asset, error) {
		links, err := db.From(ctx).Link.Query().Where(entlink.FromKind(ent.KindIncident), db.OneOf("from_id", ids),
			entlink.ToKind(ent.KindAsset), entlink.Type(link.Affects)).All(ctx)
		if err != nil || len(links) == 0 {
			return nil, err
		}
		to := make([]uuid.UUID, len(links))
		for i, l := range links {
			to[i] = l.ToID
		}
		return db.From(ctx).Asset.Query().Where(db.OneOf("id", to)).All(ctx)
	},
}

// kinds are those of roots, in the order in which they are looked up.
var kinds = []string{ent.KindAsset, ent.KindSite, ent.KindIncident}

// Roots are the assets that a record of a kind stands for: itself, the active ones at a site, those that an incident
// affects. The caller has read the record.
func Roots(ctx context.Context, kind string, id uuid.UUID) ([]*ent.Asset, error) {
	return sources[kind](ctx, []uuid.UUID{id})
}

// RootsOf are the assets that all records of a request stand for. A record that is not there, or not the caller's, is
// not found; a kind that has no assets is blamed on its place, one that the caller may not read is forbidden.
func RootsOf(ctx context.Context, roots []*graphv1.ImpactRoot) ([]*ent.Asset, error) {
	texts := map[string][]string{}
	for i, r := range roots {
		if sources[r.GetKind()] == nil {
			return nil, fault.Invalid(fmt.Sprintf("roots[%d].kind", i), "no kind that has assets")
		}
		texts[r.GetKind()] = append(texts[r.GetKind()], r.GetId())
	}
	var out []*ent.Asset
	for _, k := range kinds {
		if len(texts[k]) == 0 {
			continue
		}
		if permission := rule.Word(k) + ":read"; !viewer.From(ctx).Has(permission) {
			return nil, fault.Forbidden(permission)
		}
		ids, err := find(ctx, k, texts[k])
		if err != nil {
			return nil, err
		}
		assets, err := sources[k](ctx, ids)
		if err != nil {
			return nil, err
		}
		out = append(out, assets...)
	}
	return out, nil
}

// find looks up records by ids and numbers, all in one statement.
func find(ctx context.Context, k string, texts []string) ([]uuid.UUID, error) {
	entity := db.ByKind(k)
	ids, numbers := map[uuid.UUID]bool{}, map[int64]bool{}
	for _, t := range texts {
		switch id, number, ok := db.ParseID(entity, t); {
		case !ok:
			return nil, fault.NotFound(k)
		case number > 0:
			numbers[number] = true
		default:
			ids[id] = true
		}
	}
	named := []func(*sql.Selector){sql.FieldIn("id", keys(ids)...)}
	if len(numbers) > 0 {
		named = append(named, sql.FieldIn("number", keys(numbers)...))
	}
	rows, err := db.From(ctx).Records(ctx, entity, sql.OrPredicates(named...))
	if err != nil {
		return nil, err
	}
	found := make([]uuid.UUID, len(rows))
	for i, r := range rows {
		found[i] = r.Key()
		delete(ids, r.Key())
		delete(numbers, r.Num())
	}
	if len(ids)+len(numbers) > 0 {
		return nil, fault.NotFound(k)
	}
	return found, nil
}

func keys[K comparable](set map[K]bool) []K {
	out := make([]K, 0, len(set))
	for k := range set {
		out = append(out, k)
	}
	return slices.Clip(out)
}
