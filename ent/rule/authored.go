package rule

import (
	"context"
	"iter"

	"entgo.io/ent"
	"entgo.io/ent/privacy"
	"github.com/google/uuid"

	"github.com/holdfast-platform/holdfast/ent/viewer"
)

// Row is a record as it is before a change.
type Row interface{ Column(name string) any }

type touchedKey struct{}

// Touching tells the policies which rows a change is about to touch. The guards say so, who have read and locked them.
func Touching(ctx context.Context, rows iter.Seq[Row]) context.Context {
	return context.WithValue(ctx, touchedKey{}, rows)
}

// Authored is for what people write beside what the program brings: the word's permissions are asked for, and then
// everybody changes and deletes their own only; others', and what is built in, is changed by who holds keeper. What is
// built in is never deleted. author names the column with the user who wrote the record, builtin the boolean one. Named
// actors go by their permissions.
func Authored(word, author, builtin, keeper string) ent.Policy {
	return authored{Resource(word).(resource), author, builtin, keeper}
}

type authored struct {
	resource
	author, builtin, keeper string
}

// Builtin is the refusal to delete what the program brings, or to make such.
type Builtin struct{}

func (Builtin) Error() string { return "it is built in" }

// Is makes it a denial in ent's sense.
func (Builtin) Is(target error) bool { return target == privacy.Deny }

func (a authored) EvalMutation(ctx context.Context, m ent.Mutation) error {
	if err := a.resource.EvalMutation(ctx, m); err != privacy.Skip { //nolint:errorlint // the decision itself, which nobody wraps
		return err
	}
	v := viewer.From(ctx)
	if m.Op().Is(ent.OpCreate) {
		return a.create(v, m)
	}
	rows, ok := ctx.Value(touchedKey{}).(iter.Seq[Row])
	if !ok {
		return Denied{a.keeper}
	}
	for row := range rows {
		builtin, _ := row.Column(a.builtin).(bool)
		switch {
		case builtin && m.Op().Is(ent.OpDelete|ent.OpDeleteOne):
			return Builtin{}
		case v.Actor != "" || v.Has(a.keeper):
		case builtin || !is(row.Column(a.author), v.PersonID):
			return Denied{a.keeper}
		}
	}
	return privacy.Skip
}

// create holds a new record to whoever writes it.
func (a authored) create(v *viewer.Viewer, m ent.Mutation) error {
	if v.Actor != "" {
		return privacy.Skip
	}
	if builtin, ok := m.Field(a.builtin); ok && builtin == true {
		return Builtin{}
	}
	if author, ok := m.Field(a.author); !ok || !is(author, v.PersonID) {
		return Denied{a.keeper}
	}
	return privacy.Skip
}

// is tells whether a column holds a person's id.
func is(column any, person uuid.UUID) bool {
	if person == uuid.Nil {
		return false
	}
	switch id := column.(type) {
	case uuid.UUID:
		return id == person
	case *uuid.UUID:
		return id != nil && *id == person
	}
	return false
}
