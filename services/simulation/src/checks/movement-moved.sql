-- I5 Each executed movement is one of the exchange's, and each of the exchange's is one of ours.
-- $1 what moved at the exchanges, a JSON array
WITH moved AS (
  SELECT kind, reference, count(*) AS times, min(wallet) AS wallet, min(asset) AS asset, min(amount) AS amount
  FROM jsonb_to_recordset($1::jsonb) AS item (kind text, reference text, wallet text, asset text, amount numeric)
  GROUP BY kind, reference
),
executed AS (
  SELECT kind, reference, wallet ->> 'walletId' AS wallet, asset, amount FROM movement WHERE state = 'executed'
)
SELECT
  format(
    '%s %s: %s %s of %s here, %s times %s %s of %s at the exchange', kind, reference, executed.amount, executed.asset,
    executed.wallet, coalesce(moved.times, 0), moved.amount, moved.asset, moved.wallet
  ) AS wrong
FROM executed FULL JOIN moved USING (kind, reference)
WHERE (moved.times, moved.wallet, moved.asset, moved.amount)
  IS DISTINCT FROM (1::bigint, executed.wallet, executed.asset, executed.amount)
