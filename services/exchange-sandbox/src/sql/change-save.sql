-- Writes everything that changed since the last write, all or nothing. Writing the same again changes nothing, so a
-- write whose answer was lost is repeated. One writer only: the sandbox's process.
-- $1 wallets put, $2 the assets that those wallets keep, $3 balances as they stand, $4 operations, $5 movements,
-- $6 conversions, $7 documents (one whose body is null goes): JSON arrays of objects with the columns' names.
WITH put AS (
  INSERT INTO exchange_sandbox.wallets (exchange, wallet, agreement, frozen)
  SELECT exchange, wallet, NULLIF(agreement, 'null'::JSONB), NULLIF(frozen, 'null'::JSONB)
  FROM jsonb_to_recordset($1::JSONB)
    AS given (exchange TEXT, wallet TEXT, agreement JSONB, frozen JSONB)
  ON CONFLICT ON CONSTRAINT wallets_pk
  DO UPDATE SET agreement = EXCLUDED.agreement, frozen = EXCLUDED.frozen
),
forgotten AS (
  DELETE FROM exchange_sandbox.balances AS old
  USING jsonb_to_recordset($2::JSONB) AS kept (exchange TEXT, wallet TEXT, assets JSONB)
  WHERE old.exchange = kept.exchange
    AND old.wallet = kept.wallet
    AND NOT kept.assets ? old.asset
),
stood AS (
  INSERT INTO exchange_sandbox.balances (exchange, wallet, asset, units)
  SELECT exchange, wallet, asset, units
  FROM jsonb_to_recordset($3::JSONB)
    AS given (exchange TEXT, wallet TEXT, asset TEXT, units NUMERIC)
  ON CONFLICT ON CONSTRAINT balances_pk DO UPDATE SET units = EXCLUDED.units
),
done AS (
  INSERT INTO exchange_sandbox.operations (
    number, exchange, kind, party, reference, original_reference, from_wallet, to_wallet,
    asset, units, failure, settles_at, interim, executions, echo, at
  )
  SELECT
    number, exchange, kind, party, reference, original_reference, from_wallet, to_wallet,
    asset, units, failure, settles_at, interim, executions, echo, at
  FROM jsonb_to_recordset($4::JSONB) AS given (
    number BIGINT, exchange TEXT, kind TEXT, party TEXT, reference TEXT, original_reference TEXT,
    from_wallet TEXT, to_wallet TEXT, asset TEXT, units NUMERIC, failure TEXT, settles_at BIGINT,
    interim TEXT, executions INTEGER, echo JSONB, at BIGINT
  )
  ON CONFLICT ON CONSTRAINT operations_pk DO NOTHING
),
converted AS (
  INSERT INTO exchange_sandbox.conversions (number, conversion)
  SELECT number, conversion
  FROM jsonb_to_recordset($6::JSONB) AS given (number BIGINT, conversion JSONB)
  ON CONFLICT ON CONSTRAINT conversions_pk DO NOTHING
),
removed AS (
  DELETE FROM exchange_sandbox.documents AS old
  USING jsonb_to_recordset($7::JSONB) AS gone (drawer TEXT, key TEXT, body JSONB)
  WHERE old.drawer = gone.drawer
    AND old.key = gone.key
    AND NULLIF(gone.body, 'null'::JSONB) IS NULL
),
filed AS (
  INSERT INTO exchange_sandbox.documents (drawer, key, body)
  SELECT drawer, key, body
  FROM jsonb_to_recordset($7::JSONB) AS given (drawer TEXT, key TEXT, body JSONB)
  WHERE NULLIF(body, 'null'::JSONB) IS NOT NULL
  ON CONFLICT ON CONSTRAINT documents_pk DO UPDATE SET body = EXCLUDED.body
)
INSERT INTO exchange_sandbox.movements (sequence, operation, wallet, kind)
SELECT sequence, operation, wallet, kind
FROM jsonb_to_recordset($5::JSONB)
  AS given (sequence BIGINT, operation BIGINT, wallet TEXT, kind TEXT)
ON CONFLICT ON CONSTRAINT movements_pk DO NOTHING
