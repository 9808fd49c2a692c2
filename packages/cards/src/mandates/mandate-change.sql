-- Writes what became of a mandate, in the claim that it was found out under, and when it is due next; without a delay
-- never again. What a change does not say stays as it was, but for what was said about the last attempt. Escalates it
-- once, when it is asked to or it was tried too often without getting on. No row: the claim was lost, or the mandate
-- has come to its end, and nothing was written. Locks the mandate; whoever changes its card has locked the card before.
-- $1 id, $2 claim_epoch, $3 the change, $4 most attempts
WITH held AS MATERIALIZED (
  SELECT id, escalated_at IS NOT NULL AS was_escalated, attempts
  FROM mandate
  WHERE id = $1 AND claim_epoch = $2 AND next_step_at IS NOT NULL
  FOR UPDATE
)
UPDATE mandate
SET
  state = change.state,
  reason = coalesce(change.reason, mandate.reason),
  detail = change.detail,
  exchange_reference = coalesce(change.exchange_reference, mandate.exchange_reference),
  link = coalesce(change.link, mandate.link),
  qr_code = coalesce(change.qr_code, mandate.qr_code),
  expires_at = coalesce(to_timestamp(change.expires_at / 1000.0), mandate.expires_at),
  wallet_id = coalesce(change.wallet_id, mandate.wallet_id),
  user_id = coalesce(change.user_id, mandate.user_id),
  ends_at = coalesce(to_timestamp(change.ends_at / 1000.0), mandate.ends_at),
  signed_at = CASE WHEN change.wallet_id IS NULL THEN mandate.signed_at ELSE coalesce(mandate.signed_at, now()) END,
  ended_at = CASE WHEN change.delay_ms IS NULL THEN now() END,
  next_step_at = clock_timestamp() + change.delay_ms * interval '1 millisecond',
  attempts = CASE WHEN change.is_stuck THEN mandate.attempts ELSE 0 END,
  escalated_at = CASE
    WHEN NOT change.is_stuck THEN NULL
    WHEN change.is_for_person OR held.attempts >= $4 THEN coalesce(mandate.escalated_at, now())
    ELSE mandate.escalated_at
  END
FROM
  held,
  jsonb_to_record($3::jsonb) AS change (
    state text, reason text, detail text, exchange_reference text, link text, qr_code text, expires_at numeric,
    wallet_id text, user_id text, ends_at numeric, delay_ms numeric, is_stuck boolean, is_for_person boolean
  )
WHERE mandate.id = held.id
RETURNING mandate.escalated_at IS NOT NULL AND NOT held.was_escalated AS newly_escalated
