-- Claims the network key of a reversal for ever. No row: an earlier copy of it, or another message, holds the key.
-- $1 local_date, $2 bank_id, $3 network_key, $4 fingerprint, $5 reversal_id
INSERT INTO message (local_date, bank_id, kind, network_key, fingerprint, record_id)
VALUES ($1, $2, 'reversal', $3, $4, $5)
ON CONFLICT ON CONSTRAINT message_pkey DO NOTHING
RETURNING record_id
