-- +goose Up
-- The journal: one line per change, in the order of commits; the audit log, the history of each record and the outbox in one.
CREATE TABLE journal (
  seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at timestamptz NOT NULL,
  tenant_id uuid NOT NULL,               -- all zeros for the installation's own
  client_id uuid,                        -- whose record it is, for members scoped to a client
  person_id uuid, token_id uuid,         -- who; the API token, where one was used
  actor text NOT NULL DEFAULT '',        -- machine work by name
  action text NOT NULL,                  -- asset.created, login.failed …
  kind text NOT NULL, record_id uuid NOT NULL,
  label text NOT NULL DEFAULT '', number bigint NOT NULL DEFAULT 0,
  on_kind text, on_id uuid,              -- the record that a comment, link or watch hangs on
  internal boolean NOT NULL DEFAULT false, -- never shown to members scoped to a client
  version integer NOT NULL DEFAULT 0,
  changes jsonb,                         -- field → {"old": …, "new": …}
  reason text NOT NULL DEFAULT '', request_id text NOT NULL DEFAULT '', ip text NOT NULL DEFAULT '',
  chain_seq bigint, hash bytea           -- the tenant's hash chain, filled by the sealer
) WITH (fillfactor = 85); -- room for the seals: no index changes with them
CREATE INDEX journal_tenant ON journal (tenant_id, seq);
CREATE INDEX journal_record ON journal (tenant_id, record_id, seq);
CREATE INDEX journal_on ON journal (tenant_id, on_id, seq) WHERE on_id IS NOT NULL;
-- A seq is drawn before the commit that shows it. Writers share this lock from their lines to their commit, which come last; a reader
-- takes it alone for a moment: then every seq that was drawn is visible.
-- +goose StatementBegin
CREATE FUNCTION journal_share() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN PERFORM pg_advisory_xact_lock_shared(4207001); RETURN NULL; END $$;
-- +goose StatementEnd
CREATE TRIGGER journal_share BEFORE INSERT ON journal FOR EACH STATEMENT EXECUTE FUNCTION journal_share();

-- Short numbers and live totals.
CREATE TABLE counters (
  tenant_id uuid NOT NULL, kind text NOT NULL, last bigint NOT NULL, live bigint NOT NULL, PRIMARY KEY (tenant_id, kind)
) WITH (fillfactor = 50);

-- Full text: what the tokenizer made of the records' texts.
CREATE TABLE search (
  record_id uuid PRIMARY KEY, tenant_id uuid NOT NULL, client_id uuid, kind text NOT NULL,
  number bigint NOT NULL DEFAULT 0, label text NOT NULL, label_fold text NOT NULL COLLATE "C", body text NOT NULL, tokens tsvector NOT NULL);
CREATE INDEX search_tokens ON search USING gin (tokens) WITH (gin_pending_list_limit = 256);

-- Row-level security lets no condition into an index that could tell of other rows by failing, and PostgreSQL counts full text among
-- these. This is the way in: it runs as the tables' owner, and has the tenant's wall in itself.
-- +goose StatementBegin
CREATE FUNCTION find_texts(words tsquery, client uuid) RETURNS TABLE (record_id uuid, number bigint, label_fold text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS
$$ SELECT record_id, number, label_fold FROM search
   WHERE tokens @@ words AND tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid AND (client IS NULL OR client_id = client) $$;
-- +goose StatementEnd

-- Answers to repeated requests.
CREATE TABLE idempotency (
  tenant_id uuid NOT NULL, owner_id uuid NOT NULL, method text NOT NULL, key text NOT NULL,
  body_hash bytea NOT NULL, status text NOT NULL, answer bytea, created_at timestamptz NOT NULL, expires_at timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, owner_id, method, key));
CREATE INDEX idempotency_expires ON idempotency (expires_at);

-- Attempts counted exactly, over all replicas: per address and per account. Times are microseconds since 1970.
CREATE TABLE throttles (
  key text PRIMARY KEY, opened_at bigint NOT NULL, count integer NOT NULL, expires_at bigint NOT NULL);
CREATE INDEX throttles_expires ON throttles (expires_at);
-- What each process counted towards the general limit, exchanged once a second.
CREATE UNLOGGED TABLE usage (
  key text NOT NULL, process uuid NOT NULL, window_start timestamptz NOT NULL, count integer NOT NULL, PRIMARY KEY (key, process));

-- Where the consumers of the journal stand.
CREATE TABLE cursors (name text PRIMARY KEY, seq bigint NOT NULL, updated_at timestamptz NOT NULL);
-- Nonces of signed calls, kept while they could be replayed.
CREATE TABLE nonces (nonce text PRIMARY KEY, expires_at timestamptz NOT NULL);

-- Tables that point at themselves.
ALTER TABLE incidents ADD CONSTRAINT incidents_parent_id FOREIGN KEY (tenant_id, parent_id) REFERENCES incidents (tenant_id, id);
ALTER TABLE incidents ADD CONSTRAINT incidents_duplicate_of_id FOREIGN KEY (tenant_id, duplicate_of_id) REFERENCES incidents (tenant_id, id);
