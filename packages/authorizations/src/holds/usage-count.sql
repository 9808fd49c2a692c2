-- Counts what was approved in our place into the card's running windows and the caps that are there, and keeps into
-- which day in its record: no limit refuses it. No row: there is no such card. Locks the card's usage row, then the
-- caps' rows; the record is this database transaction's own.
-- $1 bank_id, $2 card_token, $3 day, $4 amount, $5 id
WITH counted AS MATERIALIZED (
  SELECT day
  FROM card_usage_count(
    ARRAY[$1], ARRAY[$2], ARRAY[$3::date], ARRAY[$4::bigint], ARRAY[1], ARRAY['{"known_caps": true}'::jsonb]
  )
)
UPDATE "authorization" AS stored
SET usage_day = counted.day
FROM counted
WHERE stored.id = $5
RETURNING stored.id
