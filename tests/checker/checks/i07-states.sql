-- I7 states, closings and amounts of authorizations go together
WITH part AS (
  SELECT *, coalesce(approved_amount, 0) - released_amount - cleared_amount AS open FROM "authorization"
),
held AS (SELECT coalesce(parent_id, id) AS hold, sum(open) AS open FROM part GROUP BY 1)
SELECT
  part.id,
  CASE
    WHEN part.open < 0 THEN format('%s gave up or cleared more than was approved', part.id)
    WHEN state = 'declined' AND (approved_amount IS NOT NULL OR released_amount + cleared_amount + refunded_amount > 0)
      THEN format('%s is declined and holds something', part.id)
    WHEN state = 'approved' AND parent_id IS NULL AND hold_until IS NOT NULL AND held.open = 0
      THEN format('%s holds nothing and is to expire', part.id)
    WHEN closed_as IS NOT NULL AND state <> 'approved' THEN format('%s is %s and %s', part.id, state, closed_as)
  END AS wrong
FROM part JOIN held ON held.hold = coalesce(parent_id, part.id)
