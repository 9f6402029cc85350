// Package rule is the second wall: what a viewer may do with a kind of record, and what the guards must know of it. It
// imports no generated code, so that generation works from an empty folder.
package rule

import (
	"context"

	"entgo.io/ent"
	"entgo.io/ent/privacy"

	"github.com/holdfast-platform/holdfast/ent/viewer"
)

// Entity tells the guards about a kind of record.
type Entity struct {
	// Kind is its name in the API and in the journal, such as "asset".
	Kind string
	// Word is its domain and permission, such as "assets".
	Word string
	// Prefix is that of its short numbers, such as "AST"; empty for kinds without numbers.
	Prefix string
	// Counted kinds keep a live total per tenant.
	Counted bool
	// Own names the column with the user that a row belongs to: others neither see nor change it, unless they hold
	// Unless.
	Own, Unless string
	// Shared names a boolean column: where it is true, others may read the row.
	Shared string
	// Through names columns whose records a member with a client must be able to see, for kinds that have no client
	// themselves.
	Through []string
	// Open kinds are readable by members who are scoped to a client although they belong to none.
	Open bool
	// Members marks people: seen where they share a tenant, by this column.
	Members string
	// Record kinds are what people look after: they are searched and watched, commented on and linked, have files, and
	// tell people what becomes of them; the feed and the activity show them. The generator makes them known.
	Record bool
	// PartOf names the columns that refer to what a row is a part of: it goes together with that record, and is no use
	// of it.
	PartOf []string
	// Home names the column with the tenant whose journal a change of a global record belongs to.
	Home string
	// Ended says when a record has ended, and what of it stays as it was from then on.
	Ended *Ended
}

// Ended keeps what was judged: while the record is in one of the states, nobody but named actors changes these columns.
// A change that leads out of the states may change them along: it opens the record again.
type Ended struct {
	// Column holds the state, and States are those that end the record.
	Column string
	States []string
	// Through names the column with the record whose end ends this one too, in place of a state of its own.
	Through string
	// Judged are the columns that stay.
	Judged []string
}

// Name is how the generator finds it.
func (Entity) Name() string { return "Holdfast" }

// Field tells the guards about a column.
type Field struct {
	// Person columns hold a user's id, guarded by the membership in the tenant.
	Person bool
	// Points names the entity that the column refers to without an edge.
	Points string
	// Label is what the record is called.
	Label bool
	// Folded columns have a shadow <name>_fold to sort by, Keyed ones a shadow <name>_key that is unique.
	Folded, Keyed bool
	// Ranked are the column's words in rising order: a shadow <name>_rank has a word's place among them, from 1, to
	// sort by.
	Ranked []string
	// Searched columns are found by full text.
	Searched bool
	// Facet columns are words of a closed set, indexed beside the texts: a search that filters by them stays in the
	// index.
	Facet bool
	// Quiet columns are the machinery's own notes: writing them alone is no change of the record.
	Quiet bool
}

// Name is how the generator finds it.
func (Field) Name() string { return "Holdfast" }

// Via names the action that is asked for in place of the plain one, where one permission covers several acts.
type Via struct{ Read, Create, Update, Delete string }

// Resource asks for word:read, word:create, word:update or word:delete.
func Resource(word string, via ...Via) ent.Policy {
	r := resource{word: word, via: Via{"read", "create", "update", "delete"}}
	if len(via) > 0 {
		r.via = Via{or(via[0].Read, "read"), or(via[0].Create, "create"), or(via[0].Update, "update"), or(via[0].Delete, "delete")}
	}
	return r
}

func or(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

type resource struct {
	word string
	via  Via
}

func (r resource) EvalQuery(ctx context.Context, _ ent.Query) error { return r.ask(ctx, r.via.Read) }

func (r resource) EvalMutation(ctx context.Context, m ent.Mutation) error {
	switch {
	case m.Op().Is(ent.OpCreate):
		return r.ask(ctx, r.via.Create)
	case m.Op().Is(ent.OpDelete | ent.OpDeleteOne):
		return r.ask(ctx, r.via.Delete)
	}
	return r.ask(ctx, r.via.Update)
}

func (r resource) ask(ctx context.Context, action string) error {
	if permission := r.word + ":" + action; !viewer.From(ctx).Has(permission) {
		return Denied{permission}
	}
	return privacy.Skip
}

// Denied is the refusal of the second wall; it names the permission that is missing.
type Denied struct{ Permission string }

func (d Denied) Error() string { return d.Permission + " is needed" }

// Is makes it a denial in ent's sense.
func (d Denied) Is(target error) bool { return target == privacy.Deny }

// Own is for what belongs to a person: whoever is signed in may do it, and the guards keep it to their own rows.
// Machine work needs the word's permission like everywhere.
func Own(word string, via ...Via) ent.Policy { return own{Resource(word, via...).(resource)} }

type own struct{ resource }

func (o own) EvalQuery(ctx context.Context, q ent.Query) error {
	if person(ctx) {
		return privacy.Skip
	}
	return o.resource.EvalQuery(ctx, q)
}

func (o own) EvalMutation(ctx context.Context, m ent.Mutation) error {
	if person(ctx) {
		return privacy.Skip
	}
	return o.resource.EvalMutation(ctx, m)
}

// Known is for what everybody who is signed in may read, and only few may change: changing asks for the word's
// permissions.
func Known(word string, via ...Via) ent.Policy { return known{Resource(word, via...).(resource)} }

type known struct{ resource }

func (k known) EvalQuery(ctx context.Context, q ent.Query) error {
	if person(ctx) {
		return privacy.Skip
	}
	return k.resource.EvalQuery(ctx, q)
}

func person(ctx context.Context) bool {
	v := viewer.From(ctx)
	return v != nil && v.Actor == "" && v.PersonID.String() != "00000000-0000-0000-0000-000000000000"
}

// Nobody is for what only named actors touch: keys, throttles.
func Nobody(word string) ent.Policy { return Resource(word) }
