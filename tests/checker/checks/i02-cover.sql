-- I2 what was approved and not given up is paid for by executed debits or owed as exposure, less what was refunded
WITH paid AS (
  SELECT authorization_id AS id, sum(coalesce(billing, 0) - released) AS amount
  FROM movement WHERE kind = 'debit' AND state = 'executed'
  GROUP BY 1
),
owed AS (
  SELECT authorization_id AS id, sum(amount - collected - cancelled) AS amount FROM exposure GROUP BY 1
)
SELECT
  stored.id,
  CASE WHEN abs(coalesce(paid.amount, 0) + coalesce(owed.amount, 0) - approved_amount + released_amount)
    > refunded_amount
    THEN format('%s %s keeps %s tiyn, %s are debited and %s owed', stored.kind, stored.id,
      approved_amount - released_amount, paid.amount, owed.amount) END AS wrong
FROM "authorization" AS stored
LEFT JOIN paid USING (id)
LEFT JOIN owed USING (id)
WHERE state = 'approved' AND kind <> 'unmatched_refund'
