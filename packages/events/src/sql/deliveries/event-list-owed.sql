-- The next events of claimed deliveries, each authorization's in its order: after what was delivered, up to what was
-- handed on, and between them whatever can be seen, because whoever sees an event sees all before it. Takes no lock.
-- $1 authorization ids, $2 delivered sequences, $3 last sequences (corresponding by position), $4 kinds, $5 most events
-- of each
SELECT event.*
FROM unnest($1::uuid[], $2::bigint[], $3::bigint[])
  AS owed (authorization_id, delivered_sequence, last_sequence)
CROSS JOIN LATERAL (
  SELECT
    authorization_id, sequence, kind, detail, occurred_at, bank_id, card_token, authorization_kind, parent_id, type,
    billing_amount, movement, clearing, refund
  FROM told_event
  WHERE authorization_id = owed.authorization_id
    AND sequence > owed.delivered_sequence
    AND sequence <= owed.last_sequence
    AND kind = ANY ($4::text[])
  ORDER BY sequence
  LIMIT $5
) AS event
ORDER BY event.authorization_id, event.sequence
