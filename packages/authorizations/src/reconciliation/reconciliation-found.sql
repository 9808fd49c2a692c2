-- What was found of these names that moved money, closed or not. Takes no lock.
-- $1 exchange_id, $2 rail, $3 names
SELECT name, nth, kind, exchange_reference, executed_at
FROM reconciliation_finding
WHERE exchange_id = $1 AND rail = $2 AND name = ANY ($3::text[])
  AND kind NOT IN ('missing', 'unreadable', 'unread')
  AND exchange_reference IS NOT NULL AND executed_at IS NOT NULL
