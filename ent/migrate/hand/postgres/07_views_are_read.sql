-- +goose Up
-- A database that has been served before gives the servers' role every right to new tables and views by itself. These are read only.
-- +goose StatementBegin
DO $$ BEGIN
  IF EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'holdfast_app') THEN
    REVOKE INSERT, UPDATE, DELETE ON seals, found, linked FROM holdfast_app;
  END IF;
END $$;
-- +goose StatementEnd
