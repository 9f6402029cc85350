-- +goose NO TRANSACTION
-- +goose Up
-- disable the enforcement of foreign-keys constraints
PRAGMA foreign_keys = off;
BEGIN;
-- create "new_findings" table
CREATE TABLE `new_findings` (`id` uuid NOT NULL, `version` integer NOT NULL DEFAULT (1), `created_at` datetime NOT NULL, `updated_at` datetime NOT NULL, `tenant_id` uuid NOT NULL, `number` integer NOT NULL, `title` text NOT NULL, `title_fold` text NOT NULL DEFAULT (''), `description` text NOT NULL, `risk_level` text NOT NULL, `risk_rank` integer NOT NULL DEFAULT (99), `impact` text NULL, `recommendation` text NULL, `remediation_status` text NOT NULL DEFAULT ('open'), `references` json NULL, `cvss_vector` text NULL, `cvss_score` real NULL, `cvss_severity` text NULL, `cwe` integer NULL, `assignee_id` uuid NULL, `due_at` datetime NULL, `accepted_until` datetime NULL, `location` text NULL, `source_tool` text NULL, `source_rule` text NULL, `source_fingerprint` text NULL, `dedup_hash` text NULL, `dedup_form` integer NOT NULL DEFAULT (1), `instances` json NULL, `last_seen_at` datetime NULL, `template_version` integer NULL, `session_id` uuid NOT NULL, `template_id` uuid NULL, `asset_id` uuid NOT NULL, `client_id` uuid NULL, PRIMARY KEY (`id`), CONSTRAINT `findings_sessions_session` FOREIGN KEY (`tenant_id`, `session_id`) REFERENCES `sessions` (`tenant_id`, `id`) ON DELETE NO ACTION, CONSTRAINT `findings_templates_template` FOREIGN KEY (`tenant_id`, `template_id`) REFERENCES `templates` (`tenant_id`, `id`) ON DELETE NO ACTION, CONSTRAINT `findings_assets_asset` FOREIGN KEY (`tenant_id`, `asset_id`) REFERENCES `assets` (`tenant_id`, `id`) ON DELETE NO ACTION, CONSTRAINT `findings_clients_customer` FOREIGN KEY (`tenant_id`, `client_id`) REFERENCES `clients` (`tenant_id`, `id`) ON DELETE NO ACTION, CONSTRAINT `findings_assignee_id` FOREIGN KEY (`tenant_id`, `assignee_id`) REFERENCES `memberships` (`tenant_id`, `user_id`) ON DELETE NO ACTION);
-- copy rows from old table "findings" to new temporary table "new_findings"
INSERT INTO `new_findings` (`id`, `version`, `created_at`, `updated_at`, `tenant_id`, `number`, `title`, `title_fold`, `description`, `risk_level`, `risk_rank`, `impact`, `recommendation`, `remediation_status`, `references`, `cvss_vector`, `cvss_score`, `cvss_severity`, `cwe`, `assignee_id`, `due_at`, `accepted_until`, `location`, `source_tool`, `source_rule`, `source_fingerprint`, `dedup_hash`, `template_version`, `session_id`, `template_id`, `asset_id`, `client_id`) SELECT `id`, `version`, `created_at`, `updated_at`, `tenant_id`, `number`, `title`, `title_fold`, `description`, `risk_level`, `risk_rank`, `impact`, `recommendation`, `remediation_status`, `references`, `cvss_vector`, `cvss_score`, `cvss_severity`, `cwe`, `assignee_id`, `due_at`, `accepted_until`, `location`, `source_tool`, `source_rule`, `source_fingerprint`, `dedup_hash`, `template_version`, `session_id`, `template_id`, `asset_id`, `client_id` FROM `findings`;
-- drop "findings" table after copying rows
DROP TABLE `findings`;
-- rename temporary table "new_findings" to "findings"
ALTER TABLE `new_findings` RENAME TO `findings`;
-- create index "finding_tenant_id_id" to table: "findings"
CREATE UNIQUE INDEX `finding_tenant_id_id` ON `findings` (`tenant_id`, `id`);
-- create index "finding_tenant_id_number" to table: "findings"
CREATE UNIQUE INDEX `finding_tenant_id_number` ON `findings` (`tenant_id`, `number`);
-- create index "finding_tenant_id_session_id_id" to table: "findings"
CREATE INDEX `finding_tenant_id_session_id_id` ON `findings` (`tenant_id`, `session_id`, `id`);
-- create index "finding_tenant_id_risk_level_id" to table: "findings"
CREATE INDEX `finding_tenant_id_risk_level_id` ON `findings` (`tenant_id`, `risk_level`, `id`);
-- create index "finding_tenant_id_remediation_status_id" to table: "findings"
CREATE INDEX `finding_tenant_id_remediation_status_id` ON `findings` (`tenant_id`, `remediation_status`, `id`);
-- create index "finding_tenant_id_title_fold_id" to table: "findings"
CREATE INDEX `finding_tenant_id_title_fold_id` ON `findings` (`tenant_id`, `title_fold`, `id`);
-- create index "finding_tenant_id_updated_at_id" to table: "findings"
CREATE INDEX `finding_tenant_id_updated_at_id` ON `findings` (`tenant_id`, `updated_at`, `id`);
-- create index "finding_tenant_id_assignee_id_id" to table: "findings"
CREATE INDEX `finding_tenant_id_assignee_id_id` ON `findings` (`tenant_id`, `assignee_id`, `id`);
-- create index "finding_tenant_id_risk_rank_id" to table: "findings"
CREATE INDEX `finding_tenant_id_risk_rank_id` ON `findings` (`tenant_id`, `risk_rank`, `id`);
-- create index "finding_tenant_id_session_id_dedup_hash" to table: "findings"
CREATE INDEX `finding_tenant_id_session_id_dedup_hash` ON `findings` (`tenant_id`, `session_id`, `dedup_hash`) WHERE dedup_hash IS NOT NULL;
-- create index "finding_accepted_until" to table: "findings"
CREATE INDEX `finding_accepted_until` ON `findings` (`accepted_until`) WHERE accepted_until IS NOT NULL;
-- create index "findings_templates_template" to table: "findings"
CREATE INDEX `findings_templates_template` ON `findings` (`tenant_id`, `template_id`) WHERE template_id IS NOT NULL;
-- create index "findings_assets_asset" to table: "findings"
CREATE INDEX `findings_assets_asset` ON `findings` (`tenant_id`, `asset_id`);
-- create index "findings_clients_customer" to table: "findings"
CREATE INDEX `findings_clients_customer` ON `findings` (`tenant_id`, `client_id`) WHERE client_id IS NOT NULL;
-- enable back the enforcement of foreign-keys constraints
COMMIT;
PRAGMA foreign_keys = on;

