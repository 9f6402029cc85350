-- +goose Up
-- modify "findings" table
ALTER TABLE "findings" ADD COLUMN "dedup_form" integer NOT NULL DEFAULT 1, ADD COLUMN "instances" jsonb NULL, ADD COLUMN "last_seen_at" timestamptz NULL;

