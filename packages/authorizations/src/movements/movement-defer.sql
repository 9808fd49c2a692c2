-- Puts a movement off that is still open, and escalates it, once, when it is asked to or the movement has been open for
-- too long. A debit that stays in doubt approves nothing any more: its authorization is declined if it is undecided. A
-- collection is of an approval that stands, which it changes nothing about.
-- Locks the authorization, then the movement, in CONCLUDE's order. No row: the claim was lost, or CONCLUDE came first,
-- and nothing was written.
-- $1 reference, $2 claim_epoch, $3 state, $4 delay in ms, $5 detail, $6 escalate now, $7 longest age in ms,
-- $8 most attempts
WITH held AS MATERIALIZED (
  SELECT
    movement.reference, movement.authorization_id, movement.kind, movement.escalated_at IS NOT NULL AS was_escalated,
    $6::boolean
      OR movement.attempts >= $8
      OR now() - movement.created_at >= $7 * interval '1 millisecond' AS must_escalate
  FROM "authorization" JOIN movement ON movement.authorization_id = "authorization".id
  WHERE movement.reference = $1
    AND movement.claim_epoch = $2
    AND movement.state IN ('intended', 'in_doubt')
    AND (movement.kind = 'credit' OR movement.purpose = 'collection' OR "authorization".state <> 'approved')
  FOR UPDATE OF "authorization", movement
),
decline AS (
  SELECT CASE WHEN held.kind = 'debit' THEN authorization_decline_in_doubt(held.authorization_id) END FROM held
),
deferred AS (
  UPDATE movement
  SET
    state = $3,
    detail = $5,
    next_step_at = clock_timestamp() + $4 * interval '1 millisecond',
    escalated_at = CASE
      WHEN held.must_escalate THEN coalesce(movement.escalated_at, now())
      ELSE movement.escalated_at
    END
  FROM held
  WHERE movement.reference = held.reference
),
event AS (
  INSERT INTO authorization_event (authorization_id, kind, detail)
  SELECT authorization_id, 'movement_escalated', reference
  FROM held
  WHERE must_escalate AND NOT was_escalated
)
SELECT held.reference, held.must_escalate AND NOT held.was_escalated AS newly_escalated
FROM held CROSS JOIN decline
