-- +goose NO TRANSACTION
-- +goose Up
-- disable the enforcement of foreign-keys constraints
PRAGMA foreign_keys = off;
BEGIN;
-- create "new_findings" table
CREATE TABLE `new_findings` (`id` uuid NOT NULL, `version` integer NOT NULL DEFAULT (1), `created_at` datetime NOT NULL, `updated_at` datetime NOT NULL, `tenant_id` uuid NOT NULL, `number` integer NOT NULL, `title` text NOT NULL, `title_fold` text NOT NULL DEFAULT (''), `description` text NOT NULL, `risk_level` text NOT NULL, `risk_rank` integer NOT NULL DEFAULT (99), `impact` text NULL, `recommendation` text NULL, `remediation_status` text NOT NULL DEFAULT ('open'), `references` json NULL, `cvss_vector` text NULL, `cvss_score` real NULL, `cvss_severity` text NULL, `cwe` integer NULL, `assignee_id` uuid NULL, `due_at` datetime NULL, `accepted_until` datetime NULL, `location` text NULL, `source_tool` text NULL, `source_rule` text NULL, `source_fingerprint` text NULL, `dedup_hash` text NULL, `template_version` integer NULL, `session_id` uuid NOT NULL, `template_id` uuid NULL, `asset_id` uuid NOT NULL, `client_id` uuid NULL, PRIMARY KEY (`id`), CONSTRAINT `findings_sessions_session` FOREIGN KEY (`tenant_id`, `session_id`) REFERENCES `sessions` (`tenant_id`, `id`) ON DELETE NO ACTION, CONSTRAINT `findings_templates_template` FOREIGN KEY (`tenant_id`, `template_id`) REFERENCES `templates` (`tenant_id`, `id`) ON DELETE NO ACTION, CONSTRAINT `findings_assets_asset` FOREIGN KEY (`tenant_id`, `asset_id`) REFERENCES `assets` (`tenant_id`, `id`) ON DELETE NO ACTION, CONSTRAINT `findings_clients_customer` FOREIGN KEY (`tenant_id`, `client_id`) REFERENCES `clients` (`tenant_id`, `id`) ON DELETE NO ACTION, CONSTRAINT `findings_assignee_id` FOREIGN KEY (`tenant_id`, `assignee_id`) REFERENCES `memberships` (`tenant_id`, `user_id`) ON DELETE NO ACTION);
-- copy rows from old table "findings" to new temporary table "new_findings"
INSERT INTO `new_findings` (`id`, `version`, `created_at`, `updated_at`, `tenant_id`, `number`, `title`, `title_fold`, `description`, `risk_level`, `impact`, `recommendation`, `remediation_status`, `references`, `cvss_vector`, `cvss_score`, `cvss_severity`, `cwe`, `assignee_id`, `due_at`, `accepted_until`, `location`, `source_tool`, `source_rule`, `dedup_hash`, `session_id`, `asset_id`, `client_id`) SELECT `id`, `version`, `created_at`, `updated_at`, `tenant_id`, `number`, `title`, `title_fold`, `description`, `risk_level`, `impact`, `recommendation`, `remediation_status`, `references`, `cvss_vector`, `cvss_score`, `cvss_severity`, `cwe`, `assignee_id`, `due_at`, `accepted_until`, `location`, `source_tool`, `source_rule`, `dedup_hash`, `session_id`, `asset_id`, `client_id` FROM `findings`;
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
-- create index "finding_tenant_id_session_id_dedup_hash" to table: "findings"
CREATE INDEX `finding_tenant_id_session_id_dedup_hash` ON `findings` (`tenant_id`, `session_id`, `dedup_hash`);
-- create index "finding_tenant_id_risk_rank_id" to table: "findings"
CREATE INDEX `finding_tenant_id_risk_rank_id` ON `findings` (`tenant_id`, `risk_rank`, `id`);
-- create index "finding_accepted_until" to table: "findings"
CREATE INDEX `finding_accepted_until` ON `findings` (`accepted_until`);
-- create index "findings_templates_template" to table: "findings"
CREATE INDEX `findings_templates_template` ON `findings` (`tenant_id`, `template_id`);
-- create index "findings_assets_asset" to table: "findings"
CREATE INDEX `findings_assets_asset` ON `findings` (`tenant_id`, `asset_id`);
-- create index "findings_clients_customer" to table: "findings"
CREATE INDEX `findings_clients_customer` ON `findings` (`tenant_id`, `client_id`);
-- create "new_notifications" table
CREATE TABLE `new_notifications` (`id` uuid NOT NULL, `version` integer NOT NULL DEFAULT (1), `created_at` datetime NOT NULL, `updated_at` datetime NOT NULL, `tenant_id` uuid NOT NULL, `record_kind` text NOT NULL, `record_id` uuid NOT NULL, `client_id` uuid NULL, `user_id` uuid NOT NULL, `event_seq` integer NOT NULL, `cause` text NOT NULL, `record_label` text NOT NULL DEFAULT (''), `record_number` text NOT NULL DEFAULT (''), `detail` text NOT NULL DEFAULT (''), `by` uuid NULL, `in_app` bool NOT NULL DEFAULT (true), `by_mail` bool NOT NULL DEFAULT (false), `read_at` datetime NULL, `mailed_at` datetime NULL, PRIMARY KEY (`id`), CONSTRAINT `notifications_user_id` FOREIGN KEY (`tenant_id`, `user_id`) REFERENCES `memberships` (`tenant_id`, `user_id`) ON DELETE NO ACTION, CONSTRAINT `notifications_by` FOREIGN KEY (`tenant_id`, `by`) REFERENCES `memberships` (`tenant_id`, `user_id`) ON DELETE NO ACTION);
-- copy rows from old table "notifications" to new temporary table "new_notifications"
INSERT INTO `new_notifications` (`id`, `version`, `created_at`, `updated_at`, `tenant_id`, `record_kind`, `record_id`, `client_id`, `user_id`, `event_seq`, `cause`, `record_label`, `record_number`, `detail`, `by`, `read_at`, `mailed_at`) SELECT `id`, `version`, `created_at`, `updated_at`, `tenant_id`, `record_kind`, `record_id`, `client_id`, `user_id`, `event_seq`, `cause`, `record_label`, `record_number`, `detail`, `by`, `read_at`, `mailed_at` FROM `notifications`;
-- drop "notifications" table after copying rows
DROP TABLE `notifications`;
-- rename temporary table "new_notifications" to "notifications"
ALTER TABLE `new_notifications` RENAME TO `notifications`;
-- create index "notification_tenant_id_id" to table: "notifications"
CREATE UNIQUE INDEX `notification_tenant_id_id` ON `notifications` (`tenant_id`, `id`);
-- create index "notification_tenant_id_user_id_read_at" to table: "notifications"
CREATE INDEX `notification_tenant_id_user_id_read_at` ON `notifications` (`tenant_id`, `user_id`, `read_at`);
-- create index "notification_tenant_id_event_seq_user_id_cause" to table: "notifications"
CREATE UNIQUE INDEX `notification_tenant_id_event_seq_user_id_cause` ON `notifications` (`tenant_id`, `event_seq`, `user_id`, `cause`);
-- create index "notifications_by" to table: "notifications"
CREATE INDEX `notifications_by` ON `notifications` (`tenant_id`, `by`);
-- create "new_settings" table
CREATE TABLE `new_settings` (`id` uuid NOT NULL, `version` integer NOT NULL DEFAULT (1), `created_at` datetime NOT NULL, `updated_at` datetime NOT NULL, `tenant_id` uuid NOT NULL, `brand_name` text NULL, `brand_logo` text NULL, `brand_color` text NULL, `locale` text NOT NULL DEFAULT ('en'), `time_zone` text NOT NULL DEFAULT ('UTC'), `priority_matrix` json NULL, `calendars` json NULL, `sla_targets` json NULL, `reopen_window_days` integer NOT NULL DEFAULT (7), `auto_close_days` integer NOT NULL DEFAULT (7), `retention_notification_days` integer NOT NULL DEFAULT (90), `retention_login_session_days` integer NOT NULL DEFAULT (90), `retention_report_days` integer NOT NULL DEFAULT (365), `password_min_length` integer NOT NULL DEFAULT (12), `mfa_required` bool NOT NULL DEFAULT (false), `default_group_id` uuid NULL, PRIMARY KEY (`id`), CONSTRAINT `settings_groups_default_group` FOREIGN KEY (`tenant_id`, `default_group_id`) REFERENCES `groups` (`tenant_id`, `id`) ON DELETE NO ACTION);
-- copy rows from old table "settings" to new temporary table "new_settings"
INSERT INTO `new_settings` (`id`, `version`, `created_at`, `updated_at`, `tenant_id`, `brand_name`, `brand_logo`, `brand_color`, `locale`, `time_zone`, `priority_matrix`, `calendars`, `sla_targets`, `reopen_window_days`, `auto_close_days`, `retention_notification_days`, `retention_login_session_days`, `password_min_length`, `mfa_required`, `default_group_id`) SELECT `id`, `version`, `created_at`, `updated_at`, `tenant_id`, `brand_name`, `brand_logo`, `brand_color`, `locale`, `time_zone`, `priority_matrix`, `calendars`, `sla_targets`, `reopen_window_days`, `auto_close_days`, `retention_notification_days`, `retention_login_session_days`, `password_min_length`, `mfa_required`, `default_group_id` FROM `settings`;
-- drop "settings" table after copying rows
DROP TABLE `settings`;
-- rename temporary table "new_settings" to "settings"
ALTER TABLE `new_settings` RENAME TO `settings`;
-- create index "setting_tenant_id_id" to table: "settings"
CREATE UNIQUE INDEX `setting_tenant_id_id` ON `settings` (`tenant_id`, `id`);
-- create index "setting_tenant_id" to table: "settings"
CREATE UNIQUE INDEX `setting_tenant_id` ON `settings` (`tenant_id`);
-- create index "settings_groups_default_group" to table: "settings"
CREATE INDEX `settings_groups_default_group` ON `settings` (`tenant_id`, `default_group_id`);
-- create "attachments" table
CREATE TABLE `attachments` (`id` uuid NOT NULL, `version` integer NOT NULL DEFAULT (1), `created_at` datetime NOT NULL, `updated_at` datetime NOT NULL, `tenant_id` uuid NOT NULL, `record_kind` text NOT NULL, `record_id` uuid NOT NULL, `client_id` uuid NULL, `file_name` text NOT NULL, `content_type` text NOT NULL, `size_bytes` integer NOT NULL, `sha256` text NOT NULL, `storage_key` text NOT NULL, `uploaded_by` uuid NULL, PRIMARY KEY (`id`), CONSTRAINT `attachments_uploaded_by` FOREIGN KEY (`tenant_id`, `uploaded_by`) REFERENCES `memberships` (`tenant_id`, `user_id`) ON DELETE NO ACTION);
-- create index "attachment_tenant_id_id" to table: "attachments"
CREATE UNIQUE INDEX `attachment_tenant_id_id` ON `attachments` (`tenant_id`, `id`);
-- create index "attachment_tenant_id_record_kind_record_id_created_at" to table: "attachments"
CREATE INDEX `attachment_tenant_id_record_kind_record_id_created_at` ON `attachments` (`tenant_id`, `record_kind`, `record_id`, `created_at`);
-- create index "attachment_storage_key" to table: "attachments"
CREATE UNIQUE INDEX `attachment_storage_key` ON `attachments` (`storage_key`);
-- create index "attachments_uploaded_by" to table: "attachments"
CREATE INDEX `attachments_uploaded_by` ON `attachments` (`tenant_id`, `uploaded_by`);
-- create "report_exports" table
CREATE TABLE `report_exports` (`id` uuid NOT NULL, `version` integer NOT NULL DEFAULT (1), `created_at` datetime NOT NULL, `updated_at` datetime NOT NULL, `tenant_id` uuid NOT NULL, `format` text NOT NULL, `file_name` text NOT NULL, `content_type` text NOT NULL, `size_bytes` integer NOT NULL, `sha256` text NOT NULL, `taxonomy_revision` integer NOT NULL DEFAULT (0), `created_by` uuid NULL, `retention_expires_at` datetime NULL, `storage_key` text NOT NULL, `session_id` uuid NOT NULL, `client_id` uuid NULL, PRIMARY KEY (`id`), CONSTRAINT `report_exports_sessions_session` FOREIGN KEY (`tenant_id`, `session_id`) REFERENCES `sessions` (`tenant_id`, `id`) ON DELETE NO ACTION, CONSTRAINT `report_exports_clients_customer` FOREIGN KEY (`tenant_id`, `client_id`) REFERENCES `clients` (`tenant_id`, `id`) ON DELETE NO ACTION, CONSTRAINT `report_exports_created_by` FOREIGN KEY (`tenant_id`, `created_by`) REFERENCES `memberships` (`tenant_id`, `user_id`) ON DELETE NO ACTION);
-- create index "reportexport_tenant_id_id" to table: "report_exports"
CREATE UNIQUE INDEX `reportexport_tenant_id_id` ON `report_exports` (`tenant_id`, `id`);
-- create index "reportexport_tenant_id_session_id_id" to table: "report_exports"
CREATE INDEX `reportexport_tenant_id_session_id_id` ON `report_exports` (`tenant_id`, `session_id`, `id`);
-- create index "reportexport_retention_expires_at" to table: "report_exports"
CREATE INDEX `reportexport_retention_expires_at` ON `report_exports` (`retention_expires_at`);
-- create index "reportexport_storage_key" to table: "report_exports"
CREATE UNIQUE INDEX `reportexport_storage_key` ON `report_exports` (`storage_key`);
-- create index "report_exports_created_by" to table: "report_exports"
CREATE INDEX `report_exports_created_by` ON `report_exports` (`tenant_id`, `created_by`);
-- create index "report_exports_clients_customer" to table: "report_exports"
CREATE INDEX `report_exports_clients_customer` ON `report_exports` (`tenant_id`, `client_id`);
-- create "retests" table
CREATE TABLE `retests` (`id` uuid NOT NULL, `version` integer NOT NULL DEFAULT (1), `created_at` datetime NOT NULL, `updated_at` datetime NOT NULL, `tenant_id` uuid NOT NULL, `at` datetime NOT NULL, `by` uuid NOT NULL, `result` text NOT NULL, `note` text NULL, `finding_id` uuid NOT NULL, `client_id` uuid NULL, PRIMARY KEY (`id`), CONSTRAINT `retests_findings_finding` FOREIGN KEY (`tenant_id`, `finding_id`) REFERENCES `findings` (`tenant_id`, `id`) ON DELETE NO ACTION, CONSTRAINT `retests_clients_customer` FOREIGN KEY (`tenant_id`, `client_id`) REFERENCES `clients` (`tenant_id`, `id`) ON DELETE NO ACTION, CONSTRAINT `retests_by` FOREIGN KEY (`tenant_id`, `by`) REFERENCES `memberships` (`tenant_id`, `user_id`) ON DELETE NO ACTION);
-- create index "retest_tenant_id_id" to table: "retests"
CREATE UNIQUE INDEX `retest_tenant_id_id` ON `retests` (`tenant_id`, `id`);
-- create index "retest_tenant_id_finding_id_at" to table: "retests"
CREATE INDEX `retest_tenant_id_finding_id_at` ON `retests` (`tenant_id`, `finding_id`, `at`);
-- create index "retests_by" to table: "retests"
CREATE INDEX `retests_by` ON `retests` (`tenant_id`, `by`);
-- create index "retests_clients_customer" to table: "retests"
CREATE INDEX `retests_clients_customer` ON `retests` (`tenant_id`, `client_id`);
-- create "taxonomy_versions" table
CREATE TABLE `taxonomy_versions` (`id` uuid NOT NULL, `version` integer NOT NULL DEFAULT (1), `created_at` datetime NOT NULL, `updated_at` datetime NOT NULL, `tenant_id` uuid NOT NULL, `revision` integer NOT NULL, `description` text NULL, `is_current` bool NOT NULL DEFAULT (false), `created_by` uuid NULL, `domains` json NULL, PRIMARY KEY (`id`), CONSTRAINT `taxonomy_versions_created_by` FOREIGN KEY (`tenant_id`, `created_by`) REFERENCES `memberships` (`tenant_id`, `user_id`) ON DELETE NO ACTION);
-- create index "taxonomyversion_tenant_id_id" to table: "taxonomy_versions"
CREATE UNIQUE INDEX `taxonomyversion_tenant_id_id` ON `taxonomy_versions` (`tenant_id`, `id`);
-- create index "taxonomyversion_tenant_id_revision" to table: "taxonomy_versions"
CREATE UNIQUE INDEX `taxonomyversion_tenant_id_revision` ON `taxonomy_versions` (`tenant_id`, `revision`);
-- create index "taxonomy_versions_current" to table: "taxonomy_versions"
CREATE UNIQUE INDEX `taxonomy_versions_current` ON `taxonomy_versions` (`tenant_id`) WHERE is_current;
-- create index "taxonomy_versions_created_by" to table: "taxonomy_versions"
CREATE INDEX `taxonomy_versions_created_by` ON `taxonomy_versions` (`tenant_id`, `created_by`);
-- create "templates" table
CREATE TABLE `templates` (`id` uuid NOT NULL, `version` integer NOT NULL DEFAULT (1), `created_at` datetime NOT NULL, `updated_at` datetime NOT NULL, `tenant_id` uuid NOT NULL, `stable_id` text NOT NULL, `name` text NOT NULL, `name_fold` text NOT NULL DEFAULT (''), `category` text NOT NULL, `is_builtin` bool NOT NULL DEFAULT (false), `builtin_hash` text NULL, `language` text NOT NULL DEFAULT ('en'), `title` text NULL, `description` text NULL, `risk_level` text NULL, `impact` text NULL, `recommendation` text NULL, `references` json NULL, `cwe` integer NULL, `cvss_vector` text NULL, `created_by` uuid NULL, PRIMARY KEY (`id`), CONSTRAINT `templates_created_by` FOREIGN KEY (`tenant_id`, `created_by`) REFERENCES `memberships` (`tenant_id`, `user_id`) ON DELETE NO ACTION);
-- create index "template_tenant_id_id" to table: "templates"
CREATE UNIQUE INDEX `template_tenant_id_id` ON `templates` (`tenant_id`, `id`);
-- create index "template_tenant_id_stable_id" to table: "templates"
CREATE UNIQUE INDEX `template_tenant_id_stable_id` ON `templates` (`tenant_id`, `stable_id`);
-- create index "template_tenant_id_name_fold_id" to table: "templates"
CREATE INDEX `template_tenant_id_name_fold_id` ON `templates` (`tenant_id`, `name_fold`, `id`);
-- create index "template_tenant_id_updated_at_id" to table: "templates"
CREATE INDEX `template_tenant_id_updated_at_id` ON `templates` (`tenant_id`, `updated_at`, `id`);
-- create index "template_tenant_id_category_id" to table: "templates"
CREATE INDEX `template_tenant_id_category_id` ON `templates` (`tenant_id`, `category`, `id`);
-- create index "templates_created_by" to table: "templates"
CREATE INDEX `templates_created_by` ON `templates` (`tenant_id`, `created_by`);
-- what is there gets its place in the vocabulary, which nobody has changed yet
UPDATE `findings` SET `risk_rank` = CASE `risk_level` WHEN 'critical' THEN 0 WHEN 'high' THEN 1 WHEN 'medium' THEN 2 WHEN 'low' THEN 3 WHEN 'informational' THEN 4 ELSE 99 END;
-- a notification that was read the moment it was made had only been meant for mail
UPDATE `notifications` SET `in_app` = false, `by_mail` = true WHERE `read_at` = `created_at`;
-- enable back the enforcement of foreign-keys constraints
COMMIT;
PRAGMA foreign_keys = on;

