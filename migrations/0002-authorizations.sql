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
