-- Mandates: what a cardholder signs at an exchange so that a card may debit the wallet there.

CREATE TABLE mandate (
  id uuid NOT NULL,
  -- The exchange knows it by this for ever; derived from the id.
  reference text NOT NULL,
  bank_id text NOT NULL,
  card_token text NOT NULL,
  -- The bank's own name for its request; none where the bank had it signed elsewhere and we only end it.
  request_id text,
  fingerprint bytea,
  exchange_id text NOT NULL,
  rail text NOT NULL,
  assets text[] NOT NULL,
  -- Of the first asset, in its minor units.
  single_limit numeric(38, 0),
  state text NOT NULL,
  -- Why it ends or did.
  reason text,
  -- The exchange's last words about it, for operators.
  detail text,
  exchange_reference text,
  link text,
  qr_code text,
  expires_at timestamptz,
  wallet_id text,
  user_id text,
  ends_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  signed_at timestamptz,
  ended_at timestamptz,
  next_step_at timestamptz,
  claim_epoch integer NOT NULL DEFAULT 0,
  attempts integer NOT NULL DEFAULT 0,
  escalated_at timestamptz,
  CONSTRAINT mandate_pkey PRIMARY KEY (id),
  CONSTRAINT mandate_reference_once UNIQUE (reference),
  CONSTRAINT mandate_request_once UNIQUE (bank_id, request_id),
  CONSTRAINT mandate_card_fkey FOREIGN KEY (bank_id, card_token) REFERENCES card,
  CONSTRAINT mandate_request_is_whole CHECK ((request_id IS NULL) = (fingerprint IS NULL)),
  CONSTRAINT mandate_names_assets CHECK (cardinality(assets) > 0),
  CONSTRAINT mandate_single_limit_positive CHECK (single_limit > 0),
  CONSTRAINT mandate_state_known
    CHECK (state IN ('requested', 'offered', 'signed', 'ending', 'ended', 'expired', 'refused')),
  CONSTRAINT mandate_offer_is_whole
    CHECK (state <> 'offered' OR (link IS NOT NULL AND qr_code IS NOT NULL AND expires_at IS NOT NULL)),
  CONSTRAINT mandate_signed_names_wallet CHECK (state <> 'signed' OR (wallet_id IS NOT NULL AND signed_at IS NOT NULL)),
  CONSTRAINT mandate_end_has_reason CHECK (state IN ('requested', 'offered', 'signed') OR reason IS NOT NULL),
  CONSTRAINT mandate_open_is_due CHECK ((next_step_at IS NULL) = (state IN ('ended', 'expired', 'refused')))
);

-- The open ones of a rail, the longest due first.
CREATE INDEX mandate_due ON mandate (exchange_id, rail, next_step_at) WHERE next_step_at IS NOT NULL;
-- What operators watch: not the many that stay signed for years.
CREATE INDEX mandate_watched ON mandate (exchange_id, rail, state)
  WHERE next_step_at IS NOT NULL AND (state <> 'signed' OR escalated_at IS NOT NULL);
CREATE INDEX mandate_of_card ON mandate (bank_id, card_token, id);

-- Notices about mandates that were taken, by the exchange's own id, so that a replay has no effect. Each is kept for as
-- long as an exchange may send it again.
CREATE TABLE exchange_notice (
  exchange_id text NOT NULL,
  rail text NOT NULL,
  notice_id text NOT NULL,
  received_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT exchange_notice_pkey PRIMARY KEY (exchange_id, rail, notice_id)
);

CREATE INDEX exchange_notice_age ON exchange_notice (received_at);

-- When a card's wallet was last changed: a mandate that was asked for before that does not take its place. Without it
-- the link is older than any mandate.
ALTER TABLE card ADD COLUMN wallet_linked_at timestamptz;

-- By a trigger, because while a deployment rolls, services write cards that do not know of the column.
CREATE FUNCTION card_wallet_linked() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' OR NEW.wallet_link IS DISTINCT FROM OLD.wallet_link THEN
    NEW.wallet_linked_at := clock_timestamp();
  END IF;
  RETURN NEW;
END
$$;

CREATE TRIGGER card_wallet_linked BEFORE INSERT OR UPDATE ON card
  FOR EACH ROW EXECUTE FUNCTION card_wallet_linked();
