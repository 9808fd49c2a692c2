-- Double entry. A posting debits one ledger account and credits another by one positive amount of one asset, so every
-- journal balances to zero in each asset by construction. Append-only: the trigger refuses what grants might allow.

CREATE TABLE ledger_posting (
  journal_id text NOT NULL,
  line smallint NOT NULL,
  authorization_id uuid NOT NULL,
  posted_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  asset text NOT NULL,
  amount numeric(38, 0) NOT NULL,
  debit_account text NOT NULL,
  credit_account text NOT NULL,
  CONSTRAINT ledger_posting_pkey PRIMARY KEY (journal_id, line),
  CONSTRAINT ledger_posting_amount_positive CHECK (amount > 0),
  CONSTRAINT ledger_posting_accounts_differ CHECK (debit_account <> credit_account)
);

CREATE FUNCTION ledger_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the ledger is append-only' USING ERRCODE = 'insufficient_privilege';
END
$$;

CREATE TRIGGER ledger_posting_append_only BEFORE UPDATE OR DELETE ON ledger_posting
  FOR EACH ROW EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER ledger_posting_no_truncate BEFORE TRUNCATE ON ledger_posting
  FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();

-- The ledger's one way in for the other rooms: posts all lines at once and gives their number. Arrays correspond by
-- position; the journal's id makes a second posting of the same journal a unique violation, never a double.
CREATE FUNCTION ledger_post(
  journal_ids text[],
  lines smallint[],
  authorization_ids uuid[],
  assets text[],
  amounts numeric[],
  debit_accounts text[],
  credit_accounts text[]
) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  posted bigint;
BEGIN
  INSERT INTO ledger_posting
    (journal_id, line, authorization_id, asset, amount, debit_account, credit_account)
  SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7);
  GET DIAGNOSTICS posted = ROW_COUNT;
  RETURN posted;
END
$$;

-- Balances, debit-positive, per ledger account and asset.
CREATE VIEW ledger_balance AS
  SELECT account, asset, sum(signed_amount) AS balance
  FROM (
    SELECT debit_account AS account, asset, amount AS signed_amount FROM ledger_posting
    UNION ALL
    SELECT credit_account, asset, -amount FROM ledger_posting
  ) AS entry
  GROUP BY account, asset;
