-- Records that an order is about to be executed, with its ticket, before the first byte: from now on it may have been,
-- so whoever finds it later looks it up by that ticket. A ticket is never replaced by another. Renews the lease. Locks
-- the order. No row: the claim was lost, and it must not be executed.
-- $1 id, $2 claim_epoch, $3 ticket, $4 its end or null, $5 validity in ms, $6 lease in ms
UPDATE conversion_order
SET
  state = 'sent',
  ticket = $3,
  ticket_expires_at = $4::timestamptz,
  sendings = sendings + 1,
  first_sent_at = coalesce(first_sent_at, clock_timestamp()),
  valid_until = clock_timestamp() + $5::integer * interval '1 millisecond',
  next_step_at = clock_timestamp() + $6::integer * interval '1 millisecond'
WHERE id = $1 AND claim_epoch = $2 AND finished_at IS NULL AND coalesce(ticket, $3) = $3
RETURNING sendings
