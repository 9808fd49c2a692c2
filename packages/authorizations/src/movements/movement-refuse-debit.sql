-- Records that the exchange certainly did not and will not execute a debit; the authorization is declined if it is
-- undecided. Locks the authorization, then the movement, in CONCLUDE's order. No row: the claim was lost, or CONCLUDE
-- came first, and nothing was written.
-- $1 reference, $2 claim_epoch, $3 detail
WITH held AS MATERIALIZED (
  SELECT movement.reference, movement.authorization_id
  FROM "authorization" JOIN movement ON movement.authorization_id = "authorization".id
  WHERE movement.reference = $1
    AND movement.claim_epoch = $2
    AND movement.kind = 'debit'
    AND movement.state IN ('intended', 'in_doubt')
    AND "authorization".state <> 'approved'
  FOR UPDATE OF "authorization", movement
),
decline AS (
  SELECT authorization_decline_in_doubt(held.authorization_id) FROM held
),
refused AS (
  UPDATE movement SET state = 'refused', detail = $3
  FROM held
  WHERE movement.reference = held.reference
),
event AS (
  INSERT INTO authorization_event (authorization_id, kind, detail)
  SELECT authorization_id, 'debit_refused', reference FROM held
)
SELECT held.reference FROM held CROSS JOIN decline
