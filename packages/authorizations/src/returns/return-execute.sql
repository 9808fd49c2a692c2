-- Records that the exchange executed the credit of a finding, posts it and closes the finding, all or nothing. Locks
-- the credit, then the finding. No row: the claim was lost and nothing was written.
-- $1 reference, $2 claim_epoch, $3 exchange_reference
WITH executed AS (
  UPDATE unmatched_credit SET state = 'executed', exchange_reference = $3, detail = NULL
  WHERE reference = $1 AND claim_epoch = $2 AND state <> 'executed'
  RETURNING reference, asset, amount, account, programme_account
),
closed AS (
  UPDATE reconciliation_finding AS finding
  SET closed_at = clock_timestamp(), closed_as = 'credited'
  FROM executed
  WHERE finding.credit_reference = executed.reference
),
journal AS (
  SELECT ledger_post(
    ARRAY['unmatched_credit/' || reference], ARRAY[1::smallint], ARRAY[NULL::uuid], ARRAY[asset], ARRAY[amount],
    ARRAY[account], ARRAY[programme_account]
  )
  FROM executed
)
SELECT executed.reference FROM executed CROSS JOIN journal
