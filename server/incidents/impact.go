package incidents

import (
	"context"

	"github.com/holdfast-platform/holdfast/gen/ent"
	graphv1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/graph/v1"
	incidentsv1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/incidents/v1"
	"github.com/holdfast-platform/holdfast/server/internal/api"
	"github.com/holdfast-platform/holdfast/server/internal/db"
	"github.com/holdfast-platform/holdfast/server/internal/impact"
)

// GetIncidentImpact answers what the assets that an incident affects take down with them.
func (Service) GetIncidentImpact(ctx context.Context, in *incidentsv1.GetIncidentImpactRequest) (*graphv1.Impact, error) {
	found, err := db.From(ctx).Incident.Query().Where(api.ByID(kind, in.GetId())).Only(ctx)
	if err != nil {
		return nil, err
	}
	roots, err := impact.Roots(ctx, ent.KindIncident, found.ID)
	if err != nil {
		return nil, err
	}
	return impact.Answer(ctx, roots, in)
}
