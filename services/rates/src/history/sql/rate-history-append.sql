-- Adds rows of published rates. A row that is there already stays as it is: several instances may publish the same, and
-- a batch whose answer was lost is written again. Locks nothing but what it adds.
INSERT INTO rate_history
  (exchange_id, asset, published_at, observed_at, guard, bid, ask, widening_basis_points)
SELECT
  row.exchange_id, row.asset, row.published_at, row.observed_at,
  row.guard, row.bid, row.ask, row.widening_basis_points
FROM unnest(
  $1::text[], $2::text[], $3::timestamptz[], $4::timestamptz[],
  $5::text[], $6::numeric[], $7::numeric[], $8::integer[]
) AS row (exchange_id, asset, published_at, observed_at, guard, bid, ask, widening_basis_points)
ORDER BY row.exchange_id, row.asset, row.published_at
ON CONFLICT (exchange_id, asset, published_at) DO NOTHING
