-- Locks every increment of holds whose first authorizations are locked, in the order of receipt.
-- $1 ids of first authorizations, in order
SELECT increment.*
FROM unnest($1::uuid[]) AS first (id)
CROSS JOIN LATERAL (
  SELECT
    id, parent_id, bank_id, card_token, kind, state, is_final, usage_day::text, reversal_id, overtaken_as, closed_as,
    quote, coalesce(approved_amount, 0) AS approved_amount, released_amount, cleared_amount, refunded_amount,
    hold_until <= clock_timestamp() AS is_due
  FROM "authorization"
  WHERE parent_id = first.id
  ORDER BY id
  FOR UPDATE
) AS increment
