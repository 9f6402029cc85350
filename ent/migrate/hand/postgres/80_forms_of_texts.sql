-- +goose Up
-- How the tokens of a row were made. Rows of an earlier form, and those that a server of the version before writes, are made anew
-- behind the requests, tenant by tenant, and are found by their words meanwhile.
ALTER TABLE search ADD COLUMN form integer NOT NULL DEFAULT 1;
CREATE INDEX search_form ON search (tenant_id, record_id) WHERE form = 1;
CREATE OR REPLACE VIEW found AS
  SELECT record_id, tenant_id, client_id, number, label_fold, tokens, form FROM search
  WHERE tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid);
