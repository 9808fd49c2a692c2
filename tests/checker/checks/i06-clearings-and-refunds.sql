-- I6 what presentments claimed was cleared, what refunds gave back was refunded, hold by hold
WITH part AS (
  SELECT id, coalesce(parent_id, id) AS hold, cleared_amount, refunded_amount FROM "authorization"
),
held AS (SELECT hold, sum(cleared_amount) AS cleared, sum(refunded_amount) AS refunded FROM part GROUP BY hold),
cleared AS (
  SELECT part.hold, sum(clearing.amount) AS amount
  FROM clearing JOIN part ON part.id = clearing.authorization_id
  GROUP BY 1
),
refunded AS (
  SELECT part.hold, sum(refund.amount) AS amount
  FROM refund JOIN part ON part.id = refund.authorization_id
  WHERE refund.decline_reason IS NULL
  GROUP BY 1
)
SELECT
  hold,
  CASE WHEN (held.cleared, held.refunded) IS DISTINCT FROM (coalesce(cleared.amount, 0), coalesce(refunded.amount, 0))
    THEN format('%s: cleared %s, presented %s; refunded %s, asked for %s', hold, held.cleared, cleared.amount,
      held.refunded, refunded.amount) END AS wrong
FROM held LEFT JOIN cleared USING (hold) LEFT JOIN refunded USING (hold)
