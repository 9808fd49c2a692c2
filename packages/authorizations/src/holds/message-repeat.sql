-- What the messages that hold these network keys were answered. Run after a claim found the keys taken, when those
-- messages' transactions have ended. Takes no lock.
SELECT
  asked.bank_id, asked.kind, asked.network_key, message.fingerprint,
  CASE asked.kind
    WHEN 'reversal' THEN (SELECT response_body FROM reversal WHERE id = message.record_id)
    WHEN 'clearing' THEN (SELECT response_body FROM clearing WHERE id = message.record_id)
    WHEN 'refund' THEN (SELECT response_body FROM refund WHERE id = message.record_id)
    ELSE (SELECT response_body FROM "authorization" WHERE id = message.authorization_id)
  END AS response_body
FROM unnest($1::date[], $2::text[], $3::text[], $4::text[]) AS asked (local_date, bank_id, kind, network_key)
CROSS JOIN LATERAL (
  SELECT fingerprint, record_id, authorization_id
  FROM message
  WHERE local_date = asked.local_date AND bank_id = asked.bank_id AND kind = asked.kind
    AND network_key = asked.network_key
  LIMIT 1
) AS message
