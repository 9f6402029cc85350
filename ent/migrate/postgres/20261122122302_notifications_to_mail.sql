-- +goose Up
-- create index "notifications_to_mail" to table: "notifications"
CREATE INDEX "notifications_to_mail" ON "notifications" ("created_at") WHERE by_mail;

