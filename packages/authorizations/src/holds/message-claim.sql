-- Claims the network keys of messages for ever; an advice also takes over the tombstone that waits for it, and is told
-- what left it. A message without a row: an earlier copy of it, or another message, holds its key. Locks message rows
-- in key order. No two items share a key.
INSERT INTO message AS stored (local_date, bank_id, kind, network_key, fingerprint, authorization_id, record_id)
SELECT local_date, bank_id, kind, network_key, fingerprint, authorization_id, record_id
FROM unnest(
  $1::date[], $2::text[], $3::text[], $4::text[], $5::bytea[], $6::uuid[], $7::uuid[]
) AS item (local_date, bank_id, kind, network_key, fingerprint, authorization_id, record_id)
ORDER BY local_date, bank_id, kind, network_key
ON CONFLICT ON CONSTRAINT message_pkey DO UPDATE
  SET fingerprint = EXCLUDED.fingerprint, authorization_id = EXCLUDED.authorization_id
  WHERE stored.fingerprint IS NULL
RETURNING bank_id, kind, network_key, overtaken_as, record_id
