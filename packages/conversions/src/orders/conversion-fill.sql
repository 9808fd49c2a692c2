-- Records what an order did and posts it to the ledger, both or neither, and once only. Locks the order. No row: the
-- claim was lost and nothing was written.
-- $1 id, $2 claim_epoch, $3 filled_amount, $4 worth, $5 exchange_reference, $6 fees, then the postings: $7 journal ids,
-- $8 lines, $9 assets, $10 amounts, $11 debit accounts, $12 credit accounts
WITH filled AS (
  UPDATE conversion_order
  SET
    state = 'filled',
    filled_amount = $3,
    worth = $4,
    exchange_reference = $5,
    fees = $6,
    detail = NULL,
    refusals = 0,
    finished_at = clock_timestamp()
  WHERE id = $1 AND claim_epoch = $2 AND finished_at IS NULL AND ticket IS NOT NULL
  RETURNING id
),
journal AS (
  SELECT ledger_post(
    $7::text[], $8::smallint[], array_fill(NULL::uuid, ARRAY[cardinality($7::text[])]), $9::text[], $10::numeric[],
    $11::text[], $12::text[]
  )
  FROM filled
)
SELECT filled.id FROM filled CROSS JOIN journal
