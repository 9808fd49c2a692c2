-- I1 the tenge of each approved debit are posted as it says: billing, fee and spread
WITH posted AS (
  SELECT
    split_part(journal_id, '/', 2) AS reference,
    coalesce(sum(amount) FILTER (WHERE credit_account LIKE 'held%' OR credit_account LIKE 'owed%'), 0) AS billing,
    coalesce(sum(amount) FILTER (WHERE credit_account = 'fee_income'), 0) AS fee,
    coalesce(sum(amount) FILTER (WHERE credit_account = 'spread_income'), 0) AS spread
  FROM ledger_posting
  WHERE journal_id LIKE 'approval/%' AND asset = 'KZT'
  GROUP BY 1
)
SELECT
  reference,
  CASE WHEN (posted.billing, posted.fee, posted.spread)
    IS DISTINCT FROM (debit.billing::numeric, coalesce(debit.fee, 0)::numeric, coalesce(debit.spread, 0)::numeric)
    THEN format('approval/%s posts %s, %s, %s tiyn and not %s, %s, %s', reference, posted.billing, posted.fee,
      posted.spread, debit.billing, debit.fee, debit.spread) END AS wrong
FROM posted LEFT JOIN movement AS debit USING (reference)
