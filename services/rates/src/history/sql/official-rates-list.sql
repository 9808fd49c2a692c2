-- The official rates of a currency that are in force between two days, both included, newest first, at most $4 of them:
-- the first is of a day before where none was set for the first day itself, as on holidays. Locks nothing.
-- $1 currency, $2 the first day, $3 the last day, $4 the most rows
SELECT day, rate
FROM official_rate
WHERE currency = $1
  AND day BETWEEN
    coalesce((SELECT max(day) FROM official_rate WHERE currency = $1 AND day <= $2), $2)
    AND $3
ORDER BY day DESC
LIMIT $4
