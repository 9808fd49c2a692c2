-- Records that the exchange executed a credit and posts its crypto back to the wallet; its tenge were posted when it
-- was intended. Locks the movement. No row: the claim was lost and nothing was written.
-- $1 reference, $2 claim_epoch, $3 exchange_reference, $4 wallet's ledger account, $5 programme's ledger account
WITH executed AS (
  UPDATE movement SET state = 'executed', exchange_reference = $3, detail = NULL
  WHERE reference = $1 AND claim_epoch = $2 AND kind = 'credit' AND state IN ('intended', 'in_doubt')
  RETURNING reference, authorization_id, asset, amount
),
journal AS (
  SELECT ledger_post(
    ARRAY['credit/' || reference], ARRAY[1::smallint], ARRAY[authorization_id], ARRAY[asset], ARRAY[amount],
    ARRAY[$4::text], ARRAY[$5::text]
  )
  FROM executed
),
event AS (
  INSERT INTO authorization_event (authorization_id, kind, detail)
  SELECT authorization_id, 'credited', reference FROM executed
)
SELECT executed.reference FROM executed CROSS JOIN journal
