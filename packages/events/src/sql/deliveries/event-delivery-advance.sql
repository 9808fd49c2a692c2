-- Records how far a delivery came: it goes when nothing more is owed, and is due at once when more is known of. Locks
-- the delivery. No row: the claim was lost, and nothing was written.
-- $1 destination id, $2 authorization id, $3 claim_epoch, $4 delivered sequence
WITH held AS MATERIALIZED (
  SELECT destination_id, authorization_id, last_sequence <= $4 AS is_done
  FROM event_delivery
  WHERE destination_id = $1 AND authorization_id = $2 AND claim_epoch = $3
  FOR UPDATE
),
finished AS (
  DELETE FROM event_delivery
  USING held
  WHERE event_delivery.destination_id = held.destination_id
    AND event_delivery.authorization_id = held.authorization_id
    AND held.is_done
),
advanced AS (
  UPDATE event_delivery
  SET
    delivered_sequence = $4, attempts = 0, detail = NULL, escalated_at = NULL, waiting_since = clock_timestamp(),
    next_step_at = clock_timestamp()
  FROM held
  WHERE event_delivery.destination_id = held.destination_id
    AND event_delivery.authorization_id = held.authorization_id
    AND NOT held.is_done
)
SELECT is_done FROM held
