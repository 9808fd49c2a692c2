-- Records that the exchange executed a debit which approved nothing: the authorization is declined if it is undecided,
-- the late debit is posted and its credit is intended, all or nothing. Locks the authorization, then the movement, in
-- CONCLUDE's order. No row: the claim was lost, or CONCLUDE came first, and nothing was written.
-- $1 reference, $2 claim_epoch, $3 exchange_reference, $4 wallet's ledger account, $5 programme's ledger account
WITH held AS MATERIALIZED (
  SELECT movement.*
  FROM "authorization" JOIN movement ON movement.authorization_id = "authorization".id
  WHERE movement.reference = $1
    AND movement.claim_epoch = $2
    AND movement.kind = 'debit'
    AND movement.state IN ('intended', 'in_doubt')
    AND "authorization".state <> 'approved'
  FOR UPDATE OF "authorization", movement
),
decline AS (
  SELECT authorization_decline_in_doubt(held.authorization_id) FROM held
),
executed AS (
  UPDATE movement SET state = 'executed', exchange_reference = $3, detail = NULL
  FROM held
  WHERE movement.reference = held.reference
),
credit AS (
  INSERT INTO movement (
    reference, authorization_id, kind, purpose, debit_reference, bank_id, card_token, exchange_id, rail, wallet, asset,
    amount, state, created_at, valid_until, next_step_at
  )
  SELECT
    overlay(reference PLACING 'c' FROM 3 FOR 1), authorization_id, 'credit', 'undo', reference, bank_id, card_token,
    exchange_id, rail, wallet, asset, amount, 'intended', now(), now(), now()
  FROM held
),
journal AS (
  SELECT ledger_post(
    ARRAY['late_debit/' || reference], ARRAY[1::smallint], ARRAY[authorization_id], ARRAY[asset], ARRAY[amount],
    ARRAY[$5::text], ARRAY[$4::text]
  )
  FROM held
),
event AS (
  INSERT INTO authorization_event (authorization_id, kind, detail)
  SELECT authorization_id, 'debit_executed_late', reference FROM held
)
SELECT held.reference FROM held CROSS JOIN decline CROSS JOIN journal
