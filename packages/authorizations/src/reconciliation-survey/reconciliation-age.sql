-- The ledger accounts that must return to zero, by how long what stands on them stands: held for authorizations,
-- exposures, and crypto that moved without a record. Ages end at an hour, a day, a week, or not. Takes no lock.
WITH standing AS (
  SELECT 'held_for_authorizations' AS account, received_at AS since
  FROM "authorization"
  WHERE hold_until IS NOT NULL AND state = 'approved'
  UNION ALL
  SELECT 'exposure', created_at FROM exposure WHERE state <> 'closed'
  UNION ALL
  SELECT 'unmatched', found.since
  FROM ledger_running_balance AS held
  CROSS JOIN LATERAL (
    SELECT coalesce(min(finding.found_at), now()) AS since
    FROM reconciliation_finding AS finding
    WHERE finding.closed_at IS NULL
      AND finding.exchange_id = split_part(held.account, '/', 2)
      AND finding.wallet_id = split_part(held.account, '/', 3)
      AND finding.asset = held.asset
  ) AS found
  WHERE starts_with(held.account, 'unmatched/') AND held.balance <> 0
)
SELECT
  account,
  CASE
    WHEN since > now() - interval '1 hour' THEN 'hour'
    WHEN since > now() - interval '1 day' THEN 'day'
    WHEN since > now() - interval '7 days' THEN 'week'
    ELSE 'older'
  END AS age,
  count(*) AS entries,
  extract(epoch FROM now() - min(since))::double precision AS oldest_seconds
FROM standing
GROUP BY 1, 2
