-- +goose NO TRANSACTION
-- +goose Up
-- disable the enforcement of foreign-keys constraints
PRAGMA foreign_keys = off;
BEGIN;
-- create "new_groups" table
CREATE TABLE `new_groups` (`id` uuid NOT NULL, `version` integer NOT NULL DEFAULT (1), `created_at` datetime NOT NULL, `updated_at` datetime NOT NULL, `tenant_id` uuid NOT NULL, `is_builtin` bool NOT NULL DEFAULT (false), `builtin_key` text NULL, `builtin_hash` text NULL, `name` text NOT NULL, `name_fold` text NOT NULL DEFAULT (''), `name_key` text NOT NULL DEFAULT (''), `description` text NULL, `permissions` json NULL, PRIMARY KEY (`id`));
-- copy rows from old table "groups" to new temporary table "new_groups"
INSERT INTO `new_groups` (`id`, `version`, `created_at`, `updated_at`, `tenant_id`, `is_builtin`, `name`, `name_fold`, `name_key`, `description`, `permissions`) SELECT `id`, `version`, `created_at`, `updated_at`, `tenant_id`, `is_builtin`, `name`, `name_fold`, `name_key`, `description`, `permissions` FROM `groups`;
-- drop "groups" table after copying rows
DROP TABLE `groups`;
-- rename temporary table "new_groups" to "groups"
ALTER TABLE `new_groups` RENAME TO `groups`;
-- create index "group_tenant_id_id" to table: "groups"
CREATE UNIQUE INDEX `group_tenant_id_id` ON `groups` (`tenant_id`, `id`);
-- create index "group_tenant_id_builtin_key" to table: "groups"
CREATE UNIQUE INDEX `group_tenant_id_builtin_key` ON `groups` (`tenant_id`, `builtin_key`);
-- create index "group_tenant_id_name_key" to table: "groups"
CREATE UNIQUE INDEX `group_tenant_id_name_key` ON `groups` (`tenant_id`, `name_key`);
-- create "new_templates" table
CREATE TABLE `new_templates` (`id` uuid NOT NULL, `version` integer NOT NULL DEFAULT (1), `created_at` datetime NOT NULL, `updated_at` datetime NOT NULL, `tenant_id` uuid NOT NULL, `is_builtin` bool NOT NULL DEFAULT (false), `builtin_key` text NULL, `builtin_hash` text NULL, `stable_id` text NOT NULL, `name` text NOT NULL, `name_fold` text NOT NULL DEFAULT (''), `category` text NOT NULL, `language` text NOT NULL DEFAULT ('en'), `title` text NULL, `description` text NULL, `risk_level` text NULL, `impact` text NULL, `recommendation` text NULL, `references` json NULL, `cwe` integer NULL, `cvss_vector` text NULL, `created_by` uuid NULL, PRIMARY KEY (`id`), CONSTRAINT `templates_created_by` FOREIGN KEY (`tenant_id`, `created_by`) REFERENCES `memberships` (`tenant_id`, `user_id`) ON DELETE NO ACTION);
-- copy rows from old table "templates" to new temporary table "new_templates"
INSERT INTO `new_templates` (`id`, `version`, `created_at`, `updated_at`, `tenant_id`, `is_builtin`, `builtin_hash`, `stable_id`, `name`, `name_fold`, `category`, `language`, `title`, `description`, `risk_level`, `impact`, `recommendation`, `references`, `cwe`, `cvss_vector`, `created_by`) SELECT `id`, `version`, `created_at`, `updated_at`, `tenant_id`, `is_builtin`, `builtin_hash`, `stable_id`, `name`, `name_fold`, `category`, `language`, `title`, `description`, `risk_level`, `impact`, `recommendation`, `references`, `cwe`, `cvss_vector`, `created_by` FROM `templates`;
-- drop "templates" table after copying rows
DROP TABLE `templates`;
-- rename temporary table "new_templates" to "templates"
ALTER TABLE `new_templates` RENAME TO `templates`;
-- create index "template_tenant_id_id" to table: "templates"
CREATE UNIQUE INDEX `template_tenant_id_id` ON `templates` (`tenant_id`, `id`);
-- create index "template_tenant_id_builtin_key" to table: "templates"
CREATE UNIQUE INDEX `template_tenant_id_builtin_key` ON `templates` (`tenant_id`, `builtin_key`);
-- create index "template_tenant_id_stable_id" to table: "templates"
CREATE UNIQUE INDEX `template_tenant_id_stable_id` ON `templates` (`tenant_id`, `stable_id`);
-- create index "template_tenant_id_name_fold_id" to table: "templates"
CREATE INDEX `template_tenant_id_name_fold_id` ON `templates` (`tenant_id`, `name_fold`, `id`);
-- create index "template_tenant_id_updated_at_id" to table: "templates"
CREATE INDEX `template_tenant_id_updated_at_id` ON `templates` (`tenant_id`, `updated_at`, `id`);
-- create index "template_tenant_id_category_id" to table: "templates"
CREATE INDEX `template_tenant_id_category_id` ON `templates` (`tenant_id`, `category`, `id`);
-- create index "templates_created_by" to table: "templates"
CREATE INDEX `templates_created_by` ON `templates` (`tenant_id`, `created_by`) WHERE created_by IS NOT NULL;
-- enable back the enforcement of foreign-keys constraints
COMMIT;
PRAGMA foreign_keys = on;

