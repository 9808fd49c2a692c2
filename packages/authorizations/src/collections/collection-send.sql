-- Records that a collection is about to be sent, before its first byte, unless less is owed by now than it would take.
-- From now on it may have been executed, so whoever finds it later looks it up and never sends it. Renews the lease.
-- Locks the movement; the exposure is only read, since what is cancelled a moment later is credited back. No row: the
-- claim was lost.
-- $1 reference, $2 claim_epoch, $3 validity in ms, $4 lease in ms
WITH held AS MATERIALIZED (
  SELECT
    movement.reference,
    movement.billing <= exposure.amount - exposure.collected - exposure.cancelled AS is_owed
  FROM movement JOIN exposure ON exposure.id = movement.exposure_id
  WHERE movement.reference = $1
    AND movement.claim_epoch = $2
    AND movement.purpose = 'collection'
    AND movement.state = 'intended'
  FOR UPDATE OF movement
),
sent AS (
  UPDATE movement
  SET
    state = 'in_doubt',
    valid_until = clock_timestamp() + $3 * interval '1 millisecond',
    next_step_at = clock_timestamp() + $4 * interval '1 millisecond'
  FROM held
  WHERE movement.reference = held.reference AND held.is_owed
)
SELECT is_owed FROM held
