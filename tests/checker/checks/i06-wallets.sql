-- I6 what each wallet lost at the exchange is what its ledger account says
WITH ledger AS (
  SELECT
    movement.exchange_id AS exchange, movement.wallet ->> 'walletId' AS wallet, posting.asset,
    sum(CASE WHEN credit_account LIKE 'cardholder\_wallet/%' THEN posting.amount ELSE -posting.amount END) AS net
  FROM ledger_posting AS posting
  LEFT JOIN movement ON movement.reference = split_part(posting.journal_id, '/', 2)
  WHERE credit_account LIKE 'cardholder\_wallet/%' OR debit_account LIKE 'cardholder\_wallet/%'
  GROUP BY 1, 2, 3
),
exchange AS (
  SELECT exchange, wallet, asset, sum(CASE kind WHEN 'debit' THEN amount ELSE -amount END) AS net
  FROM moved
  GROUP BY 1, 2, 3
)
SELECT
  wallet,
  CASE WHEN coalesce(ledger.net * unit, 0) <> coalesce(exchange.net, 0)
    THEN format('%s %s lost %s %s, the ledger says %s', exchange, wallet, exchange.net, asset,
      trim_scale(ledger.net * unit)) END AS wrong
FROM ledger FULL JOIN exchange USING (exchange, wallet, asset) LEFT JOIN counted_in USING (asset)
CROSS JOIN LATERAL (SELECT ('1e-' || decimals)::numeric AS unit) AS multiplied
