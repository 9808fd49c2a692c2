-- The functions of a card's usage, honouring further limits and caps.

-- As before; where asks are given, also their limits and caps are asked, each after the locks that keep it true.
CREATE OR REPLACE FUNCTION card_usage_check(
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
DECLARE
  ordinals bigint[];
  verdicts text[];
  running_days date[];
  further text;
  at_item bigint;
BEGIN
  SELECT array_agg(locked.ordinal), array_agg(locked.verdict), array_agg(locked.running_day)
  INTO ordinals, verdicts, running_days
  FROM (
    SELECT
      asked.ordinal,
      GREATEST(used.day, asked.day) AS running_day,
      CASE
        WHEN used.card_version <> asked.card_version THEN 'card_changed'
        WHEN asked.amount + CASE WHEN used.day >= asked.day THEN used.day_amount ELSE 0 END
          > asked.daily_amount THEN 'amount_limit_exceeded'
        WHEN asked.amount + CASE WHEN used.day >= date_trunc('month', asked.day) THEN used.month_amount ELSE 0 END
          > asked.monthly_amount THEN 'amount_limit_exceeded'
        WHEN asked.count + CASE WHEN used.day >= asked.day THEN used.day_count ELSE 0 END
          > asked.daily_count THEN 'count_limit_exceeded'
        ELSE 'fits'
      END AS verdict
    FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9) WITH ORDINALITY AS asked
      (bank_id, card_token, card_version, day, amount, daily_amount, daily_count, monthly_amount, count, ordinal)
    JOIN card_usage AS used USING (bank_id, card_token)
    WHERE asked.card_version IS NOT NULL
    ORDER BY used.bank_id, used.card_token
    FOR UPDATE OF used
  ) AS locked;
  IF coalesce(array_remove(asks, NULL), '{}') <> '{}' AND ordinals IS NOT NULL THEN
    FOR n IN 1..cardinality(ordinals) LOOP
      at_item := ordinals[n];
      IF asks[at_item] ? 'limits' AND verdicts[n] IN ('fits', 'count_limit_exceeded') THEN
        further := card_limits_check(
          bank_ids[at_item], card_tokens[at_item], running_days[n], amounts[at_item], asks[at_item]
        );
        IF verdicts[n] = 'fits' OR further = 'amount_limit_exceeded' THEN
          verdicts[n] := further;
        END IF;
      END IF;
    END LOOP;
    verdicts := cap_usage_check(
      verdicts,
      (SELECT array_agg(days[at.item] ORDER BY at.n) FROM unnest(ordinals) WITH ORDINALITY AS at (item, n)),
      (SELECT array_agg(amounts[at.item] ORDER BY at.n) FROM unnest(ordinals) WITH ORDINALITY AS at (item, n)),
      (SELECT array_agg(asks[at.item] ORDER BY at.n) FROM unnest(ordinals) WITH ORDINALITY AS at (item, n))
    );
  END IF;
  RETURN QUERY SELECT * FROM unnest(ordinals, verdicts);
END
$$;

-- As before, and into the caps that the asks name; where an ask says known_caps, into those of its bank and of the
-- programme that are there, as card_usage_give_back gives back to them. Locks usage rows, then the caps' rows, in key
-- order each.
CREATE OR REPLACE FUNCTION card_usage_count(
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
    FROM unnest($1, $2, $3, $4, $5) AS counted (bank_id, card_token, day, amount, count)
    WHERE used.bank_id = counted.bank_id AND used.card_token = counted.card_token
    RETURNING used.bank_id, used.card_token, used.day;
  IF coalesce(array_remove(asks, NULL), '{}') <> '{}' THEN
    INSERT INTO cap_usage AS used (scope, day, day_amount, month_amount)
    SELECT cap.scope, max(counted.day), sum(counted.amount), sum(counted.amount)
    FROM unnest($1, $3, $4, $6) AS counted (bank_id, day, amount, ask)
    CROSS JOIN LATERAL (
      SELECT asked.scope FROM jsonb_to_recordset(counted.ask -> 'caps') AS asked (scope text)
      UNION ALL
      SELECT known.scope
      FROM cap_usage AS known
      WHERE known.scope IN ('bank/' || counted.bank_id, 'programme') AND counted.ask ? 'known_caps'
    ) AS cap
    WHERE counted.amount > 0
    GROUP BY cap.scope
    ORDER BY cap.scope
    ON CONFLICT ON CONSTRAINT cap_usage_pkey DO UPDATE SET
      day = GREATEST(used.day, EXCLUDED.day),
      day_amount = EXCLUDED.day_amount + CASE WHEN used.day >= EXCLUDED.day THEN used.day_amount ELSE 0 END,
      month_amount = EXCLUDED.month_amount
        + CASE WHEN used.day >= date_trunc('month', EXCLUDED.day) THEN used.month_amount ELSE 0 END;
  END IF;
END
$$;

-- As before, and also to the caps of its bank and of the programme, where there are any: into the window from which it
-- came, if that still runs. Less than nothing is given where an advice raised what had been counted. What was counted
-- before a cap was set may come back too; it never goes below nothing.
-- Locks usage rows, then the caps' rows, in key order each: call it last, because all banks' ACCEPTs wait for a cap.
CREATE OR REPLACE FUNCTION card_usage_give_back(
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

  WITH given AS (
    SELECT cap.scope, item.day, item.amount
    FROM unnest($1, $3, $4) AS item (bank_id, day, amount)
    CROSS JOIN LATERAL (VALUES ('bank/' || item.bank_id), ('programme')) AS cap (scope)
    WHERE item.day IS NOT NULL AND item.amount <> 0
  ),
  locked AS MATERIALIZED (
    SELECT used.scope, used.day
    FROM cap_usage AS used
    WHERE used.scope IN (SELECT given.scope FROM given)
    ORDER BY used.scope
    FOR UPDATE
  ),
  summed AS (
    SELECT
      scope,
      coalesce(sum(given.amount) FILTER (WHERE given.day = locked.day), 0) AS day_amount,
      coalesce(sum(given.amount) FILTER (
        WHERE given.day BETWEEN date_trunc('month', locked.day) AND locked.day
      ), 0) AS month_amount
    FROM given JOIN locked USING (scope)
    GROUP BY scope
  )
  UPDATE cap_usage AS used
  SET
    day_amount = GREATEST(used.day_amount - summed.day_amount, 0),
    month_amount = GREATEST(used.month_amount - summed.month_amount, 0)
  FROM summed
  WHERE used.scope = summed.scope;
  RETURN changed_cards;
END
$$;
