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
	"unicode/utf8"

	"entgo.io/ent/dialect"
	"entgo.io/ent/dialect/sql"
	"github.com/google/uuid"

	"github.com/holdfast-platform/holdfast/ent/migrate"
	"github.com/holdfast-platform/holdfast/ent/viewer"
	gen "github.com/holdfast-platform/holdfast/gen/ent"
	"github.com/holdfast-platform/holdfast/server/internal/searchindex"
)

// Scope stands before each token of a tenant's records of one kind. It makes the index itself tell tenants apart, so
// that a word costs what it costs this tenant. 65 bits of SHA-256: two scopes do not meet by chance, and the rows' own
// tenant is asked besides.
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

// scopeFacets is how many facets of a kind, in the order of its description, its words are narrowed by: each word has a
// second token, in the scope of their values. A search by these facets and a word meets one short list instead of two
// long ones.
const scopeFacets = 2

func facetsInScope(k *gen.Kind) []string { return k.Facets[:min(scopeFacets, len(k.Facets))] }

// isSearchedInScope tells that a word has a token in the narrow scope. Numbers have none: few records have the same
// one, and many have several. Nor has what begins with one, so that all words with the same beginning are alike.
func isSearchedInScope(word string) bool { return word[0] < '0' || word[0] > '9' }

// termNarrows tells that a term is looked for in the narrow scope.
func termNarrows(t searchindex.Term) bool { return t.Identifier == "" && isSearchedInScope(t.Word) }

// facetScope is the scope of the words of records with these values in some columns, within a scope.
func facetScope(scope string, columns []string, value func(column string) string) string {
	for _, c := range slices.Sorted(slices.Values(columns)) {
		scope += facet("", c, value(c))
	}
	return migrate.FacetScope(scope)
}

// Find is a search among a tenant's records of some kinds.
type Find struct {
	Tenant uuid.UUID
	// Kinds are named as in the API.
	Kinds []string
	// Terms are all wanted (searchindex.Query makes them of Q, which is what was typed).
	Terms []searchindex.Term
	Q     string
	// Facets are columns with the values of which any will do.
	Facets map[string][]string
}

// lengths are the buckets of words: the shortest length of each. A word is asked for as the beginning of one, but most
// searches mean the whole word. Within its own bucket, where that has one length, it is looked up as it is; only the
// buckets of longer words, where little begins with it, are asked for beginnings. Either index finds one key much
// faster than all keys that begin with it.
var lengths = []int{1, 2, 3, 4, 5, 6, 7, 8, 9, 13}

// bucket is the one of a word's length.
func bucket(word string) int {
	n := utf8.RuneCountInString(word)
	for i, shortest := range lengths {
		if n < shortest {
			return i - 1
		}
	}
	return len(lengths) - 1
}

// wordToken is the token of a word: its scope, its bucket as a letter from a to j, and itself.
func wordToken(scope string, bucket int, word string) string {
	return scope + string(rune('a'+bucket)) + word
}

// wholeToken is the token of an identifier: as that of a word, with a letter from k to t. endings stands before what an
// identifier ends with from one of its parts on.
func wholeToken(scope string, bucket int, whole string) string {
	return scope + string(rune('k'+bucket)) + whole
}

const endings = "z"

// mixedLengths tells that words of different lengths are in a bucket.
func mixedLengths(b int) bool { return b == len(lengths)-1 || lengths[b+1] > lengths[b]+1 }

// language is how each database asks its index.
type language struct{ or, and, prefix, quote string }

func languageOf(dialectName string) language {
	if dialectName == dialect.Postgres {
		return language{" | ", " & ", ":*", "'"}
	}
	return language{" OR ", " AND ", "*", `"`}
}

func (l language) token(t string) string     { return l.quote + t + l.quote }
func (l language) beginning(t string) string { return l.token(t) + l.prefix }
func (l language) any(all ...string) string  { return "(" + strings.Join(all, l.or) + ")" }

// word asks for a word itself, and beyond for longer ones that begin with it.
func (l language) word(scope, word string) (own string, beyond []string) {
	b := bucket(word)
	own = l.token(wordToken(scope, b, word))
	if mixedLengths(b) {
		own += l.prefix
	}
	for b++; b < len(lengths); b++ {
		beyond = append(beyond, l.beginning(wordToken(scope, b, word)))
	}
	return own, beyond
}

// identifier asks for what begins with an identifier, as a whole or from one of its parts on; where it is complete,
// other parts may follow it, but no other characters.
func (l language) identifier(scope string, t searchindex.Term) []string {
	id, b := t.Identifier, bucket(t.Identifier)
	out := []string{l.token(wholeToken(scope, b, id))}
	if !t.Complete {
		if mixedLengths(b) {
			out[0] += l.prefix
		}
		for b++; b < len(lengths); b++ {
			out = append(out, l.beginning(wholeToken(scope, b, id)))
		}
		return append(out, l.beginning(scope+endings+id))
	}
	more := id + searchindex.Joint
	for b = bucket(more + "x"); b < len(lengths); b++ {
		out = append(out, l.beginning(wholeToken(scope, b, more)))
	}
	return append(out, l.token(scope+endings+id), l.beginning(scope+endings+more))
}

// expression is what the index is asked: for the words themselves, and for longer ones that begin with them. Both are
// one question where several terms are wanted, for each of them may be either.
func (f Find) expression(dialectName string) (words, longer string) {
	l := languageOf(dialectName)
	if len(f.Terms) != 1 || f.Terms[0].Identifier != "" {
		return f.join(l, func(scope string, t searchindex.Term) string {
			var all []string
			if t.Word != "" {
				own, beyond := l.word(scope, t.Word)
				all = append([]string{own}, beyond...)
			}
			if t.Identifier != "" {
				all = append(all, l.identifier(scope, t)...)
			}
			return l.any(all...)
		}), ""
	}
	words = f.join(l, func(scope string, t searchindex.Term) string {
		own, _ := l.word(scope, t.Word)
		return own
	})
	if bucket(f.Terms[0].Word) < len(lengths)-1 {
		longer = f.join(l, func(scope string, t searchindex.Term) string {
			_, beyond := l.word(scope, t.Word)
			return l.any(beyond...)
		})
	}
	return words, longer
}

// hasIdentifier tells that one of the terms is an identifier.
func (f Find) hasIdentifier() bool {
	return slices.ContainsFunc(f.Terms, func(t searchindex.Term) bool { return t.Identifier != "" })
}

// before are the terms as rows of the first form know them: by their words alone.
func (f Find) before() Find {
	f.Terms = nil
	for _, w := range searchindex.TokensOf(f.Q).Words {
		f.Terms = append(f.Terms, searchindex.Term{Word: w})
	}
	f.Terms = f.Terms[:min(len(f.Terms), searchindex.MaxQueryTokens)]
	return f
}

// exact asks for records that have all identifiers of the query as they are; empty where it has none.
func (f Find) exact(dialectName string) string {
	if !f.hasIdentifier() {
		return ""
	}
	l := languageOf(dialectName)
	f.Terms = slices.DeleteFunc(slices.Clone(f.Terms), func(t searchindex.Term) bool { return t.Identifier == "" })
	return f.join(l, func(scope string, t searchindex.Term) string {
		return l.token(wholeToken(scope, bucket(t.Identifier), t.Identifier))
	})
}

// place is where words are looked for: a scope, that of those without a narrow one, and sets of facets' tokens, of each
// of which one is wanted besides.
type place struct {
	scope, wide string
	facets      [][]string
}

// fewPlaces is how many narrow scopes are worth asking instead of a wide one.
const fewPlaces = 4

// places are where a kind's words are looked for: in narrow scopes, where the facets say in which.
func (f Find) places(kind string) []place {
	scope := Scope(f.Tenant, kind)
	columns := facetsInScope(gen.Kinds[ByKind(kind)])
	wide := []place{{scope, scope, f.facets(scope)}}
	if len(columns) == 0 || !slices.ContainsFunc(f.Terms, termNarrows) {
		return wide
	}
	choices := []map[string][]string{f.Facets}
	for _, c := range columns {
		var next []map[string][]string
		for _, before := range choices {
			for _, value := range f.Facets[c] {
				one := maps.Clone(before)
				one[c] = []string{value}
				next = append(next, one)
			}
		}
		if choices = next; len(choices) == 0 || len(choices) > fewPlaces {
			return wide
		}
	}
	out := make([]place, len(choices))
	for i, one := range choices {
		out[i].wide = scope
		out[i].scope = facetScope(scope, columns, func(c string) string { return one[c][0] })
		if len(one) > len(columns) {
			out[i].facets = Find{Facets: one}.facets(scope)
		}
	}
	return out
}

// join asks for all terms and facets, in any of the kinds.
func (f Find) join(l language, term func(scope string, t searchindex.Term) string) string {
	var places []string
	for _, kind := range f.Kinds {
		for _, p := range f.places(kind) {
			var all []string
			for _, tokens := range p.facets {
				for i, t := range tokens {
					tokens[i] = l.token(t)
				}
				all = append(all, l.any(tokens...))
			}
			for _, t := range f.Terms {
				if termNarrows(t) {
					all = append(all, term(p.scope, t))
				} else { // the facets are those of the others
					all = append(all, term(p.wide, t))
				}
			}
			places = append(places, "("+strings.Join(all, l.and)+")")
		}
	}
	return strings.Join(places, l.or)
}

// either is both questions in one, in the language of SQLite.
func either(words, longer string) string {
	if longer == "" {
		return words
	}
	return words + " OR " + longer
}

// facets are sets of tokens, of each of which one is wanted. Where few combinations are asked for, they are tokens of
// their own: the index need not walk the long list of each value.
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
	d, v := Of(ctx), viewer.From(ctx)
	kind := d.Kind
	s := sql.Dialect(kind).Select(columns...)
	words, longer := f.expression(kind)
	earlier := ""
	if f.hasIdentifier() && !d.textsCurrent.Load() {
		earlier, _ = f.before().expression(kind)
	}
	// by way of the view, see its migration; with the words in queries of their own one plan does for all
	if kind == dialect.Postgres {
		s.From(sql.Table("found")).Where(sql.P(func(b *sql.Builder) {
			b.WriteString("(tokens @@ (SELECT ").Arg(words).WriteString("::text::tsquery)")
			if longer != "" {
				b.WriteString(" OR tokens @@ (SELECT ").Arg(longer).WriteString("::text::tsquery)")
			}
			if earlier != "" {
				b.WriteString(" OR form = 1 AND tokens @@ (SELECT ").Arg(earlier).WriteString("::text::tsquery)")
			}
			b.WriteString(")")
		}))
	} else { // a cross join is in the order as written
		index := sql.Select("rowid").From(sql.Table("search_index")).Where(sql.P(func(b *sql.Builder) {
			b.WriteString("search_index MATCH ").Arg(either(words, longer))
		}))
		if earlier != "" {
			index.Union(sql.Select("rowid").From(sql.Table("search_index")).Where(sql.P(func(b *sql.Builder) {
				b.WriteString("search_index MATCH ").Arg(earlier).WriteString(" AND rowid IN (SELECT id FROM search WHERE form = 1)")
			})))
		}
		s.Prefix(sql.With("matches", "match").As(index)).FromExpr(sql.Expr("matches CROSS JOIN search ON id = match"))
	}
	s.Where(sql.EQ("tenant_id", f.Tenant))
	if v.Scoped() {
		s.Where(sql.EQ("client_id", v.ClientID))
	}
	return s
}

// Rank is 0 for exact matches, which come first, and 1 for others: what is called as was typed, and what has the
// identifiers that were typed as they are. It is an expression over rows of Rows.
func (f Find) Rank(ctx context.Context) sql.Querier {
	kind := Of(ctx).Kind
	return sql.ExprFunc(func(b *sql.Builder) {
		b.WriteString("CASE WHEN label_fold = ").Arg(searchindex.Fold(strings.TrimSpace(f.Q)))
		if exact := f.exact(kind); exact != "" && kind == dialect.Postgres {
			b.WriteString(" OR tokens @@ (SELECT ").Arg(exact).WriteString("::text::tsquery)")
		} else if exact != "" {
			b.WriteString(" OR id IN (SELECT rowid FROM search_index WHERE search_index MATCH ").Arg(exact).WriteString(")")
		}
		b.WriteString(" THEN 0 ELSE 1 END")
	})
}

// Matches is the column of a page's rows that tells how many matches there are before the limit.
const Matches = "matches"

// Exact is the column of a page's rows that has their rank, see Rank.
const Exact = "exact"

// Page limits a query to the records that a selection of Rows(ctx, "record_id") finds, which has an order and a limit.
// With ranked, exact matches come first in both. With counted it tells how many matches there are before the limit: at
// once, or, where that is 0, with each row as Matches.
func (f Find) Page(ctx context.Context, s, page *sql.Selector, ranked, counted bool) (total int64, err error) {
	if ranked {
		page.AppendSelectExprAs(f.Rank(ctx), Exact)
	}
	all := "count(*) OVER ()"
	if s.Dialect() == dialect.Postgres { // one statement: each trip costs as much as reading the rows
		if counted {
			page.AppendSelectExprAs(sql.Expr(all), Matches)
		}
		s.Join(page.As("page")).On(s.C("id"), page.C("record_id"))
		if counted {
			s.AppendSelect(page.C(Matches))
		}
		if ranked {
			s.OrderBy(page.C(Exact))
		}
		return 0, nil
	}
	switch {
	case !counted:
		all = "0"
	case !viewer.From(ctx).Scoped(): // a window keeps all rows
		all = "(SELECT count(*) FROM matches)"
	}
	if !ranked {
		page.AppendSelectExprAs(sql.Expr("1"), Exact)
	}
	query, args := page.AppendSelectExpr(sql.Expr(all)).Query()
	rows, err := SQL(ctx).QueryContext(ctx, query, args...)
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	var ids, exact []any
	for rows.Next() {
		var id uuid.UUID
		var rank int
		if err := rows.Scan(&id, &rank, &total); err != nil {
			return 0, err
		}
		ids = append(ids, id)
		if rank == 0 {
			exact = append(exact, id)
		}
	}
	s.Where(sql.In(s.C("id"), ids...))
	if len(exact) > 0 && len(exact) < len(ids) {
		s.OrderExpr(sql.P().Not().In(s.C("id"), exact...))
	}
	return total, rows.Err()
}

// Among orders a selection of records, limited to matches otherwise, by rank: folded is their column of what they are
// called, empty where they have none.
func (f Find) Among(ctx context.Context, s *sql.Selector, folded string) {
	kind := s.Dialect()
	s.OrderExpr(sql.ExprFunc(func(b *sql.Builder) {
		b.WriteString("CASE WHEN ")
		if folded == "" {
			b.WriteString("false")
		} else {
			b.WriteString(s.C(folded) + " = ").Arg(searchindex.Fold(strings.TrimSpace(f.Q)))
		}
		if exact := f.exact(kind); exact != "" && kind == dialect.Postgres {
			b.WriteString(" OR " + s.C("id") + " IN (SELECT record_id FROM found WHERE tokens @@ (SELECT ").Arg(exact).WriteString("::text::tsquery))")
		} else if exact != "" {
			b.WriteString(" OR " + s.C("id") + " IN (SELECT record_id FROM search WHERE id IN (SELECT rowid FROM search_index WHERE search_index MATCH ").
				Arg(exact).WriteString("))")
		}
		b.WriteString(" THEN 0 ELSE 1 END")
	}))
}

// Count counts the matches up to a bound (0: all).
func (f Find) Count(ctx context.Context, bound int) (n int64, err error) {
	limit := ""
	if bound > 0 {
		limit = fmt.Sprintf(" LIMIT %d", bound)
	}
	var query string
	var args []any
	// the index alone tells
	if d := Of(ctx); d.Kind == dialect.SQLite && !viewer.From(ctx).Scoped() && (!f.hasIdentifier() || d.textsCurrent.Load()) {
		query, args = "SELECT rowid FROM search_index WHERE search_index MATCH ?", []any{either(f.expression(d.Kind))}
	} else {
		query, args = f.Rows(ctx, "record_id").Query()
	}
	err = SQL(ctx).QueryRowContext(ctx, "SELECT count(*) FROM ("+query+limit+") AS matches", args...).Scan(&n)
	return n, err
}
