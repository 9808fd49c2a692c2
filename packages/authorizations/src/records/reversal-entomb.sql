-- Finds the original of a reversal by its network key, or leaves a tombstone on which it will be declined when it
-- arrives. This and ACCEPT compete for one unique key, so exactly one of them comes first. Locks the message row.
-- $1 local_date, $2 bank_id, $3 network_key, $4 reversal_id
INSERT INTO message AS stored (local_date, bank_id, kind, network_key, reversal_id)
VALUES ($1, $2, 'authorization', $3, $4)
ON CONFLICT ON CONSTRAINT message_pkey DO UPDATE SET reversal_id = stored.reversal_id
RETURNING authorization_id
