-- The official rates of a currency between two days, both included, newest first, at most $4 of them. Locks nothing.
-- $1 currency, $2 the first day, $3 the last day, $4 the most rows
SELECT day, rate
FROM official_rate
WHERE currency = $1 AND day BETWEEN $2 AND $3
ORDER BY day DESC
LIMIT $4
