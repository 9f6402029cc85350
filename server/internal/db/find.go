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

// narrowing is how many facets of a kind, in the order of its description, its words are narrowed by: each word has a second token, in
// the scope of their values. A search by these facets and a word meets one short list instead of two long ones.
const narrowing = 2

func narrowed(k *gen.Kind) []string { return k.Facets[:min(narrowing, len(k.Facets))] }

// narrows tells that a word has a token in the narrow scope. Numbers have none: few records have the same one, and many have several. Nor
// has what begins with one, so that all words with the same beginning are alike.
func narrows(word string) bool { return word[0] < '0' || word[0] > '9' }

// narrow is the scope of the words of records with these values in some columns, within a scope.
func narrow(scope string, columns []string, value func(column string) string) string {
	for _, c := range slices.Sorted(slices.Values(columns)) {
		scope += facet("", c, value(c))
	}
	return migrate.Narrow(scope)
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

// lengths are the buckets of words: the shortest length of each. A word is asked for as the beginning of one, but most searches mean the
// whole word. Within its own bucket, where that has one length, it is looked up as it is; only the buckets of longer words, where little
// begins with it, are asked for beginnings. Either index finds one key much faster than all keys that begin with it.
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

// wordToken is the token of a word: its scope, its bucket as a letter, and itself.
func wordToken(scope string, bucket int, word string) string {
	return scope + string(rune('a'+bucket)) + word
}

// expression is what the index is asked: for the words themselves, and for longer ones that begin with them. Both are one question
// where several words are wanted, for each of them may be either.
func (f Find) expression(dialectName string) (words, longer string) {
	or, prefix, quote := " OR ", "*", `"`
	if dialectName == dialect.Postgres {
		or, prefix, quote = " | ", ":*", "'"
	}
	terms := func(scope, word string) (own string, beyond []string) {
		b := bucket(word)
		own = quote + wordToken(scope, b, word) + quote
		if b == len(lengths)-1 || lengths[b+1] > lengths[b]+1 {
			own += prefix
		}
		for b++; b < len(lengths); b++ {
			beyond = append(beyond, quote+wordToken(scope, b, word)+quote+prefix)
		}
		return own, beyond
	}
	if len(f.Words) != 1 {
		return f.join(dialectName, func(scope, word string) string {
			own, beyond := terms(scope, word)
			return "(" + strings.Join(append([]string{own}, beyond...), or) + ")"
		}), ""
	}
	words = f.join(dialectName, func(scope, word string) string {
		own, _ := terms(scope, word)
		return own
	})
	if bucket(f.Words[0]) < len(lengths)-1 {
		longer = f.join(dialectName, func(scope, word string) string {
			_, beyond := terms(scope, word)
			return "(" + strings.Join(beyond, or) + ")"
		})
	}
	return words, longer
}

// place is where words are looked for: a scope, that of those without a narrow one, and sets of facets' tokens, of each of which one is
// wanted besides.
type place struct {
	scope, wide string
	facets      [][]string
}

// fewPlaces is how many narrow scopes are worth asking instead of a wide one.
const fewPlaces = 4

// places are where a kind's words are looked for: in narrow scopes, where the facets say in which.
func (f Find) places(kind string) []place {
	scope := Scope(f.Tenant, kind)
	columns := narrowed(gen.Kinds[ByKind(kind)])
	wide := []place{{scope, scope, f.facets(scope)}}
	if len(columns) == 0 || !slices.ContainsFunc(f.Words, narrows) {
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
		out[i].scope = narrow(scope, columns, func(c string) string { return one[c][0] })
		if len(one) > len(columns) {
			out[i].facets = Find{Facets: one}.facets(scope)
		}
	}
	return out
}

// join asks for all words and facets, in any of the kinds.
func (f Find) join(dialectName string, word func(scope, word string) string) string {
	or, and, quote := " OR ", " AND ", `"`
	if dialectName == dialect.Postgres {
		or, and, quote = " | ", " & ", "'"
	}
	var places []string
	for _, kind := range f.Kinds {
		for _, p := range f.places(kind) {
			var all []string
			for _, tokens := range p.facets {
				for i, t := range tokens {
					tokens[i] = quote + t + quote
				}
				all = append(all, "("+strings.Join(tokens, or)+")")
			}
			for _, w := range f.Words {
				if narrows(w) {
					all = append(all, word(p.scope, w))
				} else { // the facets are those of the others
					all = append(all, word(p.wide, w))
				}
			}
			places = append(places, "("+strings.Join(all, and)+")")
		}
	}
	return strings.Join(places, or)
}

// either is both questions in one, in the language of SQLite.
func either(words, longer string) string {
	if longer == "" {
		return words
	}
	return words + " OR " + longer
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
	words, longer := f.expression(kind)
	if kind == dialect.Postgres { // by way of the view, see its migration; with the words in queries of their own one plan does for all
		s.From(sql.Table("found")).Where(sql.P(func(b *sql.Builder) {
			b.WriteString("(tokens @@ (SELECT ").Arg(words).WriteString("::text::tsquery)")
			if longer != "" {
				b.WriteString(" OR tokens @@ (SELECT ").Arg(longer).WriteString("::text::tsquery)")
			}
			b.WriteString(")")
		}))
	} else { // a cross join is in the order as written
		index := sql.Select("rowid").From(sql.Table("search_index")).Where(sql.P(func(b *sql.Builder) {
			b.WriteString("search_index MATCH ").Arg(either(words, longer))
		}))
		s.Prefix(sql.With("matches", "match").As(index)).FromExpr(sql.Expr("matches CROSS JOIN search ON id = match"))
	}
	s.Where(sql.EQ("tenant_id", f.Tenant))
	if v.Scoped() {
		s.Where(sql.EQ("client_id", v.ClientID))
	}
	return s
}

// Matches is the column of a page's rows that tells how many matches there are before the limit.
const Matches = "matches"

// Page limits a query to the records that a selection of Rows(ctx, "record_id") finds, which has an order and a limit. With counted it
// tells how many matches there are before the limit: at once, or, where that is 0, with each row as Matches.
func (f Find) Page(ctx context.Context, s, page *sql.Selector, counted bool) (total int64, err error) {
	all := "count(*) OVER ()"
	if s.Dialect() == dialect.Postgres { // one statement: each trip costs as much as reading the rows
		if counted {
			page.AppendSelectExprAs(sql.Expr(all), Matches)
		}
		s.Join(page.As("page")).On(s.C("id"), page.C("record_id"))
		if counted {
			s.AppendSelect(page.C(Matches))
		}
		return 0, nil
	}
	switch {
	case !counted:
		all = "0"
	case !viewer.From(ctx).Scoped(): // a window keeps all rows
		all = "(SELECT count(*) FROM matches)"
	}
	query, args := page.AppendSelectExpr(sql.Expr(all)).Query()
	rows, err := SQL(ctx).QueryContext(ctx, query, args...)
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	var ids []any
	for rows.Next() {
		var id uuid.UUID
		if err := rows.Scan(&id, &total); err != nil {
			return 0, err
		}
		ids = append(ids, id)
	}
	s.Where(sql.In(s.C("id"), ids...))
	return total, rows.Err()
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
		query, args = "SELECT rowid FROM search_index WHERE search_index MATCH ?", []any{either(f.expression(d.Kind))}
	} else {
		query, args = f.Rows(ctx, "record_id").Query()
	}
	err = SQL(ctx).QueryRowContext(ctx, "SELECT count(*) FROM ("+query+limit+") AS matches", args...).Scan(&n)
	return n, err
}
