package assets

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/holdfast-platform/holdfast/gen/ent"
	"github.com/holdfast-platform/holdfast/gen/ent/asset"
	assetsv1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/assets/v1"
	typev1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/type/v1"
	"github.com/holdfast-platform/holdfast/server/internal/api"
	"github.com/holdfast-platform/holdfast/server/internal/clock"
	"github.com/holdfast-platform/holdfast/server/internal/db"
)

// farthest is how many steps a failure is followed.
const farthest = 1000

// GetAssetImpact answers what is hit when an asset fails.
func (Service) GetAssetImpact(ctx context.Context, in *assetsv1.GetAssetImpactRequest) (*assetsv1.GetAssetImpactResponse, error) {
	root, err := db.From(ctx).Asset.Query().Where(api.ByID(kind, in.GetId())).Only(ctx)
	if err != nil {
		return nil, err
	}
	page, err := api.PageOf(in.Page, in.PerPage)
	if err != nil {
		return nil, err
	}
	most := farthest
	if in.MaxDistance != nil {
		most = int(in.GetMaxDistance())
	}
	r, err := reached(ctx, root.ID)
	if err != nil {
		return nil, err
	}
	total, err := r.within(ctx, most)
	if err != nil {
		return nil, err
	}
	out := &assetsv1.GetAssetImpactResponse{}
	page.Fill(out, int64(total), false)
	from := min(page.Offset(), total)
	out.Items, err = r.show(ctx, r.ids[from:min(from+page.Size, total)])
	return out, err
}

// reach is what a failure of root reaches.
type reach struct {
	root uuid.UUID
	at   time.Time
	// ids are the assets that are reached, the nearest first; place is where they stand there, from 1; the root's is 0.
	ids   []uuid.UUID
	place map[uuid.UUID]int
	// hops are the last steps of the shortest paths, as far as they have been looked up.
	hops map[uuid.UUID]*hop
}

// hop is how a failure first comes to an asset: from which one, along which relation. Distance counts the hops from the
// root, once it is known.
type hop struct {
	from     uuid.UUID
	relation *ent.AssetRelation
	distance int
}

// few is how many assets' last steps are looked up at once; where more are reached, only those that are needed are.
// Tests make it small.
var few = 5000

// reached finds every asset that a failure of root reaches. Up to some, it asks the database by one recursive query
// (see walk); where more are reached, the tenant's relations are read at once and walked here, which costs a fraction
// for each asset (see graph).
func reached(ctx context.Context, root uuid.UUID) (*reach, error) {
	r := &reach{root: root, at: clock.Now(ctx), place: map[uuid.UUID]int{}, hops: map[uuid.UUID]*hop{}}
	all, err := db.Total(ctx, kind)
	if err != nil {
		return nil, err
	}
	some := max(few, int(all/16))
	found, err := walked(ctx, root, r.at, some+1)
	if err == nil && len(found) > some {
		var g *graph
		if g, err = drawn(ctx, root, r.at); err == nil {
			found = g.reached()
		}
	}
	if err != nil {
		return nil, fmt.Errorf("impact: %w", err)
	}
	for i, id := range found {
		r.place[id] = i
	}
	r.ids = found[1:]
	if len(r.ids) > few {
		return r, nil
	}
	return r, r.learn(ctx, r.ids)
}

// within is how many of the assets are at most so many steps away. They stand in order of distance, so where the last
// one is too far, halving finds the first that is.
func (r *reach) within(ctx context.Context, most int) (int, error) {
	var failed error
	far := func(i int) bool {
		d, err := r.distance(ctx, r.ids[i], most)
		if err != nil {
			failed = err
		}
		return d > most
	}
	if len(r.ids) == 0 || !far(len(r.ids)-1) {
		return len(r.ids), failed
	}
	low, high := 0, len(r.ids)-1
	for low < high && failed == nil {
		if middle := (low + high) / 2; far(middle) {
			high = middle
		} else {
			low = middle + 1
		}
	}
	return low, failed
}

// distance goes back from an asset to what has its distance, and then gives one to all on the way. Beyond most it is
// most + 1.
func (r *reach) distance(ctx context.Context, id uuid.UUID, most int) (int, error) {
	var way []*hop
	known := 0
	for ; id != r.root; id = r.hops[id].from {
		if r.hops[id] == nil {
			if err := r.learn(ctx, []uuid.UUID{id}); err != nil {
				return 0, err
			}
		}
		if known = r.hops[id].distance; known > 0 {
			break
		}
		if way = append(way, r.hops[id]); len(way) > most {
			return most + 1, nil
		}
	}
	for _, h := range slices.Backward(way) {
		known++
		h.distance = known
	}
	return known, nil
}

// learn looks up the last steps to some assets.
func (r *reach) learn(ctx context.Context, ids []uuid.UUID) error {
	for part := range slices.Chunk(ids, few) {
		for _, along := range []bool{false, true} {
			relations, err := db.From(ctx).AssetRelation.Query().Where(leadingTo(part, along, r.at)).All(ctx)
			if err != nil {
				return err
			}
			for _, one := range relations {
				from, to := one.ToID, one.FromID
				if along {
					from, to = to, from
				}
				r.offer(to, from, one)
			}
		}
		for _, id := range part {
			if r.hops[id] == nil { // its relations changed since the walk: as if it stood alone
				r.hops[id] = &hop{from: r.root, relation: &ent.AssetRelation{}}
			}
		}
	}
	return nil
}

// offer takes a step to an asset when it comes from an earlier one than the step known so far: the earliest is on a
// shortest path.
func (r *reach) offer(to, from uuid.UUID, relation *ent.AssetRelation) {
	place, seen := r.place[from]
	if to == r.root || !seen || place >= r.place[to] {
		return
	}
	if now := r.hops[to]; now == nil || place < r.place[now.from] {
		r.hops[to] = &hop{from: from, relation: relation}
	}
}

// show shows some of the assets that were reached, each with the path to it.
func (r *reach) show(ctx context.Context, found []uuid.UUID) ([]*assetsv1.ImpactedAsset, error) {
	named := map[uuid.UUID]*ent.Asset{}
	for front := found; len(front) > 0; { // one step back for all at once
		var unknown, back []uuid.UUID
		for _, id := range front {
			if _, done := named[id]; !done && id != r.root {
				named[id] = nil
				back = append(back, id)
				if r.hops[id] == nil {
					unknown = append(unknown, id)
				}
			}
		}
		if err := r.learn(ctx, unknown); err != nil {
			return nil, err
		}
		front = front[:0:0]
		for _, id := range back {
			front = append(front, r.hops[id].from)
		}
	}
	wanted := make([]uuid.UUID, 0, len(named))
	for id := range named {
		wanted = append(wanted, id)
	}
	for part := range slices.Chunk(wanted, few) {
		rows, err := db.From(ctx).Asset.Query().Where(asset.IDIn(part...)).All(ctx)
		if err != nil {
			return nil, err
		}
		for _, one := range rows {
			named[one.ID] = one
		}
	}
	out := make([]*assetsv1.ImpactedAsset, 0, len(found))
	for _, id := range found {
		d, err := r.distance(ctx, id, len(r.ids))
		if err != nil {
			return nil, err
		}
		item := &assetsv1.ImpactedAsset{Asset: ref(id, named[id]), Distance: int32(d)}
		if one := named[id]; one != nil {
			item.AssetType, item.Criticality = one.AssetType, one.Criticality
		}
		for at := id; at != r.root; at = r.hops[at].from {
			step := r.hops[at].relation
			item.Path = append(item.Path, &assetsv1.ImpactStep{RelationId: step.ID.String(), Type: step.Type, Asset: ref(at, named[at])})
		}
		slices.Reverse(item.Path)
		out = append(out, item)
	}
	return out, nil
}

// ref shows an asset; one that is gone since only by its id.
func ref(id uuid.UUID, a *ent.Asset) *typev1.Ref {
	if a == nil {
		return &typev1.Ref{Id: id.String()}
	}
	return &typev1.Ref{Id: id.String(), Number: short(a.Number), Label: a.Name}
}

// short is a number as people see it.
func short(number int64) string { return db.Short(kind, number) }
