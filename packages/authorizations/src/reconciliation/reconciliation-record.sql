-- Credits that no record had when they were found, and one has by now: the record's own journal counts them, so what
-- was posted for the finding is taken back, both or neither. Locks the findings.
-- $1 exchange_id, $2 rail
WITH recorded AS (
  UPDATE reconciliation_finding AS stored
  SET closed_at = clock_timestamp(), closed_as = 'recorded'
  FROM movement
  WHERE stored.exchange_id = $1 AND stored.rail = $2 AND stored.kind = 'orphan_credit' AND stored.closed_at IS NULL
    AND movement.reference = stored.reference AND movement.state = 'executed'
  RETURNING stored.name, stored.nth, stored.kind
),
posted AS (
  SELECT recorded.name, recorded.nth, posting.asset, posting.amount, posting.debit_account, posting.credit_account
  FROM recorded
  JOIN ledger_posting AS posting
    ON posting.journal_id = concat_ws('/', 'unmatched', $1, $2, recorded.name, recorded.nth, recorded.kind)
),
journal AS (
  SELECT ledger_post(
    array_agg(concat_ws('/', 'unmatched_recorded', $1, $2, name, nth)), array_agg(1::smallint),
    array_agg(NULL::uuid), array_agg(asset), array_agg(amount), array_agg(credit_account), array_agg(debit_account)
  ) AS posted
  FROM posted
  HAVING count(*) > 0
)
SELECT recorded.name FROM recorded LEFT JOIN journal ON true
