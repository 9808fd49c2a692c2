-- Is the wallet under a mandate that a cardholder of another bank signed through us? One that is being ended may still
-- be debited, so it counts until its end.
-- $1 bank_id, $2 exchange_id, $3 rail, $4 wallet_id
SELECT EXISTS (
  SELECT FROM mandate
  WHERE exchange_id = $2 AND rail = $3 AND wallet_id = $4 AND next_step_at IS NOT NULL AND bank_id <> $1
) AS is_elsewhere
