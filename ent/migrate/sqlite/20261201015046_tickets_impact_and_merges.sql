-- +goose NO TRANSACTION
-- +goose Up
-- disable the enforcement of foreign-keys constraints
PRAGMA foreign_keys = off;
BEGIN;
-- create "new_incidents" table
CREATE TABLE `new_incidents` (`id` uuid NOT NULL, `version` integer NOT NULL DEFAULT (1), `created_at` datetime NOT NULL, `updated_at` datetime NOT NULL, `tenant_id` uuid NOT NULL, `number` integer NOT NULL, `title` text NOT NULL, `title_fold` text NOT NULL DEFAULT (''), `description` text NULL, `category` text NOT NULL DEFAULT ('it'), `severity` text NOT NULL DEFAULT ('medium'), `impact` integer NOT NULL DEFAULT (2), `effective_impact` integer NOT NULL DEFAULT (2), `urgency` integer NOT NULL DEFAULT (2), `priority` integer NOT NULL DEFAULT (3), `priority_overridden` bool NOT NULL DEFAULT (false), `status` text NOT NULL DEFAULT ('new'), `on_hold_reason` text NULL, `reporter_id` uuid NULL, `assignee_id` uuid NULL, `is_major` bool NOT NULL DEFAULT (false), `production_impact` text NULL, `safety_impact` text NULL, `operational_criticality` text NULL, `resolution_code` text NULL, `resolution_note` text NULL, `response_due_at` datetime NULL, `resolve_due_at` datetime NULL, `response_breached` bool NOT NULL DEFAULT (false), `resolve_breached` bool NOT NULL DEFAULT (false), `acknowledged_at` datetime NULL, `resolved_at` datetime NULL, `closed_at` datetime NULL, `parent_id` uuid NULL, `duplicate_of_id` uuid NULL, `policy_revision` integer NOT NULL DEFAULT (0), `reopen_until` datetime NULL, `auto_close_at` datetime NULL, `taken_over` json NULL, `timer_at` datetime NULL, `response_warned` bool NOT NULL DEFAULT (false), `resolve_warned` bool NOT NULL DEFAULT (false), `site_id` uuid NULL, `team_id` uuid NULL, PRIMARY KEY (`id`), CONSTRAINT `incidents_sites_site` FOREIGN KEY (`tenant_id`, `site_id`) REFERENCES `sites` (`tenant_id`, `id`) ON DELETE NO ACTION, CONSTRAINT `incidents_groups_team` FOREIGN KEY (`tenant_id`, `team_id`) REFERENCES `groups` (`tenant_id`, `id`) ON DELETE NO ACTION, CONSTRAINT `incidents_reporter_id` FOREIGN KEY (`tenant_id`, `reporter_id`) REFERENCES `memberships` (`tenant_id`, `user_id`) ON DELETE NO ACTION, CONSTRAINT `incidents_assignee_id` FOREIGN KEY (`tenant_id`, `assignee_id`) REFERENCES `memberships` (`tenant_id`, `user_id`) ON DELETE NO ACTION, CONSTRAINT `incidents_parent_id` FOREIGN KEY (`tenant_id`, `parent_id`) REFERENCES `incidents` (`tenant_id`, `id`) ON DELETE NO ACTION, CONSTRAINT `incidents_duplicate_of_id` FOREIGN KEY (`tenant_id`, `duplicate_of_id`) REFERENCES `incidents` (`tenant_id`, `id`) ON DELETE NO ACTION);
-- copy rows from old table "incidents" to new temporary table "new_incidents"
INSERT INTO `new_incidents` (`id`, `version`, `created_at`, `updated_at`, `tenant_id`, `number`, `title`, `title_fold`, `description`, `category`, `severity`, `impact`, `urgency`, `priority`, `priority_overridden`, `status`, `on_hold_reason`, `reporter_id`, `assignee_id`, `is_major`, `production_impact`, `safety_impact`, `operational_criticality`, `resolution_code`, `resolution_note`, `response_due_at`, `resolve_due_at`, `response_breached`, `resolve_breached`, `acknowledged_at`, `resolved_at`, `closed_at`, `parent_id`, `duplicate_of_id`, `policy_revision`, `reopen_until`, `auto_close_at`, `timer_at`, `response_warned`, `resolve_warned`, `site_id`, `team_id`) SELECT `id`, `version`, `created_at`, `updated_at`, `tenant_id`, `number`, `title`, `title_fold`, `description`, `category`, `severity`, `impact`, `urgency`, `priority`, `priority_overridden`, `status`, `on_hold_reason`, `reporter_id`, `assignee_id`, `is_major`, `production_impact`, `safety_impact`, `operational_criticality`, `resolution_code`, `resolution_note`, `response_due_at`, `resolve_due_at`, `response_breached`, `resolve_breached`, `acknowledged_at`, `resolved_at`, `closed_at`, `parent_id`, `duplicate_of_id`, `policy_revision`, `reopen_until`, `auto_close_at`, `timer_at`, `response_warned`, `resolve_warned`, `site_id`, `team_id` FROM `incidents`;
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

