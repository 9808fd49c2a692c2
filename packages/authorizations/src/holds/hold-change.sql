-- Writes what messages do to holds whose rows are locked: the amounts of their authorizations, credits of their debits,
-- cancelled and new exposures, the ledger's journals, the history; then gives back to the cards' usage, whose rows it
-- locks in key order. Wakes settlement for credits and for exposures.
-- $1 to $8: authorization ids, raised, released, cleared, refunded, closings, reversal ids, overtakings. $9 to $15:
-- debit references, amounts, released, credit references, authorization ids, purposes, refund ids. $16, $17: exposure
-- ids, cancelled amounts. $25 to $31: journal ids, lines, authorization ids, assets, amounts, debit accounts, credit
-- accounts. $35 to $39: bank ids, card tokens, days, amounts, counts of usage. $41 belongs to $9 to $15: refunded.
WITH changed AS MATERIALIZED (
  SELECT authorization_change($1, $2, $3, $4, $5, $6, $7, $8) AS authorizations
),
credited AS MATERIALIZED (
  SELECT movement_credit($9, $10, $11, $12, $13, $14, $15, $41) AS credits
),
cancelled AS MATERIALIZED (
  SELECT exposure_cancel($16, $17) AS exposures
),
exposed AS (
  INSERT INTO exposure (id, authorization_id, clearing_id, bank_id, card_token, cause, amount, quote, state)
  SELECT id, authorization_id, clearing_id, bank_id, card_token, cause, amount, quote, 'open'
  FROM unnest(
    $18::uuid[], $19::uuid[], $20::uuid[], $21::text[], $22::text[], $23::text[], $24::bigint[], $40::text[]
  ) AS item (id, authorization_id, clearing_id, bank_id, card_token, cause, amount, quote)
  RETURNING id
),
posted AS MATERIALIZED (
  SELECT ledger_post($25, $26, $27, $28, $29, $30, $31) AS lines
),
told AS (
  INSERT INTO authorization_event (authorization_id, kind, detail)
  -- After the rows were changed, increments' among them: an event's place in the order is taken under its row's lock.
  SELECT id, kind, detail
  FROM changed CROSS JOIN unnest($32::uuid[], $33::text[], $34::text[]) AS item (id, kind, detail)
),
given_back AS MATERIALIZED (
  SELECT card_usage_give_back($35, $36, $37, $38, $39) AS cards
  FROM changed CROSS JOIN credited CROSS JOIN cancelled
)
SELECT
  changed.authorizations, credited.credits, cancelled.exposures, posted.lines, given_back.cards,
  CASE WHEN credited.credits > 0 THEN pg_notify('movement_due', '') END AS movement_due,
  CASE WHEN (SELECT count(*) FROM exposed) > 0 THEN pg_notify('exposure_due', '') END AS exposure_due
FROM changed CROSS JOIN credited CROSS JOIN cancelled CROSS JOIN posted CROSS JOIN given_back
