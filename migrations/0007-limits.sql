-- Limits beyond a card's own three: what an item's ask says is honoured. (Caps, and the functions that ask for both,
-- stand in a file of their own.)
--
-- An ask is {"count", "cash", "limits": [...], "caps": [...]}. count says how many authorizations the item is (an
-- increment is none), cash how much of it (in tiyn) is handed out at the till. Of a limit, span is 'day', 'month' (of
-- Asia/Almaty) or 'rolling', which counts from the instant since; types are those that count in full (absent: all but
-- account verifications), with_cash adds the cash part of purchases with cashback; channels restrict further; part
-- says whether the item counts as a 'whole' or only with its 'cash'. A cap is {"scope", "dayAmount", "monthAmount"}.
-- Amounts are texts. What is not asked about but must be counted, an advice, has the ask {"known_caps": true}.
--
-- Further limits have no counters: a card's authorizations are summed while its usage row is locked, by statements that
-- begin after the lock is held and so see all that earlier holders counted. What is released, declined or reversed
-- therefore leaves exactly the window it was in, and a limit set today knows what was spent before it.

-- The least UUID version 7 of an instant: where a window begins in the order of receipt.
CREATE FUNCTION uuid_from(instant timestamptz) RETURNS uuid LANGUAGE sql STABLE AS $$
  SELECT (lpad(to_hex(floor(extract(epoch FROM instant) * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid
$$;

-- Does an item fit its ask's limits? The caller holds the card's usage row; running_day is the later of the item's day
-- and that row's, so that a clock a little behind at midnight cannot reopen yesterday. A day is read from two hours
-- before its midnight on, since such a clock mints ids before it and not all servers know that Almaty moved its clocks
-- in 2024; then each row's own usage_day decides.
-- The row comparison can only be answered by the index authorization_card, whatever the planner believes of the table.
CREATE FUNCTION card_limits_check(
  bank_id text,
  card_token text,
  running_day date,
  amount bigint,
  ask jsonb
) RETURNS text LANGUAGE plpgsql
  SET enable_seqscan = off
  SET enable_hashjoin = off
  SET enable_mergejoin = off
AS $$
#variable_conflict use_column
DECLARE
  broken record;
BEGIN
  WITH limited AS MATERIALIZED (
    SELECT
      asked.*,
      uuid_from(since) AS since_id,
      CASE span WHEN 'day' THEN $3 WHEN 'month' THEN date_trunc('month', $3)::date END AS first_day,
      CASE part WHEN 'cash' THEN ($5 ->> 'cash')::numeric ELSE coalesce($4, 0) END AS own_amount
    FROM jsonb_to_recordset($5 -> 'limits') AS asked (
      span text, since timestamptz, types text[], with_cash boolean, channels text[], part text, amount numeric,
      count integer
    )
  ),
  bound AS MATERIALIZED (
    SELECT uuid_from(min(coalesce(since, (first_day - interval '2 hours') AT TIME ZONE 'Asia/Almaty'))) AS id
    FROM limited
  ),
  spent AS MATERIALIZED (
    SELECT
      stored.id,
      stored.type,
      stored.channel,
      coalesce(stored.usage_day, (stored.received_at AT TIME ZONE 'Asia/Almaty')::date) AS day,
      CASE stored.state
        WHEN 'accepted' THEN coalesce(stored.billing_amount, 0)
        ELSE stored.approved_amount - stored.released_amount
      END AS amount,
      stored.cash_amount AS cash,
      CASE WHEN stored.kind = 'increment' THEN 0 ELSE 1 END AS count
    FROM "authorization" AS stored
    WHERE stored.bank_id = $1
      AND stored.card_token = $2
      AND (stored.bank_id, stored.card_token, stored.id) >= ($1, $2, (SELECT id FROM bound))
      AND stored.state IN ('accepted', 'approved')
      AND stored.kind IN ('authorization', 'increment', 'advice')
      -- What was released in full counts no more; an account verification holds nothing and counts all the same.
      AND (
        stored.state = 'accepted'
        OR stored.type = 'account_verification'
        OR stored.released_amount < stored.approved_amount
      )
  )
  SELECT
    bool_or(limited.part <> 'cash' AND own_amount + used.amount > limited.amount) AS amount,
    bool_or(limited.part <> 'cash' AND ($5 ->> 'count')::integer + used.count > limited.count) AS count,
    bool_or(
      limited.part = 'cash'
      AND (own_amount + used.amount > limited.amount OR ($5 ->> 'count')::integer + used.count > limited.count)
    ) AS cash
  INTO broken
  FROM limited
  CROSS JOIN LATERAL (
    SELECT
      coalesce(sum(CASE WHEN counts.in_full THEN spent.amount ELSE LEAST(spent.cash, spent.amount) END), 0) AS amount,
      coalesce(sum(spent.count) FILTER (WHERE counts.in_full OR spent.cash > 0), 0) AS count
    FROM spent
    CROSS JOIN LATERAL (
      SELECT coalesce(spent.type = ANY (limited.types), spent.type <> 'account_verification') AS in_full
    ) AS counts
    WHERE (counts.in_full OR (limited.with_cash AND spent.type = 'purchase_with_cashback'))
      AND (spent.day >= limited.first_day OR spent.id >= limited.since_id)
      AND coalesce(spent.channel = ANY (limited.channels), true)
  ) AS used;
  RETURN CASE
    WHEN broken.amount THEN 'amount_limit_exceeded'
    WHEN broken.count THEN 'count_limit_exceeded'
    WHEN broken.cash THEN 'cash_limit_exceeded'
    ELSE 'fits'
  END;
END
$$;
