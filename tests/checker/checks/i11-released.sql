-- I11 all reversals, clearings and expiries of a hold released what its rows say, and never more than was approved
WITH part AS (
  SELECT *, coalesce(parent_id, id) AS hold FROM "authorization" WHERE state = 'approved'
),
held AS (
  SELECT
    hold, sum(released_amount) AS released, sum(approved_amount) AS approved,
    bool_or(closed_as = 'expired') AS is_expired
  FROM part GROUP BY hold
),
reversed AS (
  SELECT part.hold, sum((reversal.response_body::jsonb -> 'releasedAmount' ->> 'value')::numeric * 100) AS amount
  FROM reversal JOIN part ON part.id = reversal.authorization_id
  GROUP BY 1
),
advised AS (SELECT DISTINCT original_id AS hold FROM "authorization" WHERE original_id IS NOT NULL),
cleared AS (
  SELECT part.hold, sum(clearing.released) AS amount
  FROM clearing JOIN part ON part.id = clearing.authorization_id
  GROUP BY 1
)
SELECT
  hold,
  CASE
    WHEN held.released > held.approved THEN format('%s released %s of %s', hold, held.released, held.approved)
    WHEN held.released < coalesce(reversed.amount, 0) + coalesce(cleared.amount, 0)
      -- What a hold's hour or an advice of less released is told nobody as an amount.
      OR NOT coalesce(is_expired, false) AND advised.hold IS NULL
      AND held.released <> coalesce(reversed.amount, 0) + coalesce(cleared.amount, 0)
      THEN format('%s released %s tiyn: reversals say %s, clearings %s', hold, held.released, reversed.amount,
        cleared.amount)
  END AS wrong
FROM held LEFT JOIN reversed USING (hold) LEFT JOIN cleared USING (hold) LEFT JOIN advised USING (hold)
