-- Locks one authorization of one bank until the transaction ends.
-- $1 id, $2 bank_id
SELECT state, reversal_id
FROM "authorization"
WHERE id = $1 AND bank_id = $2
FOR UPDATE
