-- How many movements are open at each exchange, how many of them a person must see, and since when the oldest is.
-- A debit that its authorizer is still working on is not counted. Takes no lock.
SELECT
  exchange_id, kind, count(*) AS movements, count(escalated_at) AS escalated,
  extract(epoch FROM now() - min(created_at))::double precision AS oldest_seconds
FROM movement
WHERE state IN ('intended', 'in_doubt')
  AND (kind = 'credit' OR state = 'in_doubt' OR attempts > 0 OR next_step_at <= now())
GROUP BY exchange_id, kind
