-- I2 an approval that the bank heard stands on record, paid by executed debits of exactly what it named
WITH raised AS (SELECT authorization_id AS id, sum(amount) AS amount FROM exposure GROUP BY 1)
SELECT
  op,
  CASE
    WHEN stored.id IS NULL THEN format('op %s heard of %s, which is not on record', op, heard.id)
    WHEN stored.state <> 'approved' THEN format('op %s heard %s approve, which is %s', op, stored.id, stored.state)
    -- A presentment beyond the hold raised it since.
    WHEN stored.approved_amount - coalesce(raised.amount, 0) <> heard.approved
      THEN format('op %s heard %s approve %s tiyn and not %s', op, stored.id, heard.approved, stored.approved_amount)
    WHEN told.debits IS DISTINCT FROM paid.debits
      THEN format('op %s heard that %s was paid by %s: executed are %s', op, stored.id, told.debits, paid.debits)
  END AS wrong
FROM heard
LEFT JOIN "authorization" AS stored ON stored.id = heard.id
LEFT JOIN raised ON raised.id = heard.id
CROSS JOIN LATERAL (
  SELECT array_agg(debit ORDER BY debit) AS debits
  FROM (
    SELECT concat_ws(
      ' ', item ->> 0, item ->> 1, trim_scale((item ->> 2)::numeric), trim_scale((item ->> 3)::numeric * 100)
    ) AS debit
    FROM jsonb_array_elements(heard.moved) AS item
  ) AS named
) AS told
CROSS JOIN LATERAL (
  SELECT array_agg(debit ORDER BY debit) AS debits
  FROM (
    SELECT concat_ws(' ', exchange_id, asset, coins, billing) AS debit
    FROM ours
    WHERE authorization_id = heard.id AND kind = 'debit' AND purpose = 'authorization' AND state = 'executed'
  ) AS found
) AS paid
WHERE call IN ('authorizations', 'increments') AND result = 'ok' AND decision IN ('approved', 'partially_approved')
