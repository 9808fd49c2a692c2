-- Makes a bank's request for a mandate durable before the exchange is asked, and lends it to whoever asks for $10 ms.
-- No row: the bank used this request id before, or has no such card. Waits for a concurrent request under the same id.
-- $1 id, $2 reference, $3 bank_id, $4 card_token, $5 request_id, $6 fingerprint, $7 exchange_id and rail, $8 assets,
-- $9 single_limit, $10 lease in ms
INSERT INTO mandate (
  id, reference, bank_id, card_token, request_id, fingerprint, exchange_id, rail, assets, single_limit, state,
  next_step_at, claim_epoch, attempts
)
SELECT
  $1, $2, card.bank_id, card.card_token, $5, $6, ($7::text[])[1], ($7::text[])[2], $8, $9, 'requested',
  clock_timestamp() + $10 * interval '1 millisecond', 1, 1
FROM card
WHERE card.bank_id = $3 AND card.card_token = $4
ON CONFLICT ON CONSTRAINT mandate_request_once DO NOTHING
RETURNING mandate.*, now() AS claimed_at
