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

// Site is a place.
type Site struct{ ent.Schema }

// Annotations tell the guards about it.
func (Site) Annotations() []schema.Annotation {
	return []schema.Annotation{rule.Entity{Kind: "site", Record: true, Word: "sites", Counted: true}}
}

// Policy is the second wall.
func (Site) Policy() ent.Policy { return rule.Resource("sites") }

// Mixin gives the common columns.
func (Site) Mixin() []ent.Mixin { return []ent.Mixin{base{}, owned{}} }

// Fields are its own columns.
func (Site) Fields() []ent.Field {
	return join(unique("name"), facet("status", "active"), text("address"), text("description"))
}

// Indexes are its own.
func (Site) Indexes() []ent.Index {
	return []ent.Index{index.Fields("tenant_id", "name_key").Unique(), index.Fields("tenant_id", "name_fold", "id"), index.Fields("tenant_id", "updated_at", "id")}
}

// Asset is a configuration item.
type Asset struct{ ent.Schema }

// Annotations tell the guards about it.
func (Asset) Annotations() []schema.Annotation {
	return []schema.Annotation{rule.Entity{Kind: "asset", Record: true, Word: "assets", Prefix: "AST", Counted: true}}
}

// Policy is the second wall.
func (Asset) Policy() ent.Policy { return rule.Resource("assets") }

// Mixin gives the common columns.
func (Asset) Mixin() []ent.Mixin { return []ent.Mixin{base{}, owned{}, numbered{}} }

// Fields are its own columns.
func (Asset) Fields() []ent.Field {
	return join(
		title("name"),
		facet("asset_type", ""),
		ref("site_id"), ref("client_id"), person("owner_id"),
		scale("criticality", "medium", "low", "medium", "high", "critical"),
		facet("lifecycle", "active"),
		words("environment"), found("producer"), found("model"), named("serial"), found("firmware"), found("os"),
		found("ip_address"), found("mac_address"), named("hostname"), found("cpe"), text("description"),
		field.Strings("tags").Optional().Annotations(rule.Field{Searched: true}),
		object("metadata"),
	)
}

// Edges are its references.
func (Asset) Edges() []ent.Edge {
	return []ent.Edge{
		edge.To("site", Site.Type).Unique().Field("site_id"),
		edge.To("customer", Customer.Type).Unique().Field("client_id"),
	}
}

// Indexes are its own.
func (Asset) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("tenant_id", "name_fold", "id"), index.Fields("tenant_id", "updated_at", "id"),
		// Those of one type or stage by name, which is how lists begin, and all by type or stage.
		index.Fields("tenant_id", "asset_type", "name_fold", "id"), index.Fields("tenant_id", "lifecycle", "name_fold", "id"),
		index.Fields("tenant_id", "criticality_rank", "id"),
		index.Fields("tenant_id", "hostname_fold"), index.Fields("tenant_id", "serial_fold"), index.Fields("tenant_id", "owner_id"),
	}
}

// AssetRelation says that one asset depends on another, or is connected to it.
type AssetRelation struct{ ent.Schema }

// Annotations tell the guards about it.
func (AssetRelation) Annotations() []schema.Annotation {
	return []schema.Annotation{rule.Entity{Kind: "asset_relation", Word: "assets", Through: []string{"from_id", "to_id"}, PartOf: []string{"from_id", "to_id"}}}
}

// Policy is the second wall: relating assets is a change of them.
func (AssetRelation) Policy() ent.Policy {
	return rule.Resource("assets", rule.Via{Create: "update", Update: "update", Delete: "update"})
}

// Mixin gives the common columns.
func (AssetRelation) Mixin() []ent.Mixin { return []ent.Mixin{base{}, owned{}} }

// Fields are its own columns.
func (AssetRelation) Fields() []ent.Field {
	return []ent.Field{
		field.UUID("from_id", uuid.UUID{}).Immutable(),
		field.UUID("to_id", uuid.UUID{}).Immutable(),
		field.String("type"), // depends_on, runs_on, connected_to, part_of, backs_up, protects
		field.Bool("failure_flows").Default(true),
		// The relations of one asset with the same group are one need: so many of their targets must stand.
		words("redundancy_group"),
		field.Int32("redundancy_needed").Optional().Nillable(),
		moment("valid_from"), moment("valid_to"),
	}
}

// Edges are its references.
func (AssetRelation) Edges() []ent.Edge {
	return []ent.Edge{
		edge.To("from", Asset.Type).Unique().Required().Immutable().Field("from_id"),
		edge.To("to", Asset.Type).Unique().Required().Immutable().Field("to_id"),
	}
}

// Indexes are its own.
func (AssetRelation) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("tenant_id", "from_id", "to_id", "type").Unique(),
		// The impact of a failure walks both ways within these, without the rows themselves.
		index.Fields("tenant_id", "from_id", "to_id", "type", "failure_flows", "valid_from", "valid_to").StorageKey("asset_relations_along"),
		index.Fields("tenant_id", "to_id", "from_id", "type", "failure_flows", "valid_from", "valid_to").StorageKey("asset_relations_against"),
		index.Fields("tenant_id", "from_id", "redundancy_group").StorageKey("asset_relations_redundancy").Annotations(entsql.IndexWhere("redundancy_group IS NOT NULL")),
	}
}
