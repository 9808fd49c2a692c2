-- The functions of ACCEPT and CONCLUDE in a language whose statements a session plans once: a function in SQL is parsed
-- and planned anew by every statement that calls it. Since such a plan outlives the table that it was made for, these
-- may look rows up by key only: a plan that reads a whole table because it was small is wrong an hour later.

-- The same, but for its language.
CREATE OR REPLACE FUNCTION card_usage_check(
  bank_ids text[],
  card_tokens text[],
  card_versions bigint[],
  days date[],
  amounts bigint[],
  daily_amounts bigint[],
  daily_counts integer[],
  monthly_amounts bigint[]
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
        WHEN 1 + CASE WHEN used.day >= asked.day THEN used.day_count ELSE 0 END
          > asked.daily_count THEN 'count_limit_exceeded'
        ELSE 'fits'
      END
    FROM unnest($1, $2, $3, $4, $5, $6, $7, $8) WITH ORDINALITY AS asked
      (bank_id, card_token, card_version, day, amount, daily_amount, daily_count, monthly_amount, ordinal)
    JOIN card_usage AS used USING (bank_id, card_token)
    WHERE asked.card_version IS NOT NULL
    ORDER BY used.bank_id, used.card_token
    FOR UPDATE OF used;
END
$$;

-- The same, but for its language.
CREATE OR REPLACE FUNCTION card_usage_count(
  bank_ids text[],
  card_tokens text[],
  days date[],
  amounts bigint[]
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
      day_count = 1 + CASE WHEN used.day >= counted.day THEN used.day_count ELSE 0 END,
      month_amount = counted.amount
        + CASE WHEN used.day >= date_trunc('month', counted.day) THEN used.month_amount ELSE 0 END
    FROM unnest($1, $2, $3, $4) AS counted (bank_id, card_token, day, amount)
    WHERE used.bank_id = counted.bank_id AND used.card_token = counted.card_token
    RETURNING used.bank_id, used.card_token, used.day;
END
$$;

-- The same, but for its language; most often there is nothing to give back.
CREATE OR REPLACE FUNCTION card_usage_give_back(
  bank_ids text[],
  card_tokens text[],
  days date[],
  amounts bigint[]
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
    SELECT * FROM unnest($1, $2, $3, $4) AS given (bank_id, card_token, day, amount)
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
      (count(*) FILTER (WHERE given.day = locked.day))::integer AS day_count,
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

-- The same, but for its language.
CREATE OR REPLACE FUNCTION ledger_post(
  journal_ids text[],
  lines smallint[],
  authorization_ids uuid[],
  assets text[],
  amounts numeric[],
  debit_accounts text[],
  credit_accounts text[]
) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  posted bigint;
BEGIN
  INSERT INTO ledger_posting
    (journal_id, line, authorization_id, asset, amount, debit_account, credit_account)
  SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7);
  GET DIAGNOSTICS posted = ROW_COUNT;
  RETURN posted;
END
$$;
