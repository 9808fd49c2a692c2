-- Our movements of a rail that were written in a span of time, and credits that were valid until then, credits of
-- findings among them. Takes no lock.
-- $1 exchange_id, $2 rail, $3 and $4 the span's ends, included
SELECT
  reference, kind, debit_reference, wallet, asset, amount, state, exchange_reference, created_at, valid_until,
  (SELECT debit.exchange_reference FROM movement AS debit WHERE debit.reference = known.debit_reference)
    AS debit_exchange_reference
FROM (
  SELECT
    movement.reference, movement.kind, movement.debit_reference, movement.wallet, movement.asset, movement.amount,
    movement.state, movement.exchange_reference, movement.created_at, movement.valid_until
  FROM movement
  WHERE movement.exchange_id = $1 AND movement.rail = $2 AND movement.created_at BETWEEN $3 AND $4
  UNION ALL
  SELECT
    movement.reference, movement.kind, movement.debit_reference, movement.wallet, movement.asset, movement.amount,
    movement.state, movement.exchange_reference, movement.created_at, movement.valid_until
  FROM movement
  WHERE movement.exchange_id = $1 AND movement.rail = $2 AND movement.kind = 'credit'
    AND movement.valid_until BETWEEN $3 AND $4 AND movement.created_at NOT BETWEEN $3 AND $4
  UNION ALL
  SELECT
    unmatched.reference, 'credit', unmatched.debit_reference, unmatched.wallet, unmatched.asset, unmatched.amount,
    unmatched.state, unmatched.exchange_reference, unmatched.created_at, unmatched.valid_until
  FROM unmatched_credit AS unmatched
  WHERE unmatched.exchange_id = $1 AND unmatched.rail = $2
    AND (unmatched.created_at BETWEEN $3 AND $4 OR unmatched.valid_until BETWEEN $3 AND $4)
) AS known
