package operate

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"github.com/holdfast-platform/holdfast/ent/viewer"
	"github.com/holdfast-platform/holdfast/gen/ent/tenant"
	"github.com/holdfast-platform/holdfast/server"
	"github.com/holdfast-platform/holdfast/server/internal/db"
	"github.com/holdfast-platform/holdfast/server/internal/journal"
)

// Consumers are the places of all consumers of the journal, and what failed. Tenants has the slugs of those concerned.
type Consumers struct {
	Places   []journal.Place
	Failures []journal.Failure
	Tenants  map[uuid.UUID]string
}

// ListConsumers tells how far the consumers of the journal have come.
func ListConsumers(ctx context.Context, s *server.Server) (c Consumers, err error) {
	d := s.DB()
	if c.Places, err = journal.Places(ctx, d); err != nil {
		return c, err
	}
	if c.Failures, err = journal.Failures(ctx, d); err != nil {
		return c, err
	}
	ids := make([]uuid.UUID, len(c.Failures))
	for i, f := range c.Failures {
		ids[i] = f.Tenant
	}
	as := db.System(d.In(ctx), viewer.Founder)
	rows, err := db.From(as).Tenant.Query().Where(tenant.IDIn(ids...)).All(as)
	c.Tenants = map[uuid.UUID]string{uuid.Nil: "(installation)"}
	for _, t := range rows {
		c.Tenants[t.ID] = t.Slug
	}
	return c, err
}

// RetryConsumer lets a consumer that has stopped go on: for the tenant with a slug, or for all where it is empty. It
// answers for how many.
func RetryConsumer(ctx context.Context, s *server.Server, name, slug string) (n int64, err error) {
	var only *uuid.UUID
	if slug != "" {
		as := db.System(s.DB().In(ctx), viewer.Founder)
		id, err := db.From(as).Tenant.Query().Where(tenant.Slug(slug)).OnlyID(as)
		if err != nil {
			return 0, fmt.Errorf("the tenant %s: %w", slug, err)
		}
		only = &id
	}
	return journal.Retry(ctx, s.DB(), name, only)
}
