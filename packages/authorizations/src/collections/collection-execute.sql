-- Records that the exchange executed a collection: what it paid for is collected and posted, what was cancelled
-- meanwhile is released and credited back. The hold, the movement and its exposure are locked. What is owed beyond it
-- is due after a pause that grows with the refusals so far.
-- $1 reference, $2 exchange_reference, $3 collected (tiyn), $4 released (tiyn), $5 credited, $6 credit's reference,
-- $7 first pause in ms, $8 longest pause in ms, $9 share of the pause, $10 journal ids, $11 lines, $12 assets,
-- $13 amounts, $14 debit accounts, $15 credit accounts
WITH executed AS (
  UPDATE movement
  SET
    state = 'executed', exchange_reference = $2, detail = NULL, released = $4, credited = $5::numeric
  WHERE reference = $1
  RETURNING *
),
collected AS (
  UPDATE exposure
  SET
    collected = exposure.collected + $3::bigint,
    attempts = 0,
    detail = NULL,
    state = CASE
      WHEN exposure.amount - exposure.collected - exposure.cancelled = $3::bigint THEN 'closed' ELSE 'open'
    END,
    next_step_at = clock_timestamp() + interval '1 millisecond'
      * $9::double precision * LEAST($7::bigint * 2 ^ LEAST(exposure.refused, 40), $8::bigint)
  FROM executed
  WHERE exposure.id = executed.exposure_id
),
surplus AS (
  INSERT INTO movement (
    reference, authorization_id, kind, purpose, debit_reference, bank_id, card_token, exchange_id, rail, wallet, asset,
    amount, state, created_at, valid_until, next_step_at
  )
  SELECT
    $6, authorization_id, 'credit', 'undo', reference, bank_id, card_token, exchange_id, rail, wallet, asset,
    $5::numeric, 'intended', now(), now(), now()
  FROM executed
  WHERE $5::numeric > 0
),
journal AS (
  SELECT ledger_post(
    $10::text[], $11::smallint[], array_fill(authorization_id, ARRAY[cardinality($10::text[])]), $12::text[],
    $13::numeric[], $14::text[], $15::text[]
  )
  FROM executed
),
event AS (
  INSERT INTO authorization_event (authorization_id, kind, detail)
  SELECT authorization_id, 'exposure_collected', reference FROM executed
)
SELECT executed.reference, pg_notify('movement_due', '') AS woken FROM executed CROSS JOIN journal
