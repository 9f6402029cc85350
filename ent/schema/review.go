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

// Customer is a client whose systems are reviewed; ent reserves the name Client.
type Customer struct{ ent.Schema }

// Annotations tell the guards about it, and name its table.
func (Customer) Annotations() []schema.Annotation {
	return []schema.Annotation{table("clients"), rule.Entity{Kind: "client", Record: true, Word: "clients", Counted: true}}
}

// Policy is the second wall.
func (Customer) Policy() ent.Policy { return rule.Resource("clients") }

// Mixin gives the common columns.
func (Customer) Mixin() []ent.Mixin { return []ent.Mixin{base{}, owned{}} }

// Fields are its own columns.
func (Customer) Fields() []ent.Field {
	return join(unique("name"), found("primary_contact_name"), found("primary_contact_email"), object("metadata"))
}

// Indexes are its own.
func (Customer) Indexes() []ent.Index {
	return []ent.Index{index.Fields("tenant_id", "name_key").Unique(), index.Fields("tenant_id", "name_fold", "id"), index.Fields("tenant_id", "updated_at", "id")}
}

// Session is a security review of one asset.
type Session struct{ ent.Schema }

// Annotations tell the guards about it.
func (Session) Annotations() []schema.Annotation {
	return []schema.Annotation{rule.Entity{
		Kind: "session", Record: true, Word: "sessions", Counted: true,
		Ended: &rule.Ended{Column: "status", States: []string{"completed", "cancelled"}, Judged: []string{"review_date", "reviewer_id", "scope", "notes"}},
	}}
}

// Policy is the second wall.
func (Session) Policy() ent.Policy { return rule.Resource("sessions") }

// Mixin gives the common columns.
func (Session) Mixin() []ent.Mixin { return []ent.Mixin{base{}, owned{}} }

// Fields are its own columns.
func (Session) Fields() []ent.Field {
	return join(
		title("name"),
		field.UUID("asset_id", uuid.UUID{}).Immutable(),
		field.UUID("client_id", uuid.UUID{}).Optional().Nillable().Immutable(),
		field.String("review_date").NotEmpty(), // YYYY-MM-DD
		field.UUID("reviewer_id", uuid.UUID{}).Annotations(rule.Field{Person: true}),
		facet("status", "planned"),
		text("scope"), text("notes"),
	)
}

// Edges are its references.
func (Session) Edges() []ent.Edge {
	return []ent.Edge{
		edge.To("asset", Asset.Type).Unique().Required().Immutable().Field("asset_id"),
		edge.To("customer", Customer.Type).Unique().Immutable().Field("client_id"),
	}
}

// Indexes are its own.
func (Session) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("tenant_id", "name_fold", "id"), index.Fields("tenant_id", "updated_at", "id"), index.Fields("tenant_id", "review_date", "id"),
		index.Fields("tenant_id", "reviewer_id"),
	}
}

// Finding is a weakness that a review has found.
type Finding struct{ ent.Schema }

// Annotations tell the guards about it.
func (Finding) Annotations() []schema.Annotation {
	return []schema.Annotation{rule.Entity{
		Kind: "finding", Record: true, Word: "findings", Prefix: "FND", Counted: true,
		// Its remediation goes on after the review; what the review found stays.
		Ended: &rule.Ended{Through: "session_id", Judged: []string{
			"title", "description", "risk_level", "impact", "recommendation", "references", "cvss_vector", "cvss_score", "cvss_severity", "cwe",
		}},
	}}
}

// Policy is the second wall.
func (Finding) Policy() ent.Policy { return rule.Resource("findings") }

// Mixin gives the common columns.
func (Finding) Mixin() []ent.Mixin { return []ent.Mixin{base{}, owned{}, numbered{}} }

// Fields are its own columns.
func (Finding) Fields() []ent.Field {
	return join(
		title("title"),
		field.UUID("session_id", uuid.UUID{}).Immutable(),
		field.UUID("asset_id", uuid.UUID{}).Immutable(),
		field.UUID("client_id", uuid.UUID{}).Optional().Nillable().Immutable(),
		field.Text("description").NotEmpty().Annotations(rule.Field{Searched: true}),
		facet("risk_level", ""),
		// the level's place in the taxonomy, from 0: sorts
		field.Int32("risk_rank").Default(99).Annotations(rule.Field{Quiet: true}),
		field.Text("impact").Optional().Nillable(),
		field.Text("recommendation").Optional().Nillable(),
		facet("remediation_status", "open"),
		field.Strings("references").Optional(),
		words("cvss_vector"),
		field.Float("cvss_score").Optional().Nillable(),
		words("cvss_severity"),
		field.Int32("cwe").Optional().Nillable(),
		person("assignee_id"),
		moment("due_at"), moment("accepted_until"),
		words("location"), words("source_tool"), words("source_rule"), words("source_fingerprint"), words("dedup_hash"),
		// Which way dedup_hash was made: 1 of the location too, 2 of the scanner's mark alone. Then where it was seen,
		// and when last.
		field.Int32("dedup_form").Default(1).Annotations(rule.Field{Quiet: true}),
		field.Strings("instances").Optional(),
		field.Time("last_seen_at").Optional().Nillable().Annotations(rule.Field{Quiet: true}),
		ref("template_id"),
		field.Int32("template_version").Optional().Nillable(),
	)
}

// Edges are its references.
func (Finding) Edges() []ent.Edge {
	return []ent.Edge{
		edge.To("session", Session.Type).Unique().Required().Immutable().Field("session_id"),
		edge.To("template", Template.Type).Unique().Field("template_id"),
		edge.To("asset", Asset.Type).Unique().Required().Immutable().Field("asset_id"),
		edge.To("customer", Customer.Type).Unique().Immutable().Field("client_id"),
	}
}

// Indexes are its own.
func (Finding) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("tenant_id", "session_id", "id"), index.Fields("tenant_id", "risk_level", "id"), index.Fields("tenant_id", "remediation_status", "id"),
		index.Fields("tenant_id", "title_fold", "id"), index.Fields("tenant_id", "updated_at", "id"), index.Fields("tenant_id", "assignee_id", "id"),
		index.Fields("tenant_id", "risk_rank", "id"),
		// What few findings have.
		index.Fields("tenant_id", "session_id", "dedup_hash").Annotations(entsql.IndexWhere("dedup_hash IS NOT NULL")),
		index.Fields("accepted_until").Annotations(entsql.IndexWhere("accepted_until IS NOT NULL")),
	}
}
