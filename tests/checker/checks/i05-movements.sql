-- I5 each executed movement is one of the exchange's, and each of the exchange's is one of ours
WITH executed AS (
  SELECT kind, exchange_id AS exchange, exchange_name AS reference, wallet_id AS wallet, asset, coins AS amount,
    reference AS name, authorization_id
  FROM ours WHERE state = 'executed'
)
SELECT
  reference,
  CASE
    WHEN moved.sequence IS NULL
      THEN format('%s %s of %s is executed here and unknown at %s', kind, name, authorization_id, exchange)
    WHEN executed.name IS NULL
      THEN format('%s %s of %s %s moved at %s and is not executed here', kind, reference, moved.amount, moved.asset,
        exchange)
    WHEN (moved.wallet, moved.asset, moved.amount) IS DISTINCT FROM (executed.wallet, executed.asset, executed.amount)
      THEN format('%s %s: %s %s of %s here, %s %s of %s at %s', kind, name, executed.amount, executed.asset,
        executed.wallet, moved.amount, moved.asset, moved.wallet, exchange)
  END AS wrong
FROM executed FULL JOIN moved USING (kind, exchange, reference)
