package schema

import (
	"encoding/json"

	"entgo.io/ent"
	"entgo.io/ent/dialect/entsql"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/edge"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"

	"github.com/holdfast-platform/holdfast/ent/rule"
)

// Incident is an unplanned interruption of a service, or a fall in its quality (ITIL).
type Incident struct{ ent.Schema }

// Annotations tell the guards about it.
func (Incident) Annotations() []schema.Annotation {
	return []schema.Annotation{rule.Entity{
		Kind: "incident", Record: true, Word: "incidents", Prefix: "INC", Counted: true,
		Ended: &rule.Ended{Column: "status", States: []string{"closed", "cancelled"}, Judged: []string{
			"category", "severity", "impact", "effective_impact", "urgency", "priority", "priority_overridden", "on_hold_reason", "site_id",
			"reporter_id", "assignee_id", "team_id", "is_major", "production_impact", "safety_impact", "operational_criticality",
			"resolution_code", "resolution_note", "parent_id", "policy_revision",
		}},
	}}
}

// Policy is the second wall.
func (Incident) Policy() ent.Policy { return rule.Resource("incidents") }

// Mixin gives the common columns.
func (Incident) Mixin() []ent.Mixin { return []ent.Mixin{base{}, owned{}, numbered{}} }

// Fields are its own columns.
func (Incident) Fields() []ent.Field {
	return join(
		title("title"), text("description"),
		facet("category", "it"),
		scale("severity", "medium", "low", "medium", "high", "critical"),
		field.Int32("impact").Default(2), // as people typed it
		// what follows from it and from the severity; the priority goes by it
		field.Int32("effective_impact").Default(2),
		field.Int32("urgency").Default(2),
		field.Int32("priority").Default(3),
		field.Bool("priority_overridden").Default(false),
		facet("status", "new"),
		words("on_hold_reason"),
		ref("site_id"), person("reporter_id"), person("assignee_id"), ref("team_id"),
		field.Bool("is_major").Default(false),
		found("production_impact"), found("safety_impact"), words("operational_criticality"),
		words("resolution_code"), text("resolution_note"),
		moment("response_due_at"), moment("resolve_due_at"),
		field.Bool("response_breached").Default(false),
		field.Bool("resolve_breached").Default(false),
		moment("acknowledged_at"), moment("resolved_at"), moment("closed_at"),
		points("parent_id", "Incident"), points("duplicate_of_id", "Incident"),
		field.Int32("policy_revision").Default(0), // of the ServicePolicy that judges it; 0 stands for the defaults
		moment("reopen_until"), moment("auto_close_at"),
		// What a merge gave to the other incident, so that it can be undone.
		field.JSON("taken_over", json.RawMessage{}).Optional().Annotations(rule.Field{Quiet: true}),
		// The clock's own notes: no change of the record.
		field.Time("timer_at").Optional().Nillable().Annotations(rule.Field{Quiet: true}), // when it must look next
		field.Bool("response_warned").Default(false).Annotations(rule.Field{Quiet: true}),
		field.Bool("resolve_warned").Default(false).Annotations(rule.Field{Quiet: true}),
	)
}

// Edges are its references.
func (Incident) Edges() []ent.Edge {
	return []ent.Edge{
		edge.To("site", Site.Type).Unique().Field("site_id"),
		edge.To("team", Group.Type).Unique().Field("team_id"),
	}
}

// Indexes are its own.
func (Incident) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("tenant_id", "status", "id"), index.Fields("tenant_id", "priority", "id"), index.Fields("tenant_id", "assignee_id", "id"),
		index.Fields("tenant_id", "updated_at", "id"), index.Fields("tenant_id", "title_fold", "id"), index.Fields("tenant_id", "resolve_due_at", "id"),
		index.Fields("timer_at"),
		index.Fields("tenant_id", "parent_id", "status").Annotations(entsql.IndexWhere("parent_id IS NOT NULL")),
	}
}
