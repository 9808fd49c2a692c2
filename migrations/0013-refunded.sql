-- Says of each debit how much of it was refunded. Until now that was told from the amounts of its authorization, as if
-- refunds had always taken the first debits: a release after a refund could make the next refund take another debit's.

-- The part of billing that refunds brought back at the rate that the debit had paid. A release may come after a refund:
-- so it is bounded by itself and not together with released.
ALTER TABLE movement
  ADD COLUMN refunded bigint NOT NULL DEFAULT 0,
  ADD CONSTRAINT movement_refunded_in_bounds CHECK (refunded BETWEEN 0 AND coalesce(billing, 0));

-- What was refunded before, spread over the debits as it was understood to be: from the first one on, all that is kept
-- and paid for but cannot be refunded any more.
UPDATE movement AS debit
SET refunded = LEAST(spread_over.kept, spread_over.refunded - spread_over.ahead)
FROM (
  SELECT
    paid.reference,
    paid.kept,
    sum(paid.kept) OVER (PARTITION BY paid.authorization_id ORDER BY paid.reference) - paid.kept AS ahead,
    sum(paid.kept) OVER (PARTITION BY paid.authorization_id) + owing.owed
      - GREATEST(stored.approved_amount - stored.released_amount - stored.refunded_amount, 0) AS refunded
  FROM "authorization" AS stored
  JOIN (
    SELECT authorization_id, reference, billing - released AS kept
    FROM movement
    WHERE kind = 'debit' AND state = 'executed' AND billing > 0
  ) AS paid ON paid.authorization_id = stored.id
  CROSS JOIN LATERAL (
    SELECT coalesce(sum(amount - collected - cancelled), 0) AS owed FROM exposure WHERE authorization_id = stored.id
  ) AS owing
  WHERE stored.state = 'approved' AND stored.refunded_amount > 0
) AS spread_over
WHERE debit.reference = spread_over.reference AND spread_over.kept > 0 AND spread_over.refunded > spread_over.ahead;

-- As before; also raises what was refunded of debits. While a deployment rolls, services that do not know of that call
-- it without, and what they refund is not counted.
DROP FUNCTION movement_credit(text[], numeric[], bigint[], text[], uuid[], text[], uuid[]);
CREATE FUNCTION movement_credit(
  debit_references text[],
  amounts numeric[],
  released bigint[],
  credit_references text[],
  authorization_ids uuid[],
  purposes text[],
  refund_ids uuid[],
  refunded bigint[] DEFAULT '{}'
) RETURNS bigint LANGUAGE plpgsql
  SET enable_seqscan = off
  SET enable_hashjoin = off
  SET enable_mergejoin = off
AS $$
DECLARE
  written bigint;
BEGIN
  UPDATE movement AS debit
  SET
    credited = debit.credited + change.amount,
    released = debit.released + change.released,
    refunded = debit.refunded + change.refunded
  FROM (
    SELECT
      given.reference,
      sum(given.amount) AS amount,
      sum(given.released)::bigint AS released,
      coalesce(sum(given.refunded), 0)::bigint AS refunded
    FROM unnest($1, $2, $3, $8) AS given (reference, amount, released, refunded)
    GROUP BY given.reference
  ) AS change
  WHERE debit.reference = change.reference;
  INSERT INTO movement (
    reference, authorization_id, kind, purpose, debit_reference, bank_id, card_token, exchange_id, rail, wallet, asset,
    amount, state, created_at, valid_until, next_step_at, refund_id
  )
  SELECT
    given.reference, given.authorization_id, 'credit', given.purpose, debit.reference, debit.bank_id, debit.card_token,
    debit.exchange_id, debit.rail, debit.wallet, debit.asset, given.amount, 'intended', clock_timestamp(),
    clock_timestamp(), clock_timestamp(), given.refund_id
  FROM unnest($1, $2, $4, $5, $6, $7) AS given
    (debit_reference, amount, reference, authorization_id, purpose, refund_id)
  JOIN movement AS debit ON debit.reference = given.debit_reference
  WHERE given.reference IS NOT NULL;
  GET DIAGNOSTICS written = ROW_COUNT;
  RETURN written;
END
$$;
