-- ACCEPT, the first durable point, for many authorizations at once. For each item: locks the card's usage row and
-- re-checks version and limits; claims the network key for ever; counts the amount; records the authorization and its
-- intended debits, of which the first comes with its item and further ones, of other assets, by themselves. An item
-- that was declined before (decline_reason given) is only claimed and recorded; one for which nothing moves
-- (approval_code given: a verification) is approved here, neither counted nor debited.
-- Outcomes: accepted, verified, declined (decline_reason says why), repeat (the stored row), mismatch, card_changed
-- (nothing was written: look at the card again), cash_refused (nothing was written: ask again without the cash, given
-- only where may_drop_cash), unseen (a concurrent statement holds the key: ask again).
-- Stored rows are looked up by key, for repeats only, in a subquery with a LIMIT: a join may read both tables whole.
-- Locks usage rows, then network keys, each in key order. No two items of one statement share a card or a network key.
WITH item AS (
  SELECT * FROM unnest(
    $1::uuid[], $2::text[], $3::text[], $4::date[], $5::text[], $6::bytea[], $7::text[], $8::bigint[],
    $9::timestamptz[], $10::text[], $11::text[], $12::text[], $13::bigint[], $14::date[], $15::bigint[],
    $16::integer[], $17::bigint[], $18::text[], $19::text[], $20::text[], $21::text[], $22::jsonb[], $23::text[],
    $24::numeric[], $25::integer[], $26::integer[], $27::integer[], $28::jsonb[], $29::text[], $30::uuid[],
    $31::text[], $32::bigint[], $33::boolean[], $34::timestamptz[], $35::bigint[], $36::bigint[], $37::bigint[],
    $38::text[], $39::boolean[], $40::bigint[]
  ) WITH ORDINALITY AS item (
    id, bank_id, card_token, local_date, network_key, fingerprint, type, billing_amount,
    received_at, request_body, decline_reason, response_body, card_version, day, daily_amount,
    daily_count, monthly_amount, quote, reference, exchange_id, rail, wallet, asset,
    amount, valid_for_ms, decided_within_ms, count, ask, kind, parent_id,
    channel, cash_amount, is_final, hold_until, requested_amount, fee, spread,
    approval_code, may_drop_cash, debit_billing, ordinal
  )
),
checked AS MATERIALIZED (
  SELECT * FROM card_usage_check($2, $3, $13, $14, $8, $15, $16, $17, $27, $28)
),
claimed AS (
  INSERT INTO message AS stored (local_date, bank_id, kind, network_key, fingerprint, authorization_id)
  SELECT item.local_date, item.bank_id, item.kind, item.network_key, item.fingerprint, item.id
  FROM item
  LEFT JOIN checked USING (ordinal)
  WHERE item.decline_reason IS NOT NULL
    OR (checked.verdict <> 'card_changed' AND NOT (item.may_drop_cash AND checked.verdict = 'cash_limit_exceeded'))
  ORDER BY item.local_date, item.bank_id, item.kind, item.network_key
  ON CONFLICT ON CONSTRAINT message_pkey DO UPDATE
    SET fingerprint = EXCLUDED.fingerprint, authorization_id = EXCLUDED.authorization_id
    WHERE stored.fingerprint IS NULL
  RETURNING
    authorization_id, record_id,
    coalesce(overtaken_as, CASE WHEN record_id IS NOT NULL THEN 'reversed_before_authorization' END) AS overtaken_as
),
judged AS (
  SELECT
    item.*,
    CASE WHEN claimed.overtaken_as = 'reversed_before_authorization' THEN claimed.record_id END AS reversal_id,
    coalesce(
      item.decline_reason,
      CASE checked.verdict WHEN 'fits' THEN NULL WHEN 'cash_limit_exceeded' THEN 'amount_limit_exceeded'
        ELSE checked.verdict END,
      claimed.overtaken_as
    ) AS reason
  FROM item
  JOIN claimed ON claimed.authorization_id = item.id
  LEFT JOIN checked USING (ordinal)
),
decided AS MATERIALIZED (
  SELECT
    judged.*,
    CASE
      WHEN reason IS NOT NULL THEN 'declined'
      WHEN approval_code IS NOT NULL THEN 'approved'
      ELSE 'accepted'
    END AS state,
    CASE WHEN reason IS NOT DISTINCT FROM decline_reason THEN response_body END AS body
  FROM judged
),
counted AS MATERIALIZED (
  SELECT usage.*
  FROM (
    SELECT
      array_agg(bank_id) AS bank_ids,
      array_agg(card_token) AS card_tokens,
      array_agg(day) AS days,
      array_agg(billing_amount) AS amounts,
      array_agg(count) AS counts,
      array_agg(ask) AS asks
    FROM decided
    WHERE state = 'accepted'
  ) AS fitting,
  LATERAL card_usage_count(bank_ids, card_tokens, days, amounts, counts, asks) AS usage
),
recorded AS (
  INSERT INTO "authorization" (
    id, kind, parent_id, bank_id, card_token, local_date, network_key, type, channel, is_final, billing_amount,
    requested_amount, cash_amount, state, decline_reason, approval_code, approved_amount, received_at, hold_until,
    usage_day, request_body, quote, response_body, concluded_at, reversal_id
  )
  SELECT
    id, kind, parent_id, decided.bank_id, decided.card_token, local_date, network_key, type, channel, is_final,
    billing_amount, requested_amount, cash_amount, state, reason,
    CASE WHEN state = 'approved' THEN approval_code END, CASE WHEN state = 'approved' THEN billing_amount END,
    received_at, CASE WHEN state = 'accepted' THEN hold_until END, counted.day, request_body, quote, body,
    CASE WHEN body IS NOT NULL THEN clock_timestamp() END, reversal_id
  FROM decided
  LEFT JOIN counted ON state = 'accepted'
    AND counted.bank_id = decided.bank_id AND counted.card_token = decided.card_token
),
intended AS (
  INSERT INTO movement (
    reference, authorization_id, kind, purpose, bank_id, card_token, exchange_id, rail, wallet, asset, amount, state,
    created_at, valid_until, next_step_at, billing, fee, spread, quote
  )
  SELECT
    reference, id, 'debit', 'authorization', bank_id, card_token, exchange_id, rail, wallet, asset, amount, 'intended',
    clock_timestamp(), clock_timestamp() + valid_for_ms * interval '1 ms',
    clock_timestamp() + decided_within_ms * interval '1 ms', debit_billing, fee, spread, NULL
  FROM decided
  WHERE state = 'accepted'
  UNION ALL
  SELECT
    further.reference, id, 'debit', 'authorization', bank_id, card_token, exchange_id, rail, wallet, further.asset,
    further.amount, 'intended', clock_timestamp(), clock_timestamp() + valid_for_ms * interval '1 ms',
    clock_timestamp() + decided_within_ms * interval '1 ms', further.billing, further.fee, further.spread, further.quote
  FROM unnest(
    $41::uuid[], $42::text[], $43::text[], $44::numeric[], $45::bigint[], $46::bigint[], $47::bigint[], $48::text[]
  ) AS further (id, reference, asset, amount, billing, fee, spread, quote)
  JOIN decided USING (id)
  WHERE state = 'accepted'
),
told AS (
  INSERT INTO authorization_event (authorization_id, kind, detail)
  SELECT id, 'approved', 'verified' FROM decided WHERE state = 'approved'
)
SELECT
  CASE
    WHEN decided.state = 'approved' THEN 'verified'
    WHEN decided.id IS NOT NULL THEN decided.state
    WHEN earlier.fingerprint = item.fingerprint THEN 'repeat'
    WHEN earlier.fingerprint IS NOT NULL THEN 'mismatch'
    WHEN item.decline_reason IS NOT NULL THEN 'unseen'
    WHEN checked.verdict IS NULL OR checked.verdict = 'card_changed' THEN 'card_changed'
    WHEN item.may_drop_cash AND checked.verdict = 'cash_limit_exceeded' THEN 'cash_refused'
    ELSE 'unseen'
  END AS outcome,
  coalesce(decided.id, earlier.id) AS id,
  coalesce(decided.reason, earlier.decline_reason) AS decline_reason,
  earlier.state,
  earlier.state = 'approved' AND earlier.concluded_at > clock_timestamp() - interval '15 s' AS is_fresh_approval,
  coalesce(decided.body, earlier.response_body) AS response_body,
  CASE WHEN decided.state = 'accepted' OR earlier.id = item.id THEN nextval('approval_number') END AS approval_number
FROM item
LEFT JOIN decided USING (ordinal)
LEFT JOIN checked USING (ordinal)
LEFT JOIN LATERAL (
  SELECT message.fingerprint, known.*
  FROM message
  LEFT JOIN "authorization" AS known ON known.id = message.authorization_id
  WHERE decided.id IS NULL
    AND message.local_date = item.local_date
    AND message.bank_id = item.bank_id
    AND message.kind = item.kind
    AND message.network_key = item.network_key
  LIMIT 1
) AS earlier ON true
ORDER BY item.ordinal
