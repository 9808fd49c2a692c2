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
  SELECT stored.*
  FROM (SELECT id FROM item ORDER BY id) AS asked
  CROSS JOIN LATERAL (
    SELECT
      id, state, decline_reason, response_body, reversal_id, bank_id, card_token, usage_day, billing_amount,
      state = 'accepted' AS is_undecided
    FROM "authorization"
    WHERE id = asked.id
    FOR UPDATE
  ) AS stored
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
    CASE WHEN item.is_approval AND locked.reversal_id IS NOT NULL THEN item.overtaken_body ELSE item.response_body END
      AS body,
    CASE
      WHEN item.is_approval AND locked.reversal_id IS NULL THEN NULL
      WHEN NOT locked.is_undecided THEN locked.decline_reason
      WHEN item.is_approval THEN 'reversed_before_authorization'
      ELSE item.decline_reason
    END AS reason
  FROM item
  JOIN locked USING (id)
  WHERE locked.is_undecided
    OR (locked.state = 'declined' AND locked.response_body IS NULL AND NOT item.is_approval)
),
concluded AS MATERIALIZED (
  SELECT authorization_decide(
    array_agg(id), array_agg(reason), array_agg(CASE WHEN approves THEN approval_code END), array_agg(body)
  ) AS authorizations
  FROM verdict
),
moved AS MATERIALIZED (
  SELECT movement_conclude(
    array_agg(reference), array_agg(CASE WHEN is_approval AND NOT approves THEN 'in_doubt' ELSE movement_state END),
    array_agg(exchange_reference), array_agg(detail)
  ) AS movements
  FROM verdict
  WHERE is_undecided AND reference IS NOT NULL
),
told AS (
  INSERT INTO authorization_event (authorization_id, kind, detail)
  SELECT id, CASE WHEN approves THEN 'approved' ELSE 'declined' END, reason
  FROM verdict
  WHERE is_undecided
),
given_back AS MATERIALIZED (
  SELECT card_usage_give_back(
    array_agg(bank_id), array_agg(card_token), array_agg(usage_day), array_agg(billing_amount), array_agg(1)
  ) AS cards
  FROM verdict
  CROSS JOIN moved
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
  CASE WHEN verdict.id IS NULL THEN locked.state WHEN verdict.approves THEN 'approved' ELSE 'declined' END AS state,
  CASE WHEN verdict.id IS NULL THEN locked.decline_reason ELSE verdict.reason END AS decline_reason,
  CASE WHEN verdict.id IS NULL THEN locked.response_body ELSE verdict.body END AS response_body,
  concluded.authorizations,
  moved.movements,
  given_back.cards,
  posted.lines,
  (SELECT count(*) FROM woken) AS woken
FROM locked
LEFT JOIN verdict USING (id)
CROSS JOIN concluded
CROSS JOIN moved
CROSS JOIN given_back
CROSS JOIN posted
