-- +goose Up
-- modify "login_sessions" table
ALTER TABLE "login_sessions" ADD COLUMN "second_factor" boolean NOT NULL DEFAULT false;

