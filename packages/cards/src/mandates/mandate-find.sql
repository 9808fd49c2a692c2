-- Reads one mandate of a bank's card as it stands. Takes no lock.
-- $1 bank_id, $2 card_token, $3 id
SELECT mandate.*, now() AS claimed_at
FROM mandate
WHERE bank_id = $1 AND card_token = $2 AND id = $3
