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

// Match is the condition on the table search: it stands around its one argument.
func (f Find) Match(dialectName string) (before, argument, after string) {
	or, and, prefix, quote := " OR ", " AND ", "*", `"`
	if dialectName == dialect.Postgres {
		or, and, prefix, quote = " | ", " & ", ":*", "'"
	}
	var kinds []string
	for _, kind := range f.Kinds {
		scope := Scope(f.Tenant, kind)
		var all []string
		for _, column := range slices.Sorted(maps.Keys(f.Facets)) {
			var any []string
			for _, value := range f.Facets[column] {
				any = append(any, quote+facet(scope, column, value)+quote)
			}
			all = append(all, "("+strings.Join(any, or)+")")
		}
		for _, w := range f.Words {
			all = append(all, quote+scope+w+quote+prefix)
		}
		kinds = append(kinds, "("+strings.Join(all, and)+")")
	}
	argument = strings.Join(kinds, or)
	if dialectName == dialect.Postgres {
		return "tokens @@ ", argument, "::tsquery"
	}
	return "id IN (SELECT rowid FROM search_index WHERE search_index MATCH ", argument, ")"
}

// Rows selects the matching rows of the table search that the viewer may see.
func (f Find) Rows(ctx context.Context, columns ...string) *sql.Selector {
	kind, v := Of(ctx).Kind, viewer.From(ctx)
	s := sql.Dialect(kind).Select(columns...).From(sql.Table("search"))
	before, argument, after := f.Match(kind)
	s.Where(sql.P(func(b *sql.Builder) { b.WriteString(before).Arg(argument).WriteString(after) }))
	s.Where(sql.EQ("tenant_id", f.Tenant))
	if v.Scoped() {
		s.Where(sql.EQ("client_id", v.ClientID))
	}
	return s
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
		_, argument, _ := f.Match(d.Kind)
		query, args = "SELECT rowid FROM search_index WHERE search_index MATCH ?", []any{argument}
	} else {
		query, args = f.Rows(ctx, "record_id").Query()
	}
	err = SQL(ctx).QueryRowContext(ctx, "SELECT count(*) FROM ("+query+limit+") AS found", args...).Scan(&n)
	return n, err
}
