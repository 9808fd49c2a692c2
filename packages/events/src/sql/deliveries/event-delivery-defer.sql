-- Puts a delivery off that failed, with how far it came, and escalates it, once, when it has waited for too long. Locks
-- the delivery. No row: the claim was lost, and nothing was written.
-- $1 destination id, $2 authorization id, $3 claim_epoch, $4 delivered sequence, $5 delay in ms, $6 detail,
-- $7 longest wait in ms
WITH held AS MATERIALIZED (
  SELECT
    destination_id, authorization_id, escalated_at IS NOT NULL AS was_escalated,
    delivered_sequence < $4 AS came_further,
    waiting_since <= now() - $7 * interval '1 millisecond' AS is_old
  FROM event_delivery
  WHERE destination_id = $1 AND authorization_id = $2 AND claim_epoch = $3
  FOR UPDATE
),
deferred AS (
  UPDATE event_delivery
  SET
    delivered_sequence = GREATEST(event_delivery.delivered_sequence, $4),
    attempts = CASE WHEN held.came_further THEN 1 ELSE event_delivery.attempts END,
    waiting_since = CASE WHEN held.came_further THEN clock_timestamp() ELSE event_delivery.waiting_since END,
    next_step_at = clock_timestamp() + $5 * interval '1 millisecond',
    detail = $6,
    escalated_at = CASE
      WHEN held.came_further THEN NULL
      WHEN held.is_old THEN coalesce(event_delivery.escalated_at, now())
      ELSE event_delivery.escalated_at
    END
  FROM held
  WHERE event_delivery.destination_id = held.destination_id
    AND event_delivery.authorization_id = held.authorization_id
)
SELECT is_old AND NOT came_further AND NOT was_escalated AS newly_escalated FROM held
