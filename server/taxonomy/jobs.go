package taxonomy

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/holdfast-platform/holdfast/ent/viewer"
	"github.com/holdfast-platform/holdfast/gen/ent"
	"github.com/holdfast-platform/holdfast/gen/ent/predicate"
	"github.com/holdfast-platform/holdfast/gen/ent/taxonomyversion"
	"github.com/holdfast-platform/holdfast/server/internal/clock"
	"github.com/holdfast-platform/holdfast/server/internal/db"
	"github.com/holdfast-platform/holdfast/server/internal/job"
	"github.com/holdfast-platform/holdfast/server/internal/taxonomy"
)

// settling is how long after a change of the current version findings may still have been ranked by the one before.
const settling = 10 * time.Minute

// Works are what the taxonomy has done by the clock.
func Works() []job.Work {
	return []job.Work{{
		Name: "taxonomy.ranks", Every: time.Minute,
		Due: func(ctx context.Context) (bool, error) {
			ctx = db.System(ctx, viewer.Vocabularies)
			return db.From(ctx).TaxonomyVersion.Query().Where(fresh(ctx)).Exist(ctx)
		},
		Do: func(ctx context.Context, _ json.RawMessage) error { return Settle(ctx) },
	}}
}

func fresh(ctx context.Context) predicate.TaxonomyVersion {
	return taxonomyversion.And(taxonomyversion.IsCurrent(true), taxonomyversion.UpdatedAtGT(clock.Now(ctx).Add(-settling)))
}

// Settle ranks the findings once more where the current version changed lately: a finding that was made in the same moment, or on a server
// that had not heard of it, has the rank of the version before.
func Settle(ctx context.Context) error {
	ctx = db.System(ctx, viewer.Vocabularies)
	rows, err := db.From(ctx).TaxonomyVersion.Query().Where(fresh(ctx)).All(ctx)
	if err != nil {
		return err
	}
	var errs []error
	for _, row := range rows {
		errs = append(errs, settle(ctx, row))
	}
	return errors.Join(errs...)
}

func settle(ctx context.Context, row *ent.TaxonomyVersion) error {
	v, err := taxonomy.Of(row)
	if err != nil {
		return err
	}
	return db.Tx(ctx, func(ctx context.Context) error {
		now, err := db.From(ctx).TaxonomyVersion.Get(ctx, row.ID)
		if err != nil || !now.IsCurrent {
			return err
		}
		return taxonomy.Rank(ctx, row.TenantID, v)
	})
}
