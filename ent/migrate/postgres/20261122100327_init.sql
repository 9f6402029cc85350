-- +goose Up
-- create "signing_keys" table
CREATE TABLE "signing_keys" ("id" uuid NOT NULL, "version" integer NOT NULL DEFAULT 1, "created_at" timestamptz NOT NULL, "updated_at" timestamptz NOT NULL, "sealed" bytea NOT NULL, "public" bytea NOT NULL, "not_after" timestamptz NOT NULL, PRIMARY KEY ("id"));
-- create "links" table
CREATE TABLE "links" ("id" uuid NOT NULL, "version" integer NOT NULL DEFAULT 1, "created_at" timestamptz NOT NULL, "updated_at" timestamptz NOT NULL, "tenant_id" uuid NOT NULL, "from_kind" character varying NOT NULL, "from_id" uuid NOT NULL, "to_kind" character varying NOT NULL, "to_id" uuid NOT NULL, "type" character varying NOT NULL, PRIMARY KEY ("id"));
-- create index "link_tenant_id_from_kind_from_id_to_kind_to_id_type" to table: "links"
CREATE UNIQUE INDEX "link_tenant_id_from_kind_from_id_to_kind_to_id_type" ON "links" ("tenant_id", "from_kind", "from_id", "to_kind", "to_id", "type");
-- create index "link_tenant_id_id" to table: "links"
CREATE UNIQUE INDEX "link_tenant_id_id" ON "links" ("tenant_id", "id");
-- create index "link_tenant_id_to_kind_to_id" to table: "links"
CREATE INDEX "link_tenant_id_to_kind_to_id" ON "links" ("tenant_id", "to_kind", "to_id");
-- create "clients" table
CREATE TABLE "clients" ("id" uuid NOT NULL, "version" integer NOT NULL DEFAULT 1, "created_at" timestamptz NOT NULL, "updated_at" timestamptz NOT NULL, "tenant_id" uuid NOT NULL, "name" character varying NOT NULL, "name_fold" character varying NOT NULL DEFAULT '' COLLATE "C", "name_key" character varying NOT NULL DEFAULT '' COLLATE "C", "primary_contact_name" character varying NULL, "primary_contact_email" character varying NULL, "metadata" jsonb NULL, PRIMARY KEY ("id"));
-- create index "customer_tenant_id_id" to table: "clients"
CREATE UNIQUE INDEX "customer_tenant_id_id" ON "clients" ("tenant_id", "id");
-- create index "customer_tenant_id_name_fold_id" to table: "clients"
CREATE INDEX "customer_tenant_id_name_fold_id" ON "clients" ("tenant_id", "name_fold", "id");
-- create index "customer_tenant_id_name_key" to table: "clients"
CREATE UNIQUE INDEX "customer_tenant_id_name_key" ON "clients" ("tenant_id", "name_key");
-- create index "customer_tenant_id_updated_at_id" to table: "clients"
CREATE INDEX "customer_tenant_id_updated_at_id" ON "clients" ("tenant_id", "updated_at", "id");
-- create "tenants" table
CREATE TABLE "tenants" ("id" uuid NOT NULL, "version" integer NOT NULL DEFAULT 1, "created_at" timestamptz NOT NULL, "updated_at" timestamptz NOT NULL, "slug" character varying NOT NULL, "name" character varying NOT NULL, "status" character varying NOT NULL DEFAULT 'active', "plan" character varying NOT NULL DEFAULT '', "features" jsonb NULL, "license_expires_at" timestamptz NULL, PRIMARY KEY ("id"));
-- create index "tenants_slug_key" to table: "tenants"
CREATE UNIQUE INDEX "tenants_slug_key" ON "tenants" ("slug");
-- create "service_policies" table
CREATE TABLE "service_policies" ("id" uuid NOT NULL, "version" integer NOT NULL DEFAULT 1, "created_at" timestamptz NOT NULL, "updated_at" timestamptz NOT NULL, "tenant_id" uuid NOT NULL, "revision" integer NOT NULL, "priority_matrix" jsonb NULL, "sla_targets" jsonb NULL, "calendars" jsonb NULL, PRIMARY KEY ("id"));
-- create index "servicepolicy_tenant_id_id" to table: "service_policies"
CREATE UNIQUE INDEX "servicepolicy_tenant_id_id" ON "service_policies" ("tenant_id", "id");
-- create index "servicepolicy_tenant_id_revision" to table: "service_policies"
CREATE UNIQUE INDEX "servicepolicy_tenant_id_revision" ON "service_policies" ("tenant_id", "revision");
-- create "users" table
CREATE TABLE "users" ("id" uuid NOT NULL, "version" integer NOT NULL DEFAULT 1, "created_at" timestamptz NOT NULL, "updated_at" timestamptz NOT NULL, "email" character varying NOT NULL, "email_key" character varying NOT NULL DEFAULT '' COLLATE "C", "email_verified_at" timestamptz NULL, "username" character varying NULL, "username_key" character varying NULL COLLATE "C", "full_name" character varying NOT NULL, "full_name_fold" character varying NOT NULL DEFAULT '' COLLATE "C", "home_tenant_id" uuid NOT NULL, "last_tenant_id" uuid NULL, "password_hash" character varying NULL, "is_active" boolean NOT NULL DEFAULT true, "token_version" integer NOT NULL DEFAULT 1, "mfa_secret" bytea NULL, "mfa_enabled" boolean NOT NULL DEFAULT false, "mfa_last_step" bigint NOT NULL DEFAULT 0, "recovery_codes" jsonb NULL, "oidc_issuer" character varying NULL, "oidc_subject" character varying NULL, "last_login_at" timestamptz NULL, "locale" character varying NULL, "is_platform_admin" boolean NOT NULL DEFAULT false, PRIMARY KEY ("id"));
-- create index "user_email_key" to table: "users"
CREATE UNIQUE INDEX "user_email_key" ON "users" ("email_key");
-- create index "user_home_tenant_id" to table: "users"
CREATE INDEX "user_home_tenant_id" ON "users" ("home_tenant_id");
-- create index "user_oidc_issuer_oidc_subject" to table: "users"
CREATE UNIQUE INDEX "user_oidc_issuer_oidc_subject" ON "users" ("oidc_issuer", "oidc_subject");
-- create index "user_username_key" to table: "users"
CREATE UNIQUE INDEX "user_username_key" ON "users" ("username_key");
-- create "memberships" table
CREATE TABLE "memberships" ("id" uuid NOT NULL, "version" integer NOT NULL DEFAULT 1, "created_at" timestamptz NOT NULL, "updated_at" timestamptz NOT NULL, "tenant_id" uuid NOT NULL, "status" character varying NOT NULL DEFAULT 'active', "user_id" uuid NOT NULL, "client_id" uuid NULL, PRIMARY KEY ("id"), CONSTRAINT "memberships_clients_customer" FOREIGN KEY ("tenant_id", "client_id") REFERENCES "clients" ("tenant_id", "id") ON UPDATE NO ACTION ON DELETE NO ACTION, CONSTRAINT "memberships_users_user" FOREIGN KEY ("user_id") REFERENCES "users" ("id") ON UPDATE NO ACTION ON DELETE NO ACTION);
-- create index "membership_tenant_id_id" to table: "memberships"
CREATE UNIQUE INDEX "membership_tenant_id_id" ON "memberships" ("tenant_id", "id");
-- create index "membership_tenant_id_user_id" to table: "memberships"
CREATE UNIQUE INDEX "membership_tenant_id_user_id" ON "memberships" ("tenant_id", "user_id");
-- create index "membership_user_id" to table: "memberships"
CREATE INDEX "membership_user_id" ON "memberships" ("user_id");
-- create index "memberships_clients_customer" to table: "memberships"
CREATE INDEX "memberships_clients_customer" ON "memberships" ("tenant_id", "client_id");
-- create "api_tokens" table
CREATE TABLE "api_tokens" ("id" uuid NOT NULL, "version" integer NOT NULL DEFAULT 1, "created_at" timestamptz NOT NULL, "updated_at" timestamptz NOT NULL, "tenant_id" uuid NOT NULL, "owner_id" uuid NOT NULL, "name" character varying NOT NULL, "prefix" character varying NOT NULL, "token_hash" character varying NOT NULL, "scopes" jsonb NULL, "expires_at" timestamptz NULL, "last_used_at" timestamptz NULL, "revoked_at" timestamptz NULL, PRIMARY KEY ("id"), CONSTRAINT "api_tokens_owner_id" FOREIGN KEY ("tenant_id", "owner_id") REFERENCES "memberships" ("tenant_id", "user_id") ON UPDATE NO ACTION ON DELETE NO ACTION);
-- create index "apitoken_tenant_id_id" to table: "api_tokens"
CREATE UNIQUE INDEX "apitoken_tenant_id_id" ON "api_tokens" ("tenant_id", "id");
-- create index "apitoken_tenant_id_owner_id" to table: "api_tokens"
CREATE INDEX "apitoken_tenant_id_owner_id" ON "api_tokens" ("tenant_id", "owner_id");
-- create index "apitoken_token_hash" to table: "api_tokens"
CREATE UNIQUE INDEX "apitoken_token_hash" ON "api_tokens" ("token_hash");
-- create "sites" table
CREATE TABLE "sites" ("id" uuid NOT NULL, "version" integer NOT NULL DEFAULT 1, "created_at" timestamptz NOT NULL, "updated_at" timestamptz NOT NULL, "tenant_id" uuid NOT NULL, "name" character varying NOT NULL, "name_fold" character varying NOT NULL DEFAULT '' COLLATE "C", "name_key" character varying NOT NULL DEFAULT '' COLLATE "C", "status" character varying NOT NULL DEFAULT 'active', "address" text NULL, "description" text NULL, PRIMARY KEY ("id"));
-- create index "site_tenant_id_id" to table: "sites"
CREATE UNIQUE INDEX "site_tenant_id_id" ON "sites" ("tenant_id", "id");
-- create index "site_tenant_id_name_fold_id" to table: "sites"
CREATE INDEX "site_tenant_id_name_fold_id" ON "sites" ("tenant_id", "name_fold", "id");
-- create index "site_tenant_id_name_key" to table: "sites"
CREATE UNIQUE INDEX "site_tenant_id_name_key" ON "sites" ("tenant_id", "name_key");
-- create index "site_tenant_id_updated_at_id" to table: "sites"
CREATE INDEX "site_tenant_id_updated_at_id" ON "sites" ("tenant_id", "updated_at", "id");
-- create "assets" table
CREATE TABLE "assets" ("id" uuid NOT NULL, "version" integer NOT NULL DEFAULT 1, "created_at" timestamptz NOT NULL, "updated_at" timestamptz NOT NULL, "tenant_id" uuid NOT NULL, "number" bigint NOT NULL, "name" character varying NOT NULL, "name_fold" character varying NOT NULL DEFAULT '' COLLATE "C", "asset_type" character varying NOT NULL, "owner_id" uuid NULL, "criticality" character varying NOT NULL DEFAULT 'medium', "criticality_rank" integer NOT NULL DEFAULT 2, "lifecycle" character varying NOT NULL DEFAULT 'active', "environment" character varying NULL, "producer" character varying NULL, "model" character varying NULL, "serial" character varying NULL, "firmware" character varying NULL, "os" character varying NULL, "ip_address" character varying NULL, "mac_address" character varying NULL, "hostname" character varying NULL, "cpe" character varying NULL, "description" text NULL, "tags" jsonb NULL, "metadata" jsonb NULL, "site_id" uuid NULL, "client_id" uuid NULL, PRIMARY KEY ("id"), CONSTRAINT "assets_clients_customer" FOREIGN KEY ("tenant_id", "client_id") REFERENCES "clients" ("tenant_id", "id") ON UPDATE NO ACTION ON DELETE NO ACTION, CONSTRAINT "assets_owner_id" FOREIGN KEY ("tenant_id", "owner_id") REFERENCES "memberships" ("tenant_id", "user_id") ON UPDATE NO ACTION ON DELETE NO ACTION, CONSTRAINT "assets_sites_site" FOREIGN KEY ("tenant_id", "site_id") REFERENCES "sites" ("tenant_id", "id") ON UPDATE NO ACTION ON DELETE NO ACTION);
-- create index "asset_tenant_id_asset_type_id" to table: "assets"
CREATE INDEX "asset_tenant_id_asset_type_id" ON "assets" ("tenant_id", "asset_type", "id");
-- create index "asset_tenant_id_criticality_rank_id" to table: "assets"
CREATE INDEX "asset_tenant_id_criticality_rank_id" ON "assets" ("tenant_id", "criticality_rank", "id");
-- create index "asset_tenant_id_hostname" to table: "assets"
CREATE INDEX "asset_tenant_id_hostname" ON "assets" ("tenant_id", "hostname");
-- create index "asset_tenant_id_id" to table: "assets"
CREATE UNIQUE INDEX "asset_tenant_id_id" ON "assets" ("tenant_id", "id");
-- create index "asset_tenant_id_lifecycle_id" to table: "assets"
CREATE INDEX "asset_tenant_id_lifecycle_id" ON "assets" ("tenant_id", "lifecycle", "id");
-- create index "asset_tenant_id_name_fold_id" to table: "assets"
CREATE INDEX "asset_tenant_id_name_fold_id" ON "assets" ("tenant_id", "name_fold", "id");
-- create index "asset_tenant_id_number" to table: "assets"
CREATE UNIQUE INDEX "asset_tenant_id_number" ON "assets" ("tenant_id", "number");
-- create index "asset_tenant_id_owner_id" to table: "assets"
CREATE INDEX "asset_tenant_id_owner_id" ON "assets" ("tenant_id", "owner_id");
-- create index "asset_tenant_id_serial" to table: "assets"
CREATE INDEX "asset_tenant_id_serial" ON "assets" ("tenant_id", "serial");
-- create index "asset_tenant_id_updated_at_id" to table: "assets"
CREATE INDEX "asset_tenant_id_updated_at_id" ON "assets" ("tenant_id", "updated_at", "id");
-- create index "assets_clients_customer" to table: "assets"
CREATE INDEX "assets_clients_customer" ON "assets" ("tenant_id", "client_id");
-- create index "assets_sites_site" to table: "assets"
CREATE INDEX "assets_sites_site" ON "assets" ("tenant_id", "site_id");
-- create "asset_relations" table
CREATE TABLE "asset_relations" ("id" uuid NOT NULL, "version" integer NOT NULL DEFAULT 1, "created_at" timestamptz NOT NULL, "updated_at" timestamptz NOT NULL, "tenant_id" uuid NOT NULL, "type" character varying NOT NULL, "failure_flows" boolean NOT NULL DEFAULT true, "valid_from" timestamptz NULL, "valid_to" timestamptz NULL, "from_id" uuid NOT NULL, "to_id" uuid NOT NULL, PRIMARY KEY ("id"), CONSTRAINT "asset_relations_assets_from" FOREIGN KEY ("tenant_id", "from_id") REFERENCES "assets" ("tenant_id", "id") ON UPDATE NO ACTION ON DELETE NO ACTION, CONSTRAINT "asset_relations_assets_to" FOREIGN KEY ("tenant_id", "to_id") REFERENCES "assets" ("tenant_id", "id") ON UPDATE NO ACTION ON DELETE NO ACTION);
-- create index "asset_relations_against" to table: "asset_relations"
CREATE INDEX "asset_relations_against" ON "asset_relations" ("tenant_id", "to_id", "from_id", "type", "failure_flows", "valid_from", "valid_to");
-- create index "asset_relations_along" to table: "asset_relations"
CREATE INDEX "asset_relations_along" ON "asset_relations" ("tenant_id", "from_id", "to_id", "type", "failure_flows", "valid_from", "valid_to");
-- create index "assetrelation_tenant_id_from_id_to_id_type" to table: "asset_relations"
CREATE UNIQUE INDEX "assetrelation_tenant_id_from_id_to_id_type" ON "asset_relations" ("tenant_id", "from_id", "to_id", "type");
-- create index "assetrelation_tenant_id_id" to table: "asset_relations"
CREATE UNIQUE INDEX "assetrelation_tenant_id_id" ON "asset_relations" ("tenant_id", "id");
-- create "comments" table
CREATE TABLE "comments" ("id" uuid NOT NULL, "version" integer NOT NULL DEFAULT 1, "created_at" timestamptz NOT NULL, "updated_at" timestamptz NOT NULL, "tenant_id" uuid NOT NULL, "record_kind" character varying NOT NULL, "record_id" uuid NOT NULL, "client_id" uuid NULL, "author_id" uuid NULL, "body" text NOT NULL, "internal" boolean NOT NULL DEFAULT false, "mentions" jsonb NULL, PRIMARY KEY ("id"), CONSTRAINT "comments_author_id" FOREIGN KEY ("tenant_id", "author_id") REFERENCES "memberships" ("tenant_id", "user_id") ON UPDATE NO ACTION ON DELETE NO ACTION);
-- create index "comment_tenant_id_id" to table: "comments"
CREATE UNIQUE INDEX "comment_tenant_id_id" ON "comments" ("tenant_id", "id");
-- create index "comment_tenant_id_record_kind_record_id_created_at" to table: "comments"
CREATE INDEX "comment_tenant_id_record_kind_record_id_created_at" ON "comments" ("tenant_id", "record_kind", "record_id", "created_at");
-- create index "comments_author_id" to table: "comments"
CREATE INDEX "comments_author_id" ON "comments" ("tenant_id", "author_id");
-- create "sessions" table
CREATE TABLE "sessions" ("id" uuid NOT NULL, "version" integer NOT NULL DEFAULT 1, "created_at" timestamptz NOT NULL, "updated_at" timestamptz NOT NULL, "tenant_id" uuid NOT NULL, "name" character varying NOT NULL, "name_fold" character varying NOT NULL DEFAULT '' COLLATE "C", "review_date" character varying NOT NULL, "reviewer_id" uuid NOT NULL, "status" character varying NOT NULL DEFAULT 'planned', "scope" text NULL, "notes" text NULL, "asset_id" uuid NOT NULL, "client_id" uuid NULL, PRIMARY KEY ("id"), CONSTRAINT "sessions_assets_asset" FOREIGN KEY ("tenant_id", "asset_id") REFERENCES "assets" ("tenant_id", "id") ON UPDATE NO ACTION ON DELETE NO ACTION, CONSTRAINT "sessions_clients_customer" FOREIGN KEY ("tenant_id", "client_id") REFERENCES "clients" ("tenant_id", "id") ON UPDATE NO ACTION ON DELETE NO ACTION, CONSTRAINT "sessions_reviewer_id" FOREIGN KEY ("tenant_id", "reviewer_id") REFERENCES "memberships" ("tenant_id", "user_id") ON UPDATE NO ACTION ON DELETE NO ACTION);
-- create index "session_tenant_id_id" to table: "sessions"
CREATE UNIQUE INDEX "session_tenant_id_id" ON "sessions" ("tenant_id", "id");
-- create index "session_tenant_id_name_fold_id" to table: "sessions"
CREATE INDEX "session_tenant_id_name_fold_id" ON "sessions" ("tenant_id", "name_fold", "id");
-- create index "session_tenant_id_review_date_id" to table: "sessions"
CREATE INDEX "session_tenant_id_review_date_id" ON "sessions" ("tenant_id", "review_date", "id");
-- create index "session_tenant_id_reviewer_id" to table: "sessions"
CREATE INDEX "session_tenant_id_reviewer_id" ON "sessions" ("tenant_id", "reviewer_id");
-- create index "session_tenant_id_updated_at_id" to table: "sessions"
CREATE INDEX "session_tenant_id_updated_at_id" ON "sessions" ("tenant_id", "updated_at", "id");
-- create index "sessions_assets_asset" to table: "sessions"
CREATE INDEX "sessions_assets_asset" ON "sessions" ("tenant_id", "asset_id");
-- create index "sessions_clients_customer" to table: "sessions"
CREATE INDEX "sessions_clients_customer" ON "sessions" ("tenant_id", "client_id");
-- create "findings" table
CREATE TABLE "findings" ("id" uuid NOT NULL, "version" integer NOT NULL DEFAULT 1, "created_at" timestamptz NOT NULL, "updated_at" timestamptz NOT NULL, "tenant_id" uuid NOT NULL, "number" bigint NOT NULL, "title" character varying NOT NULL, "title_fold" character varying NOT NULL DEFAULT '' COLLATE "C", "description" text NOT NULL, "risk_level" character varying NOT NULL, "impact" text NULL, "recommendation" text NULL, "remediation_status" character varying NOT NULL DEFAULT 'open', "references" jsonb NULL, "cvss_vector" character varying NULL, "cvss_score" double precision NULL, "cvss_severity" character varying NULL, "cwe" integer NULL, "assignee_id" uuid NULL, "due_at" timestamptz NULL, "accepted_until" timestamptz NULL, "location" character varying NULL, "source_tool" character varying NULL, "source_rule" character varying NULL, "dedup_hash" character varying NULL, "session_id" uuid NOT NULL, "asset_id" uuid NOT NULL, "client_id" uuid NULL, PRIMARY KEY ("id"), CONSTRAINT "findings_assets_asset" FOREIGN KEY ("tenant_id", "asset_id") REFERENCES "assets" ("tenant_id", "id") ON UPDATE NO ACTION ON DELETE NO ACTION, CONSTRAINT "findings_assignee_id" FOREIGN KEY ("tenant_id", "assignee_id") REFERENCES "memberships" ("tenant_id", "user_id") ON UPDATE NO ACTION ON DELETE NO ACTION, CONSTRAINT "findings_clients_customer" FOREIGN KEY ("tenant_id", "client_id") REFERENCES "clients" ("tenant_id", "id") ON UPDATE NO ACTION ON DELETE NO ACTION, CONSTRAINT "findings_sessions_session" FOREIGN KEY ("tenant_id", "session_id") REFERENCES "sessions" ("tenant_id", "id") ON UPDATE NO ACTION ON DELETE NO ACTION);
-- create index "finding_tenant_id_assignee_id_id" to table: "findings"
CREATE INDEX "finding_tenant_id_assignee_id_id" ON "findings" ("tenant_id", "assignee_id", "id");
-- create index "finding_tenant_id_id" to table: "findings"
CREATE UNIQUE INDEX "finding_tenant_id_id" ON "findings" ("tenant_id", "id");
-- create index "finding_tenant_id_number" to table: "findings"
CREATE UNIQUE INDEX "finding_tenant_id_number" ON "findings" ("tenant_id", "number");
-- create index "finding_tenant_id_remediation_status_id" to table: "findings"
CREATE INDEX "finding_tenant_id_remediation_status_id" ON "findings" ("tenant_id", "remediation_status", "id");
-- create index "finding_tenant_id_risk_level_id" to table: "findings"
CREATE INDEX "finding_tenant_id_risk_level_id" ON "findings" ("tenant_id", "risk_level", "id");
-- create index "finding_tenant_id_session_id_dedup_hash" to table: "findings"
CREATE INDEX "finding_tenant_id_session_id_dedup_hash" ON "findings" ("tenant_id", "session_id", "dedup_hash");
-- create index "finding_tenant_id_session_id_id" to table: "findings"
CREATE INDEX "finding_tenant_id_session_id_id" ON "findings" ("tenant_id", "session_id", "id");
-- create index "finding_tenant_id_title_fold_id" to table: "findings"
CREATE INDEX "finding_tenant_id_title_fold_id" ON "findings" ("tenant_id", "title_fold", "id");
-- create index "finding_tenant_id_updated_at_id" to table: "findings"
CREATE INDEX "finding_tenant_id_updated_at_id" ON "findings" ("tenant_id", "updated_at", "id");
-- create index "findings_assets_asset" to table: "findings"
CREATE INDEX "findings_assets_asset" ON "findings" ("tenant_id", "asset_id");
-- create index "findings_clients_customer" to table: "findings"
CREATE INDEX "findings_clients_customer" ON "findings" ("tenant_id", "client_id");
-- create "groups" table
CREATE TABLE "groups" ("id" uuid NOT NULL, "version" integer NOT NULL DEFAULT 1, "created_at" timestamptz NOT NULL, "updated_at" timestamptz NOT NULL, "tenant_id" uuid NOT NULL, "name" character varying NOT NULL, "name_fold" character varying NOT NULL DEFAULT '' COLLATE "C", "name_key" character varying NOT NULL DEFAULT '' COLLATE "C", "description" character varying NULL, "permissions" jsonb NULL, "is_builtin" boolean NOT NULL DEFAULT false, PRIMARY KEY ("id"));
-- create index "group_tenant_id_id" to table: "groups"
CREATE UNIQUE INDEX "group_tenant_id_id" ON "groups" ("tenant_id", "id");
-- create index "group_tenant_id_name_key" to table: "groups"
CREATE UNIQUE INDEX "group_tenant_id_name_key" ON "groups" ("tenant_id", "name_key");
-- create "incidents" table
CREATE TABLE "incidents" ("id" uuid NOT NULL, "version" integer NOT NULL DEFAULT 1, "created_at" timestamptz NOT NULL, "updated_at" timestamptz NOT NULL, "tenant_id" uuid NOT NULL, "number" bigint NOT NULL, "title" character varying NOT NULL, "title_fold" character varying NOT NULL DEFAULT '' COLLATE "C", "description" text NULL, "category" character varying NOT NULL DEFAULT 'it', "severity" character varying NOT NULL DEFAULT 'medium', "impact" integer NOT NULL DEFAULT 2, "urgency" integer NOT NULL DEFAULT 2, "priority" integer NOT NULL DEFAULT 3, "priority_overridden" boolean NOT NULL DEFAULT false, "status" character varying NOT NULL DEFAULT 'new', "on_hold_reason" character varying NULL, "reporter_id" uuid NULL, "assignee_id" uuid NULL, "is_major" boolean NOT NULL DEFAULT false, "production_impact" character varying NULL, "safety_impact" character varying NULL, "operational_criticality" character varying NULL, "resolution_code" character varying NULL, "resolution_note" text NULL, "response_due_at" timestamptz NULL, "resolve_due_at" timestamptz NULL, "response_breached" boolean NOT NULL DEFAULT false, "resolve_breached" boolean NOT NULL DEFAULT false, "acknowledged_at" timestamptz NULL, "resolved_at" timestamptz NULL, "closed_at" timestamptz NULL, "parent_id" uuid NULL, "duplicate_of_id" uuid NULL, "policy_revision" integer NOT NULL DEFAULT 0, "reopen_until" timestamptz NULL, "auto_close_at" timestamptz NULL, "timer_at" timestamptz NULL, "response_warned" boolean NOT NULL DEFAULT false, "resolve_warned" boolean NOT NULL DEFAULT false, "site_id" uuid NULL, "team_id" uuid NULL, PRIMARY KEY ("id"), CONSTRAINT "incidents_assignee_id" FOREIGN KEY ("tenant_id", "assignee_id") REFERENCES "memberships" ("tenant_id", "user_id") ON UPDATE NO ACTION ON DELETE NO ACTION, CONSTRAINT "incidents_groups_team" FOREIGN KEY ("tenant_id", "team_id") REFERENCES "groups" ("tenant_id", "id") ON UPDATE NO ACTION ON DELETE NO ACTION, CONSTRAINT "incidents_reporter_id" FOREIGN KEY ("tenant_id", "reporter_id") REFERENCES "memberships" ("tenant_id", "user_id") ON UPDATE NO ACTION ON DELETE NO ACTION, CONSTRAINT "incidents_sites_site" FOREIGN KEY ("tenant_id", "site_id") REFERENCES "sites" ("tenant_id", "id") ON UPDATE NO ACTION ON DELETE NO ACTION);
-- create index "incident_tenant_id_assignee_id_id" to table: "incidents"
CREATE INDEX "incident_tenant_id_assignee_id_id" ON "incidents" ("tenant_id", "assignee_id", "id");
-- create index "incident_tenant_id_id" to table: "incidents"
CREATE UNIQUE INDEX "incident_tenant_id_id" ON "incidents" ("tenant_id", "id");
-- create index "incident_tenant_id_number" to table: "incidents"
CREATE UNIQUE INDEX "incident_tenant_id_number" ON "incidents" ("tenant_id", "number");
-- create index "incident_tenant_id_priority_id" to table: "incidents"
CREATE INDEX "incident_tenant_id_priority_id" ON "incidents" ("tenant_id", "priority", "id");
-- create index "incident_tenant_id_resolve_due_at_id" to table: "incidents"
CREATE INDEX "incident_tenant_id_resolve_due_at_id" ON "incidents" ("tenant_id", "resolve_due_at", "id");
-- create index "incident_tenant_id_status_id" to table: "incidents"
CREATE INDEX "incident_tenant_id_status_id" ON "incidents" ("tenant_id", "status", "id");
-- create index "incident_tenant_id_title_fold_id" to table: "incidents"
CREATE INDEX "incident_tenant_id_title_fold_id" ON "incidents" ("tenant_id", "title_fold", "id");
-- create index "incident_tenant_id_updated_at_id" to table: "incidents"
CREATE INDEX "incident_tenant_id_updated_at_id" ON "incidents" ("tenant_id", "updated_at", "id");
-- create index "incident_timer_at" to table: "incidents"
CREATE INDEX "incident_timer_at" ON "incidents" ("timer_at");
-- create index "incidents_duplicate_of_id" to table: "incidents"
CREATE INDEX "incidents_duplicate_of_id" ON "incidents" ("tenant_id", "duplicate_of_id");
-- create index "incidents_groups_team" to table: "incidents"
CREATE INDEX "incidents_groups_team" ON "incidents" ("tenant_id", "team_id");
-- create index "incidents_parent_id" to table: "incidents"
CREATE INDEX "incidents_parent_id" ON "incidents" ("tenant_id", "parent_id");
-- create index "incidents_reporter_id" to table: "incidents"
CREATE INDEX "incidents_reporter_id" ON "incidents" ("tenant_id", "reporter_id");
-- create index "incidents_sites_site" to table: "incidents"
CREATE INDEX "incidents_sites_site" ON "incidents" ("tenant_id", "site_id");
-- create "invites" table
CREATE TABLE "invites" ("id" uuid NOT NULL, "version" integer NOT NULL DEFAULT 1, "created_at" timestamptz NOT NULL, "updated_at" timestamptz NOT NULL, "tenant_id" uuid NOT NULL, "email" character varying NOT NULL, "email_key" character varying NOT NULL DEFAULT '' COLLATE "C", "group_ids" jsonb NULL, "token_hash" character varying NOT NULL, "expires_at" timestamptz NOT NULL, "claimed_at" timestamptz NULL, "revoked_at" timestamptz NULL, "invited_by" uuid NULL, "by_mail" boolean NOT NULL DEFAULT false, "client_id" uuid NULL, PRIMARY KEY ("id"), CONSTRAINT "invites_clients_customer" FOREIGN KEY ("tenant_id", "client_id") REFERENCES "clients" ("tenant_id", "id") ON UPDATE NO ACTION ON DELETE NO ACTION, CONSTRAINT "invites_invited_by" FOREIGN KEY ("tenant_id", "invited_by") REFERENCES "memberships" ("tenant_id", "user_id") ON UPDATE NO ACTION ON DELETE NO ACTION);
-- create index "invite_tenant_id_email_key" to table: "invites"
CREATE INDEX "invite_tenant_id_email_key" ON "invites" ("tenant_id", "email_key");
-- create index "invite_tenant_id_id" to table: "invites"
CREATE UNIQUE INDEX "invite_tenant_id_id" ON "invites" ("tenant_id", "id");
-- create index "invite_token_hash" to table: "invites"
CREATE UNIQUE INDEX "invite_token_hash" ON "invites" ("token_hash");
-- create index "invites_clients_customer" to table: "invites"
CREATE INDEX "invites_clients_customer" ON "invites" ("tenant_id", "client_id");
-- create index "invites_invited_by" to table: "invites"
CREATE INDEX "invites_invited_by" ON "invites" ("tenant_id", "invited_by");
-- create "login_sessions" table
CREATE TABLE "login_sessions" ("id" uuid NOT NULL, "version" integer NOT NULL DEFAULT 1, "created_at" timestamptz NOT NULL, "updated_at" timestamptz NOT NULL, "active_tenant_id" uuid NOT NULL, "family" uuid NOT NULL, "parent" uuid NULL, "token_hash" character varying NOT NULL, "issued_at" timestamptz NOT NULL, "expires_at" timestamptz NOT NULL, "family_expires_at" timestamptz NOT NULL, "used_at" timestamptz NULL, "last_seen_at" timestamptz NULL, "ip" character varying NULL, "user_agent" character varying NULL, "revoked_at" timestamptz NULL, "revoke_reason" character varying NULL, "user_id" uuid NOT NULL, PRIMARY KEY ("id"), CONSTRAINT "login_sessions_users_user" FOREIGN KEY ("user_id") REFERENCES "users" ("id") ON UPDATE NO ACTION ON DELETE NO ACTION);
-- create index "loginsession_family" to table: "login_sessions"
CREATE INDEX "loginsession_family" ON "login_sessions" ("family");
-- create index "loginsession_token_hash" to table: "login_sessions"
CREATE UNIQUE INDEX "loginsession_token_hash" ON "login_sessions" ("token_hash");
-- create index "loginsession_user_id_family" to table: "login_sessions"
CREATE INDEX "loginsession_user_id_family" ON "login_sessions" ("user_id", "family");
-- create "membership_groups" table
CREATE TABLE "membership_groups" ("id" uuid NOT NULL, "version" integer NOT NULL DEFAULT 1, "created_at" timestamptz NOT NULL, "updated_at" timestamptz NOT NULL, "tenant_id" uuid NOT NULL, "membership_id" uuid NOT NULL, "group_id" uuid NOT NULL, PRIMARY KEY ("id"), CONSTRAINT "membership_groups_groups_group" FOREIGN KEY ("tenant_id", "group_id") REFERENCES "groups" ("tenant_id", "id") ON UPDATE NO ACTION ON DELETE NO ACTION, CONSTRAINT "membership_groups_memberships_membership" FOREIGN KEY ("tenant_id", "membership_id") REFERENCES "memberships" ("tenant_id", "id") ON UPDATE NO ACTION ON DELETE NO ACTION);
-- create index "membership_groups_groups_group" to table: "membership_groups"
CREATE INDEX "membership_groups_groups_group" ON "membership_groups" ("tenant_id", "group_id");
-- create index "membershipgroup_tenant_id_id" to table: "membership_groups"
CREATE UNIQUE INDEX "membershipgroup_tenant_id_id" ON "membership_groups" ("tenant_id", "id");
-- create index "membershipgroup_tenant_id_membership_id_group_id" to table: "membership_groups"
CREATE UNIQUE INDEX "membershipgroup_tenant_id_membership_id_group_id" ON "membership_groups" ("tenant_id", "membership_id", "group_id");
-- create "notifications" table
CREATE TABLE "notifications" ("id" uuid NOT NULL, "version" integer NOT NULL DEFAULT 1, "created_at" timestamptz NOT NULL, "updated_at" timestamptz NOT NULL, "tenant_id" uuid NOT NULL, "record_kind" character varying NOT NULL, "record_id" uuid NOT NULL, "client_id" uuid NULL, "user_id" uuid NOT NULL, "event_seq" bigint NOT NULL, "cause" character varying NOT NULL, "record_label" character varying NOT NULL DEFAULT '', "record_number" character varying NOT NULL DEFAULT '', "detail" character varying NOT NULL DEFAULT '', "by" uuid NULL, "read_at" timestamptz NULL, "mailed_at" timestamptz NULL, PRIMARY KEY ("id"), CONSTRAINT "notifications_by" FOREIGN KEY ("tenant_id", "by") REFERENCES "memberships" ("tenant_id", "user_id") ON UPDATE NO ACTION ON DELETE NO ACTION, CONSTRAINT "notifications_user_id" FOREIGN KEY ("tenant_id", "user_id") REFERENCES "memberships" ("tenant_id", "user_id") ON UPDATE NO ACTION ON DELETE NO ACTION);
-- create index "notification_tenant_id_event_seq_user_id_cause" to table: "notifications"
CREATE UNIQUE INDEX "notification_tenant_id_event_seq_user_id_cause" ON "notifications" ("tenant_id", "event_seq", "user_id", "cause");
-- create index "notification_tenant_id_id" to table: "notifications"
CREATE UNIQUE INDEX "notification_tenant_id_id" ON "notifications" ("tenant_id", "id");
-- create index "notification_tenant_id_user_id_read_at" to table: "notifications"
CREATE INDEX "notification_tenant_id_user_id_read_at" ON "notifications" ("tenant_id", "user_id", "read_at");
-- create index "notifications_by" to table: "notifications"
CREATE INDEX "notifications_by" ON "notifications" ("tenant_id", "by");
-- create "preferences" table
CREATE TABLE "preferences" ("id" uuid NOT NULL, "version" integer NOT NULL DEFAULT 1, "created_at" timestamptz NOT NULL, "updated_at" timestamptz NOT NULL, "tenant_id" uuid NOT NULL, "user_id" uuid NOT NULL, "document" jsonb NULL, "dashboard" jsonb NULL, PRIMARY KEY ("id"), CONSTRAINT "preferences_user_id" FOREIGN KEY ("tenant_id", "user_id") REFERENCES "memberships" ("tenant_id", "user_id") ON UPDATE NO ACTION ON DELETE NO ACTION);
-- create index "preference_tenant_id_id" to table: "preferences"
CREATE UNIQUE INDEX "preference_tenant_id_id" ON "preferences" ("tenant_id", "id");
-- create index "preference_tenant_id_user_id" to table: "preferences"
CREATE UNIQUE INDEX "preference_tenant_id_user_id" ON "preferences" ("tenant_id", "user_id");
-- create "settings" table
CREATE TABLE "settings" ("id" uuid NOT NULL, "version" integer NOT NULL DEFAULT 1, "created_at" timestamptz NOT NULL, "updated_at" timestamptz NOT NULL, "tenant_id" uuid NOT NULL, "brand_name" character varying NULL, "brand_logo" text NULL, "brand_color" character varying NULL, "locale" character varying NOT NULL DEFAULT 'en', "time_zone" character varying NOT NULL DEFAULT 'UTC', "priority_matrix" jsonb NULL, "calendars" jsonb NULL, "sla_targets" jsonb NULL, "reopen_window_days" integer NOT NULL DEFAULT 7, "auto_close_days" integer NOT NULL DEFAULT 7, "retention_notification_days" integer NOT NULL DEFAULT 90, "retention_login_session_days" integer NOT NULL DEFAULT 90, "password_min_length" integer NOT NULL DEFAULT 12, "mfa_required" boolean NOT NULL DEFAULT false, "default_group_id" uuid NULL, PRIMARY KEY ("id"), CONSTRAINT "settings_groups_default_group" FOREIGN KEY ("tenant_id", "default_group_id") REFERENCES "groups" ("tenant_id", "id") ON UPDATE NO ACTION ON DELETE NO ACTION);
-- create index "setting_tenant_id" to table: "settings"
CREATE UNIQUE INDEX "setting_tenant_id" ON "settings" ("tenant_id");
-- create index "setting_tenant_id_id" to table: "settings"
CREATE UNIQUE INDEX "setting_tenant_id_id" ON "settings" ("tenant_id", "id");
-- create index "settings_groups_default_group" to table: "settings"
CREATE INDEX "settings_groups_default_group" ON "settings" ("tenant_id", "default_group_id");
-- create "views" table
CREATE TABLE "views" ("id" uuid NOT NULL, "version" integer NOT NULL DEFAULT 1, "created_at" timestamptz NOT NULL, "updated_at" timestamptz NOT NULL, "tenant_id" uuid NOT NULL, "word" character varying NOT NULL, "name" character varying NOT NULL, "name_fold" character varying NOT NULL DEFAULT '' COLLATE "C", "filter" jsonb NULL, "order_by" character varying NOT NULL DEFAULT '', "columns" jsonb NULL, "owner_id" uuid NOT NULL, "shared" boolean NOT NULL DEFAULT false, "default_group_ids" jsonb NULL, PRIMARY KEY ("id"), CONSTRAINT "views_owner_id" FOREIGN KEY ("tenant_id", "owner_id") REFERENCES "memberships" ("tenant_id", "user_id") ON UPDATE NO ACTION ON DELETE NO ACTION);
-- create index "view_tenant_id_id" to table: "views"
CREATE UNIQUE INDEX "view_tenant_id_id" ON "views" ("tenant_id", "id");
-- create index "view_tenant_id_word" to table: "views"
CREATE INDEX "view_tenant_id_word" ON "views" ("tenant_id", "word");
-- create index "views_owner_id" to table: "views"
CREATE INDEX "views_owner_id" ON "views" ("tenant_id", "owner_id");
-- create "watches" table
CREATE TABLE "watches" ("id" uuid NOT NULL, "version" integer NOT NULL DEFAULT 1, "created_at" timestamptz NOT NULL, "updated_at" timestamptz NOT NULL, "tenant_id" uuid NOT NULL, "record_kind" character varying NOT NULL, "record_id" uuid NOT NULL, "client_id" uuid NULL, "user_id" uuid NOT NULL, PRIMARY KEY ("id"), CONSTRAINT "watches_user_id" FOREIGN KEY ("tenant_id", "user_id") REFERENCES "memberships" ("tenant_id", "user_id") ON UPDATE NO ACTION ON DELETE NO ACTION);
-- create index "watch_tenant_id_id" to table: "watches"
CREATE UNIQUE INDEX "watch_tenant_id_id" ON "watches" ("tenant_id", "id");
-- create index "watch_tenant_id_record_kind_record_id_user_id" to table: "watches"
CREATE UNIQUE INDEX "watch_tenant_id_record_kind_record_id_user_id" ON "watches" ("tenant_id", "record_kind", "record_id", "user_id");
-- create index "watches_user_id" to table: "watches"
CREATE INDEX "watches_user_id" ON "watches" ("tenant_id", "user_id");

