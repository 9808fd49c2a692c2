-- I1 each executed movement has one posting of its crypto, and each posting of a wallet an executed movement
WITH posted AS (
  SELECT
    split_part(journal_id, '/', 2) AS reference, count(*) AS lines, sum(amount) AS amount, min(asset) AS asset,
    min(CASE WHEN credit_account LIKE 'cardholder\_wallet/%' THEN 'debit' ELSE 'credit' END) AS kind
  FROM ledger_posting
  WHERE credit_account LIKE 'cardholder\_wallet/%' OR debit_account LIKE 'cardholder\_wallet/%'
  GROUP BY 1
)
SELECT
  reference,
  CASE
    WHEN executed.reference IS NULL THEN format('%s is posted and not executed', reference)
    WHEN lines IS NULL THEN format('%s is executed and not posted', reference)
    WHEN (lines, posted.amount, posted.asset, posted.kind)
      IS DISTINCT FROM (1::bigint, executed.amount, executed.asset, executed.kind)
      THEN format(
        '%s moved %s %s and %s %s are posted on %s lines', reference, executed.amount, executed.asset, posted.amount,
        posted.asset, lines
      )
  END AS wrong
FROM posted FULL JOIN (SELECT * FROM movement WHERE state = 'executed') AS executed USING (reference)
