-- +goose Up
-- drop index "asset_tenant_id_hostname" from table: "assets"
DROP INDEX "asset_tenant_id_hostname";
-- drop index "asset_tenant_id_owner_id" from table: "assets"
DROP INDEX "asset_tenant_id_owner_id";
-- drop index "asset_tenant_id_serial" from table: "assets"
DROP INDEX "asset_tenant_id_serial";
-- drop index "assets_clients_customer" from table: "assets"
DROP INDEX "assets_clients_customer";
-- drop index "assets_sites_site" from table: "assets"
DROP INDEX "assets_sites_site";
-- create index "asset_tenant_id_hostname" to table: "assets"
CREATE INDEX "asset_tenant_id_hostname" ON "assets" ("tenant_id", "hostname") WHERE (hostname IS NOT NULL);
-- create index "asset_tenant_id_owner_id" to table: "assets"
CREATE INDEX "asset_tenant_id_owner_id" ON "assets" ("tenant_id", "owner_id") WHERE (owner_id IS NOT NULL);
-- create index "asset_tenant_id_serial" to table: "assets"
CREATE INDEX "asset_tenant_id_serial" ON "assets" ("tenant_id", "serial") WHERE (serial IS NOT NULL);
-- create index "assets_clients_customer" to table: "assets"
CREATE INDEX "assets_clients_customer" ON "assets" ("tenant_id", "client_id") WHERE (client_id IS NOT NULL);
-- create index "assets_sites_site" to table: "assets"
CREATE INDEX "assets_sites_site" ON "assets" ("tenant_id", "site_id") WHERE (site_id IS NOT NULL);
-- drop index "attachments_uploaded_by" from table: "attachments"
DROP INDEX "attachments_uploaded_by";
-- create index "attachments_uploaded_by" to table: "attachments"
CREATE INDEX "attachments_uploaded_by" ON "attachments" ("tenant_id", "uploaded_by") WHERE (uploaded_by IS NOT NULL);
-- drop index "comments_author_id" from table: "comments"
DROP INDEX "comments_author_id";
-- create index "comments_author_id" to table: "comments"
CREATE INDEX "comments_author_id" ON "comments" ("tenant_id", "author_id") WHERE (author_id IS NOT NULL);
-- drop index "findings_clients_customer" from table: "findings"
DROP INDEX "findings_clients_customer";
-- drop index "findings_templates_template" from table: "findings"
DROP INDEX "findings_templates_template";
-- create index "findings_clients_customer" to table: "findings"
CREATE INDEX "findings_clients_customer" ON "findings" ("tenant_id", "client_id") WHERE (client_id IS NOT NULL);
-- create index "findings_templates_template" to table: "findings"
CREATE INDEX "findings_templates_template" ON "findings" ("tenant_id", "template_id") WHERE (template_id IS NOT NULL);
-- drop index "incidents_duplicate_of_id" from table: "incidents"
DROP INDEX "incidents_duplicate_of_id";
-- drop index "incidents_groups_team" from table: "incidents"
DROP INDEX "incidents_groups_team";
-- drop index "incidents_parent_id" from table: "incidents"
DROP INDEX "incidents_parent_id";
-- drop index "incidents_reporter_id" from table: "incidents"
DROP INDEX "incidents_reporter_id";
-- drop index "incidents_sites_site" from table: "incidents"
DROP INDEX "incidents_sites_site";
-- create index "incidents_duplicate_of_id" to table: "incidents"
CREATE INDEX "incidents_duplicate_of_id" ON "incidents" ("tenant_id", "duplicate_of_id") WHERE (duplicate_of_id IS NOT NULL);
-- create index "incidents_groups_team" to table: "incidents"
CREATE INDEX "incidents_groups_team" ON "incidents" ("tenant_id", "team_id") WHERE (team_id IS NOT NULL);
-- create index "incidents_parent_id" to table: "incidents"
CREATE INDEX "incidents_parent_id" ON "incidents" ("tenant_id", "parent_id") WHERE (parent_id IS NOT NULL);
-- create index "incidents_reporter_id" to table: "incidents"
CREATE INDEX "incidents_reporter_id" ON "incidents" ("tenant_id", "reporter_id") WHERE (reporter_id IS NOT NULL);
-- create index "incidents_sites_site" to table: "incidents"
CREATE INDEX "incidents_sites_site" ON "incidents" ("tenant_id", "site_id") WHERE (site_id IS NOT NULL);
-- drop index "invites_clients_customer" from table: "invites"
DROP INDEX "invites_clients_customer";
-- drop index "invites_invited_by" from table: "invites"
DROP INDEX "invites_invited_by";
-- create index "invites_clients_customer" to table: "invites"
CREATE INDEX "invites_clients_customer" ON "invites" ("tenant_id", "client_id") WHERE (client_id IS NOT NULL);
-- create index "invites_invited_by" to table: "invites"
CREATE INDEX "invites_invited_by" ON "invites" ("tenant_id", "invited_by") WHERE (invited_by IS NOT NULL);
-- drop index "memberships_clients_customer" from table: "memberships"
DROP INDEX "memberships_clients_customer";
-- create index "memberships_clients_customer" to table: "memberships"
CREATE INDEX "memberships_clients_customer" ON "memberships" ("tenant_id", "client_id") WHERE (client_id IS NOT NULL);
-- drop index "notifications_by" from table: "notifications"
DROP INDEX "notifications_by";
-- create index "notifications_by" to table: "notifications"
CREATE INDEX "notifications_by" ON "notifications" ("tenant_id", "by") WHERE (by IS NOT NULL);
-- drop index "report_exports_clients_customer" from table: "report_exports"
DROP INDEX "report_exports_clients_customer";
-- drop index "report_exports_created_by" from table: "report_exports"
DROP INDEX "report_exports_created_by";
-- create index "report_exports_clients_customer" to table: "report_exports"
CREATE INDEX "report_exports_clients_customer" ON "report_exports" ("tenant_id", "client_id") WHERE (client_id IS NOT NULL);
-- create index "report_exports_created_by" to table: "report_exports"
CREATE INDEX "report_exports_created_by" ON "report_exports" ("tenant_id", "created_by") WHERE (created_by IS NOT NULL);
-- drop index "retests_clients_customer" from table: "retests"
DROP INDEX "retests_clients_customer";
-- create index "retests_clients_customer" to table: "retests"
CREATE INDEX "retests_clients_customer" ON "retests" ("tenant_id", "client_id") WHERE (client_id IS NOT NULL);
-- drop index "sessions_clients_customer" from table: "sessions"
DROP INDEX "sessions_clients_customer";
-- create index "sessions_clients_customer" to table: "sessions"
CREATE INDEX "sessions_clients_customer" ON "sessions" ("tenant_id", "client_id") WHERE (client_id IS NOT NULL);
-- drop index "settings_groups_default_group" from table: "settings"
DROP INDEX "settings_groups_default_group";
-- create index "settings_groups_default_group" to table: "settings"
CREATE INDEX "settings_groups_default_group" ON "settings" ("tenant_id", "default_group_id") WHERE (default_group_id IS NOT NULL);
-- drop index "taxonomy_versions_created_by" from table: "taxonomy_versions"
DROP INDEX "taxonomy_versions_created_by";
-- create index "taxonomy_versions_created_by" to table: "taxonomy_versions"
CREATE INDEX "taxonomy_versions_created_by" ON "taxonomy_versions" ("tenant_id", "created_by") WHERE (created_by IS NOT NULL);
-- drop index "templates_created_by" from table: "templates"
DROP INDEX "templates_created_by";
-- create index "templates_created_by" to table: "templates"
CREATE INDEX "templates_created_by" ON "templates" ("tenant_id", "created_by") WHERE (created_by IS NOT NULL);

