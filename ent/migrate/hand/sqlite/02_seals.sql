-- +goose Up
-- The hash chains of the journal, one per tenant, in a narrow table of their own: closing one does not rewrite the lines.
CREATE TABLE seals (
  seq integer PRIMARY KEY,               -- the line of the journal
  tenant_id uuid NOT NULL,
  place integer NOT NULL,                -- in the tenant's chain, from 1
  hash blob NOT NULL);                   -- over the line and the hash before it
INSERT INTO seals (seq, tenant_id, place, hash) SELECT seq, tenant_id, chain_seq, hash FROM journal WHERE hash IS NOT NULL;
ALTER TABLE journal DROP COLUMN chain_seq;
ALTER TABLE journal DROP COLUMN hash;
