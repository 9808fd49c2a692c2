-- Our movements of a rail that are over, in the order in which they moved at the latest: debits by when they were
-- written, credits by when they were last valid, credits of findings among them. Takes no lock.
-- $1 exchange_id, $2 rail, $3 and $4 the span's ends, included, $5 how many
SELECT
  reference, kind, debit_reference, wallet, asset, amount, state, exchange_reference, created_at, valid_until,
  (SELECT debit.exchange_reference FROM movement AS debit WHERE debit.reference = known.debit_reference)
    AS debit_exchange_reference
FROM (
  SELECT
    movement.reference, movement.kind, movement.debit_reference, movement.wallet, movement.asset, movement.amount,
    movement.state, movement.exchange_reference, movement.created_at, movement.valid_until,
    movement.created_at AS moved_at
  FROM movement
  WHERE movement.exchange_id = $1 AND movement.rail = $2 AND movement.kind = 'debit'
    AND movement.state IN ('executed', 'refused') AND movement.created_at BETWEEN $3 AND $4
  UNION ALL
  SELECT
    movement.reference, movement.kind, movement.debit_reference, movement.wallet, movement.asset, movement.amount,
    movement.state, movement.exchange_reference, movement.created_at, movement.valid_until, movement.valid_until
  FROM movement
  WHERE movement.exchange_id = $1 AND movement.rail = $2 AND movement.kind = 'credit'
    AND movement.state IN ('executed', 'refused') AND movement.valid_until BETWEEN $3 AND $4
  UNION ALL
  SELECT
    unmatched.reference, 'credit', unmatched.debit_reference, unmatched.wallet, unmatched.asset, unmatched.amount,
    unmatched.state, unmatched.exchange_reference, unmatched.created_at, unmatched.valid_until, unmatched.valid_until
  FROM unmatched_credit AS unmatched
  WHERE unmatched.exchange_id = $1 AND unmatched.rail = $2 AND unmatched.state = 'executed'
    AND unmatched.valid_until BETWEEN $3 AND $4
  ORDER BY moved_at, reference
  LIMIT $5
) AS known
ORDER BY moved_at, reference
