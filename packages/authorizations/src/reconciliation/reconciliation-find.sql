-- Records what was found and posts what moved without a record, each finding once for ever, both or neither. Gives
-- those that are new. Findings are written in the order of their keys.
-- $1 exchange_id, $2 rail, then arrays that correspond by position: $3 names, $4 nths, $5 kinds, $6 references,
-- $7 exchange references, $8 wallet ids, $9 assets, $10 amounts, $11 executed at, $12 details, $13 accounts to debit
-- and $14 to credit, both absent where nothing is posted
WITH given AS (
  SELECT *
  FROM unnest(
    $3::text[], $4::smallint[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::numeric[],
    $11::timestamptz[], $12::text[], $13::text[], $14::text[]
  ) AS told (
    name, nth, kind, reference, exchange_reference, wallet_id, asset, amount, executed_at, detail, debit_account,
    credit_account
  )
),
found AS (
  INSERT INTO reconciliation_finding (
    exchange_id, rail, name, nth, kind, reference, exchange_reference, wallet_id, asset, amount, executed_at, detail
  )
  SELECT
    $1, $2, given.name, given.nth, given.kind, given.reference, given.exchange_reference, given.wallet_id,
    given.asset, given.amount, given.executed_at, given.detail
  FROM given
  ORDER BY given.name, given.nth, given.kind
  ON CONFLICT ON CONSTRAINT reconciliation_finding_pkey DO NOTHING
  RETURNING name, nth, kind
),
journal AS (
  SELECT ledger_post(
    array_agg(concat_ws('/', 'unmatched', $1, $2, name, nth, kind)), array_agg(1::smallint),
    array_agg(NULL::uuid), array_agg(asset), array_agg(amount), array_agg(debit_account), array_agg(credit_account)
  ) AS posted
  FROM given JOIN found USING (name, nth, kind)
  WHERE given.debit_account IS NOT NULL
  HAVING count(*) > 0
)
SELECT found.name, found.nth, found.kind FROM found LEFT JOIN journal ON true
