-- +goose Up
-- drop index "asset_tenant_id_asset_type_id" from table: "assets"
DROP INDEX "asset_tenant_id_asset_type_id";
-- drop index "asset_tenant_id_lifecycle_id" from table: "assets"
DROP INDEX "asset_tenant_id_lifecycle_id";
-- create index "asset_tenant_id_asset_type_name_fold_id" to table: "assets"
CREATE INDEX "asset_tenant_id_asset_type_name_fold_id" ON "assets" ("tenant_id", "asset_type", "name_fold", "id");
-- create index "asset_tenant_id_lifecycle_name_fold_id" to table: "assets"
CREATE INDEX "asset_tenant_id_lifecycle_name_fold_id" ON "assets" ("tenant_id", "lifecycle", "name_fold", "id");
-- drop index "finding_accepted_until" from table: "findings"
DROP INDEX "finding_accepted_until";
-- drop index "finding_tenant_id_session_id_dedup_hash" from table: "findings"
DROP INDEX "finding_tenant_id_session_id_dedup_hash";
-- create index "finding_accepted_until" to table: "findings"
CREATE INDEX "finding_accepted_until" ON "findings" ("accepted_until") WHERE (accepted_until IS NOT NULL);
-- create index "finding_tenant_id_session_id_dedup_hash" to table: "findings"
CREATE INDEX "finding_tenant_id_session_id_dedup_hash" ON "findings" ("tenant_id", "session_id", "dedup_hash") WHERE (dedup_hash IS NOT NULL);

