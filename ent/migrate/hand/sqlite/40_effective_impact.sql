-- +goose Up
-- The impact that counts was kept in the place of the one that people typed; what is there is taken as typed.
UPDATE incidents SET effective_impact = CASE WHEN severity = 'critical' THEN 1 ELSE impact END;
