-- Caps on whole banks and on the programme.

-- Gives the verdicts again, with 'amount_limit_exceeded' where an item does not fit a cap of its ask any more. Items
-- count in the order of their positions; one that does not fit takes nothing from those after it. Locks the caps' rows
-- in key order and leaves them locked, also new ones: they are the last rows that ACCEPT locks.
CREATE FUNCTION cap_usage_check(
  verdicts text[],
  days date[],
  amounts bigint[],
  asks jsonb[]
) RETURNS text[] LANGUAGE plpgsql
  SET enable_seqscan = off
  SET enable_hashjoin = off
  SET enable_mergejoin = off
AS $$
#variable_conflict use_column
DECLARE
  scopes text[];
  used_days date[];
  day_amounts numeric[];
  month_amounts numeric[];
  fits_whole boolean;
  cap record;
  at_scope integer;
  fits boolean;
BEGIN
  SELECT array_agg(DISTINCT asked.scope ORDER BY asked.scope) INTO scopes
  FROM unnest($1, $4) AS item (verdict, ask)
  CROSS JOIN LATERAL jsonb_to_recordset(item.ask -> 'caps') AS asked (scope text)
  WHERE item.verdict NOT IN ('card_changed', 'amount_limit_exceeded');
  IF scopes IS NULL THEN
    RETURN verdicts;
  END IF;
  FOR attempt IN 1..2 LOOP
    SELECT
      array_agg(used.day ORDER BY used.scope),
      array_agg(used.day_amount ORDER BY used.scope),
      array_agg(used.month_amount ORDER BY used.scope)
    INTO used_days, day_amounts, month_amounts
    FROM (SELECT * FROM cap_usage WHERE scope = ANY (scopes) ORDER BY scope FOR UPDATE) AS used;
    EXIT WHEN cardinality(used_days) = cardinality(scopes);
    INSERT INTO cap_usage (scope, day)
    SELECT missing.scope, days[1] FROM unnest(scopes) AS missing (scope) ORDER BY missing.scope
    ON CONFLICT ON CONSTRAINT cap_usage_pkey DO NOTHING;
  END LOOP;

  -- Nearly always all of it fits, and one look at the sums says so.
  SELECT bool_and(
    coalesce(used.day_amount + asked.amount <= asked.least_day, true)
    AND coalesce(used.month_amount + asked.amount <= asked.least_month, true)
  ) INTO fits_whole
  FROM (
    SELECT asked.scope, sum(item.amount) AS amount, min("dayAmount") AS least_day, min("monthAmount") AS least_month
    FROM unnest($1, $3, $4) AS item (verdict, amount, ask)
    CROSS JOIN LATERAL
      jsonb_to_recordset(item.ask -> 'caps') AS asked (scope text, "dayAmount" numeric, "monthAmount" numeric)
    WHERE item.verdict NOT IN ('card_changed', 'amount_limit_exceeded')
    GROUP BY asked.scope
  ) AS asked
  JOIN unnest(scopes, day_amounts, month_amounts) AS used (scope, day_amount, month_amount) USING (scope);
  IF fits_whole THEN
    RETURN verdicts;
  END IF;

  FOR n IN 1..cardinality(verdicts) LOOP
    CONTINUE WHEN verdicts[n] IN ('card_changed', 'amount_limit_exceeded');
    fits := true;
    FOR cap IN
      SELECT *
      FROM jsonb_to_recordset(asks[n] -> 'caps') AS cap (scope text, "dayAmount" numeric, "monthAmount" numeric)
    LOOP
      at_scope := array_position(scopes, cap.scope);
      IF used_days[at_scope] < days[n] THEN
        day_amounts[at_scope] := 0;
        IF used_days[at_scope] < date_trunc('month', days[n]) THEN
          month_amounts[at_scope] := 0;
        END IF;
        used_days[at_scope] := days[n];
      END IF;
      fits := fits
        AND coalesce(day_amounts[at_scope] + coalesce(amounts[n], 0) <= cap."dayAmount", true)
        AND coalesce(month_amounts[at_scope] + coalesce(amounts[n], 0) <= cap."monthAmount", true);
    END LOOP;
    IF NOT fits THEN
      verdicts[n] := 'amount_limit_exceeded';
    ELSIF verdicts[n] = 'fits' THEN
      FOR cap IN SELECT * FROM jsonb_to_recordset(asks[n] -> 'caps') AS cap (scope text) LOOP
        at_scope := array_position(scopes, cap.scope);
        day_amounts[at_scope] := day_amounts[at_scope] + coalesce(amounts[n], 0);
        month_amounts[at_scope] := month_amounts[at_scope] + coalesce(amounts[n], 0);
      END LOOP;
    END IF;
  END LOOP;
  RETURN verdicts;
END
$$;
