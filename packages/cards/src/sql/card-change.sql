-- Changes a part of a card that is there, and raises its version in both rows at once, as card-put does. What is absent
-- stays as it is. Gives the card as it then is; where its status may not become the new one, as it was, unchanged; no
-- row where there is no such card. Locks the card row, then its usage row.
-- $1 bank_id, $2 card_token, $3 status, $4 the statuses from which it may become $3, $5 controls, $6 wallet_link
WITH found AS MATERIALIZED (
  SELECT *, $3::text IS NULL OR status = ANY ($4::text[]) AS may_change
  FROM card
  WHERE bank_id = $1 AND card_token = $2
  FOR UPDATE
),
changed AS (
  UPDATE card
  SET
    version = found.version + 1,
    status = coalesce($3, found.status),
    controls = coalesce($5::jsonb, found.controls),
    wallet_link = coalesce($6::jsonb, found.wallet_link),
    updated_at = now()
  FROM found
  WHERE card.bank_id = $1 AND card.card_token = $2 AND found.may_change
  RETURNING card.*
),
usage AS (
  UPDATE card_usage
  SET card_version = changed.version
  FROM changed
  WHERE card_usage.bank_id = $1 AND card_usage.card_token = $2
)
SELECT
  found.may_change AS is_changed,
  coalesce(changed.version, found.version) AS version,
  coalesce(changed.status, found.status) AS status,
  found.expires_on,
  found.last_four,
  found.limits,
  coalesce(changed.controls, found.controls) AS controls,
  coalesce(changed.wallet_link, found.wallet_link) AS wallet_link
FROM found
LEFT JOIN changed USING (bank_id, card_token)
