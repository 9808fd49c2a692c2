-- The original of an increment: the first authorization of the hold that the named row belongs to, with what decides
-- whether it can be raised. No row: the bank has no such authorization, or only a tombstone. Takes no lock: CONCLUDE
-- looks again under the parent's.
-- $1 bank_id, $2 id, or $3 local_date, $4 kind, $5 network_key of the message
WITH named AS (
  SELECT coalesce(
    $2::uuid,
    (
      SELECT authorization_id FROM message
      WHERE local_date = $3 AND bank_id = $1 AND kind = $4 AND network_key = $5
    )
  ) AS id
)
SELECT
  holding.id, holding.kind, holding.card_token, holding.type,
  holding.state = 'approved' AND holding.closed_as IS NULL AND holding.reversal_id IS NULL AND NOT holding.is_final
    AND stored.state = 'approved' AS is_open
FROM named
JOIN "authorization" AS stored ON stored.id = named.id AND stored.bank_id = $1
JOIN "authorization" AS holding ON holding.id = coalesce(stored.parent_id, stored.id)
