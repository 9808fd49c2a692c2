-- Closes findings that come to nothing together. Their rows are locked by the caller.
-- $1 exchange_id, $2 rail, arrays that correspond by position: $3 names, $4 nths, $5 kinds
UPDATE reconciliation_finding AS stored
SET closed_at = clock_timestamp(), closed_as = 'netted'
FROM unnest($3::text[], $4::smallint[], $5::text[]) AS netted (name, nth, kind)
WHERE stored.exchange_id = $1 AND stored.rail = $2
  AND stored.name = netted.name AND stored.nth = netted.nth AND stored.kind = netted.kind
