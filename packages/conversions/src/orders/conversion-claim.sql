-- Lends the due orders of some exchanges to one instance. Takes row locks without waiting for any. The raised epoch
-- shuts out whoever held the order before.
-- $1 exchange ids, $2 lease in ms
WITH due AS MATERIALIZED (
  SELECT id
  FROM conversion_order
  WHERE finished_at IS NULL AND next_step_at <= now() AND exchange_id = ANY ($1::text[])
  FOR UPDATE SKIP LOCKED
)
UPDATE conversion_order AS claimed
SET
  next_step_at = now() + $2::integer * interval '1 millisecond',
  claim_epoch = claimed.claim_epoch + 1,
  attempts = claimed.attempts + 1
FROM due
WHERE claimed.id = due.id
RETURNING
  claimed.id, claimed.exchange_id, claimed.asset, claimed.side, claimed.money, claimed.amount, claimed.book,
  claimed.reference, claimed.state, claimed.ticket, claimed.ticket_expires_at, claimed.sendings,
  claimed.first_sent_at, claimed.valid_until, claimed.attempts, claimed.claim_epoch, claimed.created_at,
  now() AS claimed_at
