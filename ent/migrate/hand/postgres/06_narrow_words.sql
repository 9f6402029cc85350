-- +goose Up
-- The words of kinds with facets have a second token each, but for numbers, in the scope of the values of two of these: a search by both
-- and a word then meets one short list. This adds them to what a program of the version before has written; the facets are in the order
-- of tokens.
-- +goose StatementBegin
CREATE FUNCTION narrow_words(kind text, tokens tsvector) RETURNS tsvector LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
  WITH every AS (SELECT t FROM unnest(tsvector_to_array(tokens)) AS t),
  narrow AS (
    SELECT left(t, 13) AS wide, left(encode(sha256(convert_to(t, 'UTF8')), 'hex'), 16) AS scope FROM every
    WHERE substr(t, 14) LIKE CASE kind
      WHEN 'asset' THEN '·asset·type·%·criticality·%' WHEN 'finding' THEN '·remediation·status·%·risk·level·%'
      WHEN 'incident' THEN '·category·%·severity·%' WHEN 'template' THEN '·category·%' WHEN 'session' THEN '·status·%' WHEN 'site' THEN '·status·%'
      END AND (SELECT sum(octet_length(t)) FROM every) < 500000 -- a tsvector has room for 1 MiB
    ORDER BY length(t) LIMIT 1) -- of the combinations with both, the one without any other
  SELECT array_to_tsvector(tsvector_to_array(tokens) || ARRAY(
    SELECT scope || substr(t, 14) FROM every, narrow WHERE left(t, 13) = wide AND position('·' IN t) = 0 AND substr(t, 15, 1) !~ '[0-9]')) $$;
-- +goose StatementEnd
-- Whoever writes a row tells whether these tokens are among its own: servers of the version before, which may still be running, do not.
ALTER TABLE search ADD COLUMN narrowed boolean NOT NULL DEFAULT false;
UPDATE search SET tokens = narrow_words(kind, tokens) WHERE kind IN ('asset', 'finding', 'incident', 'template', 'session', 'site');
-- +goose StatementBegin
CREATE FUNCTION narrow_words() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN NEW.tokens := narrow_words(NEW.kind, NEW.tokens); RETURN NEW; END $$;
-- +goose StatementEnd
CREATE TRIGGER narrow_words BEFORE INSERT ON search FOR EACH ROW WHEN (NOT NEW.narrowed) EXECUTE FUNCTION narrow_words();
