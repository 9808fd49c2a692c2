-- The references of all our movements of a rail, in their order, from one on. Takes no lock.
-- $1 exchange_id, $2 rail, $3 the last reference that was seen, $4 how many
SELECT swept.reference, swept.kind
FROM (
  (
    SELECT movement.reference, movement.kind
    FROM movement
    WHERE movement.exchange_id = $1 AND movement.rail = $2 AND movement.reference > $3
    ORDER BY movement.reference
    LIMIT $4
  )
  UNION ALL
  (
    SELECT unmatched.reference, 'credit'
    FROM unmatched_credit AS unmatched
    WHERE unmatched.exchange_id = $1 AND unmatched.rail = $2 AND unmatched.reference > $3
    ORDER BY unmatched.reference
    LIMIT $4
  )
) AS swept
ORDER BY swept.reference
LIMIT $4
