-- Puts the credit of a finding off that is still open, and escalates it, once, when it is asked to or it has been open
-- for too long. No row: the claim was lost and nothing was written.
-- $1 reference, $2 claim_epoch, $3 state, $4 delay in ms, $5 detail, $6 escalate now, $7 longest age in ms,
-- $8 most attempts
WITH held AS MATERIALIZED (
  SELECT
    reference, escalated_at IS NOT NULL AS was_escalated,
    $6::boolean OR attempts >= $8 OR now() - created_at >= $7 * interval '1 millisecond' AS must_escalate
  FROM unmatched_credit
  WHERE reference = $1 AND claim_epoch = $2 AND state <> 'executed'
  FOR UPDATE
)
UPDATE unmatched_credit AS deferred
SET
  state = $3,
  detail = $5,
  next_step_at = clock_timestamp() + $4 * interval '1 millisecond',
  escalated_at = CASE
    WHEN held.must_escalate THEN coalesce(deferred.escalated_at, now())
    ELSE deferred.escalated_at
  END
FROM held
WHERE deferred.reference = held.reference
RETURNING held.must_escalate AND NOT held.was_escalated AS newly_escalated
