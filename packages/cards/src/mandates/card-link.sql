-- Gives a card this wallet link, or none, and raises its version in both rows at once, as card-change does. The card is
-- locked by card-lock in the same transaction; locks its usage row.
-- $1 bank_id, $2 card_token, $3 wallet_link
WITH changed AS (
  UPDATE card
  SET version = version + 1, wallet_link = $3::jsonb, updated_at = now()
  WHERE bank_id = $1 AND card_token = $2
  RETURNING *
),
usage AS (
  UPDATE card_usage
  SET card_version = changed.version
  FROM changed
  WHERE card_usage.bank_id = $1 AND card_usage.card_token = $2
)
SELECT version, status, expires_on, last_four, limits, controls, wallet_link FROM changed
