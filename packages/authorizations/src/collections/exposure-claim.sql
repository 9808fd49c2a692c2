-- Lends due exposures to one instance, the one that is due longest first. Locks exposures without waiting for any: what
-- another instance is claiming, or a reversal is cancelling, is left to them. The raised epoch shuts out whoever held
-- the exposure before.
-- $1 most exposures, $2 lease in ms
WITH due AS MATERIALIZED (
  SELECT exposure.id
  FROM exposure
  WHERE exposure.state = 'open'
    AND exposure.next_step_at <= now()
    AND exposure.amount > exposure.collected + exposure.cancelled
  ORDER BY exposure.next_step_at
  LIMIT $1
  FOR UPDATE SKIP LOCKED
),
claimed AS (
  UPDATE exposure
  SET
    next_step_at = now() + $2 * interval '1 millisecond',
    claim_epoch = exposure.claim_epoch + 1,
    attempts = exposure.attempts + 1
  FROM due
  WHERE exposure.id = due.id
  RETURNING exposure.*
)
SELECT
  claimed.id, claimed.authorization_id, claimed.bank_id, claimed.card_token, claimed.quote, claimed.attempts,
  claimed.refused, claimed.claim_epoch, claimed.amount - claimed.collected - claimed.cancelled AS owed,
  "authorization".type
FROM claimed JOIN "authorization" ON "authorization".id = claimed.authorization_id
