-- All movements, oldest first.
SELECT sequence, operation, wallet, kind
FROM exchange_sandbox.movements
ORDER BY sequence
