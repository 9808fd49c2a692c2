-- Puts an order off that may have been executed, and escalates it, once, when it is asked to or the order has been
-- unfinished for too long. Locks the order. No row: the claim was lost and nothing was written.
-- $1 id, $2 claim_epoch, $3 state, $4 delay in ms, $5 detail, $6 escalate now, $7 longest age in ms
WITH held AS MATERIALIZED (
  SELECT
    id, escalated_at IS NOT NULL AS was_escalated,
    $6::boolean OR now() - created_at >= $7::bigint * interval '1 millisecond' AS must_escalate
  FROM conversion_order
  WHERE id = $1 AND claim_epoch = $2 AND finished_at IS NULL
  FOR UPDATE
)
UPDATE conversion_order AS deferred
SET
  state = $3,
  detail = $5,
  next_step_at = clock_timestamp() + $4::integer * interval '1 millisecond',
  escalated_at = CASE
    WHEN held.must_escalate THEN coalesce(deferred.escalated_at, now())
    ELSE deferred.escalated_at
  END
FROM held
WHERE deferred.id = held.id
RETURNING held.must_escalate AND NOT held.was_escalated AS newly_escalated
