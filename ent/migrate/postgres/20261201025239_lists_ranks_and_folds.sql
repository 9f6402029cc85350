-- +goose Up
-- drop index "asset_tenant_id_hostname" from table: "assets"
DROP INDEX "asset_tenant_id_hostname";
-- drop index "asset_tenant_id_serial" from table: "assets"
DROP INDEX "asset_tenant_id_serial";
-- modify "assets" table
ALTER TABLE "assets" ADD COLUMN "serial_fold" character varying NULL COLLATE "C", ADD COLUMN "hostname_fold" character varying NULL COLLATE "C";
-- create index "asset_tenant_id_hostname_fold" to table: "assets"
CREATE INDEX "asset_tenant_id_hostname_fold" ON "assets" ("tenant_id", "hostname_fold") WHERE (hostname_fold IS NOT NULL);
-- create index "asset_tenant_id_serial_fold" to table: "assets"
CREATE INDEX "asset_tenant_id_serial_fold" ON "assets" ("tenant_id", "serial_fold") WHERE (serial_fold IS NOT NULL);
-- modify "incidents" table
ALTER TABLE "incidents" ADD COLUMN "severity_rank" integer NOT NULL DEFAULT 2;

