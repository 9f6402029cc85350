// Package graph answers how the records of a tenant hang together.
package graph

import (
	"context"

	graphv1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/graph/v1"
	"github.com/holdfast-platform/holdfast/server/internal/impact"
)

// Service answers how records hang together.
type Service struct{}

// GetImpact answers what is hit when several records fail together.
func (Service) GetImpact(ctx context.Context, in *graphv1.GetImpactRequest) (*graphv1.Impact, error) {
	roots, err := impact.RootsOf(ctx, in.GetRoots())
	if err != nil {
		return nil, err
	}
	return impact.Answer(ctx, roots, in)
}
