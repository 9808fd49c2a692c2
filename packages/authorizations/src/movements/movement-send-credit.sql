-- Records that a credit is about to be sent, before its first byte: from now on it may have been executed, so whoever
-- finds it later looks it up. Renews the lease. Locks the movement. No row: the claim was lost, and it must not be
-- sent.
-- $1 reference, $2 claim_epoch, $3 validity in ms, $4 lease in ms
UPDATE movement
SET
  state = 'in_doubt',
  valid_until = clock_timestamp() + $3 * interval '1 millisecond',
  next_step_at = clock_timestamp() + $4 * interval '1 millisecond'
WHERE reference = $1 AND claim_epoch = $2 AND kind = 'credit' AND state IN ('intended', 'in_doubt')
RETURNING reference
