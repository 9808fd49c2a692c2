-- Begins to compare a rail that was never compared: from now on, or from its first movement of the last day. What an
-- exchange did before our first movement is of no database of ours. Changes nothing where a watermark is.
-- $1 exchange_id, $2 rail
INSERT INTO reconciliation_watermark (exchange_id, rail, since, read_to, next_pass_at)
SELECT $1, $2, first.at, first.at, now()
FROM (
  SELECT coalesce(min(movement.created_at), now()) AS at
  FROM movement
  WHERE movement.exchange_id = $1 AND movement.rail = $2 AND movement.created_at > now() - interval '1 day'
) AS first
ON CONFLICT ON CONSTRAINT reconciliation_watermark_pkey DO NOTHING
