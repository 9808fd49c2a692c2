-- Records that the exchange certainly did not and will not execute a collection, or that it was not sent: its exposure
-- is open again after a pause that grows with the refusals so far, or closed where nothing is owed any more. Escalates
-- the exposure, once, when it has been open for too long. Locks the authorization, whose events it writes, then
-- the movement, then the exposure. No row: the claim was lost.
-- $1 reference, $2 claim_epoch, $3 detail, $4 counts as refused, $5 first pause in ms, $6 longest pause in ms,
-- $7 share of the pause, $8 longest age in ms
WITH held AS MATERIALIZED (
  SELECT
    movement.reference, movement.authorization_id, movement.exposure_id,
    exposure.amount - exposure.collected - exposure.cancelled > 0 AS is_owed,
    exposure.escalated_at IS NOT NULL AS was_escalated,
    now() - exposure.created_at >= $8 * interval '1 millisecond' AS is_old
  FROM "authorization"
  JOIN movement ON movement.authorization_id = "authorization".id
  JOIN exposure ON exposure.id = movement.exposure_id
  WHERE movement.reference = $1
    AND movement.claim_epoch = $2
    AND movement.purpose = 'collection'
    AND movement.state IN ('intended', 'in_doubt')
  FOR UPDATE OF "authorization", movement, exposure
),
refused AS (
  UPDATE movement SET state = 'refused', detail = $3
  FROM held
  WHERE movement.reference = held.reference
),
reopened AS (
  UPDATE exposure
  SET
    state = CASE WHEN held.is_owed THEN 'open' ELSE 'closed' END,
    detail = $3,
    refused = exposure.refused + CASE WHEN $4::boolean THEN 1 ELSE 0 END,
    next_step_at = clock_timestamp() + CASE
      WHEN $4 THEN interval '1 millisecond'
        * $7::double precision * LEAST($5::bigint * 2 ^ LEAST(exposure.refused, 40), $6::bigint)
      ELSE interval '0'
    END,
    escalated_at = CASE
      WHEN held.is_owed AND held.is_old THEN coalesce(exposure.escalated_at, now())
      ELSE exposure.escalated_at
    END
  FROM held
  WHERE exposure.id = held.exposure_id
),
event AS (
  INSERT INTO authorization_event (authorization_id, kind, detail)
  SELECT authorization_id, 'collection_refused', reference FROM held
  UNION ALL
  SELECT authorization_id, 'exposure_escalated', $3 FROM held WHERE is_owed AND is_old AND NOT was_escalated
)
SELECT is_owed AND is_old AND NOT was_escalated AS newly_escalated FROM held
