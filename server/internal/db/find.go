package db

import (
	"context"
	"crypto/sha256"
	"encoding/base32"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"

	"entgo.io/ent/dialect"
	"entgo.io/ent/dialect/sql"
	"github.com/google/uuid"

	"github.com/holdfast-platform/holdfast/ent/viewer"
)

// Scope stands before each token of a tenant's records of one kind. It makes the index itself tell tenants apart, so that a word costs
// what it costs this tenant. 65 bits of SHA-256: two scopes do not meet by chance, and the rows' own tenant is asked besides.
func Scope(tenant uuid.UUID, kind string) string {
	sum := sha256.Sum256(append(tenant[:], kind...))
	return strings.ToLower(base32.StdEncoding.EncodeToString(sum[:10])[:13])
}

// facet is the token of a column's value. The dot tells it from words, which have letters and digits only.
func facet(scope, column, value string) string {
	clean := func(s string) string {
		return strings.Map(func(r rune) rune {
			if r < 128 && (unicode.IsLetter(r) || unicode.IsDigit(r)) {
				return unicode.ToLower(r)
			}
			return '·'
		}, s)
	}
	return scope + "·" + clean(column) + "·" + clean(value)
}

// Find is a search among a tenant's records of some kinds.
type Find struct {
	Tenant uuid.UUID
	// Kinds are named as in the API.
	Kinds []string
	// Words are all wanted, each as the beginning of a word (search.Query makes them).
	Words []string
	// Facets are columns with the values of which any will do.
	Facets map[string][]string
}

// expression is what the index is asked.
func (f Find) expression(dialectName string) string {
	or, and, prefix, quote := " OR ", " AND ", "*", `"`
	if dialectName == dialect.Postgres {
		or, and, prefix, quote = " | ", " & ", ":*", "'"
	}
	var kinds []string
	for _, kind := range f.Kinds {
		scope := Scope(f.Tenant, kind)
		var all []string
		for _, tokens := range f.facets(scope) {
			for i, t := range tokens {
				tokens[i] = quote + t + quote
			}
			all = append(all, "("+strings.Join(tokens, or)+")")
		}
		for _, w := range f.Words {
			all = append(all, quote+scope+w+quote+prefix)
		}
		kinds = append(kinds, "("+strings.Join(all, and)+")")
	}
	return strings.Join(kinds, or)
}

// facets are sets of tokens, of each of which one is wanted. Where few combinations are asked for, they are tokens of their own: the
// index need not walk the long list of each value.
func (f Find) facets(scope string) (sets [][]string) {
	columns := slices.Sorted(maps.Keys(f.Facets))
	product := []string{""}
	for _, c := range columns {
		var next []string
		for _, before := range product {
			for _, value := range f.Facets[c] {
				next = append(next, before+facet("", c, value))
			}
		}
		if product = next; len(product) > 16 {
			product = nil
			break
		}
	}
	if len(columns) == 0 {
		return nil
	}
	if product != nil {
		for i := range product {
			product[i] = scope + product[i]
		}
		return [][]string{product}
	}
	for _, c := range columns {
		var any []string
		for _, value := range f.Facets[c] {
			any = append(any, facet(scope, c, value))
		}
		sets = append(sets, any)
	}
	return sets
}

// combined are the tokens of all combinations of a record's facets, in the order of the columns' names.
func combined(scope string, columns []string, value func(column string) string) []string {
	columns = slices.Sorted(slices.Values(columns))
	tokens := []string{""}
	for _, c := range columns {
		for _, before := range slices.Clone(tokens) {
			tokens = append(tokens, before+facet("", c, value(c)))
		}
	}
	tokens = tokens[1:] // without the empty combination
	for i := range tokens {
		tokens[i] = scope + tokens[i]
	}
	return tokens
}

// Rows selects among the matches that the viewer may see: record_id, number and label_fold are there.
func (f Find) Rows(ctx context.Context, columns ...string) *sql.Selector {
	kind, v := Of(ctx).Kind, viewer.From(ctx)
	s := sql.Dialect(kind).Select(columns...)
	match := f.expression(kind)
	if kind == dialect.Postgres {
		var client *uuid.UUID
		if v.Scoped() {
			client = &v.ClientID
		}
		return s.FromExpr(sql.ExprFunc(func(b *sql.Builder) {
			b.WriteString("find_texts(").Arg(match).WriteString("::tsquery, ").Arg(client).WriteString("::uuid) AS found")
		}))
	}
	s.From(sql.Table("search"))
	s.Where(sql.P(func(b *sql.Builder) {
		b.WriteString("id IN (SELECT rowid FROM search_index WHERE search_index MATCH ").Arg(match).WriteString(")")
	}))
	s.Where(sql.EQ("tenant_id", f.Tenant))
	if v.Scoped() {
		s.Where(sql.EQ("client_id", v.ClientID))
	}
	return s
}

// Page runs a selection of Rows(ctx, "record_id") that has an order and a limit. With counted it tells how many matches there are
// before the limit; none where the page has no rows.
func (f Find) Page(ctx context.Context, s *sql.Selector, counted bool) (ids []any, total int64, err error) {
	if counted {
		s.AppendSelectExpr(sql.Expr("count(*) OVER ()"))
	} else {
		s.AppendSelectExpr(sql.Expr("0"))
	}
	query, args := s.Query()
	rows, err := SQL(ctx).QueryContext(ctx, query, args...)
	if err != nil {
		return nil, 0, err
	}
	defer rows.Close()
	for rows.Next() {
		var id uuid.UUID
		if err := rows.Scan(&id, &total); err != nil {
			return nil, 0, err
		}
		ids = append(ids, id)
	}
	return ids, total, rows.Err()
}

// Count counts the matches up to a bound (0: all).
func (f Find) Count(ctx context.Context, bound int) (n int64, err error) {
	limit := ""
	if bound > 0 {
		limit = fmt.Sprintf(" LIMIT %d", bound)
	}
	var query string
	var args []any
	if d := Of(ctx); d.Kind == dialect.SQLite && !viewer.From(ctx).Scoped() { // the index alone tells
		query, args = "SELECT rowid FROM search_index WHERE search_index MATCH ?", []any{f.expression(d.Kind)}
	} else {
		query, args = f.Rows(ctx, "record_id").Query()
	}
	err = SQL(ctx).QueryRowContext(ctx, "SELECT count(*) FROM ("+query+limit+") AS matches", args...).Scan(&n)
	return n, err
}
