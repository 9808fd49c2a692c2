-- Lends due credits of findings to one instance, on each rail no more than it has free slots. Takes row locks without
-- waiting for any. The raised epoch shuts out whoever held a credit before.
-- $1 exchange ids, $2 rails, $3 free slots (corresponding by position), $4 lease in ms
WITH due AS MATERIALIZED (
  SELECT open.reference
  FROM unnest($1::text[], $2::text[], $3::integer[]) AS lane (exchange_id, rail, free_slots)
  CROSS JOIN LATERAL (
    SELECT unmatched.reference
    FROM unmatched_credit AS unmatched
    WHERE unmatched.state <> 'executed' AND unmatched.next_step_at <= now()
      AND unmatched.exchange_id = lane.exchange_id AND unmatched.rail = lane.rail
    ORDER BY unmatched.next_step_at
    LIMIT lane.free_slots
    FOR UPDATE SKIP LOCKED
  ) AS open
)
UPDATE unmatched_credit AS claimed
SET
  next_step_at = now() + $4 * interval '1 millisecond',
  claim_epoch = claimed.claim_epoch + 1,
  attempts = claimed.attempts + 1
FROM due
WHERE claimed.reference = due.reference
RETURNING
  claimed.reference, claimed.debit_reference, claimed.debit_exchange_reference, claimed.exchange_id, claimed.rail,
  claimed.wallet, claimed.asset, claimed.amount, claimed.state, claimed.created_at, claimed.valid_until,
  claimed.attempts, claimed.claim_epoch, now() AS claimed_at,
  coalesce(
    (
      SELECT finding.executed_at
      FROM reconciliation_finding AS finding
      WHERE finding.credit_reference = claimed.reference
    ),
    claimed.created_at
  ) AS debited_at
