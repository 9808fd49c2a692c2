-- Reads one authorization of one bank with everything that became of it. Amounts of tenge come in tiyn, as text inside
-- JSON. Takes no lock.
-- $1 id, $2 bank_id
SELECT
  stored.id, stored.kind, stored.parent_id, stored.card_token, stored.type, stored.billing_amount, stored.cash_amount,
  stored.is_final, stored.state, stored.decline_reason, stored.approved_amount, stored.released_amount,
  stored.cleared_amount, stored.refunded_amount, stored.hold_until, stored.closed_as, stored.received_at,
  stored.concluded_at, stored.reversal_id, stored.response_body,
  (
    SELECT coalesce(jsonb_agg(jsonb_build_object(
      'authorizationId', 'aut_' || id, 'state', state, 'billing', billing_amount::text,
      'approved', approved_amount::text,
      'open', (approved_amount - released_amount - cleared_amount)::text
    ) ORDER BY id), '[]')
    FROM "authorization"
    WHERE parent_id = stored.id
  ) AS increments,
  (
    SELECT coalesce(jsonb_agg(jsonb_build_object(
      'exposureId', 'exp_' || id, 'clearingId', 'clr_' || clearing_id, 'cause', cause, 'state', state,
      'amount', amount::text, 'collected', collected::text, 'cancelled', cancelled::text
    ) ORDER BY created_at, id), '[]')
    FROM exposure
    WHERE authorization_id = stored.id
  ) AS exposures,
  (
    SELECT coalesce(jsonb_agg(jsonb_build_object(
      'clearingId', 'clr_' || id, 'outcome', outcome, 'amount', amount::text, 'fromHold', from_hold::text,
      'exposed', exposed::text, 'released', released::text, 'last', is_last, 'receivedAt', received_at
    ) ORDER BY id), '[]')
    FROM clearing
    WHERE authorization_id = stored.id
  ) AS clearings,
  (
    SELECT coalesce(jsonb_agg(jsonb_build_object(
      'refundId', 'rfd_' || id, 'reason', decline_reason, 'amount', amount::text, 'receivedAt', received_at
    ) ORDER BY id), '[]')
    FROM refund
    WHERE authorization_id = stored.id
  ) AS refunds,
  (
    SELECT coalesce(jsonb_agg(jsonb_build_object(
      'kind', kind, 'purpose', purpose, 'reference', reference, 'exchange', exchange_id, 'asset', asset,
      'amount', amount::text, 'state', state
    ) ORDER BY created_at, reference), '[]')
    FROM movement
    WHERE authorization_id = stored.id
  ) AS movements,
  (
    SELECT coalesce(jsonb_agg(jsonb_build_object('kind', kind, 'occurredAt', occurred_at) ORDER BY sequence), '[]')
    FROM authorization_event
    WHERE authorization_id = stored.id
  ) AS events
FROM "authorization" AS stored
WHERE stored.id = $1 AND stored.bank_id = $2
