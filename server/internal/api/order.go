package api

import (
	"slices"
	"strings"

	"entgo.io/ent/dialect"
	"entgo.io/ent/dialect/sql"

	"github.com/holdfast-platform/holdfast/server/internal/db"
	"github.com/holdfast-platform/holdfast/server/internal/fault"
)

// shadowOf is where the table of texts has what a list may be ordered by.
var shadowOf = map[string]string{"id": "record_id", "number": "number", "name_fold": "label_fold", "title_fold": "label_fold"}

// inside tells that a search can be answered from the table of texts alone: nothing but words and facets, in an order
// known there.
func (l *Listing) inside() bool {
	if l.find == nil || len(l.filters) > 0 {
		return false
	}
	for _, k := range l.order {
		if shadowOf[k.column] == "" || strings.HasSuffix(k.column, "_fold") && (len(l.kind.Folded) == 0 || k.column != l.kind.Folded[0]+"_fold") {
			return false
		}
	}
	return true
}

// counting tells that the page's search is to tell how many matches there are.
func (l *Listing) counting() bool { return l.inside() && !l.walking && l.total != "none" }

// orderBy reads "name,-created_at".
func (l *Listing) orderBy(order string, sorts Sorts) error {
	if order == "" {
		order = sorts[""]
	}
	behind := ""
	for part := range strings.SplitSeq(order, ",") {
		part = strings.TrimSpace(part)
		if part == "" {
			if strings.TrimSpace(order) == "" {
				break
			}
			return fault.Invalid("order_by", "names a field twice or none")
		}
		field, desc := strings.CutPrefix(part, "-")
		column, ok := sorts[field]
		switch {
		case ok && field != "":
		case field == "created_at" || field == "id":
			column = "id" // UUIDv7: the order of creation
		case field == "updated_at", field == "number" && l.kind.Number:
			column = field
		default:
			return fault.Invalid("order_by", "cannot be sorted by %q", field)
		}
		column, behind, _ = strings.Cut(column, ",")
		if slices.ContainsFunc(l.order, func(k key) bool { return k.column == column }) {
			return fault.Invalid("order_by", "names %q twice", field)
		}
		l.order = append(l.order, key{column, desc})
	}
	if len(l.order) == 0 {
		l.order = []key{{"id", true}}
	}
	if len(l.order) > 5 {
		return fault.Invalid("order_by", "at most 5 fields")
	}
	if behind != "" && len(l.order) == 1 {
		l.order = append(l.order, key{behind, l.order[0].desc})
	}
	if !slices.ContainsFunc(l.order, func(k key) bool { return k.column == "id" }) {
		l.order = append(l.order, key{"id", l.order[len(l.order)-1].desc})
	}
	return nil
}

// Page is what the query's Where takes: filters, order, place and limit.
func (l *Listing) Page() func(*sql.Selector) {
	return func(s *sql.Selector) {
		rest := func(s *sql.Selector, column func(string) string) {
			if l.after != nil {
				s.Where(l.beyond(column))
			}
			s.Limit(l.perPage + 1) // one more tells whether there is a next page
			if !l.walking && l.page > 1 {
				s.Offset((l.page - 1) * l.perPage)
			}
		}
		inside := l.inside()
		switch {
		case inside: // the page is found among the texts, and only its rows are read
			search := l.find.Rows(l.ctx, "record_id")
			if l.ranked {
				search.OrderBy(db.Exact)
			}
			for _, k := range l.order {
				search.OrderBy(direction(shadowOf[k.column], k.desc))
			}
			rest(search, func(column string) string { return shadowOf[column] })
			l.found, l.err = l.find.Page(l.ctx, s, search, l.ranked, l.counting())
		case l.find != nil:
			s.Where(sql.In(s.C("id"), l.find.Rows(l.ctx, "record_id")))
			if l.ranked {
				folded := ""
				if len(l.kind.Folded) > 0 {
					folded = l.kind.Folded[0] + "_fold"
				}
				l.find.Among(l.ctx, s, folded)
			}
			fallthrough
		default:
			for _, f := range l.filters {
				f(s)
			}
			rest(s, s.C)
		}
		for _, k := range l.order {
			expr := s.C(k.column)
			if inside && s.Dialect() == dialect.SQLite {
				expr = "+" + expr // some rows to sort: not worth walking the order's index for
			}
			if k.desc {
				expr += " DESC"
			}
			if l.kind.Nullable[k.column] && (k.desc == (s.Dialect() == dialect.Postgres)) {
				expr += " NULLS LAST" // what the other cases do by themselves
			}
			s.OrderExpr(sql.ExprFunc(func(b *sql.Builder) { b.WriteString(expr) }))
		}
	}
}

func direction(column string, desc bool) string {
	if desc {
		return sql.Desc(column)
	}
	return sql.Asc(column)
}

// beyond is the condition for what comes after the cursor: nulls are last, whatever the direction.
func (l *Listing) beyond(column func(string) string) *sql.Predicate {
	var either []*sql.Predicate
	first := l.order[0]
	for i, k := range l.order {
		if l.after[i] == nil {
			continue // nothing comes after null but what ties with it
		}
		var all []*sql.Predicate
		for j := range i {
			all = append(all, tie(column(l.order[j].column), l.after[j]))
		}
		step := sql.GT(column(k.column), l.after[i])
		if k.desc {
			step = sql.LT(column(k.column), l.after[i])
		}
		if l.kind.Nullable[k.column] {
			step = sql.Or(step, sql.IsNull(column(k.column)))
		}
		either = append(either, sql.And(append(all, step)...))
	}
	if l.kind.Nullable[first.column] || len(l.order) == 1 {
		return sql.Or(either...)
	}
	from := sql.GTE(column(first.column), l.after[0]) // implied by the rest, but an index can begin there
	if first.desc {
		from = sql.LTE(column(first.column), l.after[0])
	}
	return sql.And(from, sql.Or(either...))
}

func tie(column string, value any) *sql.Predicate {
	if value == nil {
		return sql.IsNull(column)
	}
	return sql.EQ(column, value)
}
