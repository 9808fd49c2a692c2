-- Records that a credit of a finding is about to be sent, before its first byte, and renews the lease. No row: the
-- claim was lost, and it must not be sent.
-- $1 reference, $2 claim_epoch, $3 validity in ms, $4 lease in ms
UPDATE unmatched_credit
SET
  state = 'in_doubt',
  valid_until = clock_timestamp() + $3 * interval '1 millisecond',
  next_step_at = clock_timestamp() + $4 * interval '1 millisecond'
WHERE reference = $1 AND claim_epoch = $2 AND state <> 'executed'
RETURNING reference
