package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/field"

	"github.com/holdfast-platform/holdfast/ent/rule"
)

// Tenant is a customer of the installation. It is global: its id is what tenant_id means everywhere else.
type Tenant struct{ ent.Schema }

// Annotations tell the guards about it.
func (Tenant) Annotations() []schema.Annotation {
	return []schema.Annotation{rule.Entity{Kind: "tenant", Word: "tenant", Home: "id", Open: true}}
}

// Policy is the second wall: a member sees their tenant, its managers change it.
func (Tenant) Policy() ent.Policy {
	return rule.Own("tenant", rule.Via{Update: "manage", Create: "manage", Delete: "manage"})
}

// Mixin gives the common columns.
func (Tenant) Mixin() []ent.Mixin { return []ent.Mixin{base{}} }

// Fields are its own columns.
func (Tenant) Fields() []ent.Field {
	return []ent.Field{
		field.String("slug").NotEmpty().Unique(),
		field.String("name").NotEmpty().Annotations(rule.Field{Label: true}),
		field.String("status").Default("active"), // pending, active, grace, suspended
		field.String("plan").Default(""),
		field.Strings("features").Optional(),
		moment("license_expires_at"),
	}
}
