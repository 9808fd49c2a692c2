-- How far behind the comparison of each rail is. Takes no lock.
SELECT exchange_id, rail, extract(epoch FROM now() - read_to)::double precision AS lag_seconds
FROM reconciliation_watermark
