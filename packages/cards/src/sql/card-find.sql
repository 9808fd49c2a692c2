-- Reads one card as its bank last put it. Takes no lock: ACCEPT re-checks the version under the usage row's lock.
-- $1 bank_id, $2 card_token
SELECT version, status, expires_on, last_four, limits, controls, wallet_link
FROM card
WHERE bank_id = $1 AND card_token = $2
