-- All operations, oldest first.
SELECT
  number, exchange, kind, party, reference, original_reference, from_wallet, to_wallet,
  asset, units, failure, settles_at, interim, executions, echo, at
FROM exchange_sandbox.operations
ORDER BY number
