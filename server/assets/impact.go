package assets

import (
	"context"

	"github.com/holdfast-platform/holdfast/gen/ent"
	assetsv1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/assets/v1"
	graphv1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/graph/v1"
	"github.com/holdfast-platform/holdfast/server/internal/api"
	"github.com/holdfast-platform/holdfast/server/internal/db"
	"github.com/holdfast-platform/holdfast/server/internal/impact"
)

// GetAssetImpact answers what is hit when an asset fails.
func (Service) GetAssetImpact(ctx context.Context, in *assetsv1.GetAssetImpactRequest) (*graphv1.Impact, error) {
	root, err := db.From(ctx).Asset.Query().Where(api.ByID(kind, in.GetId())).Only(ctx)
	if err != nil {
		return nil, err
	}
	return impact.Answer(ctx, []*ent.Asset{root}, in)
}
