-- What waits in a service's database: rows of the outbox, age of the oldest in seconds, dead letters. `make status` and `crm status` ask it.
SELECT (SELECT COUNT(*) FROM outbox WHERE sent_at IS NULL),
       (SELECT COALESCE(EXTRACT(EPOCH FROM now() - MIN(recorded_at)), 0)::int FROM outbox WHERE sent_at IS NULL),
       (SELECT COUNT(*) FROM dead_letters WHERE state = 'dead')
