package assets

import (
	"context"

	"entgo.io/ent/dialect/sql"
	"entgo.io/ent/dialect/sql/sqlgraph"
	"github.com/google/uuid"
	"google.golang.org/protobuf/types/known/emptypb"

	"github.com/holdfast-platform/holdfast/gen/ent"
	"github.com/holdfast-platform/holdfast/gen/ent/assetrelation"
	assetsv1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/assets/v1"
	"github.com/holdfast-platform/holdfast/server/internal/api"
	"github.com/holdfast-platform/holdfast/server/internal/db"
	"github.com/holdfast-platform/holdfast/server/internal/fault"
	"github.com/holdfast-platform/holdfast/server/internal/impact"
)

// CreateAssetRelation relates the asset in the path to another.
func (Service) CreateAssetRelation(ctx context.Context, in *assetsv1.CreateAssetRelationRequest) (*assetsv1.AssetRelation, error) {
	from, err := db.ID(ctx, kind, in.GetId())
	if err != nil {
		return nil, err
	}
	c, k, r := db.From(ctx).AssetRelation.Create().SetFromID(from), api.MaskOf(in), in.GetRelation()
	m := c.Mutation()
	api.Required(k, "to_id", r.GetToId(), m.SetToID)
	if r.GetType() == "" {
		k.Fault("type", "must not be empty")
	}
	api.Set(k, "type", r.GetType(), m.SetType)
	m.SetFailureFlows(impact.FlowOf(r.GetType()).Passes)
	if r.FailureFlows != nil {
		m.SetFailureFlows(r.GetFailureFlows())
	}
	api.Time(k, "valid_from", r.GetValidFrom(), m.SetValidFrom, m.ClearValidFrom)
	api.Time(k, "valid_to", r.GetValidTo(), m.SetValidTo, m.ClearValidTo)
	to, _ := m.ToID()
	if to == from {
		k.Fault("to_id", "must be another asset")
	}
	begin, begins := m.ValidFrom()
	end, ends := m.ValidTo()
	if begins && ends && !end.After(begin) {
		k.Fault("valid_to", "must be after valid_from")
	}
	if err := redundancy(ctx, k, m, r, from); err != nil {
		return nil, err
	}
	if err := k.Err(); err != nil {
		return nil, err
	}
	// it reads the same from both ends, and is made once from either
	if flow := impact.FlowOf(r.GetType()); flow.Against && flow.Along {
		if err := db.AloneWithBoth(ctx, "relation "+r.GetType(), from, to); err != nil {
			return nil, err
		}
		there, err := db.From(ctx).AssetRelation.Query().Where(assetrelation.FromID(to), assetrelation.ToID(from), assetrelation.Type(r.GetType())).Exist(ctx)
		if err != nil {
			return nil, err
		}
		if there {
			return nil, related()
		}
	}
	made, err := c.Save(ctx)
	if err == nil {
		err = db.Send(ctx)
	}
	if sqlgraph.IsUniqueConstraintError(err) {
		return nil, related()
	}
	return api.Answer(ctx, relationMessages)(made, err)
}

// redundancy takes the group of a relation, and how many of its targets the asset needs: all relations of a group say
// the same. Who compares them holds the asset's groups.
func redundancy(ctx context.Context, k *api.Mask, m *ent.AssetRelationMutation, r *assetsv1.AssetRelation, from uuid.UUID) error {
	api.Opt(k, "redundancy_group", r.RedundancyGroup, m.SetRedundancyGroup, m.ClearRedundancyGroup)
	api.Opt(k, "redundancy_needed", r.RedundancyNeeded, m.SetRedundancyNeeded, m.ClearRedundancyNeeded)
	group, grouped := m.RedundancyGroup()
	if !grouped {
		if r.RedundancyNeeded != nil {
			k.Fault("redundancy_needed", "only together with redundancy_group")
		}
		return nil
	}
	if !impact.FlowOf(r.GetType()).Redundant {
		k.Fault("redundancy_group", "only of depends_on and runs_on")
		return nil
	}
	needed := max(r.GetRedundancyNeeded(), 1)
	m.SetRedundancyNeeded(needed)
	if err := db.Alone(ctx, "redundancy "+from.String()); err != nil {
		return err
	}
	differs, err := db.From(ctx).AssetRelation.Query().Where(assetrelation.FromID(from), assetrelation.RedundancyGroup(group), assetrelation.RedundancyNeededNEQ(needed)).Exist(ctx)
	if differs {
		k.Fault("redundancy_needed", "must be that of the group's other relations")
	}
	return err
}

func related() error { return fault.Exists("to_id", "the two are related in this way already") }

var relationTable = api.Declare(api.Table{
	Kind: "AssetRelation", Request: (*assetsv1.ListAssetRelationsRequest)(nil),
	Filters: api.Columns("type"), Beside: []string{"direction"}, Sorts: api.Sorts{"type": "type", "": "created_at"},
})

// ListAssetRelations answers an asset's relations in both directions.
func (Service) ListAssetRelations(ctx context.Context, in *assetsv1.ListAssetRelationsRequest) (*assetsv1.ListAssetRelationsResponse, error) {
	asset, err := db.From(ctx).Asset.Query().Where(api.ByID(kind, in.GetId())).Only(ctx)
	if err != nil {
		return nil, err
	}
	l, err := api.List(ctx, in, relationTable)
	if err != nil {
		return nil, err
	}
	switch in.GetDirection() {
	case "out":
		l.Where(sql.FieldEQ("from_id", asset.ID))
	case "in":
		l.Where(sql.FieldEQ("to_id", asset.ID))
	default:
		l.Where(sql.OrPredicates(sql.FieldEQ("from_id", asset.ID), sql.FieldEQ("to_id", asset.ID)))
	}
	rows, err := api.All(ctx, l, db.From(ctx).AssetRelation.Query().Where(l.Page()).All)
	if err != nil {
		return nil, err
	}
	out := &assetsv1.ListAssetRelationsResponse{}
	if out.Items, err = relationMessages(ctx, rows...); err != nil {
		return nil, err
	}
	return out, l.Fill(ctx, out)
}

// DeleteAssetRelation removes a relation; the asset in the path may be either end.
func (Service) DeleteAssetRelation(ctx context.Context, in *assetsv1.DeleteAssetRelationRequest) (*emptypb.Empty, error) {
	asset, err := db.ID(ctx, kind, in.GetId())
	if err != nil {
		return nil, err
	}
	relation, err := db.From(ctx).AssetRelation.Query().Where(api.ByID("AssetRelation", in.GetRelationId()),
		assetrelation.Or(assetrelation.FromID(asset), assetrelation.ToID(asset))).Only(ctx)
	if err != nil {
		return nil, err
	}
	return &emptypb.Empty{}, db.From(ctx).AssetRelation.DeleteOneID(relation.ID).Exec(ctx)
}

// relationMessages is what callers see of relations.
func relationMessages(ctx context.Context, rows ...*ent.AssetRelation) ([]*assetsv1.AssetRelation, error) {
	out, refs := make([]*assetsv1.AssetRelation, len(rows)), api.RefsOf(ctx)
	for i, r := range rows {
		out[i] = &assetsv1.AssetRelation{
			Id: r.ID.String(), Version: r.Version, CreatedAt: api.At(r.CreatedAt), UpdatedAt: api.At(r.UpdatedAt),
			FromId: r.FromID.String(), ToId: r.ToID.String(), Type: r.Type, FailureFlows: &r.FailureFlows,
			RedundancyGroup: r.RedundancyGroup, RedundancyNeeded: r.RedundancyNeeded, ValidFrom: api.AtOpt(r.ValidFrom), ValidTo: api.AtOpt(r.ValidTo),
		}
		refs.Want(&out[i].From, kind, &r.FromID)
		refs.Want(&out[i].To, kind, &r.ToID)
	}
	return out, refs.Load()
}
