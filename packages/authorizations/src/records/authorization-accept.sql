-- ACCEPT, the first durable point, for many authorizations at once. For each item: locks the card's usage row and
-- re-checks version and limits; claims the network key for ever; counts the amount; records the authorization and the
-- intended debit. An item that was declined before (decline_reason given) is only claimed and recorded.
-- Outcomes: accepted, declined (decline_reason says why), repeat (the stored row), mismatch, card_changed (nothing was
-- written: look at the card again), unseen (a concurrent statement holds the key: ask again).
-- Stored rows are looked up by key, for repeats only, in a subquery with a LIMIT: a join may read both tables whole.
-- Locks usage rows, then network keys, each in key order. No two items of one statement share a card or a network key.
WITH item AS (
  SELECT * FROM unnest(
    $1::uuid[], $2::text[], $3::text[], $4::date[], $5::text[], $6::bytea[], $7::text[], $8::bigint[],
    $9::timestamptz[], $10::text[], $11::text[], $12::text[], $13::bigint[], $14::date[], $15::bigint[],
    $16::integer[], $17::bigint[], $18::text[], $19::text[], $20::text[], $21::text[], $22::jsonb[], $23::text[],
    $24::numeric[], $25::integer[], $26::integer[], $27::integer[], $28::jsonb[]
  ) WITH ORDINALITY AS item (
    id, bank_id, card_token, local_date, network_key, fingerprint, type, billing_amount,
    received_at, request_body, decline_reason, response_body, card_version, day, daily_amount,
    daily_count, monthly_amount, quote, reference, exchange_id, rail, wallet, asset,
    amount, valid_for_ms, decided_within_ms, count, ask, ordinal
  )
),
checked AS MATERIALIZED (
  SELECT * FROM card_usage_check($2, $3, $13, $14, $8, $15, $16, $17, $27, $28)
),
claimed AS (
  INSERT INTO message AS stored (local_date, bank_id, kind, network_key, fingerprint, authorization_id)
  SELECT item.local_date, item.bank_id, 'authorization', item.network_key, item.fingerprint, item.id
  FROM item
  LEFT JOIN checked USING (ordinal)
  WHERE item.decline_reason IS NOT NULL OR checked.verdict <> 'card_changed'
  ORDER BY item.local_date, item.bank_id, item.network_key
  ON CONFLICT ON CONSTRAINT message_pkey DO UPDATE
    SET fingerprint = EXCLUDED.fingerprint, authorization_id = EXCLUDED.authorization_id
    WHERE stored.fingerprint IS NULL
  RETURNING authorization_id, record_id
),
decided AS MATERIALIZED (
  SELECT
    item.*,
    claimed.record_id,
    coalesce(
      item.decline_reason,
      nullif(checked.verdict, 'fits'),
      CASE WHEN claimed.record_id IS NOT NULL THEN 'reversed_before_authorization' END
    ) AS reason
  FROM item
  JOIN claimed ON claimed.authorization_id = item.id
  LEFT JOIN checked USING (ordinal)
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
    WHERE reason IS NULL
  ) AS fitting,
  LATERAL card_usage_count(bank_ids, card_tokens, days, amounts, counts, asks) AS usage
),
recorded AS (
  INSERT INTO "authorization" (
    id, bank_id, card_token, local_date, network_key, type, billing_amount, state, decline_reason,
    received_at, usage_day, request_body, quote, response_body, concluded_at, reversal_id
  )
  SELECT
    decided.id, decided.bank_id, decided.card_token, decided.local_date, decided.network_key, decided.type,
    decided.billing_amount, CASE WHEN reason IS NULL THEN 'accepted' ELSE 'declined' END, reason,
    decided.received_at, counted.day, decided.request_body, decided.quote, decided.response_body,
    CASE WHEN decided.response_body IS NOT NULL THEN clock_timestamp() END, decided.record_id
  FROM decided
  LEFT JOIN counted ON decided.reason IS NULL
    AND counted.bank_id = decided.bank_id AND counted.card_token = decided.card_token
),
intended AS (
  INSERT INTO movement (
    reference, authorization_id, kind, purpose, bank_id, card_token, exchange_id, rail, wallet, asset, amount, state,
    created_at, valid_until, next_step_at
  )
  SELECT
    reference, id, 'debit', 'authorization', bank_id, card_token, exchange_id, rail, wallet, asset, amount, 'intended',
    clock_timestamp(), clock_timestamp() + valid_for_ms * interval '1 ms',
    clock_timestamp() + decided_within_ms * interval '1 ms'
  FROM decided
  WHERE reason IS NULL
)
SELECT
  CASE
    WHEN decided.id IS NOT NULL AND decided.reason IS NULL THEN 'accepted'
    WHEN decided.id IS NOT NULL THEN 'declined'
    WHEN earlier.fingerprint = item.fingerprint THEN 'repeat'
    WHEN earlier.fingerprint IS NOT NULL THEN 'mismatch'
    WHEN item.decline_reason IS NULL AND checked.verdict IS NOT DISTINCT FROM 'card_changed' THEN 'card_changed'
    WHEN item.decline_reason IS NULL AND checked.verdict IS NULL THEN 'card_changed'
    ELSE 'unseen'
  END AS outcome,
  coalesce(decided.id, earlier.id) AS id,
  coalesce(decided.reason, earlier.decline_reason) AS decline_reason,
  earlier.state,
  earlier.state = 'approved' AND earlier.concluded_at > clock_timestamp() - interval '15 s' AS is_fresh_approval,
  coalesce(decided.response_body, earlier.response_body) AS response_body,
  CASE
    WHEN decided.id IS NOT NULL AND decided.reason IS NULL OR earlier.id = item.id THEN nextval('approval_number')
  END AS approval_number
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
    AND message.kind = 'authorization'
    AND message.network_key = item.network_key
  LIMIT 1
) AS earlier ON true
ORDER BY item.ordinal
