-- All conversions, oldest first.
SELECT number, conversion
FROM exchange_sandbox.conversions
ORDER BY number
