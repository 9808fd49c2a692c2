-- Locks the mandates of a card that have not come to their end, in the order in which they were asked for.
-- $1 bank_id, $2 card_token
SELECT mandate.*, now() AS claimed_at
FROM mandate
WHERE bank_id = $1 AND card_token = $2 AND next_step_at IS NOT NULL
ORDER BY id
FOR UPDATE
