-- Takes a hint about a movement in doubt: it is looked up at once. What is intended stays as it is: its authorizer may
-- be about to decide on it, and a credit that was not sent has nothing to be looked up. Locks the movement.
-- $1 reference, $2 exchange_id, $3 rail
WITH hastened AS (
  UPDATE movement
  SET next_step_at = now()
  WHERE reference = $1 AND exchange_id = $2 AND rail = $3 AND state = 'in_doubt' AND next_step_at > now()
  RETURNING reference
)
SELECT reference, pg_notify('movement_due', '') AS woken FROM hastened
