-- I3 of each authorization at most one debit of an asset counts, and all of them or none
WITH raised AS (SELECT authorization_id AS id, sum(amount) AS amount FROM exposure GROUP BY 1),
debited AS (
  SELECT authorization_id AS id, count(*) AS debits, count(DISTINCT asset) AS assets, sum(billing) AS billing
  FROM movement
  WHERE kind = 'debit' AND purpose = 'authorization' AND state = 'executed'
  GROUP BY 1
)
SELECT
  id,
  CASE
    WHEN debits > assets THEN format('%s has %s executed debits of %s assets', id, debits, assets)
    WHEN stored.state = 'approved' AND debited.billing <> stored.approved_amount - coalesce(raised.amount, 0)
      THEN format('%s approves %s tiyn and debited %s', id, stored.approved_amount, debited.billing)
  END AS wrong
FROM debited JOIN "authorization" AS stored USING (id) LEFT JOIN raised USING (id)
