-- Findings that are not closed, by exchange and kind, and how old the oldest is. Takes no lock.
SELECT
  exchange_id, kind, count(*) AS findings,
  extract(epoch FROM now() - min(found_at))::double precision AS oldest_seconds
FROM reconciliation_finding
WHERE closed_at IS NULL
GROUP BY exchange_id, kind
