-- I4 Of each debit went back what its released tenge say, rounded down once, less what refunds had left to give; and
-- all of it where nothing was approved.
WITH back AS (
  SELECT
    debit_reference AS reference, sum(amount) AS amount,
    coalesce(sum(amount) FILTER (WHERE purpose = 'refund'), 0) AS refunds
  FROM movement
  WHERE kind = 'credit' AND state = 'executed'
  GROUP BY 1
),
judged AS (
  SELECT
    debit.reference, stored.state, debit.released, debit.billing,
    CASE
      WHEN stored.state <> 'approved' THEN debit.amount
      WHEN debit.released = 0 THEN 0
      ELSE LEAST(div(debit.amount * debit.released, debit.billing), debit.amount - coalesce(back.refunds, 0))
    END AS due,
    coalesce(back.amount, 0) - CASE stored.state WHEN 'approved' THEN coalesce(back.refunds, 0) ELSE 0 END AS given
  FROM movement AS debit
  JOIN "authorization" AS stored ON stored.id = debit.authorization_id
  LEFT JOIN back USING (reference)
  WHERE debit.kind = 'debit' AND debit.state = 'executed'
)
SELECT
  format('%s (%s) released %s of %s tiyn: %s went back and not %s', reference, state, released, billing, given, due)
    AS wrong
FROM judged
WHERE given <> due
