-- +goose Up
-- Tokens of words carry a letter for the bucket of their length behind the scope: a whole word is then one key of the index.
UPDATE search SET tokens = array_to_tsvector(ARRAY(
  SELECT CASE WHEN position('·' IN l) > 0 THEN l
    ELSE left(l, 13) || chr(96 + CASE WHEN length(l) - 13 < 9 THEN length(l) - 13 WHEN length(l) - 13 < 13 THEN 9 ELSE 10 END) || substr(l, 14) END
  FROM unnest(tsvector_to_array(tokens)) AS l));

DROP FUNCTION find_texts(tsquery, uuid);
-- The way into the index, as before; "longer" are the questions for words that begin with those looked for, or nothing.
-- +goose StatementBegin
CREATE FUNCTION find_texts(words tsquery, longer tsquery, client uuid) RETURNS TABLE (record_id uuid, number bigint, label_fold text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS
$$ SELECT record_id, number, label_fold FROM search
   WHERE (tokens @@ words OR tokens @@ longer) AND tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid AND (client IS NULL OR client_id = client) $$;
-- +goose StatementEnd
