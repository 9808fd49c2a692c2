-- I11 Nothing is held of what was reversed in full, increments included, whichever came first.
-- $1 the full reversals that were answered, a JSON array
WITH hold AS (
  SELECT id, request_body::jsonb ->> 'retrievalReferenceNumber' AS original
  FROM "authorization"
  WHERE kind = 'authorization'
)
SELECT
  format('reversal %s left %s tiyn of %s', number, sum(approved_amount - released_amount - cleared_amount), hold.id)
    AS wrong
FROM jsonb_to_recordset($1::jsonb) AS reversal (number integer, original text)
JOIN hold USING (original)
JOIN "authorization" AS part ON part.id = hold.id OR part.parent_id = hold.id
WHERE part.state = 'approved'
GROUP BY number, hold.id
HAVING sum(approved_amount - released_amount - cleared_amount) <> 0
