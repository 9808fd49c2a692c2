-- I20 every open hold has somebody who ends it: its hour
WITH held AS (
  SELECT
    coalesce(parent_id, id) AS hold,
    sum(approved_amount - released_amount - cleared_amount) FILTER (WHERE NOT is_final) AS open
  FROM "authorization" WHERE state = 'approved' AND kind IN ('authorization', 'increment', 'advice')
  GROUP BY 1
)
SELECT
  hold,
  CASE WHEN held.open > 0 AND stored.hold_until IS NULL THEN format('%s holds %s tiyn for ever', hold, held.open) END
    AS wrong
FROM held JOIN "authorization" AS stored ON stored.id = hold
