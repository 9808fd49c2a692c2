-- Locks the executed debits that paid for the rows of locked holds, each row's in the order in which they were made,
-- with the highest ordinal (base 36) that a credit of the row bears.
-- $1 ids of authorizations, in order
SELECT
  debit.*,
  (
    SELECT max(substr(reference, 4, 2) COLLATE "C") FROM movement
    WHERE authorization_id = debit.authorization_id AND kind = 'credit'
  ) AS last_credit
FROM unnest($1::uuid[]) AS part (id)
CROSS JOIN LATERAL (
  SELECT
    reference, authorization_id, exchange_id, rail, asset, amount, credited, billing, fee, spread, released,
    refunded, quote, wallet
  FROM movement
  WHERE authorization_id = part.id AND kind = 'debit' AND state = 'executed' AND billing > 0
  ORDER BY reference
  FOR UPDATE
) AS debit
