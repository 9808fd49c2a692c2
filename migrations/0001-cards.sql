-- Cards as the banks provisioned them, and what each has spent in its running windows.

CREATE TABLE card (
  bank_id text NOT NULL,
  card_token text NOT NULL,
  version bigint NOT NULL,
  status text NOT NULL,
  expires_on text NOT NULL,
  last_four text,
  limits jsonb NOT NULL,
  wallet_link jsonb,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT card_pkey PRIMARY KEY (bank_id, card_token),
  CONSTRAINT card_version_positive CHECK (version > 0),
  CONSTRAINT card_expires_on_is_month CHECK (expires_on ~ '^[0-9]{4}-(0[1-9]|1[0-2])$'),
  CONSTRAINT card_last_four_is_four CHECK (last_four ~ '^[0-9]{4}$')
);

-- One narrow row a card, apart from the wide card row: it is updated by every authorization (HOT, fillfactor leaves
-- room), and its card_version is the version that ACCEPT re-checks under the row's lock.
CREATE TABLE card_usage (
  bank_id text NOT NULL,
  card_token text NOT NULL,
  card_version bigint NOT NULL,
  day date NOT NULL,
  day_amount bigint NOT NULL DEFAULT 0,
  day_count integer NOT NULL DEFAULT 0,
  month_amount bigint NOT NULL DEFAULT 0,
  CONSTRAINT card_usage_pkey PRIMARY KEY (bank_id, card_token),
  CONSTRAINT card_usage_card_fkey FOREIGN KEY (bank_id, card_token) REFERENCES card,
  CONSTRAINT card_usage_not_negative CHECK (day_amount >= 0 AND day_count >= 0 AND month_amount >= 0)
) WITH (fillfactor = 70);

-- Tells every authorizer to drop its copy of a card; the payload is bank and token.
CREATE FUNCTION card_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('card_changed', NEW.bank_id || '/' || NEW.card_token);
  RETURN NULL;
END
$$;

CREATE TRIGGER card_changed AFTER INSERT OR UPDATE ON card
  FOR EACH ROW EXECUTE FUNCTION card_changed();
