-- +goose Up
-- The index follows the texts by itself: one statement less for each change. No migration rebuilds this table, which would drop them.
-- +goose StatementBegin
CREATE TRIGGER search_written AFTER INSERT ON search BEGIN
  INSERT INTO search_index (rowid, tokens) VALUES (new.id, new.tokens);
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER search_gone AFTER DELETE ON search BEGIN
  DELETE FROM search_index WHERE rowid = old.id;
END;
-- +goose StatementEnd
