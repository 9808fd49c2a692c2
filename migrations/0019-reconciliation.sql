-- What settlement needs to compare our movements with the exchanges' own lists of them.

-- Movements are asked for by when they were written, which is the order in which they lie in the table.
CREATE INDEX movement_created ON movement USING brin (created_at) WITH (autosummarize = on);

-- How far the movements of a rail were compared: everything between since and read_to, by the exchange's clock.
CREATE TABLE reconciliation_watermark (
  exchange_id text NOT NULL,
  rail text NOT NULL,
  since timestamptz NOT NULL,
  read_to timestamptz NOT NULL,
  next_pass_at timestamptz NOT NULL,
  CONSTRAINT reconciliation_watermark_pkey PRIMARY KEY (exchange_id, rail)
);

-- What a comparison found, once for ever. name is what the exchange calls the movement by; nth tells several executions
-- under one name apart, from 1. Kinds:
--   orphan_debit, orphan_credit  the exchange moved it, and no record of ours has that name
--   double_debit, double_credit  it moved again under a name of ours
--   refused_debit                we say that it never happened
--   differs                      another direction, wallet, asset or amount than ours
--   missing                      we say that it happened, and the exchange does not have it
--   unreadable, unread           an entry, or a whole look-up or span, that could not be read
-- credit_reference names the credit that gives it back. What has none and is not closed is for a person, who closes it
-- as 'by_person'.
CREATE TABLE reconciliation_finding (
  exchange_id text NOT NULL,
  rail text NOT NULL,
  name text NOT NULL,
  nth smallint NOT NULL,
  kind text NOT NULL,
  reference text,
  exchange_reference text,
  wallet_id text,
  asset text,
  amount numeric(38, 0),
  executed_at timestamptz,
  detail text,
  found_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  credit_reference text,
  closed_at timestamptz,
  closed_as text,
  CONSTRAINT reconciliation_finding_pkey PRIMARY KEY (exchange_id, rail, name, nth, kind),
  CONSTRAINT reconciliation_finding_kind_known CHECK (kind IN (
    'orphan_debit', 'orphan_credit', 'double_debit', 'double_credit', 'refused_debit', 'differs', 'missing',
    'unreadable', 'unread'
  )),
  CONSTRAINT reconciliation_finding_amount_positive CHECK (amount > 0),
  CONSTRAINT reconciliation_finding_closed_known CHECK (
    closed_as IN ('credited', 'netted', 'recorded', 'by_person')
  ),
  CONSTRAINT reconciliation_finding_closed CHECK ((closed_at IS NULL) = (closed_as IS NULL))
);
CREATE INDEX reconciliation_finding_open ON reconciliation_finding (exchange_id, rail, kind) WHERE closed_at IS NULL;
CREATE UNIQUE INDEX reconciliation_finding_credit ON reconciliation_finding (credit_reference)
  WHERE credit_reference IS NOT NULL;

-- The credit of a finding: as a credit in movement, but of no authorization that we know. account is the ledger account
-- that it empties.
CREATE TABLE unmatched_credit (
  reference text NOT NULL,
  debit_reference text NOT NULL,
  debit_exchange_reference text NOT NULL,
  exchange_id text NOT NULL,
  rail text NOT NULL,
  wallet jsonb NOT NULL,
  asset text NOT NULL,
  amount numeric(38, 0) NOT NULL,
  account text NOT NULL,
  programme_account text NOT NULL,
  state text NOT NULL DEFAULT 'intended',
  exchange_reference text,
  detail text,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  valid_until timestamptz NOT NULL DEFAULT clock_timestamp(),
  next_step_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  attempts integer NOT NULL DEFAULT 0,
  claim_epoch integer NOT NULL DEFAULT 0,
  escalated_at timestamptz,
  CONSTRAINT unmatched_credit_pkey PRIMARY KEY (reference),
  CONSTRAINT unmatched_credit_state_known CHECK (state IN ('intended', 'in_doubt', 'executed')),
  CONSTRAINT unmatched_credit_amount_positive CHECK (amount > 0)
);
CREATE INDEX unmatched_credit_open ON unmatched_credit (next_step_at) WHERE state <> 'executed';

-- What moved without a record has journals of its own. Every posting until now satisfies the narrower rule.
ALTER TABLE ledger_posting DROP CONSTRAINT ledger_posting_of_something;
ALTER TABLE ledger_posting ADD CONSTRAINT ledger_posting_of_something
  CHECK (authorization_id IS NOT NULL OR journal_id LIKE 'conversion%' OR journal_id LIKE 'unmatched%') NOT VALID;

CREATE OR REPLACE FUNCTION ledger_is_folded(account text) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN starts_with(account, 'programme_settlement/') OR starts_with(account, 'conversion/')
  OR starts_with(account, 'conversion_result/') OR starts_with(account, 'exchange_fee/')
  OR starts_with(account, 'unmatched/');

-- As before, and what unmatched debits took: it goes back, so it is not sold meanwhile.
CREATE OR REPLACE FUNCTION movement_credits_owed() RETURNS TABLE (exchange_id text, asset text, amount numeric)
  LANGUAGE plpgsql STABLE
  SET enable_seqscan = off
AS $$
#variable_conflict use_column
BEGIN
  RETURN QUERY
    SELECT owed.exchange_id, owed.asset, sum(owed.amount)
    FROM (
      SELECT movement.exchange_id, movement.asset, movement.amount
      FROM movement
      WHERE movement.state IN ('intended', 'in_doubt') AND movement.kind = 'credit'
      UNION ALL
      SELECT split_part(held.account, '/', 2), held.asset, -held.balance
      FROM ledger_running_balance AS held
      WHERE starts_with(held.account, 'unmatched/') AND held.balance < 0
    ) AS owed
    GROUP BY owed.exchange_id, owed.asset;
END
$$;
