-- I1 Each executed movement is posted once, of its own amount.
WITH posted AS (
  SELECT split_part(journal_id, '/', 2) AS reference, count(*) AS lines, sum(amount) AS amount
  FROM ledger_posting
  WHERE credit_account LIKE 'cardholder\_wallet/%' OR debit_account LIKE 'cardholder\_wallet/%'
  GROUP BY 1
)
SELECT format('%s moved %s and %s are posted on %s lines', reference, executed.amount, posted.amount, lines) AS wrong
FROM posted FULL JOIN (SELECT * FROM movement WHERE state = 'executed') AS executed USING (reference)
WHERE (lines, posted.amount) IS DISTINCT FROM (1::bigint, executed.amount)
