-- Records that the exchange executed a credit and posts its crypto back to the wallet; its tenge were posted when it
-- was intended. Locks the authorization, whose event it writes, then the movement. No row: the claim was lost and
-- nothing was written.
-- $1 reference, $2 claim_epoch, $3 exchange_reference, $4 wallet's ledger account, $5 programme's ledger account
WITH held AS MATERIALIZED (
  SELECT movement.reference, movement.authorization_id, movement.asset, movement.amount
  FROM "authorization" JOIN movement ON movement.authorization_id = "authorization".id
  WHERE movement.reference = $1
    AND movement.claim_epoch = $2
    AND movement.kind = 'credit'
    AND movement.state IN ('intended', 'in_doubt')
  FOR UPDATE OF "authorization", movement
),
executed AS (
  UPDATE movement SET state = 'executed', exchange_reference = $3, detail = NULL
  FROM held
  WHERE movement.reference = held.reference
),
journal AS (
  SELECT ledger_post(
    ARRAY['credit/' || reference], ARRAY[1::smallint], ARRAY[authorization_id], ARRAY[asset], ARRAY[amount],
    ARRAY[$4::text], ARRAY[$5::text]
  )
  FROM held
),
event AS (
  INSERT INTO authorization_event (authorization_id, kind, detail)
  SELECT authorization_id, 'credited', reference FROM held
)
SELECT held.reference FROM held CROSS JOIN journal
