-- What the record of everything that follows an authorization needs besides.

-- An advice that found its original approved by us holds nothing itself: original_id is the row that a message means
-- which names that advice.
ALTER TABLE "authorization" ADD COLUMN original_id uuid;

-- Credits post only their crypto from now on, because the tenge lines are posted when the credit is intended. Those
-- that were intended before have still to be posted.
INSERT INTO ledger_posting (journal_id, line, authorization_id, asset, amount, debit_account, credit_account)
SELECT
  'release/' || credit.reference, (row_number() OVER (PARTITION BY credit.reference ORDER BY approval.line))::smallint,
  credit.authorization_id, approval.asset, approval.amount, approval.credit_account, approval.debit_account
FROM movement AS credit
JOIN ledger_posting AS approval ON approval.journal_id = 'approval/' || credit.debit_reference
WHERE credit.kind = 'credit' AND credit.state IN ('intended', 'in_doubt') AND approval.asset = 'KZT';

-- The functions below write what a change of holds comes to, row by row by key. The caller has locked the rows. Several
-- changes may be of one row: they are added up. Arrays correspond by position.

-- Raises, releases, clears and refunds. A closing ends the hold of a row, and the first one stays; so does the first
-- reversal. A mark in overtaken_as is written only while the row is accepted.
CREATE FUNCTION authorization_change(
  ids uuid[],
  raised bigint[],
  released bigint[],
  cleared bigint[],
  refunded bigint[],
  closings text[],
  reversal_ids uuid[],
  overtakings text[]
) RETURNS bigint LANGUAGE plpgsql
  SET enable_seqscan = off
  SET enable_hashjoin = off
  SET enable_mergejoin = off
AS $$
DECLARE
  written bigint;
BEGIN
  UPDATE "authorization" AS stored
  SET
    approved_amount = stored.approved_amount + change.raised,
    released_amount = stored.released_amount + change.released,
    cleared_amount = stored.cleared_amount + change.cleared,
    refunded_amount = stored.refunded_amount + change.refunded,
    hold_until = CASE WHEN change.closing IS NULL THEN stored.hold_until END,
    closed_as = coalesce(stored.closed_as, change.closing),
    reversal_id = coalesce(stored.reversal_id, change.reversal_id),
    overtaken_as = CASE
      WHEN stored.state = 'accepted' THEN coalesce(stored.overtaken_as, change.overtaking) ELSE stored.overtaken_as
    END
  FROM (
    SELECT
      given.id,
      sum(given.raised)::bigint AS raised,
      sum(given.released)::bigint AS released,
      sum(given.cleared)::bigint AS cleared,
      sum(given.refunded)::bigint AS refunded,
      max(given.closing) AS closing,
      (array_agg(given.reversal_id) FILTER (WHERE given.reversal_id IS NOT NULL))[1] AS reversal_id,
      max(given.overtaking) AS overtaking
    FROM unnest($1, $2, $3, $4, $5, $6, $7, $8) AS given
      (id, raised, released, cleared, refunded, closing, reversal_id, overtaking)
    GROUP BY given.id
  ) AS change
  WHERE stored.id = change.id;
  GET DIAGNOSTICS written = ROW_COUNT;
  RETURN written;
END
$$;

-- Gives parts of executed debits back: raises what they credited and released, and intends their credits. What comes to
-- no crypto has no credit_reference. Gives the number of credits.
CREATE FUNCTION movement_credit(
  debit_references text[],
  amounts numeric[],
  released bigint[],
  credit_references text[],
  authorization_ids uuid[],
  purposes text[],
  refund_ids uuid[]
) RETURNS bigint LANGUAGE plpgsql
  SET enable_seqscan = off
  SET enable_hashjoin = off
  SET enable_mergejoin = off
AS $$
DECLARE
  written bigint;
BEGIN
  UPDATE movement AS debit
  SET credited = debit.credited + change.amount, released = debit.released + change.released
  FROM (
    SELECT given.reference, sum(given.amount) AS amount, sum(given.released)::bigint AS released
    FROM unnest($1, $2, $3) AS given (reference, amount, released)
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

-- Cancels parts of exposures. One that a debit is being made for stays with settlement, which sees what is left owed.
CREATE FUNCTION exposure_cancel(ids uuid[], amounts bigint[]) RETURNS bigint LANGUAGE plpgsql
  SET enable_seqscan = off
  SET enable_hashjoin = off
  SET enable_mergejoin = off
AS $$
DECLARE
  written bigint;
BEGIN
  UPDATE exposure AS stored
  SET
    cancelled = stored.cancelled + change.amount,
    state = CASE
      WHEN stored.state = 'open' AND stored.collected + stored.cancelled + change.amount = stored.amount THEN 'closed'
      ELSE stored.state
    END
  FROM (
    SELECT given.id, sum(given.amount)::bigint AS amount FROM unnest($1, $2) AS given (id, amount) GROUP BY given.id
  ) AS change
  WHERE stored.id = change.id;
  GET DIAGNOSTICS written = ROW_COUNT;
  RETURN written;
END
$$;
