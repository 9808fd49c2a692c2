-- Leaves a tombstone for the original of a reversal, on which it will be declined when it arrives. This and ACCEPT
-- compete for one unique key, so exactly one of them comes first. No row: the key is taken, look again for who has it.
-- $1 local_date, $2 bank_id, $3 network_key, $4 reversal_id
INSERT INTO message (local_date, bank_id, kind, network_key, record_id)
VALUES ($1, $2, 'authorization', $3, $4)
ON CONFLICT ON CONSTRAINT message_pkey DO NOTHING
RETURNING record_id
