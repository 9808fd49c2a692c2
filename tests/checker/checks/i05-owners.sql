-- I5 each movement belongs to an authorization, each credit to an executed debit
SELECT
  movement.reference,
  CASE
    WHEN stored.id IS NULL THEN format('%s belongs to no authorization', movement.reference)
    WHEN movement.kind = 'credit' AND debit.state IS DISTINCT FROM 'executed'
      THEN format('%s gives back %s, which is %s', movement.reference, movement.debit_reference, debit.state)
    WHEN (debit.wallet_id, debit.asset, debit.exchange_id)
      IS DISTINCT FROM (movement.wallet_id, movement.asset, movement.exchange_id) AND movement.kind = 'credit'
      THEN format('%s goes elsewhere than %s came from', movement.reference, movement.debit_reference)
  END AS wrong
FROM ours AS movement
LEFT JOIN "authorization" AS stored ON stored.id = movement.authorization_id
LEFT JOIN ours AS debit ON debit.reference = movement.debit_reference
