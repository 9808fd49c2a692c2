-- Puts a claimed exposure off, and escalates it, once, when it is asked to or the exposure has been open for too long.
-- Locks the authorization, whose event it writes, then the exposure. No row: the claim was lost, or nothing is open any
-- more.
-- $1 exposure id, $2 claim_epoch, $3 delay in ms, $4 detail, $5 escalate now, $6 longest age in ms, $7 exchange_id
WITH held AS MATERIALIZED (
  SELECT
    exposure.id, exposure.authorization_id, exposure.escalated_at IS NOT NULL AS was_escalated,
    $5::boolean OR now() - exposure.created_at >= $6 * interval '1 millisecond' AS must_escalate
  FROM "authorization" JOIN exposure ON exposure.authorization_id = "authorization".id
  WHERE exposure.id = $1 AND exposure.claim_epoch = $2 AND exposure.state = 'open'
  FOR UPDATE OF "authorization", exposure
),
postponed AS (
  UPDATE exposure
  SET
    detail = $4,
    next_step_at = clock_timestamp() + $3 * interval '1 millisecond',
    exchange_id = coalesce($7, exposure.exchange_id),
    escalated_at = CASE WHEN held.must_escalate THEN coalesce(exposure.escalated_at, now()) ELSE escalated_at END
  FROM held
  WHERE exposure.id = held.id
),
event AS (
  INSERT INTO authorization_event (authorization_id, kind, detail)
  SELECT authorization_id, 'exposure_escalated', $4 FROM held WHERE must_escalate AND NOT was_escalated
)
SELECT must_escalate AND NOT was_escalated AS newly_escalated FROM held
