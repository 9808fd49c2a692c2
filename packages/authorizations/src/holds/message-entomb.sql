-- Leaves tombstones for originals that have not arrived: they will be declined when they do. This and ACCEPT compete
-- for one unique key, so exactly one of them comes first. Fewer rows than were asked for: one arrived meanwhile. Locks
-- new message rows in key order, after usage rows, as ACCEPT does. No two items share a key.
INSERT INTO message (local_date, bank_id, kind, network_key, record_id, overtaken_as)
SELECT local_date, bank_id, kind, network_key, record_id, overtaken_as
FROM unnest($1::date[], $2::text[], $3::text[], $4::text[], $5::uuid[], $6::text[])
  AS item (local_date, bank_id, kind, network_key, record_id, overtaken_as)
ORDER BY local_date, bank_id, kind, network_key
ON CONFLICT ON CONSTRAINT message_pkey DO NOTHING
RETURNING network_key
