package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/edge"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"
	"github.com/google/uuid"

	"github.com/holdfast-platform/holdfast/ent/rule"
)

// User is a person. It is global: one account, members of several tenants; it is seen where a membership is.
type User struct{ ent.Schema }

// Annotations tell the guards about it.
func (User) Annotations() []schema.Annotation {
	return []schema.Annotation{rule.Entity{Kind: "user", Word: "users", Members: "id", Home: "home_tenant_id"}}
}

// Policy is the second wall.
func (User) Policy() ent.Policy {
	return rule.Resource("users", rule.Via{Create: "manage", Update: "manage", Delete: "manage"})
}

// Mixin gives the common columns.
func (User) Mixin() []ent.Mixin { return []ent.Mixin{base{}} }

// Fields are its own columns.
func (User) Fields() []ent.Field {
	return []ent.Field{
		field.String("email").NotEmpty().Annotations(rule.Field{Keyed: true}),
		shadow("email_key"),
		moment("email_verified_at"),
		field.String("username").Optional().Nillable().Annotations(rule.Field{Keyed: true}),
		field.String("username_key").Optional().Nillable(),
		field.String("full_name").NotEmpty().Annotations(rule.Field{Label: true, Folded: true}),
		shadow("full_name_fold"),
		field.UUID("home_tenant_id", uuid.UUID{}),
		field.UUID("last_tenant_id", uuid.UUID{}).Optional().Nillable(),
		field.String("password_hash").Optional().Nillable().Sensitive(),
		field.Bool("is_active").Default(true),
		field.Int32("token_version").Default(1),
		field.Bytes("mfa_secret").Optional().Nillable().Sensitive(),
		field.Bool("mfa_enabled").Default(false),
		field.Int64("mfa_last_step").Default(0),
		field.Strings("recovery_codes").Optional().Sensitive(),
		field.String("oidc_issuer").Optional().Nillable(),
		field.String("oidc_subject").Optional().Nillable(),
		moment("last_login_at"),
		field.String("locale").Optional().Nillable(),
		field.Bool("is_platform_admin").Default(false),
	}
}

// Indexes are its own.
func (User) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("email_key").Unique(), index.Fields("username_key").Unique(), index.Fields("oidc_issuer", "oidc_subject").Unique(),
		index.Fields("home_tenant_id"),
	}
}

// Membership makes a user a member of a tenant. References to people point at (tenant_id, user_id) here.
type Membership struct{ ent.Schema }

// Annotations tell the guards about it.
func (Membership) Annotations() []schema.Annotation {
	return []schema.Annotation{rule.Entity{Kind: "membership", Word: "users"}}
}

// Policy is the second wall.
func (Membership) Policy() ent.Policy {
	return rule.Resource("users", rule.Via{Create: "manage", Update: "manage", Delete: "manage"})
}

// Mixin gives the common columns.
func (Membership) Mixin() []ent.Mixin { return []ent.Mixin{base{}, owned{}} }

// Fields are its own columns.
func (Membership) Fields() []ent.Field {
	return []ent.Field{
		field.UUID("user_id", uuid.UUID{}).Immutable(),
		ref("client_id"),
		field.String("status").Default("active"), // active, suspended
	}
}

// Edges are its references.
func (Membership) Edges() []ent.Edge {
	return []ent.Edge{
		edge.To("user", User.Type).Unique().Required().Immutable().Field("user_id"),
		edge.To("customer", Customer.Type).Unique().Field("client_id"),
	}
}

// Indexes are its own.
func (Membership) Indexes() []ent.Index {
	return []ent.Index{index.Fields("tenant_id", "user_id").Unique(), index.Fields("user_id")}
}

// MembershipGroup puts a member into a group.
type MembershipGroup struct{ ent.Schema }

// Annotations tell the guards about it.
func (MembershipGroup) Annotations() []schema.Annotation {
	return []schema.Annotation{rule.Entity{Kind: "membership_group", Word: "users"}}
}

// Policy is the second wall.
func (MembershipGroup) Policy() ent.Policy {
	return rule.Resource("users", rule.Via{Create: "manage", Update: "manage", Delete: "manage"})
}

// Mixin gives the common columns.
func (MembershipGroup) Mixin() []ent.Mixin { return []ent.Mixin{base{}, owned{}} }

// Fields are its own columns.
func (MembershipGroup) Fields() []ent.Field {
	return []ent.Field{
		field.UUID("membership_id", uuid.UUID{}).Immutable(),
		field.UUID("group_id", uuid.UUID{}).Immutable(),
	}
}

// Edges are its references.
func (MembershipGroup) Edges() []ent.Edge {
	return []ent.Edge{
		edge.To("membership", Membership.Type).Unique().Required().Immutable().Field("membership_id"),
		edge.To("group", Group.Type).Unique().Required().Immutable().Field("group_id"),
	}
}

// Indexes are its own.
func (MembershipGroup) Indexes() []ent.Index {
	return []ent.Index{index.Fields("tenant_id", "membership_id", "group_id").Unique()}
}

// Group grants permissions to its members.
type Group struct{ ent.Schema }

// Annotations tell the guards about it.
func (Group) Annotations() []schema.Annotation {
	return []schema.Annotation{rule.Entity{Kind: "group", Word: "rbac"}}
}

// Policy is the second wall.
func (Group) Policy() ent.Policy {
	return rule.Resource("rbac", rule.Via{Create: "manage", Update: "manage", Delete: "manage"})
}

// Mixin gives the common columns.
func (Group) Mixin() []ent.Mixin { return []ent.Mixin{base{}, owned{}, builtin{}} }

// Fields are its own columns.
func (Group) Fields() []ent.Field {
	return join(unique("name"), words("description"), field.Strings("permissions").Optional())
}

// Indexes are its own.
func (Group) Indexes() []ent.Index {
	return []ent.Index{index.Fields("tenant_id", "name_key").Unique()}
}
