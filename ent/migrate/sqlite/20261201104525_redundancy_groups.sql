-- +goose NO TRANSACTION
-- +goose Up
-- disable the enforcement of foreign-keys constraints
PRAGMA foreign_keys = off;
BEGIN;
-- create "new_asset_relations" table
CREATE TABLE `new_asset_relations` (`id` uuid NOT NULL, `version` integer NOT NULL DEFAULT (1), `created_at` datetime NOT NULL, `updated_at` datetime NOT NULL, `tenant_id` uuid NOT NULL, `type` text NOT NULL, `failure_flows` bool NOT NULL DEFAULT (true), `redundancy_group` text NULL, `redundancy_needed` integer NULL, `valid_from` datetime NULL, `valid_to` datetime NULL, `from_id` uuid NOT NULL, `to_id` uuid NOT NULL, PRIMARY KEY (`id`), CONSTRAINT `asset_relations_assets_from` FOREIGN KEY (`tenant_id`, `from_id`) REFERENCES `assets` (`tenant_id`, `id`) ON DELETE NO ACTION, CONSTRAINT `asset_relations_assets_to` FOREIGN KEY (`tenant_id`, `to_id`) REFERENCES `assets` (`tenant_id`, `id`) ON DELETE NO ACTION);
-- copy rows from old table "asset_relations" to new temporary table "new_asset_relations"
INSERT INTO `new_asset_relations` (`id`, `version`, `created_at`, `updated_at`, `tenant_id`, `type`, `failure_flows`, `valid_from`, `valid_to`, `from_id`, `to_id`) SELECT `id`, `version`, `created_at`, `updated_at`, `tenant_id`, `type`, `failure_flows`, `valid_from`, `valid_to`, `from_id`, `to_id` FROM `asset_relations`;
-- drop "asset_relations" table after copying rows
DROP TABLE `asset_relations`;
-- rename temporary table "new_asset_relations" to "asset_relations"
ALTER TABLE `new_asset_relations` RENAME TO `asset_relations`;
-- create index "assetrelation_tenant_id_id" to table: "asset_relations"
CREATE UNIQUE INDEX `assetrelation_tenant_id_id` ON `asset_relations` (`tenant_id`, `id`);
-- create index "assetrelation_tenant_id_from_id_to_id_type" to table: "asset_relations"
CREATE UNIQUE INDEX `assetrelation_tenant_id_from_id_to_id_type` ON `asset_relations` (`tenant_id`, `from_id`, `to_id`, `type`);
-- create index "asset_relations_along" to table: "asset_relations"
CREATE INDEX `asset_relations_along` ON `asset_relations` (`tenant_id`, `from_id`, `to_id`, `type`, `failure_flows`, `valid_from`, `valid_to`);
-- create index "asset_relations_against" to table: "asset_relations"
CREATE INDEX `asset_relations_against` ON `asset_relations` (`tenant_id`, `to_id`, `from_id`, `type`, `failure_flows`, `valid_from`, `valid_to`);
-- create index "asset_relations_redundancy" to table: "asset_relations"
CREATE INDEX `asset_relations_redundancy` ON `asset_relations` (`tenant_id`, `from_id`, `redundancy_group`) WHERE redundancy_group IS NOT NULL;
-- enable back the enforcement of foreign-keys constraints
COMMIT;
PRAGMA foreign_keys = on;

