-- +goose Up
-- The way into the index as a view: like the function before, it runs with the rights of the tables' owner and has the tenant's wall in
-- itself, but it becomes part of the query that asks, which is planned once for many times. The function stays for servers of the version
-- before, which may still be running.
CREATE VIEW found AS
  SELECT record_id, tenant_id, client_id, number, label_fold, tokens FROM search
  WHERE tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid);
