-- I10 no card with a limit of a day approved more on that day, less what was released again
-- What an advice added to an approval the bank had decided itself: no limit refuses it.
SELECT
  card.card_token,
  CASE
    WHEN sum(held) > (limits ->> 'dailyAmount')::bigint
      THEN format('%s approved %s tiyn on %s of %s', card.card_token, sum(held), usage_day,
        limits ->> 'dailyAmount')
    WHEN count(*) FILTER (WHERE stored.kind = 'authorization' AND closed_as IS DISTINCT FROM 'reversed')
      > (limits ->> 'dailyCount')::bigint
      THEN format('%s approved %s times on %s of %s', card.card_token,
        count(*) FILTER (WHERE stored.kind = 'authorization' AND closed_as IS DISTINCT FROM 'reversed'), usage_day,
        limits ->> 'dailyCount')
  END AS wrong
FROM card
JOIN "authorization" AS stored USING (bank_id, card_token)
CROSS JOIN LATERAL (
  SELECT greatest(least(approved_amount, billing_amount) - released_amount, 0) AS held
) AS counted
WHERE stored.state = 'approved' AND stored.kind IN ('authorization', 'increment')
  AND (limits ? 'dailyAmount' OR limits ? 'dailyCount')
GROUP BY card.bank_id, card.card_token, limits, usage_day
