package vocabulary

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/holdfast-platform/holdfast/ent/viewer"
	"github.com/holdfast-platform/holdfast/gen/ent"
	"github.com/holdfast-platform/holdfast/gen/ent/predicate"
	"github.com/holdfast-platform/holdfast/gen/ent/taxonomyversion"
	"github.com/holdfast-platform/holdfast/server/internal/clock"
	"github.com/holdfast-platform/holdfast/server/internal/db"
)

// Rank gives the findings of a stored version's tenant the ranks that it gives their risk levels, in one statement and
// in the transaction of the context. A rank is a note of the machinery to sort by: no version of a finding counts up,
// and the journal has no line of it.
func Rank(ctx context.Context, v *Version) error {
	var ranks strings.Builder
	args := []any{v.tenant}
	ranks.WriteString("CASE risk_level")
	for i, w := range v.All(RiskLevel) {
		args = append(args, w.Value)
		_, _ = fmt.Fprintf(&ranks, " WHEN $%d THEN %d", len(args), i)
	}
	_, _ = fmt.Fprintf(&ranks, " ELSE %d END", Unranked)
	_, err := db.SQL(ctx).ExecContext(ctx, `UPDATE findings SET risk_rank = `+ranks.String()+` WHERE tenant_id = $1 AND risk_rank <> `+ranks.String(), args...)
	return err
}

// settling is how long after a change of the current version findings may still have been ranked by the one before.
const settling = 10 * time.Minute

func fresh(ctx context.Context) predicate.TaxonomyVersion {
	return taxonomyversion.And(taxonomyversion.IsCurrent(true), taxonomyversion.UpdatedAtGT(clock.Now(ctx).Add(-settling)))
}

// Unsettled tells whether a current version changed lately.
func Unsettled(ctx context.Context) (bool, error) {
	ctx = db.System(ctx, viewer.Vocabularies)
	return db.From(ctx).TaxonomyVersion.Query().Where(fresh(ctx)).Exist(ctx)
}

// Settle ranks the findings once more where the current version changed lately: a finding that was made in the same
// moment, or on a server that had not heard of it, has the rank of the version before.
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
	v, err := Of(row)
	if err != nil {
		return err
	}
	return db.Tx(ctx, func(ctx context.Context) error {
		now, err := db.From(ctx).TaxonomyVersion.Get(ctx, row.ID)
		if err != nil || !now.IsCurrent {
			return err
		}
		return Rank(ctx, v)
	})
}
