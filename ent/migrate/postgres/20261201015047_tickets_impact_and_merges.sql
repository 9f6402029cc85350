-- +goose Up
-- modify "incidents" table
ALTER TABLE "incidents" ADD COLUMN "effective_impact" integer NOT NULL DEFAULT 2, ADD COLUMN "taken_over" jsonb NULL;
-- create index "incident_tenant_id_parent_id_status" to table: "incidents"
CREATE INDEX "incident_tenant_id_parent_id_status" ON "incidents" ("tenant_id", "parent_id", "status") WHERE (parent_id IS NOT NULL);

