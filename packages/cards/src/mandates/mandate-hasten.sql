-- Takes a notice about a mandate: makes the mandate due at once, unless this very notice was taken before. The raised
-- epoch shuts out whoever asked the exchange before the notice was sent: what they found out may be older than it.
-- Locks the mandate.
-- $1 exchange_id, $2 rail, $3 notice_id, $4 reference
WITH noted AS (
  INSERT INTO exchange_notice (exchange_id, rail, notice_id)
  VALUES ($1, $2, $3)
  ON CONFLICT ON CONSTRAINT exchange_notice_pkey DO NOTHING
  RETURNING notice_id
),
hastened AS (
  UPDATE mandate
  SET next_step_at = now(), claim_epoch = claim_epoch + 1
  FROM noted
  WHERE mandate.reference = $4
    AND mandate.exchange_id = $1
    AND mandate.rail = $2
    AND mandate.next_step_at IS NOT NULL
  RETURNING mandate.id
)
SELECT
  EXISTS (SELECT FROM noted) AS is_new,
  CASE WHEN EXISTS (SELECT FROM hastened) THEN pg_notify('mandate_due', '') END AS woken
