-- Locks executed debits of a card of which something is left to credit, the latest first: those of one hold, where one
-- is named, and those that hold nothing any more, because what another hold has open may have to go back whole. Locks
-- them in the order of their authorizations, as every hold does.
-- $1 bank_id, $2 card_token, $3 most debits, $4 first authorization of the hold, or nothing
WITH found AS MATERIALIZED (
  SELECT
    movement.authorization_id, movement.reference, movement.created_at
  FROM "authorization" AS stored
  CROSS JOIN LATERAL (
    SELECT authorization_id, reference, created_at
    FROM movement
    WHERE authorization_id = stored.id AND kind = 'debit' AND state = 'executed' AND billing > 0 AND credited < amount
  ) AS movement
  WHERE stored.bank_id = $1 AND stored.card_token = $2 AND stored.state = 'approved'
    AND (
      coalesce(stored.parent_id, stored.id) = $4
      OR stored.is_final
      OR stored.approved_amount = stored.released_amount + stored.cleared_amount
    )
  ORDER BY stored.id DESC
  LIMIT $3
),
locked AS MATERIALIZED (
  SELECT debit.*, wanted.created_at
  FROM (SELECT * FROM found ORDER BY authorization_id, reference) AS wanted
  CROSS JOIN LATERAL (
    SELECT
      reference, authorization_id, exchange_id, rail, asset, amount, credited, billing, fee, spread, released,
      refunded, quote, wallet
    FROM movement
    WHERE reference = wanted.reference
    FOR UPDATE
  ) AS debit
)
SELECT * FROM locked ORDER BY created_at DESC, reference DESC
