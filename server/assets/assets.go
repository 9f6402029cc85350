// Package assets keeps what there is: servers, controllers, switches, applications; where it stands, whose it is, and
// what depends on what.
//
// An asset lives from planned through active to decommissioned, and comes back only with a reason. Its client stays
// once a session exists for it. Relations say how assets hang together and whether a failure passes along them; the
// impact of a failure follows from that. Assets come and go as CSV too: see import.go.
package assets

import (
	"context"
	"log/slog"
	"net"
	"net/netip"
	"strings"

	"google.golang.org/protobuf/types/known/emptypb"

	"github.com/holdfast-platform/holdfast/ent/viewer"
	"github.com/holdfast-platform/holdfast/gen/ent"
	"github.com/holdfast-platform/holdfast/gen/ent/assetrelation"
	assetsv1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/assets/v1"
	typev1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/type/v1"
	"github.com/holdfast-platform/holdfast/server/internal/api"
	"github.com/holdfast-platform/holdfast/server/internal/bulk"
	"github.com/holdfast-platform/holdfast/server/internal/db"
	"github.com/holdfast-platform/holdfast/server/internal/dependents"
	"github.com/holdfast-platform/holdfast/server/internal/journal"
)

const kind = "Asset"

var listTable = api.Declare(api.Table{
	Kind: kind, Request: (*assetsv1.ListAssetsRequest)(nil), Item: (*assetsv1.Asset)(nil),
	Filters: api.Filters(
		api.Columns("asset_type", "site_id", "client_id", "owner_id", "criticality", "lifecycle", "environment", "producer", "model", "number"),
		api.Folded("name", "serial", "hostname"),
		api.Filter{Name: "ip_address", Form: canonicalIP}, api.Filter{Name: "mac_address", Form: canonicalMAC},
		api.Filter{Name: "tags", Match: api.Having},
	),
	Sorts: api.Sorts{
		"name": "name_fold", "asset_type": "asset_type,name_fold", "criticality": "criticality_rank", "lifecycle": "lifecycle,name_fold", "": "name",
	},
})

// Service keeps assets.
type Service struct {
	// Log is told how a long import gets on.
	Log *slog.Logger
	// Detach takes away what hangs on an asset that is deleted.
	Detach dependents.Detacher
}

// ListAssets answers one page of the assets that the caller may see.
func (Service) ListAssets(ctx context.Context, in *assetsv1.ListAssetsRequest) (*assetsv1.ListAssetsResponse, error) {
	rows, l, err := list(ctx, in)
	if err != nil {
		return nil, err
	}
	out := &assetsv1.ListAssetsResponse{}
	if out.Items, err = messages(ctx, rows...); err != nil {
		return nil, err
	}
	return out, l.Fill(ctx, out)
}

// list reads one page.
func list(ctx context.Context, in *assetsv1.ListAssetsRequest) ([]*ent.Asset, *api.Listing, error) {
	l, err := api.List(ctx, in, listTable)
	if err != nil {
		return nil, nil, err
	}
	rows, err := api.All(ctx, l, db.From(ctx).Asset.Query().Where(l.Page()).All)
	return rows, l, err
}

// CreateAsset makes an asset.
func (Service) CreateAsset(ctx context.Context, in *assetsv1.CreateAssetRequest) (*assetsv1.Asset, error) {
	c, k := db.From(ctx).Asset.Create(), api.MaskOf(in)
	required(k, in.GetAsset())
	if err := fillAsset(ctx, c.Mutation(), in.GetAsset(), k); err != nil {
		return nil, err
	}
	return api.Answer(ctx, messages)(c.Save(ctx))
}

// GetAsset answers one asset.
func (Service) GetAsset(ctx context.Context, in *assetsv1.GetAssetRequest) (*assetsv1.Asset, error) {
	return api.Answer(ctx, messages)(db.From(ctx).Asset.Query().Where(api.ByID(kind, in.GetId())).Only(ctx))
}

// UpdateAsset changes the fields the mask names.
func (Service) UpdateAsset(ctx context.Context, in *assetsv1.UpdateAssetRequest) (*assetsv1.Asset, error) {
	return api.Answer(ctx, messages)(update(ctx, in))
}

// BulkUpdateAssets changes many assets in the same way.
func (Service) BulkUpdateAssets(ctx context.Context, in *assetsv1.BulkUpdateAssetsRequest) (*typev1.BulkResult, error) {
	return bulk.Update(ctx, in, listTable, in.GetSet(), func(ctx context.Context, set *assetsv1.Asset) (*ent.Asset, error) {
		return update(ctx, &assetsv1.UpdateAssetRequest{Asset: set, UpdateMask: in.GetUpdateMask()})
	})
}

// update changes one asset.
func update(ctx context.Context, in *assetsv1.UpdateAssetRequest) (*ent.Asset, error) {
	before, err := db.From(ctx).Asset.Query().Where(api.ByID(kind, in.GetAsset().GetId()), db.Locked).Only(ctx)
	if err != nil {
		return nil, err
	}
	u := db.From(ctx).Asset.UpdateOneID(before.ID)
	if err := fillAsset(ctx, u.Mutation(), in.GetAsset(), api.MaskOf(in)); err != nil {
		return nil, err
	}
	if err := moves(ctx, u.Mutation(), before, in.GetAsset().GetReason()); err != nil {
		return nil, err
	}
	return u.Save(ctx)
}

// DeleteAsset removes an asset with its relations, unless a session or finding is about it.
func (s Service) DeleteAsset(ctx context.Context, in *assetsv1.DeleteAssetRequest) (*emptypb.Empty, error) {
	asset, err := db.From(ctx).Asset.Query().Where(api.ByID(kind, in.GetId()), db.Locked).Only(ctx)
	if err != nil {
		return nil, err
	}
	if err := dependents.Unused(ctx, kind, asset.ID); err != nil {
		return nil, err
	}
	if err := s.Detach.From(ctx, ent.KindAsset, asset.ID); err != nil {
		return nil, err
	}
	detacher := viewer.As(ctx, viewer.Detacher) // also those to assets that the caller cannot see
	if _, err := db.From(ctx).AssetRelation.Delete().Where(assetrelation.Or(assetrelation.FromID(asset.ID), assetrelation.ToID(asset.ID))).Exec(detacher); err != nil {
		return nil, err
	}
	return &emptypb.Empty{}, db.From(ctx).Asset.DeleteOneID(asset.ID).Exec(ctx)
}

// ListAssetHistory answers what was changed, field by field, newest first.
func (Service) ListAssetHistory(ctx context.Context, in *assetsv1.ListAssetHistoryRequest) (*assetsv1.ListAssetHistoryResponse, error) {
	asset, err := db.From(ctx).Asset.Query().Where(api.ByID(kind, in.GetId())).Only(ctx)
	if err != nil {
		return nil, err
	}
	out := &assetsv1.ListAssetHistoryResponse{}
	return out, journal.History(ctx, ent.KindAsset, asset.ID, in, out)
}

// canonicalIP writes an address the way it is stored; what is none stays as it is.
func canonicalIP(text string) string {
	if address, err := netip.ParseAddr(text); err == nil {
		return address.String()
	}
	return text
}

// canonicalMAC writes an address of six bytes as aa:bb:cc:dd:ee:ff; what is none stays as it is.
func canonicalMAC(text string) string {
	if address, err := net.ParseMAC(text); err == nil && len(address) == 6 {
		return address.String()
	}
	return strings.ToLower(text)
}
