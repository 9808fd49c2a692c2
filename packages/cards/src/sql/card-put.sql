-- Makes a card what its bank says it is, and raises its version in both rows at once, so that no authorization that was
-- checked against the old card can be accepted after this commit. Gives no row, and changes nothing, where the card's
-- status may not become this one. Locks the card row, then its usage row.
-- $1 bank_id, $2 card_token, $3 status, $4 expires_on, $5 last_four, $6 limits, $7 controls, $8 wallet_link, $9 day,
-- $10 the statuses from which it may become $3
WITH put AS (
  INSERT INTO card (bank_id, card_token, version, status, expires_on, last_four, limits, controls, wallet_link)
  VALUES ($1, $2, 1, $3, $4, $5, $6::jsonb, $7::jsonb, $8::jsonb)
  ON CONFLICT ON CONSTRAINT card_pkey DO UPDATE SET
    version = card.version + 1,
    status = EXCLUDED.status,
    expires_on = EXCLUDED.expires_on,
    last_four = EXCLUDED.last_four,
    limits = EXCLUDED.limits,
    controls = EXCLUDED.controls,
    wallet_link = EXCLUDED.wallet_link,
    updated_at = now()
    WHERE card.status = ANY ($10::text[])
  RETURNING version
),
usage AS (
  INSERT INTO card_usage (bank_id, card_token, card_version, day)
  SELECT $1, $2, version, $9 FROM put
  ON CONFLICT ON CONSTRAINT card_usage_pkey DO UPDATE SET card_version = EXCLUDED.card_version
)
SELECT version FROM put
