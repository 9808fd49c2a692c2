-- The unfinished orders of each exchange and asset: since when, and whether a person must see them. Takes no lock.
SELECT
  exchange_id, asset, state,
  extract(epoch FROM now() - created_at)::double precision AS age_seconds,
  escalated_at IS NOT NULL AS is_escalated
FROM conversion_order
WHERE finished_at IS NULL
