-- Intends the credit that gives a finding back. The finding's row is locked by the caller.
-- $1 exchange_id, $2 rail, $3 name, $4 nth, $5 kind, $6 credit's reference, $7 debit's reference, $8 debit's exchange
-- reference, $9 wallet, $10 asset, $11 amount, $12 account to empty, $13 programme's account
WITH named AS (
  UPDATE reconciliation_finding
  SET credit_reference = $6
  WHERE exchange_id = $1 AND rail = $2 AND name = $3 AND nth = $4 AND kind = $5 AND credit_reference IS NULL
  RETURNING exchange_id, rail
)
INSERT INTO unmatched_credit (
  reference, debit_reference, debit_exchange_reference, exchange_id, rail, wallet, asset, amount, account,
  programme_account
)
SELECT $6, $7, $8, named.exchange_id, named.rail, $9, $10, $11, $12, $13
FROM named
