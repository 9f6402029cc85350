-- +goose Up
-- modify "notifications" table
ALTER TABLE "notifications" ADD COLUMN "in_app" boolean NOT NULL DEFAULT true, ADD COLUMN "by_mail" boolean NOT NULL DEFAULT false;
-- modify "settings" table
ALTER TABLE "settings" ADD COLUMN "retention_report_days" integer NOT NULL DEFAULT 365;
-- create "attachments" table
CREATE TABLE "attachments" ("id" uuid NOT NULL, "version" integer NOT NULL DEFAULT 1, "created_at" timestamptz NOT NULL, "updated_at" timestamptz NOT NULL, "tenant_id" uuid NOT NULL, "record_kind" character varying NOT NULL, "record_id" uuid NOT NULL, "client_id" uuid NULL, "file_name" character varying NOT NULL, "content_type" character varying NOT NULL, "size_bytes" bigint NOT NULL, "sha256" character varying NOT NULL, "storage_key" character varying NOT NULL COLLATE "C", "uploaded_by" uuid NULL, PRIMARY KEY ("id"), CONSTRAINT "attachments_uploaded_by" FOREIGN KEY ("tenant_id", "uploaded_by") REFERENCES "memberships" ("tenant_id", "user_id") ON UPDATE NO ACTION ON DELETE NO ACTION);
-- create index "attachment_storage_key" to table: "attachments"
CREATE UNIQUE INDEX "attachment_storage_key" ON "attachments" ("storage_key");
-- create index "attachment_tenant_id_id" to table: "attachments"
CREATE UNIQUE INDEX "attachment_tenant_id_id" ON "attachments" ("tenant_id", "id");
-- create index "attachment_tenant_id_record_kind_record_id_created_at" to table: "attachments"
CREATE INDEX "attachment_tenant_id_record_kind_record_id_created_at" ON "attachments" ("tenant_id", "record_kind", "record_id", "created_at");
-- create index "attachments_uploaded_by" to table: "attachments"
CREATE INDEX "attachments_uploaded_by" ON "attachments" ("tenant_id", "uploaded_by");
-- create "templates" table
CREATE TABLE "templates" ("id" uuid NOT NULL, "version" integer NOT NULL DEFAULT 1, "created_at" timestamptz NOT NULL, "updated_at" timestamptz NOT NULL, "tenant_id" uuid NOT NULL, "stable_id" character varying NOT NULL, "name" character varying NOT NULL, "name_fold" character varying NOT NULL DEFAULT '' COLLATE "C", "category" character varying NOT NULL, "is_builtin" boolean NOT NULL DEFAULT false, "builtin_hash" character varying NULL, "language" character varying NOT NULL DEFAULT 'en', "title" character varying NULL, "description" text NULL, "risk_level" character varying NULL, "impact" text NULL, "recommendation" text NULL, "references" jsonb NULL, "cwe" integer NULL, "cvss_vector" character varying NULL, "created_by" uuid NULL, PRIMARY KEY ("id"), CONSTRAINT "templates_created_by" FOREIGN KEY ("tenant_id", "created_by") REFERENCES "memberships" ("tenant_id", "user_id") ON UPDATE NO ACTION ON DELETE NO ACTION);
-- create index "template_tenant_id_category_id" to table: "templates"
CREATE INDEX "template_tenant_id_category_id" ON "templates" ("tenant_id", "category", "id");
-- create index "template_tenant_id_id" to table: "templates"
CREATE UNIQUE INDEX "template_tenant_id_id" ON "templates" ("tenant_id", "id");
-- create index "template_tenant_id_name_fold_id" to table: "templates"
CREATE INDEX "template_tenant_id_name_fold_id" ON "templates" ("tenant_id", "name_fold", "id");
-- create index "template_tenant_id_stable_id" to table: "templates"
CREATE UNIQUE INDEX "template_tenant_id_stable_id" ON "templates" ("tenant_id", "stable_id");
-- create index "template_tenant_id_updated_at_id" to table: "templates"
CREATE INDEX "template_tenant_id_updated_at_id" ON "templates" ("tenant_id", "updated_at", "id");
-- create index "templates_created_by" to table: "templates"
CREATE INDEX "templates_created_by" ON "templates" ("tenant_id", "created_by");
-- modify "findings" table
ALTER TABLE "findings" ADD COLUMN "risk_rank" integer NOT NULL DEFAULT 99, ADD COLUMN "source_fingerprint" character varying NULL, ADD COLUMN "template_version" integer NULL, ADD COLUMN "template_id" uuid NULL, ADD CONSTRAINT "findings_templates_template" FOREIGN KEY ("tenant_id", "template_id") REFERENCES "templates" ("tenant_id", "id") ON UPDATE NO ACTION ON DELETE NO ACTION;
-- create index "finding_accepted_until" to table: "findings"
CREATE INDEX "finding_accepted_until" ON "findings" ("accepted_until");
-- create index "finding_tenant_id_risk_rank_id" to table: "findings"
CREATE INDEX "finding_tenant_id_risk_rank_id" ON "findings" ("tenant_id", "risk_rank", "id");
-- create index "findings_templates_template" to table: "findings"
CREATE INDEX "findings_templates_template" ON "findings" ("tenant_id", "template_id");
-- create "report_exports" table
CREATE TABLE "report_exports" ("id" uuid NOT NULL, "version" integer NOT NULL DEFAULT 1, "created_at" timestamptz NOT NULL, "updated_at" timestamptz NOT NULL, "tenant_id" uuid NOT NULL, "format" character varying NOT NULL, "file_name" character varying NOT NULL, "content_type" character varying NOT NULL, "size_bytes" bigint NOT NULL, "sha256" character varying NOT NULL, "taxonomy_revision" integer NOT NULL DEFAULT 0, "created_by" uuid NULL, "retention_expires_at" timestamptz NULL, "storage_key" character varying NOT NULL COLLATE "C", "session_id" uuid NOT NULL, "client_id" uuid NULL, PRIMARY KEY ("id"), CONSTRAINT "report_exports_clients_customer" FOREIGN KEY ("tenant_id", "client_id") REFERENCES "clients" ("tenant_id", "id") ON UPDATE NO ACTION ON DELETE NO ACTION, CONSTRAINT "report_exports_created_by" FOREIGN KEY ("tenant_id", "created_by") REFERENCES "memberships" ("tenant_id", "user_id") ON UPDATE NO ACTION ON DELETE NO ACTION, CONSTRAINT "report_exports_sessions_session" FOREIGN KEY ("tenant_id", "session_id") REFERENCES "sessions" ("tenant_id", "id") ON UPDATE NO ACTION ON DELETE NO ACTION);
-- create index "report_exports_clients_customer" to table: "report_exports"
CREATE INDEX "report_exports_clients_customer" ON "report_exports" ("tenant_id", "client_id");
-- create index "report_exports_created_by" to table: "report_exports"
CREATE INDEX "report_exports_created_by" ON "report_exports" ("tenant_id", "created_by");
-- create index "reportexport_retention_expires_at" to table: "report_exports"
CREATE INDEX "reportexport_retention_expires_at" ON "report_exports" ("retention_expires_at");
-- create index "reportexport_storage_key" to table: "report_exports"
CREATE UNIQUE INDEX "reportexport_storage_key" ON "report_exports" ("storage_key");
-- create index "reportexport_tenant_id_id" to table: "report_exports"
CREATE UNIQUE INDEX "reportexport_tenant_id_id" ON "report_exports" ("tenant_id", "id");
-- create index "reportexport_tenant_id_session_id_id" to table: "report_exports"
CREATE INDEX "reportexport_tenant_id_session_id_id" ON "report_exports" ("tenant_id", "session_id", "id");
-- create "retests" table
CREATE TABLE "retests" ("id" uuid NOT NULL, "version" integer NOT NULL DEFAULT 1, "created_at" timestamptz NOT NULL, "updated_at" timestamptz NOT NULL, "tenant_id" uuid NOT NULL, "at" timestamptz NOT NULL, "by" uuid NOT NULL, "result" character varying NOT NULL, "note" text NULL, "finding_id" uuid NOT NULL, "client_id" uuid NULL, PRIMARY KEY ("id"), CONSTRAINT "retests_by" FOREIGN KEY ("tenant_id", "by") REFERENCES "memberships" ("tenant_id", "user_id") ON UPDATE NO ACTION ON DELETE NO ACTION, CONSTRAINT "retests_clients_customer" FOREIGN KEY ("tenant_id", "client_id") REFERENCES "clients" ("tenant_id", "id") ON UPDATE NO ACTION ON DELETE NO ACTION, CONSTRAINT "retests_findings_finding" FOREIGN KEY ("tenant_id", "finding_id") REFERENCES "findings" ("tenant_id", "id") ON UPDATE NO ACTION ON DELETE NO ACTION);
-- create index "retest_tenant_id_finding_id_at" to table: "retests"
CREATE INDEX "retest_tenant_id_finding_id_at" ON "retests" ("tenant_id", "finding_id", "at");
-- create index "retest_tenant_id_id" to table: "retests"
CREATE UNIQUE INDEX "retest_tenant_id_id" ON "retests" ("tenant_id", "id");
-- create index "retests_by" to table: "retests"
CREATE INDEX "retests_by" ON "retests" ("tenant_id", "by");
-- create index "retests_clients_customer" to table: "retests"
CREATE INDEX "retests_clients_customer" ON "retests" ("tenant_id", "client_id");
-- create "taxonomy_versions" table
CREATE TABLE "taxonomy_versions" ("id" uuid NOT NULL, "version" integer NOT NULL DEFAULT 1, "created_at" timestamptz NOT NULL, "updated_at" timestamptz NOT NULL, "tenant_id" uuid NOT NULL, "revision" integer NOT NULL, "description" text NULL, "is_current" boolean NOT NULL DEFAULT false, "created_by" uuid NULL, "domains" jsonb NULL, PRIMARY KEY ("id"), CONSTRAINT "taxonomy_versions_created_by" FOREIGN KEY ("tenant_id", "created_by") REFERENCES "memberships" ("tenant_id", "user_id") ON UPDATE NO ACTION ON DELETE NO ACTION);
-- create index "taxonomy_versions_created_by" to table: "taxonomy_versions"
CREATE INDEX "taxonomy_versions_created_by" ON "taxonomy_versions" ("tenant_id", "created_by");
-- create index "taxonomy_versions_current" to table: "taxonomy_versions"
CREATE UNIQUE INDEX "taxonomy_versions_current" ON "taxonomy_versions" ("tenant_id") WHERE is_current;
-- create index "taxonomyversion_tenant_id_id" to table: "taxonomy_versions"
CREATE UNIQUE INDEX "taxonomyversion_tenant_id_id" ON "taxonomy_versions" ("tenant_id", "id");
-- create index "taxonomyversion_tenant_id_revision" to table: "taxonomy_versions"
CREATE UNIQUE INDEX "taxonomyversion_tenant_id_revision" ON "taxonomy_versions" ("tenant_id", "revision");
-- what is there gets its place in the vocabulary, which nobody has changed yet
UPDATE "findings" SET "risk_rank" = CASE "risk_level" WHEN 'critical' THEN 0 WHEN 'high' THEN 1 WHEN 'medium' THEN 2 WHEN 'low' THEN 3 WHEN 'informational' THEN 4 ELSE 99 END;
-- a notification that was read the moment it was made had only been meant for mail
UPDATE "notifications" SET "in_app" = false, "by_mail" = true WHERE "read_at" = "created_at";
