-- +goose NO TRANSACTION
-- +goose Up
-- disable the enforcement of foreign-keys constraints
PRAGMA foreign_keys = off;
BEGIN;
-- create "new_attachments" table
CREATE TABLE `new_attachments` (`id` uuid NOT NULL, `version` integer NOT NULL DEFAULT (1), `created_at` datetime NOT NULL, `updated_at` datetime NOT NULL, `tenant_id` uuid NOT NULL, `record_kind` text NOT NULL, `record_id` uuid NOT NULL, `client_id` uuid NULL, `file_name` text NOT NULL, `content_type` text NOT NULL, `size_bytes` integer NOT NULL, `sha256` text NOT NULL, `storage_key` text NOT NULL, `uploaded_by` uuid NULL, `caption` text NULL, `position` integer NOT NULL DEFAULT (0), PRIMARY KEY (`id`), CONSTRAINT `attachments_uploaded_by` FOREIGN KEY (`tenant_id`, `uploaded_by`) REFERENCES `memberships` (`tenant_id`, `user_id`) ON DELETE NO ACTION);
-- copy rows from old table "attachments" to new temporary table "new_attachments"
INSERT INTO `new_attachments` (`id`, `version`, `created_at`, `updated_at`, `tenant_id`, `record_kind`, `record_id`, `client_id`, `file_name`, `content_type`, `size_bytes`, `sha256`, `storage_key`, `uploaded_by`) SELECT `id`, `version`, `created_at`, `updated_at`, `tenant_id`, `record_kind`, `record_id`, `client_id`, `file_name`, `content_type`, `size_bytes`, `sha256`, `storage_key`, `uploaded_by` FROM `attachments`;
-- drop "attachments" table after copying rows
DROP TABLE `attachments`;
-- rename temporary table "new_attachments" to "attachments"
ALTER TABLE `new_attachments` RENAME TO `attachments`;
-- create index "attachment_tenant_id_id" to table: "attachments"
CREATE UNIQUE INDEX `attachment_tenant_id_id` ON `attachments` (`tenant_id`, `id`);
-- create index "attachment_tenant_id_record_kind_record_id_created_at" to table: "attachments"
CREATE INDEX `attachment_tenant_id_record_kind_record_id_created_at` ON `attachments` (`tenant_id`, `record_kind`, `record_id`, `created_at`);
-- create index "attachment_storage_key" to table: "attachments"
CREATE UNIQUE INDEX `attachment_storage_key` ON `attachments` (`storage_key`);
-- create index "attachments_uploaded_by" to table: "attachments"
CREATE INDEX `attachments_uploaded_by` ON `attachments` (`tenant_id`, `uploaded_by`) WHERE uploaded_by IS NOT NULL;
-- create "new_login_sessions" table
CREATE TABLE `new_login_sessions` (`id` uuid NOT NULL, `version` integer NOT NULL DEFAULT (1), `created_at` datetime NOT NULL, `updated_at` datetime NOT NULL, `active_tenant_id` uuid NOT NULL, `family` uuid NOT NULL, `parent` uuid NULL, `token_hash` text NOT NULL, `issued_at` datetime NOT NULL, `expires_at` datetime NOT NULL, `family_expires_at` datetime NOT NULL, `used_at` datetime NULL, `last_seen_at` datetime NULL, `ip` text NULL, `user_agent` text NULL, `revoked_at` datetime NULL, `revoke_reason` text NULL, `second_factor` bool NOT NULL DEFAULT (false), `confirmed_at` datetime NULL, `provider_issuer` text NULL, `provider_session` text NULL, `provider_token` text NULL, `user_id` uuid NOT NULL, PRIMARY KEY (`id`), CONSTRAINT `login_sessions_users_user` FOREIGN KEY (`user_id`) REFERENCES `users` (`id`) ON DELETE NO ACTION);
-- copy rows from old table "login_sessions" to new temporary table "new_login_sessions"
INSERT INTO `new_login_sessions` (`id`, `version`, `created_at`, `updated_at`, `active_tenant_id`, `family`, `parent`, `token_hash`, `issued_at`, `expires_at`, `family_expires_at`, `used_at`, `last_seen_at`, `ip`, `user_agent`, `revoked_at`, `revoke_reason`, `second_factor`, `confirmed_at`, `user_id`) SELECT `id`, `version`, `created_at`, `updated_at`, `active_tenant_id`, `family`, `parent`, `token_hash`, `issued_at`, `expires_at`, `family_expires_at`, `used_at`, `last_seen_at`, `ip`, `user_agent`, `revoked_at`, `revoke_reason`, `second_factor`, `confirmed_at`, `user_id` FROM `login_sessions`;
-- drop "login_sessions" table after copying rows
DROP TABLE `login_sessions`;
-- rename temporary table "new_login_sessions" to "login_sessions"
ALTER TABLE `new_login_sessions` RENAME TO `login_sessions`;
-- create index "loginsession_token_hash" to table: "login_sessions"
CREATE UNIQUE INDEX `loginsession_token_hash` ON `login_sessions` (`token_hash`);
-- create index "loginsession_family" to table: "login_sessions"
CREATE INDEX `loginsession_family` ON `login_sessions` (`family`);
-- create index "loginsession_user_id_family" to table: "login_sessions"
CREATE INDEX `loginsession_user_id_family` ON `login_sessions` (`user_id`, `family`);
-- create index "loginsession_provider_issuer_provider_session" to table: "login_sessions"
CREATE INDEX `loginsession_provider_issuer_provider_session` ON `login_sessions` (`provider_issuer`, `provider_session`);
-- enable back the enforcement of foreign-keys constraints
COMMIT;
PRAGMA foreign_keys = on;

