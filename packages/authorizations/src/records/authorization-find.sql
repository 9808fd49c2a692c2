-- Reads one authorization of one bank with its movements and its history. Takes no lock.
-- $1 id, $2 bank_id
SELECT
  stored.id, stored.card_token, stored.type, stored.billing_amount, stored.state, stored.decline_reason,
  stored.received_at, stored.concluded_at, stored.reversal_id, stored.response_body,
  (
    SELECT coalesce(jsonb_agg(jsonb_build_object(
      'kind', kind, 'reference', reference, 'exchange', exchange_id, 'asset', asset, 'amount', amount::text,
      'state', state
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
