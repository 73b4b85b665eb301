-- What waits in a service's database: rows of the outbox, age of the oldest in seconds, what was given up (events, and write-backs where
-- there are any). `make status` and `crm status` ask it, by psql.
SELECT to_regclass('write_backs') IS NOT NULL AS has_write_backs \gset
\set given_up 0
\if :has_write_backs
SELECT COUNT(*) AS given_up FROM write_backs WHERE state = 'failed' \gset
\endif
SELECT (SELECT COUNT(*) FROM outbox WHERE sent_at IS NULL),
       (SELECT COALESCE(EXTRACT(EPOCH FROM now() - MIN(recorded_at)), 0)::int FROM outbox WHERE sent_at IS NULL),
       (SELECT COUNT(*) FROM dead_letters WHERE state = 'dead') + :given_up
