-- The authorizations that originals' network keys led to; one without authorization_id is a tombstone, and no row says
-- that the original has not arrived. Takes no lock: ACCEPT locks the card's usage before it asks for this key, and who
-- looks here locks that usage after it.
SELECT asked.bank_id, asked.kind, asked.network_key, message.authorization_id
FROM unnest($1::date[], $2::text[], $3::text[], $4::text[]) AS asked (local_date, bank_id, kind, network_key)
CROSS JOIN LATERAL (
  SELECT authorization_id
  FROM message
  WHERE local_date = asked.local_date AND bank_id = asked.bank_id AND kind = asked.kind
    AND network_key = asked.network_key
  LIMIT 1
) AS message
