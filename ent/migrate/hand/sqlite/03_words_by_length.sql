-- +goose Up
-- Tokens of words carry a letter for the bucket of their length behind the scope: a whole word is then one key of the index.
UPDATE search SET tokens = (
  SELECT group_concat(CASE WHEN instr(l.value, '·') > 0 THEN l.value
    ELSE substr(l.value, 1, 13) || char(96 + CASE WHEN length(l.value) - 13 < 9 THEN length(l.value) - 13 WHEN length(l.value) - 13 < 13 THEN 9 ELSE 10 END) || substr(l.value, 14) END, ' ')
  FROM json_each('["' || replace(tokens, ' ', '","') || '"]') AS l)
WHERE tokens <> '';
INSERT INTO search_index (search_index) VALUES ('delete-all');
INSERT INTO search_index (rowid, tokens) SELECT id, tokens FROM search;
