-- Locks the first authorizations of the holds that some rows of a bank belong to, and says for each row asked for which
-- row it stands for: itself, or the original of an advice that found it approved. No row: the bank has no such
-- authorization. Locks first authorizations in the order of their ids.
WITH named AS MATERIALIZED (
  SELECT asked.ordinal, found.target_id, found.first_id
  FROM unnest($1::uuid[], $2::text[]) WITH ORDINALITY AS asked (id, bank_id, ordinal)
  CROSS JOIN LATERAL (
    SELECT
      coalesce(original.id, given.id) AS target_id,
      coalesce(original.parent_id, original.id, given.parent_id, given.id) AS first_id
    FROM "authorization" AS given
    LEFT JOIN LATERAL (
      SELECT id, parent_id FROM "authorization" WHERE id = given.original_id LIMIT 1
    ) AS original ON true
    WHERE given.id = asked.id AND given.bank_id = asked.bank_id
    LIMIT 1
  ) AS found
),
locked AS MATERIALIZED (
  SELECT stored.*
  FROM (SELECT DISTINCT first_id FROM named ORDER BY first_id) AS wanted
  CROSS JOIN LATERAL (
    SELECT
      id, bank_id, card_token, kind, state, is_final, usage_day::text, reversal_id, overtaken_as, closed_as, quote,
      coalesce(approved_amount, 0) AS approved_amount, released_amount, cleared_amount, refunded_amount,
      hold_until <= clock_timestamp() AS is_due
    FROM "authorization"
    WHERE id = wanted.first_id
    FOR UPDATE
  ) AS stored
)
SELECT named.ordinal, named.target_id, locked.*
FROM named
JOIN locked ON locked.id = named.first_id
ORDER BY named.ordinal
