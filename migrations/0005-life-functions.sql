-- The functions that the new columns change.

-- As before, and an approval says how much it holds.
CREATE OR REPLACE FUNCTION authorization_decide(
  ids uuid[],
  decline_reasons text[],
  approval_codes text[],
  response_bodies text[]
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
    state = CASE WHEN decided.decline_reason IS NULL THEN 'approved' ELSE 'declined' END,
    decline_reason = decided.decline_reason,
    approval_code = decided.approval_code,
    approved_amount = CASE WHEN decided.decline_reason IS NULL THEN stored.billing_amount END,
    response_body = decided.response_body,
    concluded_at = clock_timestamp()
  FROM unnest($1, $2, $3, $4) AS decided (id, decline_reason, approval_code, response_body)
  WHERE stored.id = decided.id;
  GET DIAGNOSTICS written = ROW_COUNT;
  RETURN written;
END
$$;

-- The functions of a card's usage, as before but for three things. counts says how many authorizations each item counts
-- as: an increment raises an amount and is none of its own; giving back a part gives no count back. asks holds what
-- limits and caps beyond the card's own three an item is subject to; absent: none. A verdict 'cash_limit_exceeded' says
-- that only the cash part of a purchase does not fit. counts and asks correspond by position to the other arrays.
DROP FUNCTION card_usage_check(text[], text[], bigint[], date[], bigint[], bigint[], integer[], bigint[]);
DROP FUNCTION card_usage_count(text[], text[], date[], bigint[]);
DROP FUNCTION card_usage_give_back(text[], text[], date[], bigint[]);

CREATE FUNCTION card_usage_check(
  bank_ids text[],
  card_tokens text[],
  card_versions bigint[],
  days date[],
  amounts bigint[],
  daily_amounts bigint[],
  daily_counts integer[],
  monthly_amounts bigint[],
  counts integer[],
  asks jsonb[]
) RETURNS TABLE (ordinal bigint, verdict text) LANGUAGE plpgsql
  SET enable_seqscan = off
  SET enable_hashjoin = off
  SET enable_mergejoin = off
AS $$
#variable_conflict use_column
BEGIN
  RETURN QUERY
    SELECT
      asked.ordinal,
      CASE
        WHEN used.card_version <> asked.card_version THEN 'card_changed'
        WHEN asked.amount + CASE WHEN used.day >= asked.day THEN used.day_amount ELSE 0 END
          > asked.daily_amount THEN 'amount_limit_exceeded'
        WHEN asked.amount + CASE WHEN used.day >= date_trunc('month', asked.day) THEN used.month_amount ELSE 0 END
          > asked.monthly_amount THEN 'amount_limit_exceeded'
        WHEN asked.count + CASE WHEN used.day >= asked.day THEN used.day_count ELSE 0 END
          > asked.daily_count THEN 'count_limit_exceeded'
        ELSE 'fits'
      END
    FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) WITH ORDINALITY AS asked
      (bank_id, card_token, card_version, day, amount, daily_amount, daily_count, monthly_amount, count, ask, ordinal)
    JOIN card_usage AS used USING (bank_id, card_token)
    WHERE asked.card_version IS NOT NULL
    ORDER BY used.bank_id, used.card_token
    FOR UPDATE OF used;
END
$$;

CREATE FUNCTION card_usage_count(
  bank_ids text[],
  card_tokens text[],
  days date[],
  amounts bigint[],
  counts integer[],
  asks jsonb[]
) RETURNS TABLE (bank_id text, card_token text, day date) LANGUAGE plpgsql
  SET enable_seqscan = off
  SET enable_hashjoin = off
  SET enable_mergejoin = off
AS $$
#variable_conflict use_column
BEGIN
  RETURN QUERY
    UPDATE card_usage AS used
    SET
      day = GREATEST(used.day, counted.day),
      day_amount = counted.amount + CASE WHEN used.day >= counted.day THEN used.day_amount ELSE 0 END,
      day_count = counted.count + CASE WHEN used.day >= counted.day THEN used.day_count ELSE 0 END,
      month_amount = counted.amount
        + CASE WHEN used.day >= date_trunc('month', counted.day) THEN used.month_amount ELSE 0 END
    FROM unnest($1, $2, $3, $4, $5, $6) AS counted (bank_id, card_token, day, amount, count, ask)
    WHERE used.bank_id = counted.bank_id AND used.card_token = counted.card_token
    RETURNING used.bank_id, used.card_token, used.day;
END
$$;

CREATE FUNCTION card_usage_give_back(
  bank_ids text[],
  card_tokens text[],
  days date[],
  amounts bigint[],
  counts integer[]
) RETURNS bigint LANGUAGE plpgsql
  SET enable_seqscan = off
  SET enable_hashjoin = off
  SET enable_mergejoin = off
AS $$
#variable_conflict use_column
DECLARE
  changed_cards bigint;
BEGIN
  IF bank_ids IS NULL THEN
    RETURN 0;
  END IF;
  WITH given AS (
    SELECT * FROM unnest($1, $2, $3, $4, $5) AS given (bank_id, card_token, day, amount, count)
    WHERE day IS NOT NULL
  ),
  locked AS MATERIALIZED (
    SELECT used.bank_id, used.card_token, used.day
    FROM card_usage AS used
    WHERE (used.bank_id, used.card_token) IN (SELECT given.bank_id, given.card_token FROM given)
    ORDER BY used.bank_id, used.card_token
    FOR UPDATE
  ),
  summed AS (
    SELECT
      given.bank_id,
      given.card_token,
      coalesce(sum(given.amount) FILTER (WHERE given.day = locked.day), 0)::bigint AS day_amount,
      coalesce(sum(given.count) FILTER (WHERE given.day = locked.day), 0)::integer AS day_count,
      coalesce(sum(given.amount) FILTER (WHERE given.day >= date_trunc('month', locked.day)), 0)::bigint AS month_amount
    FROM given JOIN locked USING (bank_id, card_token)
    GROUP BY given.bank_id, given.card_token
  ),
  changed AS (
    UPDATE card_usage AS used
    SET
      day_amount = used.day_amount - summed.day_amount,
      day_count = used.day_count - summed.day_count,
      month_amount = used.month_amount - summed.month_amount
    FROM summed
    WHERE used.bank_id = summed.bank_id AND used.card_token = summed.card_token
    RETURNING 1
  )
  SELECT count(*) INTO changed_cards FROM changed;
  RETURN changed_cards;
END
$$;

-- As before, with the counts.
CREATE OR REPLACE FUNCTION authorization_decline_in_doubt(authorization_id uuid)
RETURNS boolean LANGUAGE sql AS $$
  WITH declined AS (
    UPDATE "authorization" AS undecided
    SET state = 'declined', decline_reason = 'exchange_in_doubt', concluded_at = clock_timestamp()
    WHERE undecided.id = $1 AND undecided.state = 'accepted'
    RETURNING
      undecided.id, undecided.bank_id, undecided.card_token, undecided.usage_day,
      coalesce(undecided.billing_amount, 0) AS amount,
      CASE undecided.kind WHEN 'increment' THEN 0 ELSE 1 END AS count
  ),
  recorded AS (
    INSERT INTO authorization_event (authorization_id, kind, detail)
    SELECT id, 'declined', 'exchange_in_doubt' FROM declined
    RETURNING 1
  ),
  given_back AS (
    SELECT card_usage_give_back(
      array_agg(bank_id), array_agg(card_token), array_agg(usage_day), array_agg(amount), array_agg(count)
    )
    FROM declined
  )
  SELECT EXISTS (SELECT FROM recorded) FROM given_back
$$;
