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

// LoginSession is one sign-in of a person on one device, as a chain of refresh tokens. It is global, because it can be
// bound to another tenant; it belongs to its person.
type LoginSession struct{ ent.Schema }

// Annotations tell the guards about it.
func (LoginSession) Annotations() []schema.Annotation {
	return []schema.Annotation{rule.Entity{Kind: "login_session", Word: "users", Own: "user_id", Unless: "users:manage", Members: "user_id", Home: "active_tenant_id"}}
}

// Policy is the second wall.
func (LoginSession) Policy() ent.Policy {
	return rule.Own("users", rule.Via{Create: "manage", Update: "manage", Delete: "manage"})
}

// Mixin gives the common columns.
func (LoginSession) Mixin() []ent.Mixin { return []ent.Mixin{base{}} }

// Fields are its own columns. A row is one refresh token; family holds the rows of one sign-in together.
func (LoginSession) Fields() []ent.Field {
	return []ent.Field{
		field.UUID("user_id", uuid.UUID{}).Immutable(),
		field.UUID("active_tenant_id", uuid.UUID{}),
		field.UUID("family", uuid.UUID{}).Immutable(),
		field.UUID("parent", uuid.UUID{}).Optional().Nillable(),
		field.String("token_hash").Sensitive(),
		field.Time("issued_at"),
		field.Time("expires_at"),
		field.Time("family_expires_at"),
		moment("used_at"), // when the refresh token was spent
		moment("last_seen_at"),
		words("ip"),
		words("user_agent"),
		moment("revoked_at"),
		words("revoke_reason"),
		// proven by whoever signed the person in (amr), not by us
		field.Bool("second_factor").Default(false).Immutable(),
		moment("confirmed_at"), // when it was last proven who sits before it
		// What ends this sign-in and the provider's together: its issuer, its own name of the session (sid), and the
		// ID token, sealed, which it wants as a hint.
		words("provider_issuer"),
		words("provider_session"),
		field.String("provider_token").Optional().Nillable().Sensitive(),
	}
}

// Edges are its references.
func (LoginSession) Edges() []ent.Edge {
	return []ent.Edge{edge.To("user", User.Type).Unique().Required().Immutable().Field("user_id")}
}

// Indexes are its own.
func (LoginSession) Indexes() []ent.Index {
	return []ent.Index{index.Fields("token_hash").Unique(), index.Fields("family"), index.Fields("user_id", "family"), index.Fields("provider_issuer", "provider_session")}
}

// Invite asks somebody into a tenant.
type Invite struct{ ent.Schema }

// Annotations tell the guards about it.
func (Invite) Annotations() []schema.Annotation {
	return []schema.Annotation{rule.Entity{Kind: "invite", Word: "users"}}
}

// Policy is the second wall.
func (Invite) Policy() ent.Policy {
	return rule.Resource("users", rule.Via{Read: "invite", Create: "invite", Update: "invite", Delete: "invite"})
}

// Mixin gives the common columns.
func (Invite) Mixin() []ent.Mixin { return []ent.Mixin{base{}, owned{}} }

// Fields are its own columns.
func (Invite) Fields() []ent.Field {
	return []ent.Field{
		field.String("email").NotEmpty().Annotations(rule.Field{Label: true, Keyed: true}),
		shadow("email_key"),
		field.JSON("group_ids", []uuid.UUID{}).Optional(),
		ref("client_id"),
		field.String("token_hash").Sensitive(),
		field.Time("expires_at"),
		moment("claimed_at"),
		moment("revoked_at"),
		person("invited_by"),
		field.Bool("by_mail").Default(false), // handed over by mail: claiming it proves the address
	}
}

// Edges are its references.
func (Invite) Edges() []ent.Edge {
	return []ent.Edge{edge.To("customer", Customer.Type).Unique().Field("client_id")}
}

// Indexes are its own.
func (Invite) Indexes() []ent.Index {
	return []ent.Index{index.Fields("token_hash").Unique(), index.Fields("tenant_id", "email_key")}
}

// ApiToken lets a program work as its owner, within scopes.
type ApiToken struct{ ent.Schema }

// Annotations tell the guards about it.
func (ApiToken) Annotations() []schema.Annotation {
	return []schema.Annotation{rule.Entity{Kind: "api_token", Word: "settings", Own: "owner_id", Unless: "settings:manage"}}
}

// Policy is the second wall.
func (ApiToken) Policy() ent.Policy {
	return rule.Own("settings", rule.Via{Create: "manage", Update: "manage", Delete: "manage"})
}

// Mixin gives the common columns.
func (ApiToken) Mixin() []ent.Mixin { return []ent.Mixin{base{}, owned{}} }

// Fields are its own columns.
func (ApiToken) Fields() []ent.Field {
	return []ent.Field{
		field.UUID("owner_id", uuid.UUID{}).Immutable().Annotations(rule.Field{Person: true}),
		field.String("name").NotEmpty().Annotations(rule.Field{Label: true}),
		field.String("prefix"),
		field.String("token_hash").Sensitive(),
		field.Strings("scopes").Optional(),
		moment("expires_at"),
		moment("last_used_at"),
		moment("revoked_at"),
	}
}

// Indexes are its own.
func (ApiToken) Indexes() []ent.Index {
	return []ent.Index{index.Fields("token_hash").Unique(), index.Fields("tenant_id", "owner_id")}
}

// SigningKey signs access tokens; the private half is sealed.
type SigningKey struct{ ent.Schema }

// Annotations tell the guards about it.
func (SigningKey) Annotations() []schema.Annotation {
	return []schema.Annotation{rule.Entity{Kind: "signing_key", Word: "keys"}}
}

// Policy is the second wall: only a named actor holds keys:read.
func (SigningKey) Policy() ent.Policy { return rule.Nobody("keys") }

// Mixin gives the common columns.
func (SigningKey) Mixin() []ent.Mixin { return []ent.Mixin{base{}} }

// Fields are its own columns; kid is the id.
func (SigningKey) Fields() []ent.Field {
	return []ent.Field{
		field.Bytes("sealed").Sensitive(),
		field.Bytes("public").Sensitive(),
		field.Time("not_after"), // signs until then, accepted one token life longer
	}
}
