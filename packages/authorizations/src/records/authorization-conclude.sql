-- CONCLUDE, the second durable point, for many authorizations at once: moves each from accepted to its decision, only
-- if it is still undecided, with its debits, its ledger postings, its event and the exact bytes of its answer. An
-- approval that a later message overtook, or an increment whose hold is not open any more, is concluded as a decline
-- without bytes, and its debits handed to settlement as in doubt. The first debit comes with its item, further ones by
-- themselves. A decline gives back what was counted. What is left in
-- doubt wakes settlement. A declined row that only lacks its bytes gets them. Whatever stands in the row afterwards is
-- returned for every item: that, and nothing else, may be sent to the bank. Locks first authorizations (the parents of
-- increments among them), then increments, then movements, then usage rows, each in key order.
WITH item AS (
  SELECT * FROM unnest(
    $1::uuid[], $2::uuid[], $3::boolean[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[],
    $10::text[], $11::text[], $12::boolean[]
  ) AS item (
    id, parent_id, is_approval, decline_reason, approval_code, response_body, outcome, reference, movement_state,
    exchange_reference, detail, leaves_doubt
  )
),
locked_first AS MATERIALIZED (
  SELECT stored.*
  FROM (SELECT DISTINCT coalesce(parent_id, id) AS id FROM item ORDER BY 1) AS asked
  CROSS JOIN LATERAL (
    SELECT
      id, kind, state, decline_reason, response_body, overtaken_as, reversal_id, closed_as, bank_id, card_token,
      usage_day, billing_amount
    FROM "authorization"
    WHERE id = asked.id
    FOR UPDATE
  ) AS stored
),
locked_increment AS MATERIALIZED (
  SELECT stored.*
  FROM (
    SELECT item.id
    FROM item
    WHERE item.parent_id IS NOT NULL AND (SELECT count(*) FROM locked_first) > 0
    ORDER BY item.id
  ) AS asked
  CROSS JOIN LATERAL (
    SELECT
      id, kind, state, decline_reason, response_body, overtaken_as, reversal_id, closed_as, bank_id, card_token,
      usage_day, billing_amount
    FROM "authorization"
    WHERE id = asked.id
    FOR UPDATE
  ) AS stored
),
locked AS (
  SELECT locked_first.* FROM locked_first JOIN item USING (id) WHERE item.parent_id IS NULL
  UNION ALL
  SELECT * FROM locked_increment
),
judged AS (
  SELECT
    item.*,
    locked.state = 'accepted' AS is_undecided,
    locked.kind,
    locked.decline_reason AS stored_reason,
    locked.bank_id,
    locked.card_token,
    locked.usage_day,
    locked.billing_amount,
    CASE
      WHEN NOT item.is_approval THEN item.decline_reason
      WHEN locked.overtaken_as IS NOT NULL THEN locked.overtaken_as
      WHEN locked.reversal_id IS NOT NULL THEN 'reversed_before_authorization'
      WHEN item.parent_id IS NOT NULL AND NOT EXISTS (
        SELECT FROM locked_first AS parent
        WHERE parent.id = item.parent_id AND parent.state = 'approved' AND parent.closed_as IS NULL
      ) THEN 'original_closed'
    END AS found_reason
  FROM item
  JOIN locked USING (id)
  WHERE locked.state = 'accepted'
    OR (locked.state = 'declined' AND locked.response_body IS NULL AND NOT item.is_approval)
),
verdict AS MATERIALIZED (
  SELECT
    judged.*,
    found_reason IS NULL AS approves,
    CASE WHEN is_undecided THEN found_reason ELSE stored_reason END AS reason,
    CASE WHEN is_approval AND found_reason IS NOT NULL THEN NULL ELSE response_body END AS body,
    is_approval AND found_reason IS NOT NULL AS is_overtaken
  FROM judged
),
concluded AS MATERIALIZED (
  SELECT authorization_decide(
    array_agg(id), array_agg(reason), array_agg(CASE WHEN approves THEN approval_code END), array_agg(body)
  ) AS authorizations
  FROM verdict
),
moved AS MATERIALIZED (
  SELECT movement_conclude(
    array_agg(reference), array_agg(CASE WHEN is_overtaken THEN 'in_doubt' ELSE movement_state END),
    array_agg(exchange_reference), array_agg(detail)
  ) AS movements
  FROM (
    SELECT reference, movement_state, exchange_reference, detail, is_overtaken
    FROM verdict
    WHERE is_undecided AND reference IS NOT NULL
    UNION ALL
    SELECT
      further.reference, further.movement_state, further.exchange_reference, further.detail, verdict.is_overtaken
    FROM unnest($13::uuid[], $14::text[], $15::text[], $16::text[], $17::text[]) AS further
      (id, reference, movement_state, exchange_reference, detail)
    JOIN verdict USING (id)
    WHERE is_undecided
  ) AS debit
),
told AS (
  INSERT INTO authorization_event (authorization_id, kind, detail)
  SELECT
    id, CASE WHEN approves THEN 'approved' ELSE 'declined' END,
    CASE WHEN approves THEN nullif(outcome, 'approved') ELSE reason END
  FROM verdict
  WHERE is_undecided
),
given_back AS MATERIALIZED (
  SELECT card_usage_give_back(
    array_agg(bank_id), array_agg(card_token), array_agg(usage_day), array_agg(billing_amount),
    array_agg(CASE kind WHEN 'increment' THEN 0 ELSE 1 END)
  ) AS cards
  FROM verdict
  CROSS JOIN moved
  WHERE is_undecided AND NOT approves AND usage_day IS NOT NULL
),
woken AS MATERIALIZED (
  SELECT pg_notify('movement_due', '')
  FROM verdict
  WHERE is_undecided AND (leaves_doubt OR is_overtaken)
  LIMIT 1
),
posted AS MATERIALIZED (
  SELECT ledger_post(
    array_agg(journal_id), array_agg(line), array_agg(authorization_id), array_agg(asset), array_agg(amount),
    array_agg(debit_account), array_agg(credit_account)
  ) AS lines
  FROM unnest(
    $18::text[], $19::smallint[], $20::uuid[], $21::text[], $22::numeric[], $23::text[], $24::text[]
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
