-- Notes how much of findings comes to nothing together, and closes those of which nothing is left. Their rows are
-- locked by the caller.
-- $1 exchange_id, $2 rail, arrays that correspond by position: $3 names, $4 nths, $5 kinds, $6 amounts
UPDATE reconciliation_finding AS stored
SET
  netted = stored.netted + told.amount,
  closed_at = CASE WHEN stored.netted + told.amount = stored.amount THEN clock_timestamp() END,
  closed_as = CASE WHEN stored.netted + told.amount = stored.amount THEN 'netted' END
FROM unnest($3::text[], $4::smallint[], $5::text[], $6::numeric[]) AS told (name, nth, kind, amount)
WHERE stored.exchange_id = $1 AND stored.rail = $2
  AND stored.name = told.name AND stored.nth = told.nth AND stored.kind = told.kind
