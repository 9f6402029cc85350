-- +goose NO TRANSACTION
-- +goose Up
-- disable the enforcement of foreign-keys constraints
PRAGMA foreign_keys = off;
BEGIN;
-- create "new_login_sessions" table
CREATE TABLE `new_login_sessions` (`id` uuid NOT NULL, `version` integer NOT NULL DEFAULT (1), `created_at` datetime NOT NULL, `updated_at` datetime NOT NULL, `active_tenant_id` uuid NOT NULL, `family` uuid NOT NULL, `parent` uuid NULL, `token_hash` text NOT NULL, `issued_at` datetime NOT NULL, `expires_at` datetime NOT NULL, `family_expires_at` datetime NOT NULL, `used_at` datetime NULL, `last_seen_at` datetime NULL, `ip` text NULL, `user_agent` text NULL, `revoked_at` datetime NULL, `revoke_reason` text NULL, `second_factor` bool NOT NULL DEFAULT (false), `user_id` uuid NOT NULL, PRIMARY KEY (`id`), CONSTRAINT `login_sessions_users_user` FOREIGN KEY (`user_id`) REFERENCES `users` (`id`) ON DELETE NO ACTION);
-- copy rows from old table "login_sessions" to new temporary table "new_login_sessions"
INSERT INTO `new_login_sessions` (`id`, `version`, `created_at`, `updated_at`, `active_tenant_id`, `family`, `parent`, `token_hash`, `issued_at`, `expires_at`, `family_expires_at`, `used_at`, `last_seen_at`, `ip`, `user_agent`, `revoked_at`, `revoke_reason`, `user_id`) SELECT `id`, `version`, `created_at`, `updated_at`, `active_tenant_id`, `family`, `parent`, `token_hash`, `issued_at`, `expires_at`, `family_expires_at`, `used_at`, `last_seen_at`, `ip`, `user_agent`, `revoked_at`, `revoke_reason`, `user_id` FROM `login_sessions`;
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
-- enable back the enforcement of foreign-keys constraints
COMMIT;
PRAGMA foreign_keys = on;

