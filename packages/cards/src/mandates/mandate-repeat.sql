-- Finds what a bank's request id was first used for. Takes no lock.
-- $1 bank_id, $2 request_id, $3 fingerprint, $4 card_token
SELECT mandate.*, now() AS claimed_at, fingerprint = $3 AND card_token = $4 AS is_same
FROM mandate
WHERE bank_id = $1 AND request_id = $2
