-- I4 of each debit went back what its released tenge say: the share, rounded down once, less what refunds left
WITH judged AS (
  SELECT
    debit.reference, debit.released, debit.billing, stored.state, debit.amount,
    coalesce(back.amount, 0) AS back, coalesce(back.refunds, 0) AS refunds,
    10::numeric ^ (counted_in.decimals - moved_in.decimals) AS step
  FROM ours AS debit
  JOIN "authorization" AS stored ON stored.id = debit.authorization_id
  JOIN counted_in USING (asset)
  LEFT JOIN moved_in USING (rail, asset)
  LEFT JOIN given_back AS back ON back.debit_reference = debit.reference
  WHERE debit.kind = 'debit' AND debit.state = 'executed'
),
due AS (
  SELECT
    *,
    CASE
      WHEN state <> 'approved' THEN amount
      WHEN released = 0 THEN 0
      ELSE LEAST(div(div(amount, step) * released, billing) * step, amount - refunds)
    END AS due
  FROM judged
)
SELECT
  reference,
  CASE WHEN due IS DISTINCT FROM CASE state WHEN 'approved' THEN back - refunds ELSE back END
    THEN format('%s (%s) released %s of %s tiyn: %s went back and not %s', reference, state, released, billing,
      back, due) END AS wrong
FROM due
