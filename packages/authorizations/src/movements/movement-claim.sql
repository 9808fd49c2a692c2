-- Lends due movements to one instance, on each rail no more than it has free slots. Takes row locks without waiting for
-- any: what another instance is claiming or CONCLUDE is writing is left to them. The raised epoch shuts out whoever
-- held the movement before.
-- $1 exchange ids, $2 rails, $3 free slots (corresponding by position), $4 lease in ms
WITH due AS MATERIALIZED (
  SELECT open.reference
  FROM unnest($1::text[], $2::text[], $3::integer[]) AS lane (exchange_id, rail, free_slots)
  CROSS JOIN LATERAL (
    SELECT movement.reference
    FROM movement
    WHERE movement.state IN ('intended', 'in_doubt')
      AND movement.next_step_at <= now()
      AND movement.exchange_id = lane.exchange_id
      AND movement.rail = lane.rail
    ORDER BY movement.next_step_at
    LIMIT lane.free_slots
    FOR UPDATE SKIP LOCKED
  ) AS open
)
UPDATE movement AS claimed
SET
  next_step_at = now() + $4 * interval '1 millisecond',
  claim_epoch = claimed.claim_epoch + 1,
  attempts = claimed.attempts + 1
FROM due
WHERE claimed.reference = due.reference
RETURNING
  claimed.reference, claimed.authorization_id, claimed.kind, claimed.purpose, claimed.debit_reference,
  (SELECT debit.exchange_reference FROM movement AS debit WHERE debit.reference = claimed.debit_reference)
    AS debit_exchange_reference,
  claimed.bank_id, claimed.card_token, claimed.exchange_id, claimed.rail, claimed.wallet, claimed.asset, claimed.amount,
  claimed.state, claimed.created_at, claimed.valid_until,
  claimed.attempts, claimed.claim_epoch, now() AS claimed_at
