-- I6 What each wallet lost at the exchange is what its ledger accounts say.
-- $1 what moved at the exchanges, a JSON array
WITH moved AS (
  SELECT wallet, asset, sum(CASE kind WHEN 'debit' THEN amount ELSE -amount END) AS net
  FROM jsonb_to_recordset($1::jsonb) AS item (kind text, wallet text, asset text, amount numeric)
  GROUP BY wallet, asset
),
posted AS (
  SELECT
    movement.wallet ->> 'walletId' AS wallet, posting.asset,
    sum(CASE WHEN credit_account LIKE 'cardholder\_wallet/%' THEN posting.amount ELSE -posting.amount END) AS net
  FROM ledger_posting AS posting
  LEFT JOIN movement ON movement.reference = split_part(posting.journal_id, '/', 2)
  WHERE credit_account LIKE 'cardholder\_wallet/%' OR debit_account LIKE 'cardholder\_wallet/%'
  GROUP BY 1, 2
)
SELECT format('wallet %s: %s %s are posted, %s moved', wallet, posted.net, asset, moved.net) AS wrong
FROM posted FULL JOIN moved USING (wallet, asset)
WHERE coalesce(posted.net, 0) <> coalesce(moved.net, 0)
