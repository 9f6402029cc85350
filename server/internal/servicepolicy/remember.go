package servicepolicy

import (
	"context"

	"github.com/google/uuid"

	"github.com/holdfast-platform/holdfast/ent/viewer"
	"github.com/holdfast-platform/holdfast/gen/ent"
	"github.com/holdfast-platform/holdfast/server/internal/db"
	"github.com/holdfast-platform/holdfast/server/internal/journalcache"
	"github.com/holdfast-platform/holdfast/server/internal/sla"
)

type key struct{}

// Remembered is the policy in force as this process knows it: a change made here is known at once, that of another
// server within a second. For new tickets, which are judged by the revision that they name whatever comes after;
// whoever changes the policy asks for the Current one.
func Remembered(ctx context.Context) (*sla.Policy, error) {
	known, _ := db.Of(ctx).Kept(key{}).(*journalcache.Cache[uuid.UUID, sla.Policy])
	return known.Read(ctx, viewer.From(ctx).TenantID, nil, func(ctx context.Context) (*sla.Policy, error) { return Current(db.Of(ctx).In(ctx)) })
}

// Attach makes each tenant's policy be remembered until the journal tells of another. It is called once, before the
// first request.
func Attach(d *db.DB, j journalcache.Journal) {
	d.Keep(key{}, journalcache.Tenant[sla.Policy](d, j, ent.KindServicePolicy))
}
