package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/dialect/entsql"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/edge"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"
	"github.com/google/uuid"

	"github.com/holdfast-platform/holdfast/ent/rule"
)

// Setting is a tenant's settings, one row each and one column per leaf, so that the journal says which one changed.
// What is absent stands for the default.
type Setting struct{ ent.Schema }

// Annotations tell the guards about it.
func (Setting) Annotations() []schema.Annotation {
	return []schema.Annotation{rule.Entity{Kind: "setting", Word: "settings"}}
}

// Policy is the second wall.
func (Setting) Policy() ent.Policy {
	return rule.Resource("settings", rule.Via{Create: "manage", Update: "manage", Delete: "manage"})
}

// Mixin gives the common columns.
func (Setting) Mixin() []ent.Mixin { return []ent.Mixin{base{}, owned{}} }

// Fields are its own columns.
func (Setting) Fields() []ent.Field {
	return []ent.Field{
		words("brand_name"), field.Text("brand_logo").Optional().Nillable(), words("brand_color"),
		field.String("locale").Default("en"),
		field.String("time_zone").Default("UTC"),
		object("priority_matrix"), object("calendars"), object("sla_targets"),
		field.Int32("reopen_window_days").Default(7),
		field.Int32("auto_close_days").Default(7),
		field.Int32("retention_notification_days").Default(90),
		field.Int32("retention_login_session_days").Default(90),
		field.Int32("retention_report_days").Default(365),
		field.Int32("password_min_length").Default(12),
		field.Bool("mfa_required").Default(false),
		ref("default_group_id"),
	}
}

// Edges are its references.
func (Setting) Edges() []ent.Edge {
	return []ent.Edge{edge.To("default_group", Group.Type).Unique().Field("default_group_id")}
}

// Indexes are its own.
func (Setting) Indexes() []ent.Index { return []ent.Index{index.Fields("tenant_id").Unique()} }

// ServicePolicy is one version of what service levels are judged by; it never changes, a new one is appended.
type ServicePolicy struct{ ent.Schema }

// Annotations tell the guards about it.
func (ServicePolicy) Annotations() []schema.Annotation {
	return []schema.Annotation{rule.Entity{Kind: "service_policy", Word: "settings", Open: true}}
}

// Policy is the second wall: whoever reads incidents reads what they are judged by.
func (ServicePolicy) Policy() ent.Policy {
	return rule.Known("settings", rule.Via{Create: "manage", Update: "manage", Delete: "manage"})
}

// Mixin gives the common columns.
func (ServicePolicy) Mixin() []ent.Mixin { return []ent.Mixin{base{}, owned{}} }

// Fields are its own columns.
func (ServicePolicy) Fields() []ent.Field {
	return []ent.Field{
		field.Int32("revision").Immutable(),
		object("priority_matrix"),
		object("sla_targets"),
		object("calendars"),
	}
}

// Indexes are its own.
func (ServicePolicy) Indexes() []ent.Index {
	return []ent.Index{index.Fields("tenant_id", "revision").Unique()}
}

// Preference is what a person has chosen: language, theme, dashboard, list columns, which events reach them.
type Preference struct{ ent.Schema }

// Annotations tell the guards about it.
func (Preference) Annotations() []schema.Annotation {
	return []schema.Annotation{rule.Entity{Kind: "preference", Word: "preferences", Own: "user_id"}}
}

// Policy is the second wall.
func (Preference) Policy() ent.Policy { return rule.Own("preferences") }

// Mixin gives the common columns.
func (Preference) Mixin() []ent.Mixin { return []ent.Mixin{base{}, owned{}} }

// Fields are its own columns.
func (Preference) Fields() []ent.Field {
	return []ent.Field{
		field.UUID("user_id", uuid.UUID{}).Immutable().Annotations(rule.Field{Person: true}),
		object("document"),
		object("dashboard"),
	}
}

// Indexes are its own.
func (Preference) Indexes() []ent.Index {
	return []ent.Index{index.Fields("tenant_id", "user_id").Unique()}
}

// View is a saved list: filter, order and columns.
type View struct{ ent.Schema }

// Annotations tell the guards about it.
func (View) Annotations() []schema.Annotation {
	return []schema.Annotation{rule.Entity{Kind: "view", Word: "views", Own: "owner_id", Shared: "shared"}}
}

// Policy is the second wall.
func (View) Policy() ent.Policy { return rule.Own("views") }

// Mixin gives the common columns.
func (View) Mixin() []ent.Mixin { return []ent.Mixin{base{}, owned{}} }

// Fields are its own columns.
func (View) Fields() []ent.Field {
	return join(
		field.String("word").Immutable(),
		title("name"),
		object("filter"),
		field.String("order_by").Default(""),
		field.Strings("columns").Optional(),
		field.UUID("owner_id", uuid.UUID{}).Immutable().Annotations(rule.Field{Person: true}),
		field.Bool("shared").Default(false),
		field.JSON("default_group_ids", []uuid.UUID{}).Optional(),
	)
}

// Indexes are its own.
func (View) Indexes() []ent.Index { return []ent.Index{index.Fields("tenant_id", "word")} }

// Watch tells that a person follows a record.
type Watch struct{ ent.Schema }

// Annotations tell the guards about it.
func (Watch) Annotations() []schema.Annotation {
	return []schema.Annotation{rule.Entity{Kind: "watch", Word: "watches", Own: "user_id"}}
}

// Policy is the second wall.
func (Watch) Policy() ent.Policy { return rule.Own("watches") }

// Mixin gives the common columns.
func (Watch) Mixin() []ent.Mixin { return []ent.Mixin{base{}, owned{}, onRecord{}} }

// Fields are its own columns.
func (Watch) Fields() []ent.Field {
	return []ent.Field{field.UUID("user_id", uuid.UUID{}).Immutable().Annotations(rule.Field{Person: true})}
}

// Indexes are its own.
func (Watch) Indexes() []ent.Index {
	return []ent.Index{index.Fields("tenant_id", "record_kind", "record_id", "user_id").Unique()}
}

// Notification tells one person of an event.
type Notification struct{ ent.Schema }

// Annotations tell the guards about it.
func (Notification) Annotations() []schema.Annotation {
	return []schema.Annotation{rule.Entity{Kind: "notification", Word: "notifications", Own: "user_id"}}
}

// Policy is the second wall.
func (Notification) Policy() ent.Policy { return rule.Own("notifications") }

// Mixin gives the common columns.
func (Notification) Mixin() []ent.Mixin { return []ent.Mixin{base{}, owned{}, onRecord{}} }

// Fields are its own columns.
func (Notification) Fields() []ent.Field {
	return []ent.Field{
		field.UUID("user_id", uuid.UUID{}).Immutable().Annotations(rule.Field{Person: true}),
		field.Int64("event_seq").Immutable(),     // the journal line that made it
		field.String("cause").Immutable(),        // assigned, mentioned, watched, sla_warning, sla_breach …
		field.String("record_label").Default(""), // what the record was called
		field.String("record_number").Default(""),
		field.String("detail").Default(""),
		person("by"),
		field.Bool("in_app").Default(true).Immutable(),
		field.Bool("by_mail").Default(false).Immutable(),
		moment("read_at"),
		moment("mailed_at"),
	}
}

// Indexes are its own.
func (Notification) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("tenant_id", "user_id", "read_at"), index.Fields("tenant_id", "event_seq", "user_id", "cause").Unique(),
		index.Fields("created_at").StorageKey("notifications_to_mail").Annotations(entsql.IndexWhere("by_mail")),
	}
}

// Comment is what somebody says about a record.
type Comment struct{ ent.Schema }

// Annotations tell the guards about it.
func (Comment) Annotations() []schema.Annotation {
	return []schema.Annotation{rule.Entity{Kind: "comment", Word: "comments"}}
}

// Policy is the second wall.
func (Comment) Policy() ent.Policy { return rule.Said("comments", "record_kind", "author_id") }

// Mixin gives the common columns.
func (Comment) Mixin() []ent.Mixin { return []ent.Mixin{base{}, owned{}, onRecord{}} }

// Fields are its own columns.
func (Comment) Fields() []ent.Field {
	return []ent.Field{
		field.UUID("author_id", uuid.UUID{}).Optional().Nillable().Immutable().Annotations(rule.Field{Person: true}),
		field.Text("body").NotEmpty(),
		field.Bool("internal").Default(false),
		field.JSON("mentions", []uuid.UUID{}).Optional(),
	}
}

// Indexes are its own.
func (Comment) Indexes() []ent.Index {
	return []ent.Index{index.Fields("tenant_id", "record_kind", "record_id", "created_at")}
}

// Link relates two records of any kinds.
type Link struct{ ent.Schema }

// Annotations tell the guards about it.
func (Link) Annotations() []schema.Annotation {
	return []schema.Annotation{rule.Entity{Kind: "link", Word: "links"}}
}

// Policy is the second wall.
func (Link) Policy() ent.Policy { return rule.OfRecord("links", "from_kind") }

// Mixin gives the common columns.
func (Link) Mixin() []ent.Mixin { return []ent.Mixin{base{}, owned{}} }

// Fields are its own columns.
func (Link) Fields() []ent.Field {
	return []ent.Field{
		field.String("from_kind").Immutable(),
		field.UUID("from_id", uuid.UUID{}).Immutable(),
		field.String("to_kind").Immutable(),
		field.UUID("to_id", uuid.UUID{}).Immutable(),
		field.String("type").Immutable(), // caused_by, resolves, affects, relates_to, duplicate_of …
	}
}

// Indexes are its own.
func (Link) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("tenant_id", "from_kind", "from_id", "to_kind", "to_id", "type").Unique(),
		index.Fields("tenant_id", "to_kind", "to_id"),
	}
}
