-- +goose Up
-- modify "login_sessions" table
ALTER TABLE "login_sessions" ADD COLUMN "confirmed_at" timestamptz NULL;

