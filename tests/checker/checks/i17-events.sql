-- I17 each decision is told once, and what it says is what stands
WITH told AS (
  SELECT
    authorization_id AS id,
    count(*) FILTER (WHERE kind IN ('approved', 'declined')) AS decisions,
    count(*) FILTER (WHERE kind = 'withdrawn') AS withdrawals,
    (array_agg(kind ORDER BY sequence) FILTER (WHERE kind IN ('approved', 'declined', 'withdrawn'))) AS kinds
  FROM authorization_event
  GROUP BY 1
)
SELECT
  stored.id,
  CASE
    -- What ACCEPT itself declined has its row, and no event.
    WHEN told.kinds IS NULL AND (
      stored.state = 'approved' OR EXISTS (SELECT FROM ours WHERE ours.authorization_id = stored.id)
    ) THEN format('%s is %s and no event says so', stored.id, stored.state)
    WHEN told.decisions > 1 OR told.withdrawals > 1
      THEN format('%s was decided more than once: %s', stored.id, told.kinds)
    WHEN stored.state <> CASE told.kinds[cardinality(told.kinds)] WHEN 'withdrawn' THEN 'declined'
      ELSE told.kinds[cardinality(told.kinds)] END
      THEN format('%s is %s, its events say %s', stored.id, stored.state, told.kinds)
  END AS wrong
FROM "authorization" AS stored LEFT JOIN told USING (id)
WHERE stored.kind IN ('authorization', 'increment') AND stored.state <> 'accepted'
