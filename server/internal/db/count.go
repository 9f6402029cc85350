package db

import (
	"context"
	"fmt"

	"entgo.io/ent/dialect/sql"

	"github.com/holdfast-platform/holdfast/ent/viewer"
	gen "github.com/holdfast-platform/holdfast/gen/ent"
)

// Count counts the rows of a kind that the viewer may see and that the filters let pass, up to a bound (0: all). It is one count(*);
// whoever calls it has read from the kind before, so that the policy has spoken.
func Count(ctx context.Context, kind string, bound int, filters ...func(*sql.Selector)) (n int64, err error) {
	k, v := gen.Kinds[kind], viewer.From(ctx)
	if v == nil {
		return 0, ErrNobody
	}
	s := sql.Dialect(Of(ctx).Kind).Select().From(sql.Table(k.Table))
	s.SelectExpr(sql.Expr("1"))
	for _, p := range append(Visible(v, k), filters...) {
		p(s)
	}
	if bound > 0 {
		s.Limit(bound)
	}
	query, args := s.Query()
	if err := SQL(ctx).QueryRowContext(ctx, fmt.Sprintf("SELECT count(*) FROM (%s) AS found", query), args...).Scan(&n); err != nil {
		return 0, fmt.Errorf("counting %s: %w", kind, err)
	}
	return n, nil
}
