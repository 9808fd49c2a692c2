-- Creates the sandbox's own schema where it is missing. One start at a time, under an advisory lock; a second run
-- changes nothing.
DO $$
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('exchange_sandbox'));

  CREATE SCHEMA IF NOT EXISTS exchange_sandbox;

  CREATE TABLE IF NOT EXISTS exchange_sandbox.credentials (
    exchange TEXT NOT NULL,
    api_key TEXT NOT NULL,
    secret TEXT NOT NULL,
    restrictions JSONB NOT NULL,
    CONSTRAINT credentials_pk PRIMARY KEY (exchange, api_key)
  );

  -- agreement is null at Binance; its single limits are units as text.
  CREATE TABLE IF NOT EXISTS exchange_sandbox.wallets (
    exchange TEXT NOT NULL,
    wallet TEXT NOT NULL,
    agreement JSONB,
    CONSTRAINT wallets_pk PRIMARY KEY (exchange, wallet)
  );

  CREATE TABLE IF NOT EXISTS exchange_sandbox.balances (
    exchange TEXT NOT NULL,
    wallet TEXT NOT NULL,
    asset TEXT NOT NULL,
    units NUMERIC(60, 0) NOT NULL CHECK (units >= 0),
    CONSTRAINT balances_pk PRIMARY KEY (exchange, wallet, asset)
  );

  -- Times are milliseconds since 1970, UTC.
  CREATE TABLE IF NOT EXISTS exchange_sandbox.operations (
    number BIGINT NOT NULL,
    exchange TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('debit', 'credit')),
    party TEXT NOT NULL,
    reference TEXT NOT NULL,
    original_reference TEXT,
    from_wallet TEXT NOT NULL,
    to_wallet TEXT NOT NULL,
    asset TEXT NOT NULL,
    units NUMERIC(60, 0) NOT NULL CHECK (units > 0),
    failure TEXT,
    settles_at BIGINT NOT NULL,
    interim TEXT NOT NULL,
    executions INTEGER NOT NULL,
    echo JSONB NOT NULL,
    at BIGINT NOT NULL,
    CONSTRAINT operations_pk PRIMARY KEY (number),
    CONSTRAINT operations_reference_once UNIQUE (exchange, kind, party, reference)
  );

  CREATE TABLE IF NOT EXISTS exchange_sandbox.movements (
    sequence BIGINT NOT NULL,
    operation BIGINT NOT NULL,
    wallet TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('debit', 'credit')),
    CONSTRAINT movements_pk PRIMARY KEY (sequence)
  );

  -- Fresh deposits of a sub-account: units as text by asset.
  ALTER TABLE exchange_sandbox.wallets ADD COLUMN IF NOT EXISTS frozen JSONB;

  CREATE TABLE IF NOT EXISTS exchange_sandbox.conversions (
    number BIGINT NOT NULL,
    conversion JSONB NOT NULL,
    CONSTRAINT conversions_pk PRIMARY KEY (number)
  );

  CREATE TABLE IF NOT EXISTS exchange_sandbox.documents (
    drawer TEXT NOT NULL,
    key TEXT NOT NULL,
    body JSONB NOT NULL,
    CONSTRAINT documents_pk PRIMARY KEY (drawer, key)
  );
END
$$
