-- I6 a refund credited what its answer promised, and a declined one nothing
WITH credited AS (
  SELECT refund_id, sum(coins) AS coins FROM ours WHERE refund_id IS NOT NULL AND state = 'executed' GROUP BY 1
),
promised AS (
  SELECT refund.*, coalesce(sum((credit ->> 'amount')::numeric), 0) AS coins
  FROM refund LEFT JOIN LATERAL jsonb_array_elements(refund.response_body::jsonb -> 'credits') AS credit ON true
  GROUP BY refund.id
)
SELECT
  id,
  CASE WHEN promised.coins <> coalesce(credited.coins, 0) OR decline_reason IS NOT NULL AND credited.coins > 0
    THEN format('refund %s promised %s coins and credited %s', id, promised.coins, credited.coins) END AS wrong
FROM promised LEFT JOIN credited ON credited.refund_id = promised.id
