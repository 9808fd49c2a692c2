-- Turns an approval that surely reached nobody into a decline: its debit is credited, what was counted is given back.
-- One that is still undecided, because CONCLUDE failed, is declined too, and its debit handed to settlement as in
-- doubt. Does nothing when it was delivered to a repeat, reversed, or is older than ten seconds; gives the answer
-- that stands. Locks the authorization row, then its movement, then its usage row.
-- $1 id, $2 decline_reason, $3 response_body
WITH locked AS MATERIALIZED (
  SELECT id, state, delivered_at, reversal_id, concluded_at, response_body
  FROM "authorization"
  WHERE id = $1
  FOR UPDATE
),
withdrawn AS (
  UPDATE "authorization" AS stored
  SET
    state = 'declined',
    decline_reason = $2,
    approval_code = NULL,
    approved_amount = NULL,
    response_body = $3,
    concluded_at = clock_timestamp()
  FROM locked
  WHERE stored.id = locked.id
    AND locked.delivered_at IS NULL
    AND locked.reversal_id IS NULL
    AND (
      locked.state = 'accepted'
      OR (locked.state = 'approved' AND locked.concluded_at > clock_timestamp() - interval '10 s')
    )
  RETURNING stored.id, bank_id, card_token, usage_day, billing_amount, stored.response_body
),
intended AS (
  INSERT INTO movement (
    reference, authorization_id, kind, purpose, debit_reference, bank_id, card_token, exchange_id, rail, wallet, asset,
    amount, state, created_at, valid_until, next_step_at
  )
  SELECT
    overlay(movement.reference PLACING 'c' FROM 3 FOR 1), withdrawn.id, 'credit', 'undo', movement.reference,
    movement.bank_id, movement.card_token, movement.exchange_id, movement.rail, movement.wallet, movement.asset,
    movement.amount, 'intended', clock_timestamp(), clock_timestamp(), clock_timestamp()
  FROM withdrawn
  JOIN movement ON movement.authorization_id = withdrawn.id
  WHERE movement.kind = 'debit' AND movement.state = 'executed'
),
doubted AS (
  UPDATE movement AS stored
  SET state = 'in_doubt', detail = 'CONCLUDE failed', next_step_at = clock_timestamp()
  FROM withdrawn
  WHERE stored.authorization_id = withdrawn.id AND stored.kind = 'debit' AND stored.state = 'intended'
),
told AS (
  INSERT INTO authorization_event (authorization_id, kind, detail)
  SELECT id, 'withdrawn', $2 FROM withdrawn
)
SELECT
  coalesce(withdrawn.response_body, locked.response_body) AS response_body,
  withdrawn.id IS NOT NULL AS is_withdrawn,
  CASE WHEN withdrawn.id IS NOT NULL THEN card_usage_give_back(
    ARRAY[withdrawn.bank_id], ARRAY[withdrawn.card_token], ARRAY[withdrawn.usage_day],
    ARRAY[withdrawn.billing_amount], ARRAY[1]
  ) END AS cards,
  CASE WHEN withdrawn.id IS NOT NULL THEN pg_notify('movement_due', '') END AS woken
FROM locked
LEFT JOIN withdrawn USING (id)
