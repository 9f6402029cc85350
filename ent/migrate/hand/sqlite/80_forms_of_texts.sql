-- +goose Up
-- How the tokens of a row were made. Rows of an earlier form are made anew behind the requests, tenant by tenant, and are found by
-- their words meanwhile.
ALTER TABLE search ADD COLUMN form integer NOT NULL DEFAULT 1;
CREATE INDEX search_form ON search (tenant_id, record_id) WHERE form = 1;
