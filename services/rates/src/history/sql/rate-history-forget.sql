-- Forgets at most $2 rows that were published before $1 , and tells how many went. Rows that somebody else forgets at
-- the same time are passed over.
-- $1 the time before which rows are forgotten, $2 the most rows of one call
WITH old AS (
  SELECT exchange_id, asset, published_at
  FROM rate_history
  WHERE published_at < $1
  LIMIT $2
  FOR UPDATE SKIP LOCKED
),
gone AS (
  DELETE FROM rate_history
  USING old
  WHERE rate_history.exchange_id = old.exchange_id
    AND rate_history.asset = old.asset
    AND rate_history.published_at = old.published_at
  RETURNING 1
)
SELECT count(*)::integer AS forgotten FROM gone
