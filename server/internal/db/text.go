package db

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/google/uuid"

	gen "github.com/holdfast-platform/holdfast/gen/ent"
	"github.com/holdfast-platform/holdfast/server/internal/searchindex"
)

// text is what full text is to know of one record after the transaction.
type text struct {
	kind   *gen.Kind
	tenant uuid.UUID
	client *uuid.UUID
	id     uuid.UUID
	number int64
	label  string
	fold   string // the label, to sort by
	body   string
	scopes []string // of its words, the narrow one behind
	facets []string // tokens
	fresh  bool     // not in the table before this transaction
	gone   bool
}

// text remembers a record whose texts or facets have changed.
func (u *unit) text(k *gen.Kind, tenant uuid.UUID, before, after gen.Record) {
	if !k.Searched {
		return
	}
	if before != nil && after != nil && before.Text() == after.Text() && equal(before.Client(), after.Client()) &&
		!slices.ContainsFunc(k.Facets, func(f string) bool { return before.Column(f) != after.Column(f) }) {
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
	t := &text{
		kind: k, tenant: tenant, client: after.Client(), id: after.Key(), number: after.Num(), label: after.Label(), body: after.Text(),
		fresh: before == nil || earlier != nil && earlier.fresh,
	}
	if len(k.Folded) > 0 {
		t.fold, _ = after.Column(k.Folded[0] + "_fold").(string)
	}
	value := func(column string) string {
		value, _ := after.Column(column).(string)
		return value
	}
	t.scopes = []string{Scope(tenant, k.API)}
	t.facets = combined(t.scopes[0], k.Facets, value)
	if len(k.Facets) > 0 {
		t.scopes = append(t.scopes, facetScope(t.scopes[0], facetsInScope(k), value))
	}
	u.texts[after.Key()] = t
}

// textForm is how tokens are made: 2 since identifiers are ordered wholes. Rows of an earlier form are found by their
// words until they are made anew, see Retokenize.
const textForm = 2

// tokens are the words of a record and of its number, each behind its scopes, its identifiers, and the facets.
func (t *text) tokens() []string {
	return tokensOf(t.body, Short(t.kind.Name, t.number), t.scopes, t.facets)
}

// tokensOf adds the tokens of a text and of a record's number (empty: none) to those of the facets.
func tokensOf(body, number string, scopes, facets []string) []string {
	if number != "" {
		body = number + " " + body
	}
	found := searchindex.TokensOf(body)
	tokens := slices.Grow(facets, len(scopes)*len(found.Words)+len(found.Wholes)+len(found.Endings))
	for i, scope := range scopes {
		for _, w := range found.Words {
			if i == 0 || isSearchedInScope(w) {
				tokens = append(tokens, wordToken(scope, bucket(w), w))
			}
		}
	}
	for _, w := range found.Wholes {
		tokens = append(tokens, wholeToken(scopes[0], bucket(w), w))
	}
	for _, e := range found.Endings {
		tokens = append(tokens, scopes[0]+endings+e)
	}
	return tokens
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
	var marks strings.Builder
	u.marks(&marks, 0, len(ids))
	return u.tx.post(ctx, `DELETE FROM search WHERE record_id IN (`+marks.String()+`)`, ids...)
}

func (u *unit) insertTexts(ctx context.Context, rows []*text) error {
	var b strings.Builder
	var args []any
	b.WriteString(`INSERT INTO search (record_id, tenant_id, client_id, kind, number, label, label_fold, body, narrowed, form, tokens) VALUES `)
	for i, t := range rows {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteByte('(')
		u.marks(&b, len(args), 8)
		b.WriteString(",true,2,")
		args = append(args, t.id, t.tenant, t.client, t.kind.API, t.number, t.label, t.fold, strings.TrimSpace(t.body))
		if u.postgres() {
			b.WriteString("array_to_tsvector(")
			u.marks(&b, len(args), 1)
			b.WriteString("::text[]))")
			args = append(args, t.tokens())
		} else {
			b.WriteString("?)")
			args = append(args, strings.Join(t.tokens(), " "))
		}
	}
	return u.tx.post(ctx, b.String(), args...)
}

// marks writes n places for arguments, after those that are there. On SQLite they have no numbers: its parser looks
// each number up among all others, which costs the square of them.
func (u *unit) marks(b *strings.Builder, after, n int) {
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		if !u.postgres() {
			b.WriteByte('?')
			continue
		}
		b.WriteByte('$')
		b.WriteString(strconv.Itoa(after + i + 1))
	}
}
