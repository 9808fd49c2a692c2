-- Records presentments with the exact bytes of their answers.
INSERT INTO clearing (
  id, bank_id, local_date, network_key, authorization_id, named_authorization_id, outcome, amount, from_hold, exposed,
  released, is_last, received_at, request_body, response_body
)
SELECT *
FROM unnest(
  $1::uuid[], $2::text[], $3::date[], $4::text[], $5::uuid[], $6::uuid[], $7::text[], $8::bigint[], $9::bigint[],
  $10::bigint[], $11::bigint[], $12::boolean[], $13::timestamptz[], $14::text[], $15::text[]
) AS item (
  id, bank_id, local_date, network_key, authorization_id, named_authorization_id, outcome, amount, from_hold, exposed,
  released, is_last, received_at, request_body, response_body
)
