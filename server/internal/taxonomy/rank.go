package taxonomy

import (
	"context"
	"fmt"
	"strings"

	"github.com/google/uuid"

	"github.com/holdfast-platform/holdfast/server/internal/db"
)

// Rank gives the tenant's findings the ranks that a version gives their risk levels, in one statement and in the request's transaction. A rank is a
// note of the machinery to sort by: no version of a finding counts up, and the journal has no line of it.
func Rank(ctx context.Context, tenant uuid.UUID, v *Version) error {
	var ranks strings.Builder
	args := []any{tenant}
	ranks.WriteString("CASE risk_level")
	for i, w := range v.All(RiskLevel) {
		args = append(args, w.Value)
		_, _ = fmt.Fprintf(&ranks, " WHEN $%d THEN %d", len(args), i)
	}
	_, _ = fmt.Fprintf(&ranks, " ELSE %d END", Unranked)
	_, err := db.SQL(ctx).ExecContext(ctx, `UPDATE findings SET risk_rank = `+ranks.String()+` WHERE tenant_id = $1 AND risk_rank <> `+ranks.String(), args...)
	return err
}
