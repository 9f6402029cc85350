-- +goose Up
-- modify "asset_relations" table
ALTER TABLE "asset_relations" ADD COLUMN "redundancy_group" character varying NULL, ADD COLUMN "redundancy_needed" integer NULL;
-- create index "asset_relations_redundancy" to table: "asset_relations"
CREATE INDEX "asset_relations_redundancy" ON "asset_relations" ("tenant_id", "from_id", "redundancy_group") WHERE (redundancy_group IS NOT NULL);

