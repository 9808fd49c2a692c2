-- Reads one page of a bank's authorizations, the latest first. An id is a UUID version 7, so that its order is the
-- order of receipt and a page that begins below an id stays what it is, whatever comes in meanwhile. The list of one
-- card and the list of all of a bank's cards are read along different indexes: only one of the two halves is run. The
-- second compares rows, which the index of ids alone cannot: along that one, a small bank's list reads everybody's.
-- Takes no lock.
-- $1 bank_id, $2 the id below which the page begins, $3 the lowest id that can be on it, $4 card_token, $5 state,
-- $6 kind, $7 received_at from, $8 received_at before, $9 how many; $4 to $8 may be NULL: no restriction
WITH page AS (
  (
    SELECT id FROM "authorization"
    WHERE
      $4::text IS NOT NULL AND bank_id = $1 AND card_token = $4 AND id < $2::uuid AND id >= $3::uuid
      AND ($5::text IS NULL OR state = $5) AND ($6::text IS NULL OR kind = $6)
      AND ($7::timestamptz IS NULL OR received_at >= $7) AND ($8::timestamptz IS NULL OR received_at < $8)
    ORDER BY id DESC
    LIMIT $9
  )
  UNION ALL
  (
    SELECT id FROM "authorization"
    WHERE
      $4::text IS NULL AND (bank_id, id) < ($1, $2::uuid) AND (bank_id, id) >= ($1, $3::uuid)
      AND ($5::text IS NULL OR state = $5) AND ($6::text IS NULL OR kind = $6)
      AND ($7::timestamptz IS NULL OR received_at >= $7) AND ($8::timestamptz IS NULL OR received_at < $8)
    ORDER BY bank_id DESC, id DESC
    LIMIT $9
  )
)
SELECT
  stored.id, stored.kind, stored.parent_id, stored.card_token, stored.type, stored.billing_amount, stored.cash_amount,
  stored.is_final, stored.state, stored.decline_reason, stored.approved_amount, stored.released_amount,
  stored.cleared_amount, stored.refunded_amount, stored.hold_until, stored.closed_as, stored.received_at,
  stored.concluded_at, stored.reversal_id
FROM page
JOIN "authorization" AS stored USING (id)
ORDER BY stored.id DESC
