-- Marks a locked authorization as reversed. Where it was approved: intends the credit of each executed debit, gives
-- back what was counted, tells the history, and wakes settlement. Where it is still being decided the mark alone is
-- enough, because CONCLUDE declines what a reversal overtook.
-- $1 authorization id, $2 reversal id, $3 is_approved
WITH marked AS (
  UPDATE "authorization" SET reversal_id = $2 WHERE id = $1
  RETURNING id, bank_id, card_token, usage_day, billing_amount
),
intended AS (
  INSERT INTO movement (
    reference, authorization_id, kind, purpose, debit_reference, bank_id, card_token, exchange_id, rail, wallet, asset,
    amount, state, created_at, valid_until, next_step_at
  )
  SELECT
    overlay(reference PLACING 'c' FROM 3 FOR 1), authorization_id, 'credit', 'undo', reference, bank_id, card_token,
    exchange_id, rail, wallet, asset, amount, 'intended', clock_timestamp(), clock_timestamp(), clock_timestamp()
  FROM movement
  WHERE authorization_id = $1 AND kind = 'debit' AND state = 'executed' AND $3::boolean
  RETURNING reference
),
told AS (
  INSERT INTO authorization_event (authorization_id, kind)
  SELECT id, CASE WHEN $3 THEN 'reversed' ELSE 'stopped' END FROM marked
)
SELECT
  CASE WHEN $3 THEN card_usage_give_back(
    ARRAY[bank_id], ARRAY[card_token], ARRAY[usage_day], ARRAY[billing_amount], ARRAY[1]
  ) END AS cards,
  CASE WHEN $3 THEN pg_notify('movement_due', '') END AS woken,
  (SELECT count(*) FROM intended) AS credits
FROM marked
