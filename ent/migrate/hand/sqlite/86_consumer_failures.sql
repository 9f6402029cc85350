-- +goose Up
-- What a consumer of the journal could not work off, per tenant: the other tenants' lines go on meanwhile.
CREATE TABLE consumer_failures (
  consumer text NOT NULL,                -- its name among the cursors
  tenant_id uuid NOT NULL,
  seq integer NOT NULL,                  -- the tenant's lines from here on wait
  tries integer NOT NULL,                -- how often that line has failed
  error text NOT NULL,                   -- what the last try said
  failed_at datetime NOT NULL,
  stopped_at datetime,                   -- null while it is tried again by itself
  PRIMARY KEY (consumer, tenant_id)
);
