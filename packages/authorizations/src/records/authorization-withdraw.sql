-- Turns an approval that surely reached nobody into a decline: its debit is credited, its tenge lines are posted back,
-- what was counted is given back. One that is still undecided, because CONCLUDE failed, is declined too, and its debit
-- handed to settlement as in doubt. Does nothing when it was delivered to a repeat, found approved by an advice,
-- reversed, released, cleared or refunded in part, raised by an increment, its debit used by another refund, or is
-- older than ten seconds; gives the answer that stands. Locks the authorization row, then its movements, then its usage
-- row.
-- $1 id, $2 decline_reason, $3 response_body
WITH locked AS MATERIALIZED (
  SELECT
    id, state, delivered_at, reversal_id, released_amount, cleared_amount, refunded_amount, concluded_at, response_body
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
    AND locked.released_amount = 0
    AND locked.cleared_amount = 0
    AND locked.refunded_amount = 0
    AND (SELECT id FROM "authorization" WHERE parent_id = $1 AND state <> 'declined' LIMIT 1) IS NULL
    AND (SELECT reference FROM movement WHERE authorization_id = $1 AND credited > 0 LIMIT 1) IS NULL
    AND (
      locked.state = 'accepted'
      OR (locked.state = 'approved' AND locked.concluded_at > clock_timestamp() - interval '10 s')
    )
  RETURNING stored.id, kind, bank_id, card_token, usage_day, billing_amount, stored.response_body
),
undone AS (
  UPDATE movement AS debit
  SET credited = debit.amount, released = coalesce(debit.billing, 0)
  FROM withdrawn
  WHERE debit.authorization_id = withdrawn.id AND debit.kind = 'debit' AND debit.state = 'executed'
  RETURNING debit.*
),
intended AS (
  INSERT INTO movement (
    reference, authorization_id, kind, purpose, debit_reference, bank_id, card_token, exchange_id, rail, wallet, asset,
    amount, state, created_at, valid_until, next_step_at
  )
  SELECT
    overlay(reference PLACING 'c' FROM 3 FOR 1), authorization_id, 'credit', 'undo', reference, bank_id, card_token,
    exchange_id, rail, wallet, asset, amount, 'intended', clock_timestamp(), clock_timestamp(), clock_timestamp()
  FROM undone
  RETURNING reference, debit_reference, authorization_id
),
posted AS MATERIALIZED (
  SELECT ledger_post(
    array_agg('release/' || reference), array_agg(line), array_agg(authorization_id), array_agg(asset),
    array_agg(amount), array_agg(credit_account), array_agg(debit_account)
  ) AS lines
  FROM (
    SELECT
      intended.reference, intended.authorization_id, approval.asset, approval.amount, approval.debit_account,
      approval.credit_account,
      (row_number() OVER (PARTITION BY intended.reference ORDER BY approval.line))::smallint AS line
    FROM intended
    JOIN ledger_posting AS approval ON approval.journal_id = 'approval/' || intended.debit_reference
    WHERE approval.asset = 'KZT'
  ) AS given
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
  posted.lines,
  CASE WHEN withdrawn.id IS NOT NULL THEN card_usage_give_back(
    ARRAY[withdrawn.bank_id], ARRAY[withdrawn.card_token], ARRAY[withdrawn.usage_day],
    ARRAY[withdrawn.billing_amount], ARRAY[CASE withdrawn.kind WHEN 'increment' THEN 0 ELSE 1 END]
  ) END AS cards,
  CASE WHEN withdrawn.id IS NOT NULL THEN pg_notify('movement_due', '') END AS woken
FROM locked
LEFT JOIN withdrawn USING (id)
CROSS JOIN posted
