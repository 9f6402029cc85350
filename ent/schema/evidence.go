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

// Attachment is a file that belongs to a record. The file lies in the store under its key before the row is committed.
type Attachment struct{ ent.Schema }

// Annotations tell the guards about it.
func (Attachment) Annotations() []schema.Annotation {
	return []schema.Annotation{rule.Entity{Kind: "attachment", Word: "attachments"}}
}

// Policy is the second wall.
func (Attachment) Policy() ent.Policy { return rule.OfRecord("attachments", "record_kind") }

// Mixin gives the common columns.
func (Attachment) Mixin() []ent.Mixin { return []ent.Mixin{base{}, owned{}, onRecord{}} }

// Fields are its own columns.
func (Attachment) Fields() []ent.Field {
	return []ent.Field{
		field.String("file_name").NotEmpty().Immutable().Annotations(rule.Field{Label: true}),
		field.String("content_type").NotEmpty().Immutable(),
		field.Int64("size_bytes").Immutable(),
		field.String("sha256").NotEmpty().Immutable(),
		field.String("storage_key").NotEmpty().Immutable(),
		field.UUID("uploaded_by", uuid.UUID{}).Optional().Nillable().Immutable().Annotations(rule.Field{Person: true}),
		words("caption"),                   // what a picture shows, printed beneath it
		field.Int32("position").Default(0), // its place among the record's files; those of one place by their age
	}
}

// Indexes are its own.
func (Attachment) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("tenant_id", "record_kind", "record_id", "created_at"),
		index.Fields("storage_key").Unique(),
	}
}

// Retest is one try whether a finding has been put right; it never changes.
type Retest struct{ ent.Schema }

// Annotations tell the guards about it.
func (Retest) Annotations() []schema.Annotation {
	return []schema.Annotation{rule.Entity{Kind: "retest", Word: "findings", PartOf: []string{"finding_id"}}}
}

// Policy is the second wall: a re-test is a change of the finding.
func (Retest) Policy() ent.Policy {
	return rule.Resource("findings", rule.Via{Create: "update", Update: "update", Delete: "update"})
}

// Mixin gives the common columns.
func (Retest) Mixin() []ent.Mixin { return []ent.Mixin{base{}, owned{}} }

// Fields are its own columns.
func (Retest) Fields() []ent.Field {
	return []ent.Field{
		field.UUID("finding_id", uuid.UUID{}).Immutable(),
		field.UUID("client_id", uuid.UUID{}).Optional().Nillable().Immutable(),
		field.Time("at").Immutable(),
		field.UUID("by", uuid.UUID{}).Immutable().Annotations(rule.Field{Person: true}),
		field.String("result").NotEmpty().Immutable(), // fixed, not_fixed, partly
		field.Text("note").Optional().Nillable().Immutable(),
	}
}

// Edges are its references.
func (Retest) Edges() []ent.Edge {
	return []ent.Edge{
		edge.To("finding", Finding.Type).Unique().Required().Immutable().Field("finding_id"),
		edge.To("customer", Customer.Type).Unique().Immutable().Field("client_id"),
	}
}

// Indexes are its own.
func (Retest) Indexes() []ent.Index {
	return []ent.Index{index.Fields("tenant_id", "finding_id", "at")}
}

// Template is a text to begin a finding with.
type Template struct{ ent.Schema }

// Annotations tell the guards about it: members who are scoped to a client read templates, too.
func (Template) Annotations() []schema.Annotation {
	return []schema.Annotation{rule.Entity{Kind: "template", Record: true, Word: "templates", Counted: true, Open: true}}
}

// Policy is the second wall: what is built in, and what others have written, is for those who keep the tenant's words.
func (Template) Policy() ent.Policy {
	return rule.Authored("templates", "created_by", "is_builtin", "taxonomy:manage")
}

// Mixin gives the common columns.
func (Template) Mixin() []ent.Mixin { return []ent.Mixin{base{}, owned{}, builtin{}} }

// Fields are its own columns.
func (Template) Fields() []ent.Field {
	return join(
		field.String("stable_id").NotEmpty().Immutable(),
		title("name"),
		facet("category", ""),
		field.String("language").Default("en"),
		found("title"),
		text("description"),
		words("risk_level"),
		field.Text("impact").Optional().Nillable(),
		field.Text("recommendation").Optional().Nillable(),
		field.Strings("references").Optional(),
		field.Int32("cwe").Optional().Nillable(),
		words("cvss_vector"),
		field.UUID("created_by", uuid.UUID{}).Optional().Nillable().Immutable().Annotations(rule.Field{Person: true}),
	)
}

// Indexes are its own.
func (Template) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("tenant_id", "stable_id").Unique(), index.Fields("tenant_id", "name_fold", "id"), index.Fields("tenant_id", "updated_at", "id"),
		index.Fields("tenant_id", "category", "id"),
	}
}

// TaxonomyVersion is the vocabulary of a tenant's reviews at one time; only which one is current changes.
type TaxonomyVersion struct{ ent.Schema }

// Annotations tell the guards about it.
func (TaxonomyVersion) Annotations() []schema.Annotation {
	return []schema.Annotation{rule.Entity{Kind: "taxonomy_version", Word: "taxonomy", Open: true}}
}

// Policy is the second wall: whoever is signed in reads the words, few make them.
func (TaxonomyVersion) Policy() ent.Policy {
	return rule.Known("taxonomy", rule.Via{Create: "manage", Update: "manage", Delete: "manage"})
}

// Mixin gives the common columns.
func (TaxonomyVersion) Mixin() []ent.Mixin { return []ent.Mixin{base{}, owned{}} }

// Fields are its own columns.
func (TaxonomyVersion) Fields() []ent.Field {
	return []ent.Field{
		field.Int32("revision").Immutable(),
		field.Text("description").Optional().Nillable().Immutable(),
		field.Bool("is_current").Default(false),
		field.UUID("created_by", uuid.UUID{}).Optional().Nillable().Immutable().Annotations(rule.Field{Person: true}),
		object("domains"),
	}
}

// Indexes are its own.
func (TaxonomyVersion) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("tenant_id", "revision").Unique(),
		index.Fields("tenant_id").Unique().StorageKey("taxonomy_versions_current").Annotations(entsql.IndexWhere("is_current")),
	}
}

// ReportExport is one report as it was handed out; the bytes lie in the store and never change.
type ReportExport struct{ ent.Schema }

// Annotations tell the guards about it.
func (ReportExport) Annotations() []schema.Annotation {
	return []schema.Annotation{rule.Entity{Kind: "report_export", Word: "reports", PartOf: []string{"session_id"}}}
}

// Policy is the second wall: whoever may read reports may have one made.
func (ReportExport) Policy() ent.Policy {
	return rule.Resource("reports", rule.Via{Create: "read"})
}

// Mixin gives the common columns.
func (ReportExport) Mixin() []ent.Mixin { return []ent.Mixin{base{}, owned{}} }

// Fields are its own columns.
func (ReportExport) Fields() []ent.Field {
	return []ent.Field{
		field.UUID("session_id", uuid.UUID{}).Immutable(),
		field.UUID("client_id", uuid.UUID{}).Optional().Nillable().Immutable(),
		field.String("format").NotEmpty().Immutable(), // pdf, csv, json
		field.String("file_name").NotEmpty().Immutable().Annotations(rule.Field{Label: true}),
		field.String("content_type").NotEmpty().Immutable(),
		field.Int64("size_bytes").Immutable(),
		field.String("sha256").NotEmpty().Immutable(),
		field.Int32("taxonomy_revision").Default(0).Immutable(), // 0: the defaults
		field.UUID("created_by", uuid.UUID{}).Optional().Nillable().Immutable().Annotations(rule.Field{Person: true}),
		moment("retention_expires_at"),
		field.String("storage_key").NotEmpty().Immutable(),
	}
}

// Edges are its references.
func (ReportExport) Edges() []ent.Edge {
	return []ent.Edge{
		edge.To("session", Session.Type).Unique().Required().Immutable().Field("session_id"),
		edge.To("customer", Customer.Type).Unique().Immutable().Field("client_id"),
	}
}

// Indexes are its own.
func (ReportExport) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("tenant_id", "session_id", "id"), index.Fields("retention_expires_at"),
		index.Fields("storage_key").Unique(),
	}
}
