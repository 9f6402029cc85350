// Package schema is what is kept. It imports ent's own library and rule, never generated code.
package schema

import (
	"encoding/json"
	"slices"

	"entgo.io/ent"
	"entgo.io/ent/dialect/entsql"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"
	"entgo.io/ent/schema/mixin"
	"github.com/google/uuid"

	"github.com/holdfast-platform/holdfast/ent/rule"
)

// base gives every entity its id, version and times. The guards are not here: they sit on the client, so none can be
// forgotten. They also set the id and the times by the request's clock; the defaults below only satisfy ent.
type base struct{ mixin.Schema }

func (base) Fields() []ent.Field {
	return []ent.Field{
		field.UUID("id", uuid.UUID{}).Immutable().Default(rule.NewID),
		field.Int32("version").Default(1),
		field.Time("created_at").Immutable().Default(rule.Epoch),
		field.Time("updated_at").Default(rule.Epoch).UpdateDefault(rule.Epoch),
	}
}

// owned gives the tenant. The unique index is what composite foreign keys point at, and serves lists by tenant.
type owned struct{ mixin.Schema }

func (owned) Fields() []ent.Field {
	return []ent.Field{field.UUID("tenant_id", uuid.UUID{}).Immutable()}
}

func (owned) Indexes() []ent.Index { return []ent.Index{index.Fields("tenant_id", "id").Unique()} }

// numbered gives a short number, unique in the tenant; the guards count it.
type numbered struct{ mixin.Schema }

func (numbered) Fields() []ent.Field { return []ent.Field{field.Int64("number").Immutable()} }

func (numbered) Indexes() []ent.Index {
	return []ent.Index{index.Fields("tenant_id", "number").Unique()}
}

// builtin is of kinds of which the program brings rows to every tenant: the key by which it knows them, and a hash of
// what they were brought with.
type builtin struct{ mixin.Schema }

func (builtin) Fields() []ent.Field {
	return []ent.Field{
		field.Bool("is_builtin").Default(false).Immutable(),
		field.String("builtin_key").Optional().Nillable().Immutable().Annotations(rule.Field{Quiet: true}),
		field.String("builtin_hash").Optional().Nillable().Annotations(rule.Field{Quiet: true}),
	}
}

func (builtin) Indexes() []ent.Index {
	return []ent.Index{index.Fields("tenant_id", "builtin_key").Unique()}
}

// onRecord hangs a row on any record by kind and id; the client comes from the record, so that scoped members see it.
type onRecord struct{ mixin.Schema }

func (onRecord) Fields() []ent.Field {
	return []ent.Field{
		field.String("record_kind").Immutable(),
		field.UUID("record_id", uuid.UUID{}).Immutable(),
		field.UUID("client_id", uuid.UUID{}).Optional().Nillable(),
	}
}

// title is a required name or title: a label, searched, sortable.
func title(name string) []ent.Field {
	return []ent.Field{
		field.String(name).NotEmpty().Annotations(rule.Field{Label: true, Folded: true, Searched: true}),
		shadow(name + "_fold"),
	}
}

// unique is a title that nobody else in the tenant may have, whatever its case; the entity adds the index.
func unique(name string) []ent.Field {
	return []ent.Field{
		field.String(name).NotEmpty().Annotations(rule.Field{Label: true, Folded: true, Keyed: true, Searched: true}),
		shadow(name + "_fold"),
		shadow(name + "_key"),
	}
}

// shadow is a column that the guards fill from another. The migrations give it the collation "C" on PostgreSQL:
// code-point order.
func shadow(name string) ent.Field {
	return field.String(name).Default("")
}

// text is an optional text, found by full text; words is one that is not.
func text(name string) ent.Field {
	return field.Text(name).Optional().Nillable().Annotations(rule.Field{Searched: true})
}

func words(name string) ent.Field { return field.String(name).Optional().Nillable() }

// person is an optional reference to a member of the tenant.
func person(name string) ent.Field {
	return field.UUID(name, uuid.UUID{}).Optional().Nillable().Annotations(rule.Field{Person: true})
}

// ref is the field of an optional edge.
func ref(name string) ent.Field { return field.UUID(name, uuid.UUID{}).Optional().Nillable() }

// moment is an optional time.
func moment(name string) ent.Field { return field.Time(name).Optional().Nillable() }

// object is a JSON document.
func object(name string) ent.Field {
	return field.JSON(name, json.RawMessage{}).Optional()
}

// join strings field lists together.
func join(parts ...any) []ent.Field {
	var out []ent.Field
	for _, p := range parts {
		switch p := p.(type) {
		case ent.Field:
			out = append(out, p)
		case []ent.Field:
			out = append(out, p...)
		}
	}
	return out
}

// facet is a word of a closed set; without a default it is required.
func facet(name, preset string) ent.Field {
	f := field.String(name)
	if preset == "" {
		f.NotEmpty()
	} else {
		f.Default(preset)
	}
	return f.Annotations(rule.Field{Facet: true})
}

// scale is a facet of which the words rise: its shadow sorts by their order.
func scale(name, preset string, words ...string) []ent.Field {
	return []ent.Field{
		field.String(name).Default(preset).Annotations(rule.Field{Facet: true, Ranked: words}),
		field.Int32(name + "_rank").Default(int32(slices.Index(words, preset) + 1)).Annotations(rule.Field{Quiet: true}),
	}
}

// named is an optional short text by which things are told apart, found by full text, and compared whatever its case.
func named(name string) []ent.Field {
	return []ent.Field{
		field.String(name).Optional().Nillable().Annotations(rule.Field{Searched: true, Folded: true}),
		field.String(name + "_fold").Optional().Nillable(),
	}
}

// found is an optional short text, found by full text.
func found(name string) ent.Field {
	return field.String(name).Optional().Nillable().Annotations(rule.Field{Searched: true})
}

// table names a table that ent would name otherwise.
func table(name string) schema.Annotation { return entsql.Annotation{Table: name} }

// points is a reference to a record of the same kind: as an edge, ent would make it unique.
func points(name, entity string) ent.Field {
	return field.UUID(name, uuid.UUID{}).Optional().Nillable().Annotations(rule.Field{Points: entity})
}
