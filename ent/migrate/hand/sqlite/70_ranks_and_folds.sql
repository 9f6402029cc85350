-- +goose Up
-- What the columns beside severity, serial and hostname are for the rows that are there.
UPDATE incidents SET severity_rank = CASE severity WHEN 'low' THEN 1 WHEN 'high' THEN 3 WHEN 'critical' THEN 4 ELSE 2 END WHERE severity <> 'medium';
UPDATE assets SET serial_fold = lower(trim(serial)), hostname_fold = lower(trim(hostname)) WHERE serial IS NOT NULL OR hostname IS NOT NULL;
