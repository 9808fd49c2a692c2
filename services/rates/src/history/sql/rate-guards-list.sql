-- Where one rate became safe, unsafe or unsafe for another reason inside a span, newest first, at most $5 of them. The
-- first row of the span counts as a change. Locks nothing.
-- $1 exchange_id, $2 asset, $3 from, $4 to (not included), $5 the most rows
SELECT changed.published_at AS at, changed.guard
FROM (
  SELECT
    published_at,
    guard,
    lag(coalesce(guard, '')) OVER (ORDER BY published_at) AS guard_before
  FROM rate_history
  WHERE exchange_id = $1 AND asset = $2 AND published_at >= $3 AND published_at < $4
) AS changed
WHERE coalesce(changed.guard, '') IS DISTINCT FROM changed.guard_before
ORDER BY changed.published_at DESC
LIMIT $5
