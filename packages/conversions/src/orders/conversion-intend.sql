-- Intends one order, lent to who intends it. No row: somebody else intended one since the position was seen, and
-- nothing was written.
-- $1 id, $2 exchange_id, $3 asset, $4 ordinal, $5 side, $6 money, $7 amount, $8 book, $9 reference, $10 lease in ms,
-- $11 refusals in a row so far
INSERT INTO conversion_order
  (id, exchange_id, asset, ordinal, side, money, amount, book, reference, next_step_at, refusals)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, now() + $10::integer * interval '1 millisecond', $11)
ON CONFLICT DO NOTHING
RETURNING
  id, exchange_id, asset, side, money, amount, book, reference, state, ticket, ticket_expires_at, sendings,
  first_sent_at, valid_until, attempts, claim_epoch, created_at, now() AS claimed_at
