-- Records authorizations that were decided without us: advices, force posts, unmatched refunds. An approved one is born
-- holding approved_amount; what the change of its hold adds comes with that.
INSERT INTO "authorization" (
  id, kind, bank_id, card_token, local_date, network_key, type, channel, billing_amount, is_final, state,
  decline_reason, approval_code, received_at, request_body, response_body, concluded_at, approved_amount,
  released_amount, hold_until, closed_as, reversal_id, original_id
)
SELECT
  id, kind, bank_id, card_token, local_date, network_key, type, channel, billing_amount, is_final,
  CASE WHEN decline_reason IS NULL THEN 'approved' ELSE 'declined' END, decline_reason, approval_code, received_at,
  request_body, response_body, clock_timestamp(), approved_amount, coalesce(released_amount, 0), hold_until, closed_as,
  reversal_id, original_id
FROM unnest(
  $1::uuid[], $2::text[], $3::text[], $4::text[], $5::date[], $6::text[], $7::text[], $8::text[], $9::bigint[],
  $10::boolean[], $11::text[], $12::text[], $13::timestamptz[], $14::text[], $15::text[], $16::bigint[], $17::bigint[],
  $18::timestamptz[], $19::text[], $20::uuid[], $21::uuid[]
) AS item (
  id, kind, bank_id, card_token, local_date, network_key, type, channel, billing_amount, is_final, decline_reason,
  approval_code, received_at, request_body, response_body, approved_amount, released_amount, hold_until,
  closed_as, reversal_id, original_id
)
