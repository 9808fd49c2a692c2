-- Records that the exchange executed a credit and posts it: the crypto back to the wallet and, where its debit had been
-- approved, the tenge lines of that approval with their sides swapped. Locks the movement. No row: the claim was lost
-- and nothing was written.
-- $1 reference, $2 claim_epoch, $3 exchange_reference, $4 wallet's ledger account, $5 programme's ledger account
WITH executed AS (
  UPDATE movement SET state = 'executed', exchange_reference = $3, detail = NULL
  WHERE reference = $1 AND claim_epoch = $2 AND kind = 'credit' AND state IN ('intended', 'in_doubt')
  RETURNING reference, authorization_id, debit_reference, asset, amount
),
line AS (
  SELECT 1 AS number, asset, amount, $4::text AS debit_account, $5::text AS credit_account
  FROM executed
  UNION ALL
  SELECT
    1 + row_number() OVER (ORDER BY approval.line), approval.asset, approval.amount, approval.credit_account,
    approval.debit_account
  FROM executed JOIN ledger_posting AS approval ON approval.journal_id = 'approval/' || executed.debit_reference
  WHERE approval.asset = 'KZT'
),
journal AS (
  SELECT ledger_post(
    array_agg('credit/' || executed.reference), array_agg(line.number::smallint), array_agg(executed.authorization_id),
    array_agg(line.asset), array_agg(line.amount), array_agg(line.debit_account), array_agg(line.credit_account)
  )
  FROM executed CROSS JOIN line
  GROUP BY executed.reference
),
event AS (
  INSERT INTO authorization_event (authorization_id, kind, detail)
  SELECT authorization_id, 'credited', reference FROM executed
)
SELECT executed.reference FROM executed CROSS JOIN journal
