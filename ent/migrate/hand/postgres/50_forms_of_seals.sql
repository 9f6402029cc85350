-- +goose Up
-- Seals have forms. In form 2 a line is hashed with random bits of its own (salt), and the chain goes over these hashes: a line whose text
-- must go is taken out together with its salt, and the chain still holds. Seals of form 1 stay as they are.
ALTER TABLE seals ADD COLUMN form integer NOT NULL DEFAULT 1;
ALTER TABLE seals ADD COLUMN salt bytea;
ALTER TABLE seals ADD COLUMN line bytea;
