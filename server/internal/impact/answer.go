package impact

import (
	"context"
	"slices"

	"github.com/google/uuid"

	"github.com/holdfast-platform/holdfast/gen/ent"
	graphv1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/graph/v1"
	typev1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/type/v1"
	"github.com/holdfast-platform/holdfast/server/internal/api"
	"github.com/holdfast-platform/holdfast/server/internal/db"
)

// Question is what callers ask of the impact of a record; the requests of all its methods have it.
type Question interface {
	GetPage() int32
	GetPerPage() int32
	GetMaxDistance() int32
	GetDirection() string
	GetIncludePlanned() bool
	GetMinCriticality() string
}

// Answer is one page of what a failure of the roots reaches, and a summary of all of it.
func Answer(ctx context.Context, roots []*ent.Asset, q Question) (*graphv1.Impact, error) {
	page, err := api.PageOf(given(q.GetPage()), given(q.GetPerPage()))
	if err != nil {
		return nil, err
	}
	o := Options{MaxDistance: int(q.GetMaxDistance()), IncludePlanned: q.GetIncludePlanned()}
	if q.GetDirection() == "upstream" {
		o.Direction = Upstream
	}
	r, err := Of(ctx, roots, o)
	if err != nil {
		return nil, err
	}
	found := r.Found()
	if word := q.GetMinCriticality(); word != "" {
		if found, err = atLeast(ctx, found, word); err != nil {
			return nil, err
		}
	}
	out := &graphv1.Impact{Note: r.Note}
	page.Fill(out, int64(len(found)), false)
	from := min(page.Offset(), len(found))
	if out.Items, err = r.Page(ctx, found[from:min(from+page.Size, len(found))]); err != nil {
		return nil, err
	}
	out.Summary, err = r.Summary(ctx)
	return out, err
}

// given is nil for a number that was left out; the contract has none below 1.
func given(n int32) *int32 {
	if n == 0 {
		return nil
	}
	return &n
}

// Page shows some of the assets that are reached, each with the path to it. It takes four statements whatever their
// number.
func (r *Reach) Page(ctx context.Context, found []uuid.UUID) ([]*graphv1.ImpactedAsset, error) {
	named, parents := map[uuid.UUID]*ent.Asset{}, map[uuid.UUID]uuid.UUID{}
	var all, unknown []uuid.UUID
	for _, id := range found {
		for at := r.place[id]; int(at) >= len(r.roots); at = r.parent[at] {
			one := r.ids[at]
			if _, met := parents[one]; met {
				break
			}
			parents[one] = r.ids[r.parent[at]]
			all = append(all, one)
			if r.last[one] == nil {
				unknown = append(unknown, one)
			}
		}
	}
	if err := r.learn(ctx, unknown, func(to, from uuid.UUID, one *ent.AssetRelation) {
		counts := r.options.Direction == Upstream || groupOf(one) == r.lost[to].Group
		if parents[to] == from && counts && earlier(one, r.last[to]) {
			r.last[to] = one
		}
	}); err != nil {
		return nil, err
	}
	if len(all) > 0 {
		rows, err := db.From(ctx).Asset.Query().Where(db.OneOf("id", all)).All(ctx)
		if err != nil {
			return nil, err
		}
		for _, one := range rows {
			named[one.ID] = one
		}
	}
	out, refs := make([]*graphv1.ImpactedAsset, 0, len(found)), api.RefsOf(ctx)
	for _, id := range found {
		item := &graphv1.ImpactedAsset{Asset: ref(id, named[id]), Distance: r.distance[r.place[id]]}
		if one := named[id]; one != nil {
			item.AssetType, item.Criticality = one.AssetType, one.Criticality
			refs.Want(&item.Site, "Site", one.SiteID)
		}
		if l, ok := r.lost[id]; ok {
			item.Lost = &graphv1.ImpactLoss{Group: l.Group, Standing: l.Standing, Needed: l.Needed, Of: l.Of}
		}
		for _, at := range r.Path(id)[1:] {
			step := &graphv1.ImpactStep{Asset: ref(at, named[at])}
			if by := r.last[at]; by != nil { // else it has changed since the walk
				step.RelationId, step.Type, step.RedundancyGroup = by.ID.String(), by.Type, groupOf(by)
			}
			item.Path = append(item.Path, step)
		}
		out = append(out, item)
	}
	return out, refs.Load()
}

// groupOf is the redundancy group of a relation as it is counted; empty for none.
func groupOf(one *ent.AssetRelation) string {
	if one.RedundancyGroup == nil {
		return ""
	}
	return *one.RedundancyGroup
}

// ref shows an asset; one that is gone since only by its id.
func ref(id uuid.UUID, a *ent.Asset) *typev1.Ref {
	if a == nil {
		return &typev1.Ref{Id: id.String()}
	}
	return &typev1.Ref{Id: id.String(), Number: db.Short(kind, a.Number), Label: a.Name}
}

// criticalities are the words of an asset's criticality, in the order of their ranks, from 1.
var criticalities = []string{"low", "medium", "high", "critical"}

// atLeast are those of some assets that have at least a criticality, in the order in which they were.
func atLeast(ctx context.Context, found []uuid.UUID, word string) ([]uuid.UUID, error) {
	q := begin(ctx)
	list, err := q.listed(found)
	if err != nil {
		return nil, err
	}
	q.text.WriteString("SELECT a.id FROM " + list + " AND a.criticality_rank >= " +
		q.arg(slices.Index(criticalities, word)+1) + " ORDER BY list.n")
	out := make([]uuid.UUID, 0, len(found))
	return out, q.each(ctx, func(scan func(...any) error) error {
		var id uuid.UUID
		err := scan(&id)
		out = append(out, id)
		return err
	})
}
