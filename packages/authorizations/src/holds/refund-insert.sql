-- Records a refund with the exact bytes of its answer.
-- $1 id, $2 bank_id, $3 local_date, $4 network_key, $5 card_token, $6 authorization_id, $7 decline_reason, $8 amount,
-- $9 received_at, $10 request_body, $11 response_body
INSERT INTO refund (
  id, bank_id, local_date, network_key, card_token, authorization_id, decline_reason, amount, received_at, request_body,
  response_body
)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
