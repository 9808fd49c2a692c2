-- Makes durable that a debit was refused and that others are about to be asked for: refuses the one, intends the
-- others, lowers what the authorization counts and holds to what they pay for together, and gives back the difference.
-- Asked again, it finds its own debits. Does nothing when the authorization is decided or a later message overtook it.
-- Gives one row, which says whether the debits may be sent. Locks the authorization row, then the refused movement,
-- then its usage row.
-- $1 id, $2 refused reference, $3 why it was refused, $4 billing of all debits, $5 how much of it is cash, or nothing
-- where that stays, $6 valid for ms, $7 decided within ms, $8 quote of the first debit, which stands in the
-- authorization's row. $9 to $15: references, assets, crypto amounts, billings, fees, spreads, quotes of debits
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
    billing_amount = $4,
    requested_amount = CASE
      WHEN $4 < stored.billing_amount THEN coalesce(stored.requested_amount, stored.billing_amount)
      ELSE stored.requested_amount
    END,
    cash_amount = coalesce($5, stored.cash_amount),
    quote = $8
  FROM refused
  WHERE stored.id = refused.authorization_id
),
intended AS (
  INSERT INTO movement (
    reference, authorization_id, kind, purpose, bank_id, card_token, exchange_id, rail, wallet, asset, amount, state,
    created_at, valid_until, next_step_at, billing, fee, spread, quote
  )
  SELECT
    debit.reference, refused.authorization_id, 'debit', refused.purpose, refused.bank_id, refused.card_token,
    refused.exchange_id, refused.rail, refused.wallet, debit.asset, debit.amount, 'intended',
    clock_timestamp(), clock_timestamp() + $6 * interval '1 ms', clock_timestamp() + $7 * interval '1 ms',
    debit.billing, debit.fee, debit.spread, debit.quote
  FROM refused
  CROSS JOIN unnest(
    $9::text[], $10::text[], $11::numeric[], $12::bigint[], $13::bigint[], $14::bigint[], $15::text[]
  ) AS debit (reference, asset, amount, billing, fee, spread, quote)
)
SELECT
  EXISTS (SELECT FROM refused)
    OR (EXISTS (SELECT FROM locked) AND EXISTS (SELECT FROM movement WHERE reference = $9[1] AND state = 'intended'))
    AS may_be_sent,
  (
    SELECT card_usage_give_back(
      ARRAY[bank_id], ARRAY[card_token], ARRAY[usage_day], ARRAY[locked.billing_amount - $4::bigint], ARRAY[0]
    )
    FROM locked
    WHERE EXISTS (SELECT FROM refused)
  ) AS cards
