-- What the other two tell, beside the ledger: temporary tables of this session alone, so that nothing is left behind.

-- One row for each call that the bank made, with what it heard. A call that was never answered has no answered_at.
CREATE TEMP TABLE heard (
  op bigint PRIMARY KEY,
  call text NOT NULL,
  bank text NOT NULL,
  key text NOT NULL,
  at_process integer,
  original_kind text,
  original_key text,
  is_full boolean,
  invoked_at double precision NOT NULL,
  result text NOT NULL,
  answered_at double precision,
  status integer,
  digest text,
  decision text,
  outcome text,
  problem text,
  id uuid,
  approved numeric,
  moved jsonb,
  waited_ms double precision,
  worked_ms double precision
);

-- When a process was held still, and which.
CREATE TEMP TABLE frozen (from_at double precision, until_at double precision, process integer);

-- The exchange's own record. Amounts in whole coins.
CREATE TEMP TABLE moved (
  sequence bigint PRIMARY KEY,
  exchange text NOT NULL,
  wallet text NOT NULL,
  kind text NOT NULL,
  reference text NOT NULL,
  asset text NOT NULL,
  amount numeric NOT NULL
);
CREATE TEMP TABLE wallet (exchange text, wallet text, asset text, balance numeric);

-- In how many decimals the ledger counts an asset, and in how many a rail moves it: written down once more.
CREATE TEMP TABLE counted_in AS
SELECT * FROM (VALUES ('USDT', 8), ('USDC', 8), ('BTC', 8), ('ETH', 18), ('SOL', 9), ('TON', 9)) AS t (asset, decimals);
CREATE TEMP TABLE moved_in AS
SELECT * FROM (
  VALUES
    ('bybit-pay', 'USDT', 6), ('bybit-pay', 'USDC', 6), ('bybit-pay', 'BTC', 8), ('bybit-pay', 'ETH', 18),
    ('bybit-pay', 'SOL', 9), ('bybit-pay', 'TON', 9),
    ('bybit-subaccount', 'USDT', 6), ('bybit-subaccount', 'USDC', 6), ('bybit-subaccount', 'BTC', 8),
    ('bybit-subaccount', 'ETH', 8), ('bybit-subaccount', 'SOL', 8), ('bybit-subaccount', 'TON', 8),
    ('binance-pay', 'USDT', 8), ('binance-pay', 'USDC', 8),
    ('binance-subaccount', 'USDT', 8), ('binance-subaccount', 'USDC', 8), ('binance-subaccount', 'BTC', 8),
    ('binance-subaccount', 'ETH', 8), ('binance-subaccount', 'SOL', 8), ('binance-subaccount', 'TON', 8)
) AS t (rail, asset, decimals);
