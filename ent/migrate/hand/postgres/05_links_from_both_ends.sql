-- +goose Up
-- The lines of links by the records that they lead to: a link is part of both histories. Like found, the view runs with the rights of the
-- tables' owner and has the tenant's wall in itself, so that the index can be used.
CREATE INDEX journal_to ON journal (tenant_id, (coalesce(changes #>> '{to_id,new}', changes #>> '{to_id,old}')), seq) WHERE kind = 'link';
CREATE VIEW linked AS
  SELECT seq, tenant_id, on_kind AS from_kind, coalesce(changes #>> '{to_kind,new}', changes #>> '{to_kind,old}') AS to_kind,
    coalesce(changes #>> '{to_id,new}', changes #>> '{to_id,old}') AS to_id
  FROM journal WHERE kind = 'link' AND tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid);
