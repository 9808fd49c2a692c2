-- What settlement needs to sell what was debited, and to buy back what is credited.

-- A conversion is of no single authorization: its journals are named after its order instead.
ALTER TABLE ledger_posting ALTER COLUMN authorization_id DROP NOT NULL;
ALTER TABLE ledger_posting ADD CONSTRAINT ledger_posting_of_something
  CHECK (authorization_id IS NOT NULL OR journal_id LIKE 'conversion%');

-- Balances of the accounts that conversions go by, without summing over all postings. Each statement that posts leaves
-- one sum an account and asset in ledger_change, in its own transaction; ledger_fold() moves those into ledger_folded.
-- What a snapshot shows of both together is always the sum of the postings that it shows: no horizon to wait for, and
-- no index on the postings. Debit-positive.
CREATE TABLE ledger_change (
  account text NOT NULL,
  asset text NOT NULL,
  balance numeric NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000);
CREATE TABLE ledger_folded (
  account text NOT NULL,
  asset text NOT NULL,
  balance numeric NOT NULL,
  CONSTRAINT ledger_folded_pkey PRIMARY KEY (account, asset)
) WITH (fillfactor = 50);

CREATE FUNCTION ledger_is_folded(account text) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN starts_with(account, 'programme_settlement/') OR starts_with(account, 'conversion/')
  OR starts_with(account, 'conversion_result/') OR starts_with(account, 'exchange_fee/');

-- A trigger, not a line of ledger_post(): a posting that another release's function makes while this one is deployed
-- is counted too.
CREATE FUNCTION ledger_note_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO ledger_change (account, asset, balance)
  SELECT entry.account, entry.asset, sum(entry.amount)
  FROM (
    SELECT debit_account AS account, asset, amount FROM posted WHERE ledger_is_folded(debit_account)
    UNION ALL
    SELECT credit_account, asset, -amount FROM posted WHERE ledger_is_folded(credit_account)
  ) AS entry
  GROUP BY entry.account, entry.asset;
  RETURN NULL;
END
$$;
CREATE TRIGGER ledger_posting_note_change AFTER INSERT ON ledger_posting
  REFERENCING NEW TABLE AS posted FOR EACH STATEMENT EXECUTE FUNCTION ledger_note_change();
-- The trigger's lock keeps every writer out until this is committed.
INSERT INTO ledger_folded (account, asset, balance)
SELECT account, asset, balance FROM ledger_balance WHERE ledger_is_folded(account);

-- What the folded accounts hold now: as ledger_balance, without reading the postings.
CREATE VIEW ledger_running_balance AS
  SELECT account, asset, sum(balance) AS balance
  FROM (
    SELECT account, asset, balance FROM ledger_folded
    UNION ALL
    SELECT account, asset, balance FROM ledger_change
  ) AS entry
  GROUP BY account, asset;

-- Folds at most so many changes and gives their number; nothing while another session is folding. Running balances are
-- the same before and after.
CREATE FUNCTION ledger_fold(most integer) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  folded bigint;
BEGIN
  IF NOT pg_try_advisory_xact_lock(hashtext('ledger_fold')) THEN
    RETURN 0;
  END IF;
  WITH taken AS (
    DELETE FROM ledger_change WHERE ctid = ANY (ARRAY(SELECT ctid FROM ledger_change LIMIT most))
    RETURNING account, asset, balance
  ),
  written AS (
    INSERT INTO ledger_folded AS kept (account, asset, balance)
    SELECT account, asset, sum(balance) FROM taken GROUP BY account, asset
    ON CONFLICT ON CONSTRAINT ledger_folded_pkey DO UPDATE SET balance = kept.balance + excluded.balance
  )
  SELECT count(*) INTO folded FROM taken;
  RETURN folded;
END
$$;

-- The crypto that credits which were decided will still move to wallets, for each exchange and asset. A credit leaves
-- this sum in the transaction that posts its crypto.
CREATE FUNCTION movement_credits_owed() RETURNS TABLE (exchange_id text, asset text, amount numeric)
  LANGUAGE plpgsql STABLE
  SET enable_seqscan = off
AS $$
#variable_conflict use_column
BEGIN
  RETURN QUERY
    SELECT movement.exchange_id, movement.asset, sum(movement.amount)
    FROM movement
    WHERE movement.state IN ('intended', 'in_doubt') AND movement.kind = 'credit'
    GROUP BY movement.exchange_id, movement.asset;
END
$$;

-- One order to sell crypto for money (KZT, or USDT where the asset has no tenge market), or to buy it back, at an
-- exchange. ordinal counts the orders of an exchange's asset: who intends one names the ordinal after the last that it
-- saw, together with the balances that it saw, so that no balance is ever sold by two. book is the signed worth in tiyn
-- that the amount had in the ledger when it was intended. ticket is what look-ups go by; it is stored, with the state
-- 'sent', before the exchange is asked to execute. valid_until is the last moment at which the exchange can execute
-- what was last sent. refusals counts the refused orders in a row, this one included.
CREATE TABLE conversion_order (
  id uuid NOT NULL,
  exchange_id text NOT NULL,
  asset text NOT NULL,
  ordinal bigint NOT NULL,
  side text NOT NULL,
  money text NOT NULL,
  amount numeric(38, 0) NOT NULL,
  book numeric(38, 0) NOT NULL,
  reference text NOT NULL,
  state text NOT NULL DEFAULT 'intended',
  ticket text,
  ticket_expires_at timestamptz,
  sendings integer NOT NULL DEFAULT 0,
  first_sent_at timestamptz,
  valid_until timestamptz,
  attempts integer NOT NULL DEFAULT 1,
  claim_epoch bigint NOT NULL DEFAULT 1,
  next_step_at timestamptz NOT NULL,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  finished_at timestamptz,
  escalated_at timestamptz,
  detail text,
  refusal text,
  refusals integer NOT NULL DEFAULT 0,
  filled_amount numeric(38, 0),
  worth numeric(38, 0),
  exchange_reference text,
  fees jsonb,
  CONSTRAINT conversion_order_pkey PRIMARY KEY (id),
  CONSTRAINT conversion_order_reference_key UNIQUE (reference),
  CONSTRAINT conversion_order_ordinal_key UNIQUE (exchange_id, asset, ordinal),
  CONSTRAINT conversion_order_side_known CHECK (side IN ('sell', 'buy')),
  CONSTRAINT conversion_order_money_known CHECK (money IN ('KZT', 'USDT') AND money <> asset),
  CONSTRAINT conversion_order_amount_positive CHECK (amount > 0),
  CONSTRAINT conversion_order_state_known CHECK (
    state IN ('intended', 'sent', 'open', 'in_doubt', 'filled', 'refused')
  ),
  CONSTRAINT conversion_order_sent_has_ticket CHECK (
    state IN ('intended', 'refused') OR (ticket IS NOT NULL AND valid_until IS NOT NULL AND first_sent_at IS NOT NULL)
  ),
  CONSTRAINT conversion_order_finished CHECK ((state IN ('filled', 'refused')) = (finished_at IS NOT NULL)),
  CONSTRAINT conversion_order_filled CHECK (
    (state = 'filled') = (filled_amount IS NOT NULL)
    AND (state = 'filled') = (worth IS NOT NULL)
    AND (state = 'filled') = (exchange_reference IS NOT NULL)
    AND filled_amount <= amount
  )
);
-- At most one that is not finished, and the way to it.
CREATE UNIQUE INDEX conversion_order_unfinished ON conversion_order (exchange_id, asset) WHERE finished_at IS NULL;
