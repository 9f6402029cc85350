-- +goose Up
-- add column "confirmed_at" to table: "login_sessions"
ALTER TABLE `login_sessions` ADD COLUMN `confirmed_at` datetime NULL;

