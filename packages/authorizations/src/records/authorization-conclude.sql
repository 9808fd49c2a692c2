-- CONCLUDE, the second durable point, for many authorizations at once: moves each from accepted to its decision, only
-- if it is still undecided, with its debit, its ledger postings, its event and the exact bytes of its answer. An
-- approval that a reversal overtook is concluded as a decline, and its debit handed to settlement as in doubt. A
-- decline gives back what was counted. What is left in doubt wakes settlement. A declined row that only lacks its
-- bytes gets them. Whatever stands in the row afterwards is returned for every item: that, and nothing else, may be
-- sent to the bank. Locks authorization rows, then movements, then usage rows, each in key order.
WITH item AS (
  SELECT * FROM unnest(
    $1::uuid[], $2::boolean[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[],
    $10::text[]
  ) AS item (
    id, is_approval, decline_reason, approval_code, response_body, overtaken_body, reference, movement_state,
    exchange_reference, detail
  )
),
locked AS MATERIALIZED (
  SELECT
    id, state, decline_reason, response_body, reversal_id, bank_id, card_token, usage_day, billing_amount,
    state = 'accepted' AS is_undecided
  FROM "authorization"
  WHERE id = ANY ($1)
  ORDER BY id
  FOR UPDATE
),
verdict AS MATERIALIZED (
  SELECT
    item.*,
    locked.is_undecided,
    locked.bank_id,
    locked.card_token,
    locked.usage_day,
    locked.billing_amount,
    item.is_approval AND locked.reversal_id IS NULL AS approves,
    CASE
      WHEN NOT locked.is_undecided THEN locked.decline_reason
      WHEN item.is_approval THEN 'reversed_before_authorization'
      ELSE item.decline_reason
    END AS reason_if_declined
  FROM item
  JOIN locked USING (id)
  WHERE locked.is_undecided
    OR (locked.state = 'declined' AND locked.response_body IS NULL AND NOT item.is_approval)
),
concluded AS (
  UPDATE "authorization" AS stored
  SET
    state = CASE WHEN approves THEN 'approved' ELSE 'declined' END,
    decline_reason = CASE WHEN NOT approves THEN reason_if_declined END,
    approval_code = CASE WHEN approves THEN verdict.approval_code END,
    response_body = CASE WHEN is_approval AND NOT approves THEN overtaken_body ELSE verdict.response_body END,
    concluded_at = clock_timestamp()
  FROM verdict
  WHERE stored.id = verdict.id
  RETURNING stored.id, stored.state, stored.decline_reason, stored.response_body
),
moved AS (
  UPDATE movement AS stored
  SET
    state = CASE WHEN is_approval AND NOT approves THEN 'in_doubt' ELSE movement_state END,
    exchange_reference = verdict.exchange_reference,
    detail = verdict.detail,
    next_step_at = clock_timestamp()
  FROM verdict
  WHERE stored.reference = verdict.reference AND stored.state = 'intended' AND is_undecided
),
told AS (
  INSERT INTO authorization_event (authorization_id, kind, detail)
  SELECT id, CASE WHEN approves THEN 'approved' ELSE 'declined' END, CASE WHEN NOT approves THEN reason_if_declined END
  FROM verdict
  WHERE is_undecided
),
given_back AS MATERIALIZED (
  SELECT card_usage_give_back(
    array_agg(bank_id), array_agg(card_token), array_agg(usage_day), array_agg(billing_amount)
  ) AS cards
  FROM verdict
  WHERE is_undecided AND NOT approves AND usage_day IS NOT NULL
),
woken AS MATERIALIZED (
  SELECT pg_notify('movement_due', '')
  FROM verdict
  WHERE is_undecided AND (movement_state = 'in_doubt' OR (is_approval AND NOT approves))
  LIMIT 1
),
posted AS MATERIALIZED (
  SELECT ledger_post(
    array_agg(journal_id), array_agg(line), array_agg(authorization_id), array_agg(asset), array_agg(amount),
    array_agg(debit_account), array_agg(credit_account)
  ) AS lines
  FROM unnest(
    $11::text[], $12::smallint[], $13::uuid[], $14::text[], $15::numeric[], $16::text[], $17::text[]
  ) AS posting (journal_id, line, authorization_id, asset, amount, debit_account, credit_account)
  JOIN verdict ON verdict.id = posting.authorization_id AND approves
)
SELECT
  locked.id,
  coalesce(concluded.state, locked.state) AS state,
  CASE WHEN concluded.id IS NULL THEN locked.decline_reason ELSE concluded.decline_reason END AS decline_reason,
  coalesce(concluded.response_body, locked.response_body) AS response_body,
  given_back.cards,
  posted.lines,
  (SELECT count(*) FROM woken) AS woken
FROM locked
LEFT JOIN concluded USING (id)
CROSS JOIN given_back
CROSS JOIN posted
