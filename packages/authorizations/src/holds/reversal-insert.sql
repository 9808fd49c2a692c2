-- Records a reversal with the exact bytes of its answer.
-- $1 id, $2 bank_id, $3 local_date, $4 network_key, $5 authorization_id, $6 reason, $7 received_at, $8 request_body,
-- $9 response_body
INSERT INTO reversal (
  id, bank_id, local_date, network_key, authorization_id, reason, received_at, request_body, response_body
)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
