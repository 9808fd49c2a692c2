-- Locks a card before its mandates, so that everything that changes both waits here first.
-- $1 bank_id, $2 card_token
SELECT version, status, expires_on, last_four, limits, controls, wallet_link, wallet_linked_at
FROM card
WHERE bank_id = $1 AND card_token = $2
FOR UPDATE
