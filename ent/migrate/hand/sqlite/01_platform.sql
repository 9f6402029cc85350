-- +goose Up
-- The journal: one line per change, in the order of commits; the audit log, the history of each record and the outbox in one.
CREATE TABLE journal (
  seq integer PRIMARY KEY AUTOINCREMENT, -- one writer at a time: this is the order of commits
  at datetime NOT NULL,
  tenant_id uuid NOT NULL,               -- all zeros for the installation's own
  client_id uuid,                        -- whose record it is, for members scoped to a client
  person_id uuid, token_id uuid,         -- who; the API token, where one was used
  actor text NOT NULL DEFAULT '',        -- machine work by name
  action text NOT NULL,                  -- asset.created, login.failed …
  kind text NOT NULL, record_id uuid NOT NULL,
  label text NOT NULL DEFAULT '', number integer NOT NULL DEFAULT 0,
  on_kind text, on_id uuid,              -- the record that a comment, link or watch hangs on
  internal bool NOT NULL DEFAULT false,  -- never shown to members scoped to a client
  version integer NOT NULL DEFAULT 0,
  changes text,                          -- field → {"old": …, "new": …}
  reason text NOT NULL DEFAULT '', request_id text NOT NULL DEFAULT '', ip text NOT NULL DEFAULT '',
  chain_seq integer, hash blob);         -- the tenant's hash chain, filled by the sealer
CREATE INDEX journal_tenant ON journal (tenant_id, seq);
CREATE INDEX journal_record ON journal (tenant_id, record_id, seq);
CREATE INDEX journal_on ON journal (tenant_id, on_id, seq) WHERE on_id IS NOT NULL;

-- Short numbers and live totals.
CREATE TABLE counters (
  tenant_id uuid NOT NULL, kind text NOT NULL, last integer NOT NULL, live integer NOT NULL, PRIMARY KEY (tenant_id, kind)
) WITHOUT ROWID;

-- Full text: what the tokenizer made of the records' texts.
CREATE TABLE search (
  id integer PRIMARY KEY, record_id uuid NOT NULL UNIQUE, tenant_id uuid NOT NULL, client_id uuid, kind text NOT NULL,
  number integer NOT NULL DEFAULT 0, label text NOT NULL, label_fold text NOT NULL, body text NOT NULL, tokens text NOT NULL);
CREATE VIRTUAL TABLE search_index USING fts5 (tokens, content='', contentless_delete=1, detail=none, tokenize=ascii);

-- Answers to repeated requests.
CREATE TABLE idempotency (
  tenant_id uuid NOT NULL, owner_id uuid NOT NULL, method text NOT NULL, key text NOT NULL,
  body_hash blob NOT NULL, status text NOT NULL, answer blob, created_at datetime NOT NULL, expires_at datetime NOT NULL,
  PRIMARY KEY (tenant_id, owner_id, method, key)) WITHOUT ROWID;
CREATE INDEX idempotency_expires ON idempotency (expires_at);

-- Attempts counted exactly, over all replicas: per address and per account. Times are microseconds since 1970.
CREATE TABLE throttles (
  key text PRIMARY KEY, opened_at integer NOT NULL, count integer NOT NULL, expires_at integer NOT NULL) WITHOUT ROWID;
CREATE INDEX throttles_expires ON throttles (expires_at);

-- Where the consumers of the journal stand.
CREATE TABLE cursors (name text PRIMARY KEY, seq integer NOT NULL, updated_at datetime NOT NULL) WITHOUT ROWID;
-- Nonces of signed calls, kept while they could be replayed.
CREATE TABLE nonces (nonce text PRIMARY KEY, expires_at datetime NOT NULL) WITHOUT ROWID;
