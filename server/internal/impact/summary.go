package impact

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"

	"entgo.io/ent/dialect"
	"entgo.io/ent/dialect/sql"
	"github.com/google/uuid"

	"github.com/holdfast-platform/holdfast/ent/viewer"
	"github.com/holdfast-platform/holdfast/gen/ent"
	"github.com/holdfast-platform/holdfast/gen/ent/incident"
	graphv1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/graph/v1"
	typev1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/type/v1"
	"github.com/holdfast-platform/holdfast/server/internal/api"
	"github.com/holdfast-platform/holdfast/server/internal/db"
	"github.com/holdfast-platform/holdfast/server/internal/flow"
	"github.com/holdfast-platform/holdfast/server/internal/link"
)

// manyOwners is how many owners a summary names.
const manyOwners = 20

// Summary is about all that is reached, in five statements at most.
func (r *Reach) Summary(ctx context.Context) (*graphv1.ImpactSummary, error) {
	found := r.Found()
	out := &graphv1.ImpactSummary{Total: int32(len(found)), ByCriticality: map[string]int32{}, ByAssetType: map[string]int32{}, Weakened: r.weakened}
	if viewer.From(ctx).Has("incidents:read") {
		out.OpenIncidents = new(int32)
	}
	if len(found) == 0 {
		return out, nil
	}
	if err := r.count(ctx, out); err != nil {
		return nil, err
	}
	if out.GetByCriticality()["critical"] > 0 {
		if err := r.nearestCritical(ctx, out); err != nil {
			return nil, err
		}
	}
	if out.OpenIncidents == nil {
		return out, nil
	}
	n, err := db.From(ctx).Incident.Query().Where(incident.StatusIn(flow.OpenIncident...), affecting(ctx, found)).Count(ctx)
	*out.OpenIncidents = int32(n)
	return out, err
}

// count counts by criticality, type, site and owner, all in one statement.
func (r *Reach) count(ctx context.Context, out *graphv1.ImpactSummary) error {
	q := begin(ctx)
	list, err := q.listed(r.Found())
	if err != nil {
		return err
	}
	q.text.WriteString("SELECT a.criticality, a.asset_type, a.site_id, a.owner_id, count(*) FROM " + list + " GROUP BY 1, 2, 3, 4")
	sites, owners := map[uuid.UUID]int32{}, map[uuid.UUID]int32{}
	err = q.each(ctx, func(scan func(...any) error) error {
		var criticality, assetType string
		var site, owner uuid.NullUUID
		var n int32
		if err := scan(&criticality, &assetType, &site, &owner, &n); err != nil {
			return err
		}
		out.ByCriticality[criticality] += n
		out.ByAssetType[assetType] += n
		sites[site.UUID] += n
		if owner.Valid {
			owners[owner.UUID] += n
		}
		return nil
	})
	if err != nil {
		return err
	}
	refs := api.RefsOf(ctx)
	for _, id := range mostFirst(sites) {
		out.BySite = append(out.BySite, &graphv1.ImpactSite{Count: sites[id]})
		refs.Want(&out.BySite[len(out.BySite)-1].Site, "Site", &id)
	}
	named := mostFirst(owners)
	out.Owners = make([]*typev1.Ref, min(len(named), manyOwners))
	for i := range out.Owners {
		refs.Want(&out.Owners[i], "User", &named[i])
	}
	if err := refs.Load(); err != nil {
		return err
	}
	out.Owners = slices.DeleteFunc(out.Owners, func(r *typev1.Ref) bool { return r == nil })
	out.BySite = joined(out.GetBySite())
	return nil
}

// joined counts what stands nowhere, or at sites that the caller may not read, together.
func joined(sites []*graphv1.ImpactSite) []*graphv1.ImpactSite {
	rest := &graphv1.ImpactSite{}
	out := slices.DeleteFunc(sites, func(s *graphv1.ImpactSite) bool {
		if s.GetSite() == nil {
			rest.Count += s.GetCount()
		}
		return s.GetSite() == nil
	})
	if rest.GetCount() > 0 {
		out = append(out, rest)
	}
	return out
}

// mostFirst are the ids in the order of their counts; equal ones by id.
func mostFirst(counts map[uuid.UUID]int32) []uuid.UUID {
	out := make([]uuid.UUID, 0, len(counts))
	for id := range counts {
		out = append(out, id)
	}
	slices.SortFunc(out, func(a, b uuid.UUID) int {
		return cmp.Or(cmp.Compare(counts[b], counts[a]), cmp.Compare(a.String(), b.String()))
	})
	return out
}

// nearestCritical is how far the nearest critical asset is: what is reached stands in order of distance.
func (r *Reach) nearestCritical(ctx context.Context, out *graphv1.ImpactSummary) error {
	q := begin(ctx)
	list, err := q.listed(r.Found())
	if err != nil {
		return err
	}
	q.text.WriteString("SELECT a.id FROM " + list + " AND a.criticality = 'critical' ORDER BY list.n LIMIT 1")
	return q.each(ctx, func(scan func(...any) error) error {
		var id uuid.UUID
		err := scan(&id)
		out.NearestCritical = &r.distance[r.place[id]]
		return err
	})
}

// affecting are the incidents that affect any of some assets.
func affecting(ctx context.Context, assets []uuid.UUID) func(*sql.Selector) {
	return func(s *sql.Selector) {
		s.Where(sql.P(func(b *sql.Builder) {
			b.Ident(s.C("id")).WriteString(" IN (SELECT from_id FROM links WHERE tenant_id = ").Arg(viewer.From(ctx).TenantID)
			b.WriteString(" AND from_kind = ").Arg(ent.KindIncident).WriteString(" AND type = ").Arg(link.Affects)
			b.WriteString(" AND to_kind = ").Arg(ent.KindAsset).WriteString(" AND to_id")
			if s.Dialect() == dialect.Postgres {
				b.WriteString(" = ANY(").Arg(assets).WriteString("))")
				return
			}
			list, err := json.Marshal(assets)
			if err != nil {
				s.AddError(err)
			}
			b.WriteString(" IN (SELECT value FROM json_each(").Arg(string(list)).WriteString(")))")
		}))
	}
}
