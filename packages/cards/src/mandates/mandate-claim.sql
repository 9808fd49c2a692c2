-- Lends due mandates to one instance, on each rail no more than it has free slots. Takes row locks without waiting for
-- any: what another instance is claiming is left to it. The raised epoch shuts out whoever held the mandate before.
-- $1 exchange ids, $2 rails, $3 free slots (corresponding by position), $4 lease in ms
WITH due AS MATERIALIZED (
  SELECT open.id
  FROM unnest($1::text[], $2::text[], $3::integer[]) AS lane (exchange_id, rail, free_slots)
  CROSS JOIN LATERAL (
    SELECT mandate.id
    FROM mandate
    WHERE mandate.exchange_id = lane.exchange_id
      AND mandate.rail = lane.rail
      AND mandate.next_step_at <= now()
    ORDER BY mandate.next_step_at
    LIMIT lane.free_slots
    FOR UPDATE SKIP LOCKED
  ) AS open
)
UPDATE mandate AS claimed
SET
  next_step_at = now() + $4 * interval '1 millisecond',
  claim_epoch = claimed.claim_epoch + 1,
  attempts = claimed.attempts + 1
FROM due
WHERE claimed.id = due.id
RETURNING claimed.*, now() AS claimed_at
