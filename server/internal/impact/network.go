package impact

import (
	"bytes"
	"context"
	"fmt"
	"slices"

	"github.com/google/uuid"

	"github.com/holdfast-platform/holdfast/ent/viewer"
)

// A network is how failures pass between all assets of a tenant. Assets are known by their places in the order in which
// they were met, the roots first.
type network struct {
	assets []uuid.UUID
	places map[uuid.UUID]int32
	closed bool // others are none
	// steps are passages of a failure, first those against relations, then those along them, each by the assets that
	// they come from and go to. Those of one asset go to others in the order of their ids, as in walked.
	against, along []step
	// needs are redundancy groups, and of which of them an asset is a target.
	needs  []need
	target map[int32][]int32
}

type step struct{ from, to int32 }

// need is a redundancy group of an asset.
type need struct {
	asset                int32
	loss                 Loss
	broken, lost, absent bool
}

// read reads the relations of the viewer's tenant, all at once: of a scoped viewer's those among the client's assets.
// For each asset that relations lead to it is one row with the others' ids in a text, for rows cost more than what is
// in them. Counted takes the redundancy groups apart.
func (r *Reach) read(ctx context.Context, counted bool) (*network, error) {
	n, v := &network{places: map[uuid.UUID]int32{}, target: map[int32][]int32{}}, viewer.From(ctx)
	for _, id := range r.roots {
		n.place(id)
	}
	if v.Scoped() {
		q := begin(ctx)
		q.text.WriteString("SELECT id FROM assets WHERE tenant_id = $1 AND client_id = " + q.arg(v.ClientID))
		if err := q.each(ctx, func(scan func(...any) error) error {
			var id uuid.UUID
			err := scan(&id)
			n.place(id)
			return err
		}); err != nil {
			return nil, err
		}
		n.closed = true
	}
	q := begin(ctx)
	sources := func(along bool) string {
		return "coalesce(string_agg(CAST(r.from_id AS text), '') FILTER (WHERE r.type IN " + quoted(types(along)) + "), '')"
	}
	q.text.WriteString("SELECT r.to_id, " + sources(false) + ", " + sources(true) + " FROM asset_relations r WHERE r.tenant_id = $1 AND " + q.holds(r.options))
	if counted {
		q.text.WriteString(" AND r.redundancy_group IS NULL")
	}
	q.text.WriteString(" GROUP BY r.to_id ORDER BY r.to_id")
	upstream := r.options.Direction == Upstream
	err := q.each(ctx, func(scan func(...any) error) error {
		var to uuid.UUID
		var against, along string
		if err := scan(&to, &against, &along); err != nil {
			return err
		}
		if err := n.relate(to, against, func(from, to int32) { n.against = append(n.against, turned(step{to, from}, upstream)) }); err != nil {
			return err
		}
		return n.relate(to, along, func(from, to int32) { n.along = append(n.along, turned(step{from, to}, upstream)) })
	})
	if err == nil && counted {
		err = n.readNeeds(ctx, r.options)
	}
	if err != nil {
		return nil, err
	}
	return n, n.leaveOut(ctx, r)
}

func turned(s step, upstream bool) step {
	if upstream {
		return step{s.to, s.from}
	}
	return s
}

// readNeeds reads the redundancy groups, in the order of their assets and names.
func (n *network) readNeeds(ctx context.Context, o Options) error {
	q := begin(ctx)
	planned := "false"
	if o.IncludePlanned {
		planned = "true"
	}
	q.text.WriteString("SELECT r.from_id, r.to_id, r.redundancy_group, coalesce(r.redundancy_needed, 1), " +
		"CASE WHEN t.lifecycle = 'active' OR (" + planned + " AND t.lifecycle = 'planned') THEN 1 ELSE 0 END " +
		"FROM asset_relations r JOIN assets t ON t.tenant_id = $1 AND t.id = r.to_id " +
		"WHERE r.tenant_id = $1 AND r.redundancy_group IS NOT NULL AND " + q.holds(o) + " ORDER BY r.from_id, r.redundancy_group, r.to_id")
	return q.each(ctx, func(scan func(...any) error) error {
		var from, to uuid.UUID
		var group string
		var needed, stands int32
		if err := scan(&from, &to, &group, &needed, &stands); err != nil {
			return err
		}
		asset, target := n.place(from), n.place(to)
		if asset < 0 || target < 0 {
			return nil
		}
		last := len(n.needs) - 1
		if last < 0 || n.needs[last].asset != asset || n.needs[last].loss.Group != group {
			n.needs = append(n.needs, need{asset: asset, loss: Loss{Group: group, Needed: needed}})
			last++
		}
		l := &n.needs[last].loss
		l.Of++
		l.Standing += stands
		if stands > 0 {
			n.target[target] = append(n.target[target], int32(last))
		}
		return nil
	})
}

// leaveOut takes the assets away that are neither hit nor pass on. The roots stay.
func (n *network) leaveOut(ctx context.Context, r *Reach) error {
	q := begin(ctx)
	q.text.WriteString(q.absent(r.options))
	gone := map[int32]bool{}
	if err := q.each(ctx, func(scan func(...any) error) error {
		var id uuid.UUID
		err := scan(&id)
		if at, met := n.places[id]; met && int(at) >= len(r.roots) {
			gone[at] = true
		}
		return err
	}); err != nil || len(gone) == 0 {
		return err
	}
	out := func(s step) bool { return gone[s.from] || gone[s.to] }
	n.against, n.along = slices.DeleteFunc(n.against, out), slices.DeleteFunc(n.along, out)
	for i := range n.needs {
		n.needs[i].absent = gone[n.needs[i].asset]
	}
	return nil
}

// place is where an asset stands; -1 for one that is not to be seen.
func (n *network) place(id uuid.UUID) int32 {
	at, met := n.places[id]
	if !met {
		if n.closed {
			return -1
		}
		at = int32(len(n.assets))
		n.places[id], n.assets = at, append(n.assets, id)
	}
	return at
}

// idLength is that of an id as text.
const idLength = 36

// relate tells of the relations that lead to an asset, from those whose ids stand in a text.
func (n *network) relate(to uuid.UUID, sources string, each func(from, to int32)) error {
	ids := make([]uuid.UUID, 0, 8)
	for ; len(sources) >= idLength; sources = sources[idLength:] {
		id, err := uuid.Parse(sources[:idLength])
		if err != nil {
			return fmt.Errorf("a relation's asset: %w", err)
		}
		ids = append(ids, id)
	}
	slices.SortFunc(ids, func(a, b uuid.UUID) int { return bytes.Compare(a[:], b[:]) })
	for _, id := range ids {
		if from, to := n.place(id), n.place(to); from >= 0 && to >= 0 {
			each(from, to)
		}
	}
	return nil
}

// walk goes breadth first from the roots, as far as the walk may lead.
func (n *network) walk(r *Reach) {
	// the targets of an asset's steps stand together, up to where the next one's begin
	ends := make([]int32, len(n.assets)+1)
	for _, steps := range [][]step{n.against, n.along} {
		for _, s := range steps {
			ends[s.from+1]++
		}
	}
	for i := range n.assets {
		ends[i+1] += ends[i]
	}
	targets, next := make([]int32, len(n.against)+len(n.along)), slices.Clone(ends)
	for _, steps := range [][]step{n.against, n.along} {
		for _, s := range steps {
			targets[next[s.from]] = s.to
			next[s.from]++
		}
	}
	seen, queue := make([]bool, len(n.assets)), make([]int32, len(r.roots))
	r.distance, r.parent = make([]int32, len(r.roots)), make([]int32, len(r.roots))
	for i := range r.roots {
		queue[i], seen[i], r.parent[i] = int32(i), true, -1
	}
	for i := 0; i < len(queue) && int(r.distance[i]) < r.options.MaxDistance; i++ {
		hit := func(asset int32) {
			if !seen[asset] {
				seen[asset] = true
				queue = append(queue, asset)
				r.distance, r.parent = append(r.distance, r.distance[i]+1), append(r.parent, int32(i))
			}
		}
		for _, to := range targets[ends[queue[i]]:ends[queue[i]+1]] {
			hit(to)
		}
		for _, at := range n.target[queue[i]] {
			d := &n.needs[at]
			d.loss.Standing--
			d.lost = true
			if d.loss.Standing < d.loss.Needed && !d.absent && !seen[d.asset] {
				d.broken = true
				hit(d.asset)
			}
		}
	}
	r.ids, r.place = make([]uuid.UUID, len(queue)), make(map[uuid.UUID]int32, len(queue))
	for i, at := range queue {
		r.ids[i] = n.assets[at]
		r.place[n.assets[at]] = int32(i)
	}
	weakened := map[int32]bool{}
	for _, d := range n.needs {
		switch {
		case d.broken:
			r.lost[n.assets[d.asset]] = d.loss
		case d.lost && !d.absent && !seen[d.asset]:
			weakened[d.asset] = true
		}
	}
	r.weakened = int32(len(weakened))
}
