-- +goose NO TRANSACTION
-- +goose Up
-- disable the enforcement of foreign-keys constraints
PRAGMA foreign_keys = off;
BEGIN;
-- create "new_assets" table
CREATE TABLE `new_assets` (`id` uuid NOT NULL, `version` integer NOT NULL DEFAULT (1), `created_at` datetime NOT NULL, `updated_at` datetime NOT NULL, `tenant_id` uuid NOT NULL, `number` integer NOT NULL, `name` text NOT NULL, `name_fold` text NOT NULL DEFAULT (''), `asset_type` text NOT NULL, `owner_id` uuid NULL, `criticality` text NOT NULL DEFAULT ('medium'), `criticality_rank` integer NOT NULL DEFAULT (2), `lifecycle` text NOT NULL DEFAULT ('active'), `environment` text NULL, `producer` text NULL, `model` text NULL, `serial` text NULL, `serial_fold` text NULL, `firmware` text NULL, `os` text NULL, `ip_address` text NULL, `mac_address` text NULL, `hostname` text NULL, `hostname_fold` text NULL, `cpe` text NULL, `description` text NULL, `tags` json NULL, `metadata` json NULL, `site_id` uuid NULL, `client_id` uuid NULL, PRIMARY KEY (`id`), CONSTRAINT `assets_sites_site` FOREIGN KEY (`tenant_id`, `site_id`) REFERENCES `sites` (`tenant_id`, `id`) ON DELETE NO ACTION, CONSTRAINT `assets_clients_customer` FOREIGN KEY (`tenant_id`, `client_id`) REFERENCES `clients` (`tenant_id`, `id`) ON DELETE NO ACTION, CONSTRAINT `assets_owner_id` FOREIGN KEY (`tenant_id`, `owner_id`) REFERENCES `memberships` (`tenant_id`, `user_id`) ON DELETE NO ACTION);
-- copy rows from old table "assets" to new temporary table "new_assets"
INSERT INTO `new_assets` (`id`, `version`, `created_at`, `updated_at`, `tenant_id`, `number`, `name`, `name_fold`, `asset_type`, `owner_id`, `criticality`, `criticality_rank`, `lifecycle`, `environment`, `producer`, `model`, `serial`, `firmware`, `os`, `ip_address`, `mac_address`, `hostname`, `cpe`, `description`, `tags`, `metadata`, `site_id`, `client_id`) SELECT `id`, `version`, `created_at`, `updated_at`, `tenant_id`, `number`, `name`, `name_fold`, `asset_type`, `owner_id`, `criticality`, `criticality_rank`, `lifecycle`, `environment`, `producer`, `model`, `serial`, `firmware`, `os`, `ip_address`, `mac_address`, `hostname`, `cpe`, `description`, `tags`, `metadata`, `site_id`, `client_id` FROM `assets`;
-- drop "assets" table after copying rows
DROP TABLE `assets`;
-- rename temporary table "new_assets" to "assets"
ALTER TABLE `new_assets` RENAME TO `assets`;
-- create index "asset_tenant_id_id" to table: "assets"
CREATE UNIQUE INDEX `asset_tenant_id_id` ON `assets` (`tenant_id`, `id`);
-- create index "asset_tenant_id_number" to table: "assets"
CREATE UNIQUE INDEX `asset_tenant_id_number` ON `assets` (`tenant_id`, `number`);
-- create index "asset_tenant_id_name_fold_id" to table: "assets"
CREATE INDEX `asset_tenant_id_name_fold_id` ON `assets` (`tenant_id`, `name_fold`, `id`);
-- create index "asset_tenant_id_updated_at_id" to table: "assets"
CREATE INDEX `asset_tenant_id_updated_at_id` ON `assets` (`tenant_id`, `updated_at`, `id`);
-- create index "asset_tenant_id_asset_type_name_fold_id" to table: "assets"
CREATE INDEX `asset_tenant_id_asset_type_name_fold_id` ON `assets` (`tenant_id`, `asset_type`, `name_fold`, `id`);
-- create index "asset_tenant_id_lifecycle_name_fold_id" to table: "assets"
CREATE INDEX `asset_tenant_id_lifecycle_name_fold_id` ON `assets` (`tenant_id`, `lifecycle`, `name_fold`, `id`);
-- create index "asset_tenant_id_criticality_rank_id" to table: "assets"
CREATE INDEX `asset_tenant_id_criticality_rank_id` ON `assets` (`tenant_id`, `criticality_rank`, `id`);
-- create index "asset_tenant_id_hostname_fold" to table: "assets"
CREATE INDEX `asset_tenant_id_hostname_fold` ON `assets` (`tenant_id`, `hostname_fold`) WHERE hostname_fold IS NOT NULL;
-- create index "asset_tenant_id_serial_fold" to table: "assets"
CREATE INDEX `asset_tenant_id_serial_fold` ON `assets` (`tenant_id`, `serial_fold`) WHERE serial_fold IS NOT NULL;
-- create index "asset_tenant_id_owner_id" to table: "assets"
CREATE INDEX `asset_tenant_id_owner_id` ON `assets` (`tenant_id`, `owner_id`) WHERE owner_id IS NOT NULL;
-- create index "assets_sites_site" to table: "assets"
CREATE INDEX `assets_sites_site` ON `assets` (`tenant_id`, `site_id`) WHERE site_id IS NOT NULL;
-- create index "assets_clients_customer" to table: "assets"
CREATE INDEX `assets_clients_customer` ON `assets` (`tenant_id`, `client_id`) WHERE client_id IS NOT NULL;
-- create "new_incidents" table
CREATE TABLE `new_incidents` (`id` uuid NOT NULL, `version` integer NOT NULL DEFAULT (1), `created_at` datetime NOT NULL, `updated_at` datetime NOT NULL, `tenant_id` uuid NOT NULL, `number` integer NOT NULL, `title` text NOT NULL, `title_fold` text NOT NULL DEFAULT (''), `description` text NULL, `category` text NOT NULL DEFAULT ('it'), `severity` text NOT NULL DEFAULT ('medium'), `severity_rank` integer NOT NULL DEFAULT (2), `impact` integer NOT NULL DEFAULT (2), `effective_impact` integer NOT NULL DEFAULT (2), `urgency` integer NOT NULL DEFAULT (2), `priority` integer NOT NULL DEFAULT (3), `priority_overridden` bool NOT NULL DEFAULT (false), `status` text NOT NULL DEFAULT ('new'), `on_hold_reason` text NULL, `reporter_id` uuid NULL, `assignee_id` uuid NULL, `is_major` bool NOT NULL DEFAULT (false), `production_impact` text NULL, `safety_impact` text NULL, `operational_criticality` text NULL, `resolution_code` text NULL, `resolution_note` text NULL, `response_due_at` datetime NULL, `resolve_due_at` datetime NULL, `response_breached` bool NOT NULL DEFAULT (false), `resolve_breached` bool NOT NULL DEFAULT (false), `acknowledged_at` datetime NULL, `resolved_at` datetime NULL, `closed_at` datetime NULL, `parent_id` uuid NULL, `duplicate_of_id` uuid NULL, `policy_revision` integer NOT NULL DEFAULT (0), `reopen_until` datetime NULL, `auto_close_at` datetime NULL, `taken_over` json NULL, `timer_at` datetime NULL, `response_warned` bool NOT NULL DEFAULT (false), `resolve_warned` bool NOT NULL DEFAULT (false), `site_id` uuid NULL, `team_id` uuid NULL, PRIMARY KEY (`id`), CONSTRAINT `incidents_sites_site` FOREIGN KEY (`tenant_id`, `site_id`) REFERENCES `sites` (`tenant_id`, `id`) ON DELETE NO ACTION, CONSTRAINT `incidents_groups_team` FOREIGN KEY (`tenant_id`, `team_id`) REFERENCES `groups` (`tenant_id`, `id`) ON DELETE NO ACTION, CONSTRAINT `incidents_reporter_id` FOREIGN KEY (`tenant_id`, `reporter_id`) REFERENCES `memberships` (`tenant_id`, `user_id`) ON DELETE NO ACTION, CONSTRAINT `incidents_assignee_id` FOREIGN KEY (`tenant_id`, `assignee_id`) REFERENCES `memberships` (`tenant_id`, `user_id`) ON DELETE NO ACTION, CONSTRAINT `incidents_parent_id` FOREIGN KEY (`tenant_id`, `parent_id`) REFERENCES `incidents` (`tenant_id`, `id`) ON DELETE NO ACTION, CONSTRAINT `incidents_duplicate_of_id` FOREIGN KEY (`tenant_id`, `duplicate_of_id`) REFERENCES `incidents` (`tenant_id`, `id`) ON DELETE NO ACTION);
-- copy rows from old table "incidents" to new temporary table "new_incidents"
INSERT INTO `new_incidents` (`id`, `version`, `created_at`, `updated_at`, `tenant_id`, `number`, `title`, `title_fold`, `description`, `category`, `severity`, `impact`, `effective_impact`, `urgency`, `priority`, `priority_overridden`, `status`, `on_hold_reason`, `reporter_id`, `assignee_id`, `is_major`, `production_impact`, `safety_impact`, `operational_criticality`, `resolution_code`, `resolution_note`, `response_due_at`, `resolve_due_at`, `response_breached`, `resolve_breached`, `acknowledged_at`, `resolved_at`, `closed_at`, `parent_id`, `duplicate_of_id`, `policy_revision`, `reopen_until`, `auto_close_at`, `taken_over`, `timer_at`, `response_warned`, `resolve_warned`, `site_id`, `team_id`) SELECT `id`, `version`, `created_at`, `updated_at`, `tenant_id`, `number`, `title`, `title_fold`, `description`, `category`, `severity`, `impact`, `effective_impact`, `urgency`, `priority`, `priority_overridden`, `status`, `on_hold_reason`, `reporter_id`, `assignee_id`, `is_major`, `production_impact`, `safety_impact`, `operational_criticality`, `resolution_code`, `resolution_note`, `response_due_at`, `resolve_due_at`, `response_breached`, `resolve_breached`, `acknowledged_at`, `resolved_at`, `closed_at`, `parent_id`, `duplicate_of_id`, `policy_revision`, `reopen_until`, `auto_close_at`, `taken_over`, `timer_at`, `response_warned`, `resolve_warned`, `site_id`, `team_id` FROM `incidents`;
-- drop "incidents" table after copying rows
DROP TABLE `incidents`;
-- rename temporary table "new_incidents" to "incidents"
ALTER TABLE `new_incidents` RENAME TO `incidents`;
-- create index "incident_tenant_id_id" to table: "incidents"
CREATE UNIQUE INDEX `incident_tenant_id_id` ON `incidents` (`tenant_id`, `id`);
-- create index "incident_tenant_id_number" to table: "incidents"
CREATE UNIQUE INDEX `incident_tenant_id_number` ON `incidents` (`tenant_id`, `number`);
-- create index "incident_tenant_id_status_id" to table: "incidents"
CREATE INDEX `incident_tenant_id_status_id` ON `incidents` (`tenant_id`, `status`, `id`);
-- create index "incident_tenant_id_priority_id" to table: "incidents"
CREATE INDEX `incident_tenant_id_priority_id` ON `incidents` (`tenant_id`, `priority`, `id`);
-- create index "incident_tenant_id_assignee_id_id" to table: "incidents"
CREATE INDEX `incident_tenant_id_assignee_id_id` ON `incidents` (`tenant_id`, `assignee_id`, `id`);
-- create index "incident_tenant_id_updated_at_id" to table: "incidents"
CREATE INDEX `incident_tenant_id_updated_at_id` ON `incidents` (`tenant_id`, `updated_at`, `id`);
-- create index "incident_tenant_id_title_fold_id" to table: "incidents"
CREATE INDEX `incident_tenant_id_title_fold_id` ON `incidents` (`tenant_id`, `title_fold`, `id`);
-- create index "incident_tenant_id_resolve_due_at_id" to table: "incidents"
CREATE INDEX `incident_tenant_id_resolve_due_at_id` ON `incidents` (`tenant_id`, `resolve_due_at`, `id`);
-- create index "incident_timer_at" to table: "incidents"
CREATE INDEX `incident_timer_at` ON `incidents` (`timer_at`);
-- create index "incident_tenant_id_parent_id_status" to table: "incidents"
CREATE INDEX `incident_tenant_id_parent_id_status` ON `incidents` (`tenant_id`, `parent_id`, `status`) WHERE parent_id IS NOT NULL;
-- create index "incidents_reporter_id" to table: "incidents"
CREATE INDEX `incidents_reporter_id` ON `incidents` (`tenant_id`, `reporter_id`) WHERE reporter_id IS NOT NULL;
-- create index "incidents_sites_site" to table: "incidents"
CREATE INDEX `incidents_sites_site` ON `incidents` (`tenant_id`, `site_id`) WHERE site_id IS NOT NULL;
-- create index "incidents_groups_team" to table: "incidents"
CREATE INDEX `incidents_groups_team` ON `incidents` (`tenant_id`, `team_id`) WHERE team_id IS NOT NULL;
-- create index "incidents_duplicate_of_id" to table: "incidents"
CREATE INDEX `incidents_duplicate_of_id` ON `incidents` (`tenant_id`, `duplicate_of_id`) WHERE duplicate_of_id IS NOT NULL;
-- enable back the enforcement of foreign-keys constraints
COMMIT;
PRAGMA foreign_keys = on;

