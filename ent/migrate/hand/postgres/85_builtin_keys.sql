-- +goose Up
-- The keys of what the program has brought.
UPDATE groups SET builtin_key = CASE name WHEN 'Administrators' THEN 'administrators' WHEN 'Service desk' THEN 'service_desk' WHEN 'Reviewers' THEN 'reviewers'
    WHEN 'Client users' THEN 'client_users' WHEN 'Read only' THEN 'read_only' END WHERE is_builtin;
UPDATE templates SET builtin_key = substr(stable_id, 9) WHERE is_builtin;
