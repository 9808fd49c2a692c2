-- Debits of a rail that moved without a record and are to be given back, if they were found long enough ago that
-- everything which belongs to them was found as well; with the credits that no record has. Amounts are what nothing
-- stands against yet. Locks these findings, in the order of their keys, until the end of the transaction.
-- $1 exchange_id, $2 rail, $3 found before
SELECT name, nth, kind, reference, exchange_reference, wallet_id, asset, amount - netted AS amount, executed_at
FROM reconciliation_finding
WHERE exchange_id = $1 AND rail = $2 AND closed_at IS NULL AND credit_reference IS NULL
  AND (kind = 'orphan_credit' OR found_at <= $3 AND kind IN ('orphan_debit', 'double_debit', 'refused_debit'))
ORDER BY name, nth, kind
FOR UPDATE
