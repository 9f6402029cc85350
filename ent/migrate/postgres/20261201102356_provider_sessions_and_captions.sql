-- +goose Up
-- modify "attachments" table
ALTER TABLE "attachments" ADD COLUMN "caption" character varying NULL, ADD COLUMN "position" integer NOT NULL DEFAULT 0;
-- modify "login_sessions" table
ALTER TABLE "login_sessions" ADD COLUMN "provider_issuer" character varying NULL, ADD COLUMN "provider_session" character varying NULL, ADD COLUMN "provider_token" character varying NULL;
-- create index "loginsession_provider_issuer_provider_session" to table: "login_sessions"
CREATE INDEX "loginsession_provider_issuer_provider_session" ON "login_sessions" ("provider_issuer", "provider_session");

