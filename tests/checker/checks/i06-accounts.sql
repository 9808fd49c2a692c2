-- I6 the tenge accounts say what the rows say: held, owed to banks, exposure, fees and spreads
WITH open AS (
  SELECT *, approved_amount - released_amount - cleared_amount AS open FROM "authorization" WHERE state = 'approved'
),
kept AS (
  SELECT
    coalesce(debit.fee - CASE WHEN debit.billing > 0 THEN div(debit.fee::numeric * debit.released, debit.billing)
      ELSE 0 END, 0) AS fee,
    coalesce(debit.spread - CASE WHEN debit.billing > 0 THEN div(debit.spread::numeric * debit.released, debit.billing)
      ELSE 0 END, 0) AS spread
  FROM movement AS debit
  JOIN open ON open.id = debit.authorization_id
  WHERE debit.kind = 'debit' AND debit.state = 'executed'
),
expected AS (
  SELECT 'held_for_authorizations/' || bank_id AS account, sum(CASE WHEN is_final THEN 0 ELSE open END) AS net
  FROM open GROUP BY 1
  UNION ALL
  SELECT 'owed_to_bank/' || bank_id, sum(cleared_amount + CASE WHEN is_final THEN open ELSE 0 END - refunded_amount)
  FROM open GROUP BY 1
  UNION ALL
  SELECT 'exposure/' || bank_id, -sum(amount - collected - cancelled) FROM exposure GROUP BY 1
  UNION ALL SELECT 'fee_income', sum(fee) FROM kept
  UNION ALL SELECT 'spread_income', sum(spread) FROM kept
),
posted AS (
  SELECT account, sum(-balance) AS net
  FROM ledger_balance
  WHERE account ~ '^(held_for_authorizations|owed_to_bank|exposure|fee_income|spread_income)'
  GROUP BY account
)
SELECT
  account,
  CASE WHEN coalesce(expected.net, 0) <> coalesce(posted.net, 0)
    THEN format('%s: the ledger says %s tiyn, the rows %s', account, posted.net, expected.net) END AS wrong
FROM expected FULL JOIN posted USING (account)
