-- Lends due deliveries to one instance, to each destination no more than it has free slots, the one that is due longest
-- first. Takes row locks without waiting for any. The number of the claim shuts out whoever held the delivery before.
-- $1 destination ids, $2 free slots (corresponding by position), $3 lease in ms
WITH due AS MATERIALIZED (
  SELECT open.*
  FROM unnest($1::text[], $2::integer[]) AS lane (destination_id, free_slots)
  CROSS JOIN LATERAL (
    SELECT event_delivery.destination_id, event_delivery.authorization_id
    FROM event_delivery
    WHERE event_delivery.destination_id = lane.destination_id AND event_delivery.next_step_at <= now()
    ORDER BY event_delivery.next_step_at
    LIMIT lane.free_slots
    FOR UPDATE SKIP LOCKED
  ) AS open
)
UPDATE event_delivery AS claimed
SET
  next_step_at = now() + $3 * interval '1 millisecond',
  claim_epoch = nextval('event_claim'),
  attempts = claimed.attempts + 1
FROM due
WHERE claimed.destination_id = due.destination_id AND claimed.authorization_id = due.authorization_id
RETURNING
  claimed.destination_id, claimed.authorization_id, claimed.delivered_sequence, claimed.last_sequence,
  claimed.attempts, claimed.claim_epoch
