-- Makes durable that the first debit was refused and that a second, smaller one is about to be asked for: refuses the
-- one, intends the other, lowers what the authorization counts and holds to what the second pays for, and gives back
-- the difference. Asked again, it finds its own second debit. Does nothing when the authorization is decided or a later
-- message overtook it. Gives one row, which says whether the second debit may be sent. Locks the authorization row,
-- then its first movement, then its usage row.
-- $1 id, $2 first reference, $3 why it was refused, $4 second reference, $5 its crypto amount, $6 its quote,
-- $7 billing, $8 fee, $9 spread, $10 how much of the billing is cash, $11 valid for ms, $12 decided within ms
WITH locked AS MATERIALIZED (
  SELECT id, bank_id, card_token, usage_day, billing_amount
  FROM "authorization"
  WHERE id = $1 AND state = 'accepted' AND overtaken_as IS NULL AND reversal_id IS NULL
  FOR UPDATE
),
refused AS MATERIALIZED (
  UPDATE movement AS stored
  SET state = 'refused', detail = $3
  FROM locked
  WHERE stored.reference = $2 AND stored.state IS NOT DISTINCT FROM 'intended'
  RETURNING stored.*
),
lowered AS (
  UPDATE "authorization" AS stored
  SET
    billing_amount = $7,
    requested_amount = coalesce(stored.requested_amount, stored.billing_amount),
    cash_amount = $10,
    quote = $6
  FROM refused
  WHERE stored.id = refused.authorization_id
),
intended AS (
  INSERT INTO movement (
    reference, authorization_id, kind, purpose, bank_id, card_token, exchange_id, rail, wallet, asset, amount, state,
    created_at, valid_until, next_step_at, billing, fee, spread
  )
  SELECT
    $4, authorization_id, 'debit', purpose, bank_id, card_token, exchange_id, rail, wallet, asset, $5, 'intended',
    clock_timestamp(), clock_timestamp() + $11 * interval '1 ms', clock_timestamp() + $12 * interval '1 ms', $7, $8, $9
  FROM refused
)
SELECT
  EXISTS (SELECT FROM refused)
    OR (EXISTS (SELECT FROM locked) AND EXISTS (SELECT FROM movement WHERE reference = $4 AND state = 'intended'))
    AS may_be_sent,
  (
    SELECT card_usage_give_back(
      ARRAY[bank_id], ARRAY[card_token], ARRAY[usage_day], ARRAY[locked.billing_amount - $7::bigint], ARRAY[0]
    )
    FROM locked
    WHERE EXISTS (SELECT FROM refused)
  ) AS cards
