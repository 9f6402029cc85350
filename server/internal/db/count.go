package db

import (
	"context"
	"fmt"

	"entgo.io/ent/dialect/sql"
	"github.com/google/uuid"

	"github.com/holdfast-platform/holdfast/ent/viewer"
	gen "github.com/holdfast-platform/holdfast/gen/ent"
)

// Count counts the rows of a kind that the viewer may see and that the filters let pass, up to a bound (0: all). It is
// one count(*); whoever calls it has read from the kind before, so that the policy has spoken.
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

// IDs are the ids of the rows that the viewer may see and that the filters let pass, in order, as many as most at the
// most. As with Count, whoever calls it answers for the kind's policy.
func IDs(ctx context.Context, kind string, most int, filters ...func(*sql.Selector)) ([]uuid.UUID, error) {
	k, v := gen.Kinds[kind], viewer.From(ctx)
	if v == nil {
		return nil, ErrNobody
	}
	s := sql.Dialect(Of(ctx).Kind).Select().From(sql.Table(k.Table))
	s.Select(s.C("id")).OrderBy(s.C("id")).Limit(most)
	for _, p := range append(Visible(v, k), filters...) {
		p(s)
	}
	query, args := s.Query()
	rows, err := SQL(ctx).QueryContext(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("choosing %s: %w", kind, err)
	}
	defer rows.Close()
	var out []uuid.UUID
	for rows.Next() {
		var id uuid.UUID
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		out = append(out, id)
	}
	return out, rows.Err()
}
