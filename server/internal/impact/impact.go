// Package impact answers what is hit when assets fail, and what they depend on. It is the only place that walks the
// relations of assets.
//
// # The rules
//
// A failure passes against depends_on and runs_on, along part_of, backs_up and protects, and both ways along
// connected_to, where failure_flows is set and the relation holds at the instant. Several roots fail together: each
// asset is reached once, at its shortest distance from any root.
//
// Decommissioned assets are neither hit nor pass a failure on; planned ones count only where they are asked for, or are
// roots themselves.
//
// The relations of one asset with the same redundancy group are one need: the asset is hit when fewer than
// redundancy_needed of their targets are left standing, at the distance of the loss that breaks the need plus one. A
// decommissioned target does not stand. Upstream, redundancy is shown but not counted.
//
// # The two ways of walking
//
// Up to some thousand assets the database walks, by one recursive query (walk.go). Where more are reached, or needs are
// to be counted, the tenant's relations are read at once and walked here (network.go). Both answer the same:
// TestImpactAgainstWalk holds them against a plain walk.
package impact

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"entgo.io/ent/dialect/sql"
	"github.com/google/uuid"

	"github.com/holdfast-platform/holdfast/gen/ent"
	"github.com/holdfast-platform/holdfast/server/internal/clock"
	"github.com/holdfast-platform/holdfast/server/internal/db"
)

const kind = "Asset"

// Farthest is how many steps a failure is followed.
const Farthest = 1000

// Direction is where a walk leads: to what depends on the roots, or to what they depend on.
type Direction int

// The directions.
const (
	Downstream Direction = iota
	Upstream
)

// Options say how far and under which rules to walk.
type Options struct {
	Direction Direction
	// MaxDistance is how many steps are followed, 1 to Farthest; 0 is Farthest.
	MaxDistance int
	// At is the instant at which relations must hold; zero is now.
	At time.Time
	// IncludePlanned takes planned assets as if they were there.
	IncludePlanned bool
}

// Loss is a redundancy group of an asset that is broken: how many of its targets stand, are needed, and are there.
type Loss struct {
	Group                string
	Standing, Needed, Of int32
}

// Reach is what a failure of some assets reaches.
type Reach struct {
	options Options
	roots   []uuid.UUID
	// ids are the assets, the roots first, then what is reached, the nearest first. Distance and parent, the place of
	// the asset before on the shortest path, are of the same places; those of roots are 0 and -1.
	ids      []uuid.UUID
	distance []int32
	parent   []int32
	place    map[uuid.UUID]int32
	lost     map[uuid.UUID]Loss
	weakened int32
	// last is the relation by which an asset is reached, of those that have been looked up.
	last map[uuid.UUID]*ent.AssetRelation
	// Note is what one should know about the answer: roots that are decommissioned.
	Note string
}

// few is how many assets the database walks to at most. Tests make it small.
var few = 5000

// Of finds every asset that a failure of the roots reaches. The roots are assets that the caller may see.
func Of(ctx context.Context, roots []*ent.Asset, o Options) (*Reach, error) {
	if o.MaxDistance == 0 {
		o.MaxDistance = Farthest
	}
	if o.At.IsZero() {
		o.At = clock.Now(ctx)
	}
	r := &Reach{options: o, lost: map[uuid.UUID]Loss{}, last: map[uuid.UUID]*ent.AssetRelation{}}
	var gone []string
	for _, a := range roots {
		if a.Lifecycle == "decommissioned" {
			gone = append(gone, db.Short(kind, a.Number))
			continue
		}
		r.roots = append(r.roots, a.ID)
	}
	if len(gone) > 0 {
		r.Note = "decommissioned, so that nothing fails with it: " + strings.Join(gone[:min(len(gone), 10)], ", ")
		if len(gone) > 10 {
			r.Note += fmt.Sprintf(" and %d more", len(gone)-10)
		}
	}
	slices.SortFunc(r.roots, func(a, b uuid.UUID) int { return bytes.Compare(a[:], b[:]) })
	r.roots = slices.Compact(r.roots)
	if len(r.roots) == 0 {
		return r, nil
	}
	if err := r.find(ctx); err != nil {
		return nil, fmt.Errorf("impact: %w", err)
	}
	return r, nil
}

// find walks one way or the other.
func (r *Reach) find(ctx context.Context) error {
	counted := false
	if r.options.Direction == Downstream {
		var err error
		if counted, err = hasRedundancy(ctx); err != nil {
			return err
		}
	}
	if !counted {
		found, err := r.walked(ctx, few+len(r.roots)+1)
		if err != nil {
			return err
		}
		if len(found) <= few+len(r.roots) {
			return r.trace(ctx, found)
		}
	}
	n, err := r.read(ctx, counted)
	if err == nil {
		n.walk(r)
	}
	return err
}

// trace finds the shortest paths to what the database has found: the earliest of the assets that lead to one is on a
// shortest path, because they stand in order of distance.
func (r *Reach) trace(ctx context.Context, found []uuid.UUID) error {
	r.ids, r.distance, r.parent, r.place = found, make([]int32, len(found)), make([]int32, len(found)), make(map[uuid.UUID]int32, len(found))
	for i, id := range found {
		r.place[id], r.parent[i] = int32(i), -1
	}
	first := len(r.roots)
	if err := r.learn(ctx, found[first:], func(to, from uuid.UUID, one *ent.AssetRelation) {
		p, seen := r.place[from]
		if t := r.place[to]; seen && p < t && (r.parent[t] < 0 || p < r.parent[t] || p == r.parent[t] && earlier(one, r.last[to])) {
			r.parent[t], r.last[to] = p, one
		}
	}); err != nil {
		return err
	}
	for i := first; i < len(found); i++ {
		if r.parent[i] < 0 { // its relations changed since the walk: as if it hung on the first root
			r.parent[i], r.last[found[i]] = 0, &ent.AssetRelation{}
		}
		r.distance[i] = r.distance[r.parent[i]] + 1
	}
	r.cut()
	return nil
}

func earlier(a, b *ent.AssetRelation) bool { return b == nil || bytes.Compare(a.ID[:], b.ID[:]) < 0 }

// cut leaves out what is too far away.
func (r *Reach) cut() {
	end, _ := slices.BinarySearch(r.distance[len(r.roots):], int32(r.options.MaxDistance)+1)
	end += len(r.roots)
	for _, id := range r.ids[end:] {
		delete(r.place, id)
	}
	r.ids, r.distance, r.parent = r.ids[:end], r.distance[:end], r.parent[:end]
}

// learn looks up the relations that lead to some assets, two statements whatever their number, and tells each of them
// with the asset that it leads to and the one that it comes from.
func (r *Reach) learn(ctx context.Context, ids []uuid.UUID, each func(to, from uuid.UUID, one *ent.AssetRelation)) error {
	if len(ids) == 0 {
		return nil
	}
	for _, p := range passages(r.options.Direction) {
		rows, err := db.From(ctx).AssetRelation.Query().Where(r.leadingTo(ids, p)).All(ctx)
		if err != nil {
			return err
		}
		for _, one := range rows {
			to, from := one.FromID, one.ToID
			if p.to == "to_id" {
				to, from = from, to
			}
			each(to, from, one)
		}
	}
	return nil
}

// leadingTo are the relations along which a failure comes to some assets.
func (r *Reach) leadingTo(ids []uuid.UUID, p passage) func(*sql.Selector) {
	types := make([]any, len(p.types))
	for i, t := range p.types {
		types[i] = t
	}
	return sql.AndPredicates(
		db.OneOf(p.to, ids), sql.FieldEQ("failure_flows", true), sql.FieldIn("type", types...),
		sql.OrPredicates(sql.FieldIsNull("valid_from"), sql.FieldLTE("valid_from", r.options.At)),
		sql.OrPredicates(sql.FieldIsNull("valid_to"), sql.FieldGT("valid_to", r.options.At)),
	)
}

// Found are the assets that are reached, the nearest first.
func (r *Reach) Found() []uuid.UUID { return r.ids[min(len(r.roots), len(r.ids)):] }

// Has tells whether an asset is reached; a root is not.
func (r *Reach) Has(asset uuid.UUID) bool {
	at, ok := r.place[asset]
	return ok && int(at) >= len(r.roots)
}

// Path are the assets of one shortest path to an asset, from the root on, both included; none where it is not reached.
func (r *Reach) Path(asset uuid.UUID) []uuid.UUID {
	at, ok := r.place[asset]
	if !ok {
		return nil
	}
	var out []uuid.UUID
	for ; at >= 0; at = r.parent[at] {
		out = append(out, r.ids[at])
	}
	slices.Reverse(out)
	return out
}
