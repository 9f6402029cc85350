-- +goose Up
DROP INDEX `asset_tenant_id_asset_type_id`;
DROP INDEX `asset_tenant_id_lifecycle_id`;
CREATE INDEX `asset_tenant_id_asset_type_name_fold_id` ON `assets` (`tenant_id`, `asset_type`, `name_fold`, `id`);
CREATE INDEX `asset_tenant_id_lifecycle_name_fold_id` ON `assets` (`tenant_id`, `lifecycle`, `name_fold`, `id`);
DROP INDEX `finding_accepted_until`;
DROP INDEX `finding_tenant_id_session_id_dedup_hash`;
CREATE INDEX `finding_accepted_until` ON `findings` (`accepted_until`) WHERE accepted_until IS NOT NULL;
CREATE INDEX `finding_tenant_id_session_id_dedup_hash` ON `findings` (`tenant_id`, `session_id`, `dedup_hash`) WHERE dedup_hash IS NOT NULL;
