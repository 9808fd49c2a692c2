-- Intends the debit that collects an exposure, or a part of it, and wakes settlement. The caller has locked the hold
-- and the exposure, and knows that the exposure is open and owes as much.
-- $1 exposure id, $2 reference, $3 exchange_id, $4 rail, $5 wallet, $6 asset, $7 amount, $8 billing, $9 fee,
-- $10 spread, $11 quote
WITH collecting AS (
  UPDATE exposure SET state = 'collecting', exchange_id = $3, detail = NULL
  WHERE id = $1 AND state = 'open'
  RETURNING id, authorization_id, bank_id, card_token
),
debit AS (
  INSERT INTO movement (
    reference, authorization_id, kind, purpose, bank_id, card_token, exchange_id, rail, wallet, asset, amount, state,
    created_at, valid_until, next_step_at, billing, fee, spread, quote, exposure_id
  )
  SELECT
    $2, authorization_id, 'debit', 'collection', bank_id, card_token, $3, $4, $5::jsonb, $6, $7, 'intended',
    clock_timestamp(), clock_timestamp(), clock_timestamp(), $8, $9, $10, $11, id
  FROM collecting
)
SELECT id, pg_notify('movement_due', '') AS woken FROM collecting
