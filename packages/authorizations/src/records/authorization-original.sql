-- The original of an increment: the first authorization of the hold that the named row belongs to, with what decides
-- whether it can be raised. An advice that found its request approved stands for that request. No row: the bank has no
-- such authorization, or only a tombstone. Takes no lock: CONCLUDE looks again under the parent's.
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
    AND given.state = 'approved' AS is_open
FROM named
JOIN "authorization" AS given ON given.id = named.id AND given.bank_id = $1
LEFT JOIN "authorization" AS original ON original.id = given.original_id
JOIN "authorization" AS holding
  ON holding.id = coalesce(original.parent_id, original.id, given.parent_id, given.id)
