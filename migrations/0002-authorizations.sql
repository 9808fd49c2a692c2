-- The durable record of every network message, authorization, reversal and movement.

-- One row for each network message for ever: what makes a repeat a repeat. A row of kind 'authorization' without a
-- fingerprint is a tombstone: the reversal of reversal_id came first, and the authorization will be declined when it
-- arrives. authorization_id and reversal_id otherwise name the row that the message led to.
CREATE TABLE message (
  local_date date NOT NULL,
  bank_id text NOT NULL,
  kind text NOT NULL,
  network_key text NOT NULL,
  fingerprint bytea,
  authorization_id uuid,
  reversal_id uuid,
  CONSTRAINT message_pkey PRIMARY KEY (local_date, bank_id, kind, network_key),
  CONSTRAINT message_kind_known CHECK (kind IN ('authorization', 'reversal'))
);

-- The id is a UUID version 7, so that its order is the order of receipt and the table can be partitioned by it.
-- 'accepted' is durable but undecided; 'approved' and 'declined' are decided. response_body holds the exact bytes that
-- the bank was or will be sent, and is absent only while undecided or between a decline under lock and its rendering.
-- delivered_at is set when a repeat was answered with a fresh approval: from then on it cannot be withdrawn.
CREATE TABLE "authorization" (
  id uuid NOT NULL,
  bank_id text NOT NULL,
  card_token text NOT NULL,
  local_date date NOT NULL,
  network_key text NOT NULL,
  type text NOT NULL,
  billing_amount bigint,
  state text NOT NULL,
  decline_reason text,
  approval_code text,
  received_at timestamptz NOT NULL,
  usage_day date,
  request_body text NOT NULL,
  quote text,
  response_body text,
  concluded_at timestamptz,
  delivered_at timestamptz,
  reversal_id uuid,
  CONSTRAINT authorization_pkey PRIMARY KEY (id),
  CONSTRAINT authorization_state_known CHECK (state IN ('accepted', 'approved', 'declined')),
  CONSTRAINT authorization_reason_iff_declined CHECK ((state = 'declined') = (decline_reason IS NOT NULL)),
  CONSTRAINT authorization_code_iff_approved CHECK ((state = 'approved') = (approval_code IS NOT NULL)),
  CONSTRAINT authorization_approved_has_response CHECK (state <> 'approved' OR response_body IS NOT NULL)
) WITH (fillfactor = 60);

-- Numbers from which approval codes (DE38) are made: one for each accepted authorization.
CREATE SEQUENCE approval_number CACHE 32;

-- One reversal message that was accepted, whatever it found. authorization_id is absent while only a tombstone stands.
CREATE TABLE reversal (
  id uuid NOT NULL,
  bank_id text NOT NULL,
  local_date date NOT NULL,
  network_key text NOT NULL,
  authorization_id uuid,
  reason text NOT NULL,
  received_at timestamptz NOT NULL,
  request_body text NOT NULL,
  response_body text NOT NULL,
  CONSTRAINT reversal_pkey PRIMARY KEY (id)
);

-- Every movement at an exchange, written before it is asked for. A debit is born with ACCEPT, a credit with whatever
-- demands it. States:
--   intended   durable; may have been sent, or will be (a credit)
--   in_doubt   sent, and the exchange did not say clearly what became of it
--   executed   the exchange moved exactly this
--   refused    the exchange certainly did not and will not move it
-- next_step_at is when settlement looks at it again; claim_epoch fences: whoever writes must still hold the epoch that
-- it claimed with.
CREATE TABLE movement (
  reference text NOT NULL,
  authorization_id uuid NOT NULL,
  kind text NOT NULL,
  debit_reference text,
  bank_id text NOT NULL,
  card_token text NOT NULL,
  exchange_id text NOT NULL,
  rail text NOT NULL,
  wallet jsonb NOT NULL,
  asset text NOT NULL,
  amount numeric(38, 0) NOT NULL,
  state text NOT NULL,
  exchange_reference text,
  detail text,
  created_at timestamptz NOT NULL,
  valid_until timestamptz NOT NULL,
  next_step_at timestamptz NOT NULL,
  attempts integer NOT NULL DEFAULT 0,
  claim_epoch integer NOT NULL DEFAULT 0,
  escalated_at timestamptz,
  CONSTRAINT movement_pkey PRIMARY KEY (reference),
  CONSTRAINT movement_kind_known CHECK (kind IN ('debit', 'credit')),
  CONSTRAINT movement_state_known CHECK (state IN ('intended', 'in_doubt', 'executed', 'refused')),
  CONSTRAINT movement_amount_positive CHECK (amount > 0),
  CONSTRAINT movement_credit_names_debit CHECK ((kind = 'credit') = (debit_reference IS NOT NULL))
) WITH (fillfactor = 60);

CREATE INDEX movement_open ON movement (next_step_at) WHERE state IN ('intended', 'in_doubt');
CREATE INDEX movement_authorization ON movement (authorization_id);

-- What happened to an authorization, in order: the history that ops and auditors read, and the outbox from which
-- webhooks are fed. Append-only.
CREATE TABLE authorization_event (
  authorization_id uuid NOT NULL,
  sequence bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
  kind text NOT NULL,
  occurred_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  detail text,
  CONSTRAINT authorization_event_pkey PRIMARY KEY (authorization_id, sequence)
);

-- What CONCLUDE writes, row by row by key, whatever the planner believes of the tables' sizes: joined to the items in
-- one statement, a plan made while a table was small goes on reading all of it. Arrays correspond by position.

-- Writes the decisions of authorizations whose rows the caller has locked and judged: a reason declines, none approves.
CREATE FUNCTION authorization_decide(
  ids uuid[],
  decline_reasons text[],
  approval_codes text[],
  response_bodies text[]
) RETURNS bigint LANGUAGE plpgsql
  SET enable_seqscan = off
  SET enable_hashjoin = off
  SET enable_mergejoin = off
AS $$
DECLARE
  written bigint;
BEGIN
  UPDATE "authorization" AS stored
  SET
    state = CASE WHEN decided.decline_reason IS NULL THEN 'approved' ELSE 'declined' END,
    decline_reason = decided.decline_reason,
    approval_code = decided.approval_code,
    response_body = decided.response_body,
    concluded_at = clock_timestamp()
  FROM unnest($1, $2, $3, $4) AS decided (id, decline_reason, approval_code, response_body)
  WHERE stored.id = decided.id;
  GET DIAGNOSTICS written = ROW_COUNT;
  RETURN written;
END
$$;

-- Writes what became of intended debits; one that is not intended any more stays as it is.
CREATE FUNCTION movement_conclude(
  movement_references text[],
  states text[],
  exchange_references text[],
  details text[]
) RETURNS bigint LANGUAGE plpgsql
  SET enable_seqscan = off
  SET enable_hashjoin = off
  SET enable_mergejoin = off
AS $$
DECLARE
  written bigint;
BEGIN
  -- Not state = 'intended', which would offer the index of open movements: it is walked whole, dead entries included.
  UPDATE movement AS stored
  SET
    state = concluded.state,
    exchange_reference = concluded.exchange_reference,
    detail = concluded.detail,
    next_step_at = clock_timestamp()
  FROM unnest($1, $2, $3, $4) AS concluded (reference, state, exchange_reference, detail)
  WHERE stored.reference = concluded.reference AND stored.state IS NOT DISTINCT FROM 'intended';
  GET DIAGNOSTICS written = ROW_COUNT;
  RETURN written;
END
$$;

-- Declines an authorization that its authorizer never concluded, if it is still undecided: whoever finds it decided
-- changes nothing. Its limits get back what it had counted. The response stays absent until the bank asks again.
CREATE FUNCTION authorization_decline_in_doubt(authorization_id uuid)
RETURNS boolean LANGUAGE sql AS $$
  WITH declined AS (
    UPDATE "authorization" AS undecided
    SET state = 'declined', decline_reason = 'exchange_in_doubt', concluded_at = clock_timestamp()
    WHERE undecided.id = $1 AND undecided.state = 'accepted'
    RETURNING
      undecided.id, undecided.bank_id, undecided.card_token, undecided.usage_day,
      coalesce(undecided.billing_amount, 0) AS amount
  ),
  recorded AS (
    INSERT INTO authorization_event (authorization_id, kind, detail)
    SELECT id, 'declined', 'exchange_in_doubt' FROM declined
    RETURNING 1
  ),
  given_back AS (
    SELECT card_usage_give_back(
      array_agg(bank_id), array_agg(card_token), array_agg(usage_day), array_agg(amount)
    )
    FROM declined
  )
  SELECT EXISTS (SELECT FROM recorded) FROM given_back
$$;
