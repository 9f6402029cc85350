-- +goose Up
-- modify "groups" table
ALTER TABLE "groups" ADD COLUMN "builtin_key" character varying NULL COLLATE "C", ADD COLUMN "builtin_hash" character varying NULL;
-- create index "group_tenant_id_builtin_key" to table: "groups"
CREATE UNIQUE INDEX "group_tenant_id_builtin_key" ON "groups" ("tenant_id", "builtin_key");
-- modify "templates" table
ALTER TABLE "templates" ADD COLUMN "builtin_key" character varying NULL COLLATE "C";
-- create index "template_tenant_id_builtin_key" to table: "templates"
CREATE UNIQUE INDEX "template_tenant_id_builtin_key" ON "templates" ("tenant_id", "builtin_key");

