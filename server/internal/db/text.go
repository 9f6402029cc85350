package db

import (
	"context"
	"fmt"
	"strings"

	"github.com/google/uuid"

	"entgo.io/ent/dialect"
	"entgo.io/ent/dialect/sql"

	gen "github.com/holdfast-platform/holdfast/gen/ent"
	"github.com/holdfast-platform/holdfast/server/internal/search"
)

// text is what full text is to know of one record after the transaction.
type text struct {
	kind   *gen.Kind
	tenant uuid.UUID
	client *uuid.UUID
	id     uuid.UUID
	number int64
	label  string
	body   string
	fresh  bool // not in the table before this transaction
	gone   bool
}

// text remembers a record whose texts have changed.
func (u *unit) text(k *gen.Kind, tenant uuid.UUID, before, after gen.Record) {
	if !k.Searched {
		return
	}
	if before != nil && after != nil && before.Text() == after.Text() && equal(before.Client(), after.Client()) {
		return
	}
	if u.texts == nil {
		u.texts = map[uuid.UUID]*text{}
	}
	if after == nil {
		u.texts[before.Key()] = &text{kind: k, tenant: tenant, id: before.Key(), gone: true}
		return
	}
	earlier := u.texts[after.Key()]
	u.texts[after.Key()] = &text{k, tenant, after.Client(), after.Key(), after.Num(), after.Label(), after.Text(), before == nil || earlier != nil && earlier.fresh, false}
}

// Scope is the token that stands for a tenant's records of one kind: it makes the index itself tell tenants apart.
func Scope(tenant uuid.UUID, kind string) string {
	return "t" + strings.ReplaceAll(tenant.String(), "-", "") + kind
}

// tokens are the words of a record, the scope and the number among them.
func (t *text) tokens() []string {
	words := search.Tokens(t.body)
	if t.number > 0 {
		words = append(words, search.Tokens(Short(t.kind.Name, t.number))...)
	}
	return append(words, Scope(t.tenant, t.kind.API))
}

// writeTexts brings the search table up to date, many rows per statement.
func (u *unit) writeTexts(ctx context.Context) error {
	var rows []*text
	var old []any
	for _, t := range u.texts {
		if t.gone || !t.fresh {
			old = append(old, t.id)
		}
		if !t.gone {
			rows = append(rows, t)
		}
	}
	for len(old) > 0 {
		n := min(len(old), 5000)
		if err := u.unwriteTexts(ctx, old[:n]); err != nil {
			return err
		}
		old = old[n:]
	}
	for len(rows) > 0 {
		n := min(len(rows), 500)
		if err := u.insertTexts(ctx, rows[:n]); err != nil {
			return err
		}
		rows = rows[n:]
	}
	return nil
}

func (u *unit) unwriteTexts(ctx context.Context, ids []any) error {
	in := placeholders(len(ids))
	if !u.postgres() {
		if _, err := u.tx.ExecContext(ctx, `DELETE FROM search_index WHERE rowid IN (SELECT id FROM search WHERE record_id IN (`+in+`))`, ids...); err != nil {
			return err
		}
	}
	_, err := u.tx.ExecContext(ctx, `DELETE FROM search WHERE record_id IN (`+in+`)`, ids...)
	return err
}

func (u *unit) insertTexts(ctx context.Context, rows []*text) error {
	var b strings.Builder
	var args, ids []any
	b.WriteString(`INSERT INTO search (record_id, tenant_id, client_id, kind, number, label, body, tokens) VALUES `)
	for i, t := range rows {
		if i > 0 {
			b.WriteByte(',')
		}
		n := len(args)
		fmt.Fprintf(&b, "($%d,$%d,$%d,$%d,$%d,$%d,$%d,", n+1, n+2, n+3, n+4, n+5, n+6, n+7)
		args = append(args, t.id, t.tenant, t.client, t.kind.API, t.number, t.label, strings.TrimSpace(t.body))
		if u.postgres() {
			fmt.Fprintf(&b, "array_to_tsvector($%d::text[]))", n+8)
			args = append(args, t.tokens())
		} else {
			fmt.Fprintf(&b, "$%d)", n+8)
			args = append(args, strings.Join(t.tokens(), " "))
			ids = append(ids, t.id)
		}
	}
	if _, err := u.tx.ExecContext(ctx, b.String(), args...); err != nil {
		return fmt.Errorf("full text: %w", err)
	}
	if u.postgres() {
		return nil
	}
	_, err := u.tx.ExecContext(ctx, `INSERT INTO search_index (rowid, tokens) SELECT id, tokens FROM search WHERE record_id IN (`+placeholders(len(ids))+`)`, ids...)
	return err
}

func placeholders(n int) string {
	var b strings.Builder
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, "$%d", i+1)
	}
	return b.String()
}

// Matching limits a query to the records whose texts have all the words of q, each as a prefix. A q without any word finds nothing.
func Matching(tenant uuid.UUID, kind, q string) func(*sql.Selector) {
	words := search.Query(q)
	return func(s *sql.Selector) {
		if len(words) == 0 {
			s.Where(sql.False())
			return
		}
		scope := Scope(tenant, gen.Kinds[kind].API)
		expr, arg := MatchSQL(s.Dialect(), scope, words)
		s.Where(sql.P(func(b *sql.Builder) {
			b.Ident(s.C("id")).WriteString(" IN (SELECT record_id FROM search WHERE ").WriteString(expr)
			b.Arg(arg).WriteString(map[bool]string{true: "::tsquery)", false: "))"}[s.Dialect() == dialect.Postgres])
		}))
	}
}

// MatchSQL is the condition on the table search up to its one argument, and that argument; words and scope have letters and digits
// only. On PostgreSQL "::tsquery" follows the argument, on SQLite a closing parenthesis.
func MatchSQL(dialectName, scope string, words []string) (expr, arg string) {
	var b strings.Builder
	if dialectName == dialect.Postgres {
		b.WriteString("'" + scope + "'")
		for _, w := range words {
			b.WriteString(" & '" + w + "':*")
		}
		return "tokens @@ ", b.String()
	}
	b.WriteString(`"` + scope + `"`)
	for _, w := range words {
		b.WriteString(` AND "` + w + `"*`)
	}
	return "id IN (SELECT rowid FROM search_index WHERE search_index MATCH ", b.String()
}
