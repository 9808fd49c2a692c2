-- Cards as the banks provisioned them, and what each has spent in its running windows.

CREATE TABLE card (
  bank_id text NOT NULL,
  card_token text NOT NULL,
  version bigint NOT NULL,
  status text NOT NULL,
  expires_on text NOT NULL,
  last_four text,
  limits jsonb NOT NULL,
  wallet_link jsonb,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT card_pkey PRIMARY KEY (bank_id, card_token),
  CONSTRAINT card_version_positive CHECK (version > 0),
  CONSTRAINT card_expires_on_is_month CHECK (expires_on ~ '^[0-9]{4}-(0[1-9]|1[0-2])$'),
  CONSTRAINT card_last_four_is_four CHECK (last_four ~ '^[0-9]{4}$')
);

-- One narrow row a card, apart from the wide card row: it is updated by every authorization (HOT, fillfactor leaves
-- room), and its card_version is the version that ACCEPT re-checks under the row's lock.
CREATE TABLE card_usage (
  bank_id text NOT NULL,
  card_token text NOT NULL,
  card_version bigint NOT NULL,
  day date NOT NULL,
  day_amount bigint NOT NULL DEFAULT 0,
  day_count integer NOT NULL DEFAULT 0,
  month_amount bigint NOT NULL DEFAULT 0,
  CONSTRAINT card_usage_pkey PRIMARY KEY (bank_id, card_token),
  CONSTRAINT card_usage_card_fkey FOREIGN KEY (bank_id, card_token) REFERENCES card,
  CONSTRAINT card_usage_not_negative CHECK (day_amount >= 0 AND day_count >= 0 AND month_amount >= 0)
) WITH (fillfactor = 70);

-- Tells every authorizer to drop its copy of a card; the payload is bank and token.
CREATE FUNCTION card_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('card_changed', NEW.bank_id || '/' || NEW.card_token);
  RETURN NULL;
END
$$;

CREATE TRIGGER card_changed AFTER INSERT OR UPDATE ON card
  FOR EACH ROW EXECUTE FUNCTION card_changed();

-- The functions below are in PL/pgSQL because a session plans their statements once; in SQL each would be parsed and
-- planned anew by every statement that calls it. Since such a plan outlives the table that it was made for, they may
-- look rows up by key only: a plan that reads a whole table because it was small is wrong an hour later.

-- What ACCEPT asks of a card, all items at once: locks each usage row (in key order, so that two batches never wait for
-- each other in a circle) and says whether the card is still the version that was checked and whether the amount fits.
-- Items without a version are not asked about. A card that is not there gives no row.
CREATE FUNCTION card_usage_check(
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

-- Counts amounts into the running windows and says into which day each went: never an earlier one than the row already
-- holds, so that a clock that is a little behind at midnight cannot reopen yesterday.
CREATE FUNCTION card_usage_count(
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

-- Gives back what was counted into a window, if that window is still the running one. Several items may be of one card.
-- Locks in key order, as the check does.
CREATE FUNCTION card_usage_give_back(
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
