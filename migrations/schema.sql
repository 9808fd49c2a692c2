-- The schema that the migrations build, generated: change it by a migration, then run npm run schema.

-- Functions may name what stands further down.
SET check_function_bodies = off;

CREATE SEQUENCE approval_number AS bigint START 1 MINVALUE 1 MAXVALUE 9223372036854775807 INCREMENT 1 CACHE 32;

CREATE SEQUENCE event_claim AS bigint START 1 MINVALUE 1 MAXVALUE 9223372036854775807 INCREMENT 1 CACHE 1;

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
  received_at timestamp with time zone NOT NULL,
  usage_day date,
  request_body text NOT NULL,
  quote text,
  response_body text,
  concluded_at timestamp with time zone,
  delivered_at timestamp with time zone,
  reversal_id uuid,
  kind text NOT NULL DEFAULT 'authorization'::text,
  parent_id uuid,
  channel text,
  cash_amount bigint NOT NULL DEFAULT 0,
  is_final boolean NOT NULL DEFAULT false,
  approved_amount bigint,
  released_amount bigint NOT NULL DEFAULT 0,
  cleared_amount bigint NOT NULL DEFAULT 0,
  refunded_amount bigint NOT NULL DEFAULT 0,
  hold_until timestamp with time zone,
  closed_as text,
  overtaken_as text,
  requested_amount bigint,
  original_id uuid,
  CONSTRAINT authorization_amount_iff_approved CHECK (((state = 'approved'::text) = (approved_amount IS NOT NULL))),
  CONSTRAINT authorization_approved_has_response CHECK (((state <> 'approved'::text) OR (response_body IS NOT NULL))),
  CONSTRAINT authorization_closed_as_known CHECK ((closed_as = ANY (ARRAY['reversed'::text, 'cleared'::text, 'expired'::text]))),
  CONSTRAINT authorization_code_iff_approved CHECK (((state = 'approved'::text) = (approval_code IS NOT NULL))),
  CONSTRAINT authorization_kind_known CHECK ((kind = ANY (ARRAY['authorization'::text, 'increment'::text, 'advice'::text, 'force_post'::text, 'unmatched_refund'::text]))),
  CONSTRAINT authorization_open_not_negative CHECK (((released_amount >= 0) AND (cleared_amount >= 0) AND (refunded_amount >= 0) AND ((released_amount + cleared_amount) <= COALESCE(approved_amount, (0)::bigint)))),
  CONSTRAINT authorization_parent_of_increment CHECK (
CASE kind
    WHEN 'increment'::text THEN ((parent_id IS NOT NULL) OR (state = 'declined'::text))
    ELSE (parent_id IS NULL)
END),
  CONSTRAINT authorization_pkey PRIMARY KEY (id),
  CONSTRAINT authorization_reason_iff_declined CHECK (((state = 'declined'::text) = (decline_reason IS NOT NULL))),
  CONSTRAINT authorization_state_known CHECK ((state = ANY (ARRAY['accepted'::text, 'approved'::text, 'declined'::text])))
) WITH (fillfactor=60);

CREATE TABLE authorization_event (
  authorization_id uuid NOT NULL,
  sequence bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
  kind text NOT NULL,
  occurred_at timestamp with time zone NOT NULL DEFAULT clock_timestamp(),
  detail text,
  written_by xid8 NOT NULL DEFAULT pg_current_xact_id(),
  CONSTRAINT authorization_event_pkey PRIMARY KEY (authorization_id, sequence)
);

CREATE TABLE cap_usage (
  scope text NOT NULL,
  day date NOT NULL,
  day_amount numeric(38,0) NOT NULL DEFAULT 0,
  month_amount numeric(38,0) NOT NULL DEFAULT 0,
  CONSTRAINT cap_usage_not_negative CHECK (((day_amount >= (0)::numeric) AND (month_amount >= (0)::numeric))),
  CONSTRAINT cap_usage_pkey PRIMARY KEY (scope)
) WITH (fillfactor=50);

CREATE TABLE card (
  bank_id text NOT NULL,
  card_token text NOT NULL,
  version bigint NOT NULL,
  status text NOT NULL,
  expires_on text NOT NULL,
  last_four text,
  limits jsonb NOT NULL,
  wallet_link jsonb,
  created_at timestamp with time zone NOT NULL DEFAULT now(),
  updated_at timestamp with time zone NOT NULL DEFAULT now(),
  controls jsonb NOT NULL DEFAULT '{}'::jsonb,
  wallet_linked_at timestamp with time zone,
  CONSTRAINT card_expires_on_is_month CHECK ((expires_on ~ '^[0-9]{4}-(0[1-9]|1[0-2])$'::text)),
  CONSTRAINT card_last_four_is_four CHECK ((last_four ~ '^[0-9]{4}$'::text)),
  CONSTRAINT card_pkey PRIMARY KEY (bank_id, card_token),
  CONSTRAINT card_version_positive CHECK ((version > 0))
);

CREATE TABLE card_usage (
  bank_id text NOT NULL,
  card_token text NOT NULL,
  card_version bigint NOT NULL,
  day date NOT NULL,
  day_amount bigint NOT NULL DEFAULT 0,
  day_count integer NOT NULL DEFAULT 0,
  month_amount bigint NOT NULL DEFAULT 0,
  CONSTRAINT card_usage_not_negative CHECK (((day_amount >= 0) AND (day_count >= 0) AND (month_amount >= 0))),
  CONSTRAINT card_usage_pkey PRIMARY KEY (bank_id, card_token)
) WITH (fillfactor=70);

CREATE TABLE clearing (
  id uuid NOT NULL,
  bank_id text NOT NULL,
  local_date date NOT NULL,
  network_key text NOT NULL,
  authorization_id uuid NOT NULL,
  named_authorization_id uuid,
  outcome text NOT NULL,
  amount bigint NOT NULL,
  from_hold bigint NOT NULL,
  exposed bigint NOT NULL,
  released bigint NOT NULL,
  is_last boolean NOT NULL,
  received_at timestamp with time zone NOT NULL,
  request_body text NOT NULL,
  response_body text NOT NULL,
  CONSTRAINT clearing_adds_up CHECK (((amount > 0) AND ((from_hold + exposed) = amount))),
  CONSTRAINT clearing_pkey PRIMARY KEY (id)
);

CREATE TABLE clearing_file (
  bank_id text NOT NULL,
  digest bytea NOT NULL,
  state text NOT NULL,
  records_done bigint NOT NULL DEFAULT 0,
  tally text NOT NULL,
  report text,
  started_at timestamp with time zone NOT NULL DEFAULT clock_timestamp(),
  done_at timestamp with time zone,
  CONSTRAINT clearing_file_pkey PRIMARY KEY (bank_id, digest),
  CONSTRAINT clearing_file_records_not_negative CHECK ((records_done >= 0)),
  CONSTRAINT clearing_file_state_known CHECK ((state = ANY (ARRAY['loading'::text, 'done'::text])))
);

CREATE TABLE conversion_order (
  id uuid NOT NULL,
  exchange_id text NOT NULL,
  asset text NOT NULL,
  ordinal bigint NOT NULL,
  side text NOT NULL,
  money text NOT NULL,
  amount numeric(38,0) NOT NULL,
  book numeric(38,0) NOT NULL,
  reference text NOT NULL,
  state text NOT NULL DEFAULT 'intended'::text,
  ticket text,
  ticket_expires_at timestamp with time zone,
  sendings integer NOT NULL DEFAULT 0,
  first_sent_at timestamp with time zone,
  valid_until timestamp with time zone,
  attempts integer NOT NULL DEFAULT 1,
  claim_epoch bigint NOT NULL DEFAULT 1,
  next_step_at timestamp with time zone NOT NULL,
  created_at timestamp with time zone NOT NULL DEFAULT clock_timestamp(),
  finished_at timestamp with time zone,
  escalated_at timestamp with time zone,
  detail text,
  refusal text,
  refusals integer NOT NULL DEFAULT 0,
  filled_amount numeric(38,0),
  worth numeric(38,0),
  exchange_reference text,
  fees jsonb,
  CONSTRAINT conversion_order_amount_positive CHECK ((amount > (0)::numeric)),
  CONSTRAINT conversion_order_filled CHECK ((((state = 'filled'::text) = (filled_amount IS NOT NULL)) AND ((state = 'filled'::text) = (worth IS NOT NULL)) AND ((state = 'filled'::text) = (exchange_reference IS NOT NULL)) AND (filled_amount <= amount))),
  CONSTRAINT conversion_order_finished CHECK (((state = ANY (ARRAY['filled'::text, 'refused'::text])) = (finished_at IS NOT NULL))),
  CONSTRAINT conversion_order_money_known CHECK (((money = ANY (ARRAY['KZT'::text, 'USDT'::text])) AND (money <> asset))),
  CONSTRAINT conversion_order_ordinal_key UNIQUE (exchange_id, asset, ordinal),
  CONSTRAINT conversion_order_pkey PRIMARY KEY (id),
  CONSTRAINT conversion_order_reference_key UNIQUE (reference),
  CONSTRAINT conversion_order_sent_has_ticket CHECK (((state = ANY (ARRAY['intended'::text, 'refused'::text])) OR ((ticket IS NOT NULL) AND (valid_until IS NOT NULL) AND (first_sent_at IS NOT NULL)))),
  CONSTRAINT conversion_order_side_known CHECK ((side = ANY (ARRAY['sell'::text, 'buy'::text]))),
  CONSTRAINT conversion_order_state_known CHECK ((state = ANY (ARRAY['intended'::text, 'sent'::text, 'open'::text, 'in_doubt'::text, 'filled'::text, 'refused'::text])))
);

CREATE TABLE event_delivery (
  destination_id text NOT NULL,
  authorization_id uuid NOT NULL,
  delivered_sequence bigint NOT NULL,
  last_sequence bigint NOT NULL,
  waiting_since timestamp with time zone NOT NULL DEFAULT clock_timestamp(),
  next_step_at timestamp with time zone NOT NULL DEFAULT clock_timestamp(),
  attempts integer NOT NULL DEFAULT 0,
  claim_epoch bigint NOT NULL DEFAULT 0,
  escalated_at timestamp with time zone,
  detail text,
  CONSTRAINT event_delivery_pkey PRIMARY KEY (destination_id, authorization_id)
) WITH (fillfactor=60);

CREATE TABLE event_reader (
  id text NOT NULL,
  read_xid xid8 NOT NULL,
  read_sequence bigint NOT NULL DEFAULT 0,
  claim_epoch bigint NOT NULL DEFAULT 0,
  leased_until timestamp with time zone NOT NULL DEFAULT '-infinity'::timestamp with time zone,
  CONSTRAINT event_reader_known CHECK ((id = ANY (ARRAY['webhooks'::text, 'stream'::text]))),
  CONSTRAINT event_reader_pkey PRIMARY KEY (id)
);

CREATE TABLE exchange_notice (
  exchange_id text NOT NULL,
  rail text NOT NULL,
  notice_id text NOT NULL,
  received_at timestamp with time zone NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT exchange_notice_pkey PRIMARY KEY (exchange_id, rail, notice_id)
);

CREATE TABLE exposure (
  id uuid NOT NULL,
  authorization_id uuid NOT NULL,
  clearing_id uuid,
  bank_id text NOT NULL,
  card_token text NOT NULL,
  cause text NOT NULL,
  amount bigint NOT NULL,
  collected bigint NOT NULL DEFAULT 0,
  cancelled bigint NOT NULL DEFAULT 0,
  quote text,
  state text NOT NULL,
  detail text,
  created_at timestamp with time zone NOT NULL DEFAULT clock_timestamp(),
  next_step_at timestamp with time zone NOT NULL DEFAULT clock_timestamp(),
  attempts integer NOT NULL DEFAULT 0,
  claim_epoch integer NOT NULL DEFAULT 0,
  escalated_at timestamp with time zone,
  exchange_id text,
  refused integer NOT NULL DEFAULT 0,
  CONSTRAINT exposure_amount_positive CHECK ((amount > 0)),
  CONSTRAINT exposure_cause_known CHECK ((cause = ANY (ARRAY['advice'::text, 'clearing'::text, 'force_post'::text]))),
  CONSTRAINT exposure_in_bounds CHECK (((collected >= 0) AND (cancelled >= 0) AND ((collected + cancelled) <= amount))),
  CONSTRAINT exposure_pkey PRIMARY KEY (id),
  CONSTRAINT exposure_state_known CHECK ((state = ANY (ARRAY['open'::text, 'collecting'::text, 'closed'::text])))
);

CREATE TABLE ledger_change (
  account text NOT NULL,
  asset text NOT NULL,
  balance numeric NOT NULL
) WITH (autovacuum_vacuum_scale_factor=0, autovacuum_vacuum_threshold=2000);

CREATE TABLE ledger_folded (
  account text NOT NULL,
  asset text NOT NULL,
  balance numeric NOT NULL,
  CONSTRAINT ledger_folded_pkey PRIMARY KEY (account, asset)
) WITH (fillfactor=50);

CREATE TABLE ledger_posting (
  journal_id text NOT NULL,
  line smallint NOT NULL,
  authorization_id uuid,
  posted_at timestamp with time zone NOT NULL DEFAULT clock_timestamp(),
  asset text NOT NULL,
  amount numeric(38,0) NOT NULL,
  debit_account text NOT NULL,
  credit_account text NOT NULL,
  CONSTRAINT ledger_posting_accounts_differ CHECK ((debit_account <> credit_account)),
  CONSTRAINT ledger_posting_amount_positive CHECK ((amount > (0)::numeric)),
  CONSTRAINT ledger_posting_of_something CHECK (((authorization_id IS NOT NULL) OR (journal_id ~~ 'conversion%'::text) OR (journal_id ~~ 'unmatched%'::text))),
  CONSTRAINT ledger_posting_pkey PRIMARY KEY (journal_id, line)
);

CREATE TABLE mandate (
  id uuid NOT NULL,
  reference text NOT NULL,
  bank_id text NOT NULL,
  card_token text NOT NULL,
  request_id text,
  fingerprint bytea,
  exchange_id text NOT NULL,
  rail text NOT NULL,
  assets text[] NOT NULL,
  single_limit numeric(38,0),
  state text NOT NULL,
  reason text,
  detail text,
  exchange_reference text,
  link text,
  qr_code text,
  expires_at timestamp with time zone,
  wallet_id text,
  user_id text,
  ends_at timestamp with time zone,
  created_at timestamp with time zone NOT NULL DEFAULT clock_timestamp(),
  signed_at timestamp with time zone,
  ended_at timestamp with time zone,
  next_step_at timestamp with time zone,
  claim_epoch integer NOT NULL DEFAULT 0,
  attempts integer NOT NULL DEFAULT 0,
  escalated_at timestamp with time zone,
  CONSTRAINT mandate_end_has_reason CHECK (((state = ANY (ARRAY['requested'::text, 'offered'::text, 'signed'::text])) OR (reason IS NOT NULL))),
  CONSTRAINT mandate_names_assets CHECK ((cardinality(assets) > 0)),
  CONSTRAINT mandate_offer_is_whole CHECK (((state <> 'offered'::text) OR ((link IS NOT NULL) AND (qr_code IS NOT NULL) AND (expires_at IS NOT NULL)))),
  CONSTRAINT mandate_open_is_due CHECK (((next_step_at IS NULL) = (state = ANY (ARRAY['ended'::text, 'expired'::text, 'refused'::text])))),
  CONSTRAINT mandate_pkey PRIMARY KEY (id),
  CONSTRAINT mandate_reference_once UNIQUE (reference),
  CONSTRAINT mandate_request_is_whole CHECK (((request_id IS NULL) = (fingerprint IS NULL))),
  CONSTRAINT mandate_request_once UNIQUE (bank_id, request_id),
  CONSTRAINT mandate_signed_names_wallet CHECK (((state <> 'signed'::text) OR ((wallet_id IS NOT NULL) AND (signed_at IS NOT NULL)))),
  CONSTRAINT mandate_single_limit_positive CHECK ((single_limit > (0)::numeric)),
  CONSTRAINT mandate_state_known CHECK ((state = ANY (ARRAY['requested'::text, 'offered'::text, 'signed'::text, 'ending'::text, 'ended'::text, 'expired'::text, 'refused'::text])))
);

CREATE TABLE message (
  local_date date NOT NULL,
  bank_id text NOT NULL,
  kind text NOT NULL,
  network_key text NOT NULL,
  fingerprint bytea,
  authorization_id uuid,
  record_id uuid,
  overtaken_as text,
  CONSTRAINT message_kind_known CHECK ((kind = ANY (ARRAY['authorization'::text, 'increment'::text, 'advice'::text, 'reversal'::text, 'clearing'::text, 'refund'::text]))),
  CONSTRAINT message_pkey PRIMARY KEY (local_date, bank_id, kind, network_key)
);

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
  amount numeric(38,0) NOT NULL,
  state text NOT NULL,
  exchange_reference text,
  detail text,
  created_at timestamp with time zone NOT NULL,
  valid_until timestamp with time zone NOT NULL,
  next_step_at timestamp with time zone NOT NULL,
  attempts integer NOT NULL DEFAULT 0,
  claim_epoch integer NOT NULL DEFAULT 0,
  escalated_at timestamp with time zone,
  purpose text NOT NULL,
  billing bigint,
  fee bigint,
  spread bigint,
  released bigint NOT NULL DEFAULT 0,
  credited numeric(38,0) NOT NULL DEFAULT 0,
  quote text,
  exposure_id uuid,
  refund_id uuid,
  refunded bigint NOT NULL DEFAULT 0,
  CONSTRAINT movement_amount_positive CHECK ((amount > (0)::numeric)),
  CONSTRAINT movement_credit_names_debit CHECK (((kind = 'credit'::text) = (debit_reference IS NOT NULL))),
  CONSTRAINT movement_credited_in_bounds CHECK (((credited >= (0)::numeric) AND (credited <= amount))),
  CONSTRAINT movement_kind_known CHECK ((kind = ANY (ARRAY['debit'::text, 'credit'::text]))),
  CONSTRAINT movement_pkey PRIMARY KEY (reference),
  CONSTRAINT movement_purpose_known CHECK ((purpose = ANY (ARRAY['authorization'::text, 'collection'::text, 'release'::text, 'refund'::text, 'undo'::text]))),
  CONSTRAINT movement_refunded_in_bounds CHECK (((refunded >= 0) AND (refunded <= COALESCE(billing, (0)::bigint)))),
  CONSTRAINT movement_released_in_bounds CHECK (((released >= 0) AND (released <= COALESCE(billing, released)))),
  CONSTRAINT movement_state_known CHECK ((state = ANY (ARRAY['intended'::text, 'in_doubt'::text, 'executed'::text, 'refused'::text])))
) WITH (fillfactor=60);

CREATE TABLE official_rate (
  currency text NOT NULL,
  day date NOT NULL,
  rate numeric(36,18) NOT NULL,
  received_at timestamp with time zone NOT NULL,
  CONSTRAINT official_rate_pkey PRIMARY KEY (currency, day),
  CONSTRAINT official_rate_positive CHECK ((rate > (0)::numeric))
);

CREATE TABLE rate_history (
  exchange_id text NOT NULL,
  asset text NOT NULL,
  published_at timestamp with time zone NOT NULL,
  observed_at timestamp with time zone NOT NULL,
  guard text,
  bid numeric(36,18),
  ask numeric(36,18),
  widening_basis_points integer,
  CONSTRAINT rate_history_pkey PRIMARY KEY (exchange_id, asset, published_at),
  CONSTRAINT rate_history_safe_or_refused CHECK (
CASE
    WHEN (guard IS NULL) THEN ((bid > (0)::numeric) AND (ask >= bid) AND (widening_basis_points >= 0) AND (bid IS NOT NULL) AND (ask IS NOT NULL) AND (widening_basis_points IS NOT NULL))
    ELSE ((bid IS NULL) AND (ask IS NULL) AND (widening_basis_points IS NULL))
END)
);

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
  amount numeric(38,0),
  executed_at timestamp with time zone,
  detail text,
  found_at timestamp with time zone NOT NULL DEFAULT clock_timestamp(),
  credit_reference text,
  closed_at timestamp with time zone,
  closed_as text,
  netted numeric(38,0) NOT NULL DEFAULT 0,
  CONSTRAINT reconciliation_finding_amount_positive CHECK ((amount > (0)::numeric)),
  CONSTRAINT reconciliation_finding_closed CHECK (((closed_at IS NULL) = (closed_as IS NULL))),
  CONSTRAINT reconciliation_finding_closed_known CHECK ((closed_as = ANY (ARRAY['credited'::text, 'netted'::text, 'recorded'::text, 'by_person'::text]))),
  CONSTRAINT reconciliation_finding_kind_known CHECK ((kind = ANY (ARRAY['orphan_debit'::text, 'orphan_credit'::text, 'double_debit'::text, 'double_credit'::text, 'refused_debit'::text, 'differs'::text, 'missing'::text, 'unreadable'::text, 'unread'::text]))),
  CONSTRAINT reconciliation_finding_netted_within CHECK (((netted >= (0)::numeric) AND (netted <= COALESCE(amount, (0)::numeric)))),
  CONSTRAINT reconciliation_finding_pkey PRIMARY KEY (exchange_id, rail, name, nth, kind)
);

CREATE TABLE reconciliation_watermark (
  exchange_id text NOT NULL,
  rail text NOT NULL,
  since timestamp with time zone NOT NULL,
  read_to timestamp with time zone NOT NULL,
  next_pass_at timestamp with time zone NOT NULL,
  CONSTRAINT reconciliation_watermark_pkey PRIMARY KEY (exchange_id, rail)
);

CREATE TABLE refund (
  id uuid NOT NULL,
  bank_id text NOT NULL,
  local_date date NOT NULL,
  network_key text NOT NULL,
  card_token text NOT NULL,
  authorization_id uuid,
  decline_reason text,
  amount bigint NOT NULL,
  received_at timestamp with time zone NOT NULL,
  request_body text NOT NULL,
  response_body text NOT NULL,
  CONSTRAINT refund_amount_positive CHECK ((amount > 0)),
  CONSTRAINT refund_pkey PRIMARY KEY (id)
);

CREATE TABLE reversal (
  id uuid NOT NULL,
  bank_id text NOT NULL,
  local_date date NOT NULL,
  network_key text NOT NULL,
  authorization_id uuid,
  reason text NOT NULL,
  received_at timestamp with time zone NOT NULL,
  request_body text NOT NULL,
  response_body text NOT NULL,
  CONSTRAINT reversal_pkey PRIMARY KEY (id)
);

CREATE TABLE unmatched_credit (
  reference text NOT NULL,
  debit_reference text NOT NULL,
  debit_exchange_reference text NOT NULL,
  exchange_id text NOT NULL,
  rail text NOT NULL,
  wallet jsonb NOT NULL,
  asset text NOT NULL,
  amount numeric(38,0) NOT NULL,
  account text NOT NULL,
  programme_account text NOT NULL,
  state text NOT NULL DEFAULT 'intended'::text,
  exchange_reference text,
  detail text,
  created_at timestamp with time zone NOT NULL DEFAULT clock_timestamp(),
  valid_until timestamp with time zone NOT NULL DEFAULT clock_timestamp(),
  next_step_at timestamp with time zone NOT NULL DEFAULT clock_timestamp(),
  attempts integer NOT NULL DEFAULT 0,
  claim_epoch integer NOT NULL DEFAULT 0,
  escalated_at timestamp with time zone,
  CONSTRAINT unmatched_credit_amount_positive CHECK ((amount > (0)::numeric)),
  CONSTRAINT unmatched_credit_pkey PRIMARY KEY (reference),
  CONSTRAINT unmatched_credit_state_known CHECK ((state = ANY (ARRAY['intended'::text, 'in_doubt'::text, 'executed'::text])))
);

ALTER TABLE card_usage ADD CONSTRAINT card_usage_card_fkey FOREIGN KEY (bank_id, card_token) REFERENCES card(bank_id, card_token);

ALTER TABLE mandate ADD CONSTRAINT mandate_card_fkey FOREIGN KEY (bank_id, card_token) REFERENCES card(bank_id, card_token);

CREATE INDEX authorization_bank ON public."authorization" USING btree (bank_id, id);

CREATE INDEX authorization_card ON public."authorization" USING btree (bank_id, card_token, id);

CREATE INDEX authorization_event_unread ON public.authorization_event USING btree (written_by, sequence) WHERE (written_by > '0'::xid8);

CREATE INDEX authorization_hold_until ON public."authorization" USING btree (hold_until) WHERE (hold_until IS NOT NULL);

CREATE INDEX authorization_parent ON public."authorization" USING btree (parent_id) WHERE (parent_id IS NOT NULL);

CREATE INDEX clearing_authorization ON public.clearing USING btree (authorization_id);

CREATE UNIQUE INDEX conversion_order_unfinished ON public.conversion_order USING btree (exchange_id, asset) WHERE (finished_at IS NULL);

CREATE INDEX event_delivery_due ON public.event_delivery USING btree (destination_id, next_step_at);

CREATE INDEX exchange_notice_age ON public.exchange_notice USING btree (received_at);

CREATE INDEX exposure_authorization ON public.exposure USING btree (authorization_id);

CREATE INDEX exposure_card ON public.exposure USING btree (bank_id, card_token) WHERE (state = 'open'::text);

CREATE INDEX exposure_open ON public.exposure USING btree (next_step_at) WHERE (state <> 'closed'::text);

CREATE INDEX mandate_due ON public.mandate USING btree (exchange_id, rail, next_step_at) WHERE (next_step_at IS NOT NULL);

CREATE INDEX mandate_of_card ON public.mandate USING btree (bank_id, card_token, id);

CREATE INDEX mandate_of_wallet ON public.mandate USING btree (exchange_id, rail, wallet_id) WHERE (next_step_at IS NOT NULL);

CREATE INDEX mandate_watched ON public.mandate USING btree (exchange_id, rail, state) WHERE ((next_step_at IS NOT NULL) AND ((state <> 'signed'::text) OR (escalated_at IS NOT NULL)));

CREATE INDEX movement_authorization ON public.movement USING btree (authorization_id);

CREATE INDEX movement_created ON public.movement USING brin (created_at) WITH (autosummarize='on');

CREATE INDEX movement_credit_valid ON public.movement USING btree (exchange_id, rail, valid_until) WHERE (kind = 'credit'::text);

CREATE INDEX movement_open ON public.movement USING btree (next_step_at) WHERE (state = ANY (ARRAY['intended'::text, 'in_doubt'::text]));

CREATE INDEX rate_history_age ON public.rate_history USING brin (published_at);

CREATE UNIQUE INDEX reconciliation_finding_credit ON public.reconciliation_finding USING btree (credit_reference) WHERE (credit_reference IS NOT NULL);

CREATE INDEX reconciliation_finding_open ON public.reconciliation_finding USING btree (exchange_id, rail, kind) WHERE (closed_at IS NULL);

CREATE INDEX refund_authorization ON public.refund USING btree (authorization_id);

CREATE INDEX unmatched_credit_open ON public.unmatched_credit USING btree (next_step_at) WHERE (state <> 'executed'::text);

CREATE OR REPLACE FUNCTION public.authorization_change(ids uuid[], raised bigint[], released bigint[], cleared bigint[], refunded bigint[], closings text[], reversal_ids uuid[], overtakings text[])
 RETURNS bigint
 LANGUAGE plpgsql
 SET enable_seqscan TO 'off'
 SET enable_hashjoin TO 'off'
 SET enable_mergejoin TO 'off'
AS $function$
DECLARE
  written bigint;
BEGIN
  UPDATE "authorization" AS stored
  SET
    approved_amount = stored.approved_amount + change.raised,
    released_amount = stored.released_amount + change.released,
    cleared_amount = stored.cleared_amount + change.cleared,
    refunded_amount = stored.refunded_amount + change.refunded,
    hold_until = CASE WHEN change.closing IS NULL THEN stored.hold_until END,
    closed_as = coalesce(stored.closed_as, change.closing),
    reversal_id = coalesce(stored.reversal_id, change.reversal_id),
    overtaken_as = CASE
      WHEN stored.state = 'accepted' THEN coalesce(stored.overtaken_as, change.overtaking) ELSE stored.overtaken_as
    END
  FROM (
    SELECT
      given.id,
      sum(given.raised)::bigint AS raised,
      sum(given.released)::bigint AS released,
      sum(given.cleared)::bigint AS cleared,
      sum(given.refunded)::bigint AS refunded,
      max(given.closing) AS closing,
      (array_agg(given.reversal_id) FILTER (WHERE given.reversal_id IS NOT NULL))[1] AS reversal_id,
      max(given.overtaking) AS overtaking
    FROM unnest($1, $2, $3, $4, $5, $6, $7, $8) AS given
      (id, raised, released, cleared, refunded, closing, reversal_id, overtaking)
    GROUP BY given.id
  ) AS change
  WHERE stored.id = change.id;
  GET DIAGNOSTICS written = ROW_COUNT;
  RETURN written;
END
$function$;

CREATE OR REPLACE FUNCTION public.authorization_decide(ids uuid[], decline_reasons text[], approval_codes text[], response_bodies text[])
 RETURNS bigint
 LANGUAGE plpgsql
 SET enable_seqscan TO 'off'
 SET enable_hashjoin TO 'off'
 SET enable_mergejoin TO 'off'
AS $function$
DECLARE
  written bigint;
BEGIN
  UPDATE "authorization" AS stored
  SET
    state = CASE WHEN decided.decline_reason IS NULL THEN 'approved' ELSE 'declined' END,
    decline_reason = decided.decline_reason,
    approval_code = decided.approval_code,
    approved_amount = CASE WHEN decided.decline_reason IS NULL THEN stored.billing_amount END,
    response_body = decided.response_body,
    concluded_at = clock_timestamp()
  FROM unnest($1, $2, $3, $4) AS decided (id, decline_reason, approval_code, response_body)
  WHERE stored.id = decided.id;
  GET DIAGNOSTICS written = ROW_COUNT;
  RETURN written;
END
$function$;

CREATE OR REPLACE FUNCTION public.authorization_decline_in_doubt(authorization_id uuid)
 RETURNS boolean
 LANGUAGE sql
AS $function$
  WITH declined AS (
    UPDATE "authorization" AS undecided
    SET state = 'declined', decline_reason = 'exchange_in_doubt', concluded_at = clock_timestamp()
    WHERE undecided.id = $1 AND undecided.state = 'accepted'
    RETURNING
      undecided.id, undecided.bank_id, undecided.card_token, undecided.usage_day,
      coalesce(undecided.billing_amount, 0) AS amount,
      CASE undecided.kind WHEN 'increment' THEN 0 ELSE 1 END AS count
  ),
  recorded AS (
    INSERT INTO authorization_event (authorization_id, kind, detail)
    SELECT id, 'declined', 'exchange_in_doubt' FROM declined
    RETURNING 1
  ),
  given_back AS (
    SELECT card_usage_give_back(
      array_agg(bank_id), array_agg(card_token), array_agg(usage_day), array_agg(amount), array_agg(count)
    )
    FROM declined
  )
  SELECT EXISTS (SELECT FROM recorded) FROM given_back
$function$;

CREATE OR REPLACE FUNCTION public.cap_usage_check(verdicts text[], days date[], amounts bigint[], asks jsonb[])
 RETURNS text[]
 LANGUAGE plpgsql
 SET enable_seqscan TO 'off'
 SET enable_hashjoin TO 'off'
 SET enable_mergejoin TO 'off'
AS $function$
#variable_conflict use_column
DECLARE
  scopes text[];
  used_days date[];
  day_amounts numeric[];
  month_amounts numeric[];
  fits_whole boolean;
  cap record;
  at_scope integer;
  fits boolean;
BEGIN
  SELECT array_agg(DISTINCT asked.scope ORDER BY asked.scope) INTO scopes
  FROM unnest($1, $4) AS item (verdict, ask)
  CROSS JOIN LATERAL jsonb_to_recordset(item.ask -> 'caps') AS asked (scope text)
  WHERE item.verdict NOT IN ('card_changed', 'amount_limit_exceeded');
  IF scopes IS NULL THEN
    RETURN verdicts;
  END IF;
  FOR attempt IN 1..2 LOOP
    SELECT
      array_agg(used.day ORDER BY used.scope),
      array_agg(used.day_amount ORDER BY used.scope),
      array_agg(used.month_amount ORDER BY used.scope)
    INTO used_days, day_amounts, month_amounts
    FROM (SELECT * FROM cap_usage WHERE scope = ANY (scopes) ORDER BY scope FOR UPDATE) AS used;
    EXIT WHEN cardinality(used_days) = cardinality(scopes);
    INSERT INTO cap_usage (scope, day)
    SELECT missing.scope, days[1] FROM unnest(scopes) AS missing (scope) ORDER BY missing.scope
    ON CONFLICT ON CONSTRAINT cap_usage_pkey DO NOTHING;
  END LOOP;

  -- Nearly always all of it fits, and one look at the sums says so.
  SELECT bool_and(
    coalesce(used.day_amount + asked.amount <= asked.least_day, true)
    AND coalesce(used.month_amount + asked.amount <= asked.least_month, true)
  ) INTO fits_whole
  FROM (
    SELECT asked.scope, sum(item.amount) AS amount, min("dayAmount") AS least_day, min("monthAmount") AS least_month
    FROM unnest($1, $3, $4) AS item (verdict, amount, ask)
    CROSS JOIN LATERAL
      jsonb_to_recordset(item.ask -> 'caps') AS asked (scope text, "dayAmount" numeric, "monthAmount" numeric)
    WHERE item.verdict NOT IN ('card_changed', 'amount_limit_exceeded')
    GROUP BY asked.scope
  ) AS asked
  JOIN unnest(scopes, day_amounts, month_amounts) AS used (scope, day_amount, month_amount) USING (scope);
  IF fits_whole THEN
    RETURN verdicts;
  END IF;

  FOR n IN 1..cardinality(verdicts) LOOP
    CONTINUE WHEN verdicts[n] IN ('card_changed', 'amount_limit_exceeded');
    fits := true;
    FOR cap IN
      SELECT *
      FROM jsonb_to_recordset(asks[n] -> 'caps') AS cap (scope text, "dayAmount" numeric, "monthAmount" numeric)
    LOOP
      at_scope := array_position(scopes, cap.scope);
      IF used_days[at_scope] < days[n] THEN
        day_amounts[at_scope] := 0;
        IF used_days[at_scope] < date_trunc('month', days[n]) THEN
          month_amounts[at_scope] := 0;
        END IF;
        used_days[at_scope] := days[n];
      END IF;
      fits := fits
        AND coalesce(day_amounts[at_scope] + coalesce(amounts[n], 0) <= cap."dayAmount", true)
        AND coalesce(month_amounts[at_scope] + coalesce(amounts[n], 0) <= cap."monthAmount", true);
    END LOOP;
    IF NOT fits THEN
      verdicts[n] := 'amount_limit_exceeded';
    ELSIF verdicts[n] = 'fits' THEN
      FOR cap IN SELECT * FROM jsonb_to_recordset(asks[n] -> 'caps') AS cap (scope text) LOOP
        at_scope := array_position(scopes, cap.scope);
        day_amounts[at_scope] := day_amounts[at_scope] + coalesce(amounts[n], 0);
        month_amounts[at_scope] := month_amounts[at_scope] + coalesce(amounts[n], 0);
      END LOOP;
    END IF;
  END LOOP;
  RETURN verdicts;
END
$function$;

CREATE OR REPLACE FUNCTION public.card_changed()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
  PERFORM pg_notify('card_changed', NEW.bank_id || '/' || NEW.card_token);
  RETURN NULL;
END
$function$;

CREATE OR REPLACE FUNCTION public.card_limits_check(bank_id text, card_token text, running_day date, amount bigint, ask jsonb)
 RETURNS text
 LANGUAGE plpgsql
 SET enable_seqscan TO 'off'
 SET enable_hashjoin TO 'off'
 SET enable_mergejoin TO 'off'
AS $function$
#variable_conflict use_column
DECLARE
  broken record;
BEGIN
  WITH limited AS MATERIALIZED (
    SELECT
      asked.*,
      uuid_from(since) AS since_id,
      CASE span WHEN 'day' THEN $3 WHEN 'month' THEN date_trunc('month', $3)::date END AS first_day,
      CASE part WHEN 'cash' THEN ($5 ->> 'cash')::numeric ELSE coalesce($4, 0) END AS own_amount
    FROM jsonb_to_recordset($5 -> 'limits') AS asked (
      span text, since timestamptz, types text[], with_cash boolean, channels text[], part text, amount numeric,
      count integer
    )
  ),
  bound AS MATERIALIZED (
    SELECT uuid_from(min(coalesce(since, (first_day - interval '2 hours') AT TIME ZONE 'Asia/Almaty'))) AS id
    FROM limited
  ),
  spent AS MATERIALIZED (
    SELECT
      stored.id,
      stored.type,
      stored.channel,
      coalesce(stored.usage_day, (stored.received_at AT TIME ZONE 'Asia/Almaty')::date) AS day,
      CASE stored.state
        WHEN 'accepted' THEN coalesce(stored.billing_amount, 0)
        ELSE stored.approved_amount - stored.released_amount
      END AS amount,
      stored.cash_amount AS cash,
      CASE WHEN stored.kind = 'increment' THEN 0 ELSE 1 END AS count
    FROM "authorization" AS stored
    WHERE stored.bank_id = $1
      AND stored.card_token = $2
      AND (stored.bank_id, stored.card_token, stored.id) >= ($1, $2, (SELECT id FROM bound))
      AND stored.state IN ('accepted', 'approved')
      AND stored.kind IN ('authorization', 'increment', 'advice')
      -- What was released in full counts no more; an account verification holds nothing and counts all the same.
      AND (
        stored.state = 'accepted'
        OR stored.type = 'account_verification'
        OR stored.released_amount < stored.approved_amount
      )
  )
  SELECT
    bool_or(limited.part <> 'cash' AND own_amount + used.amount > limited.amount) AS amount,
    bool_or(limited.part <> 'cash' AND ($5 ->> 'count')::integer + used.count > limited.count) AS count,
    bool_or(
      limited.part = 'cash'
      AND (own_amount + used.amount > limited.amount OR ($5 ->> 'count')::integer + used.count > limited.count)
    ) AS cash
  INTO broken
  FROM limited
  CROSS JOIN LATERAL (
    SELECT
      coalesce(sum(CASE WHEN counts.in_full THEN spent.amount ELSE LEAST(spent.cash, spent.amount) END), 0) AS amount,
      coalesce(sum(spent.count) FILTER (WHERE counts.in_full OR spent.cash > 0), 0) AS count
    FROM spent
    CROSS JOIN LATERAL (
      SELECT coalesce(spent.type = ANY (limited.types), spent.type <> 'account_verification') AS in_full
    ) AS counts
    WHERE (counts.in_full OR (limited.with_cash AND spent.type = 'purchase_with_cashback'))
      AND (spent.day >= limited.first_day OR spent.id >= limited.since_id)
      AND coalesce(spent.channel = ANY (limited.channels), true)
  ) AS used;
  RETURN CASE
    WHEN broken.amount THEN 'amount_limit_exceeded'
    WHEN broken.count THEN 'count_limit_exceeded'
    WHEN broken.cash THEN 'cash_limit_exceeded'
    ELSE 'fits'
  END;
END
$function$;

CREATE OR REPLACE FUNCTION public.card_usage_check(bank_ids text[], card_tokens text[], card_versions bigint[], days date[], amounts bigint[], daily_amounts bigint[], daily_counts integer[], monthly_amounts bigint[], counts integer[], asks jsonb[])
 RETURNS TABLE(ordinal bigint, verdict text)
 LANGUAGE plpgsql
 SET enable_seqscan TO 'off'
 SET enable_hashjoin TO 'off'
 SET enable_mergejoin TO 'off'
AS $function$
#variable_conflict use_column
DECLARE
  ordinals bigint[];
  verdicts text[];
  running_days date[];
  further text;
  at_item bigint;
BEGIN
  SELECT array_agg(locked.ordinal), array_agg(locked.verdict), array_agg(locked.running_day)
  INTO ordinals, verdicts, running_days
  FROM (
    SELECT
      asked.ordinal,
      GREATEST(used.day, asked.day) AS running_day,
      CASE
        WHEN used.card_version <> asked.card_version THEN 'card_changed'
        WHEN asked.amount + CASE WHEN used.day >= asked.day THEN used.day_amount ELSE 0 END
          > asked.daily_amount THEN 'amount_limit_exceeded'
        WHEN asked.amount + CASE WHEN used.day >= date_trunc('month', asked.day) THEN used.month_amount ELSE 0 END
          > asked.monthly_amount THEN 'amount_limit_exceeded'
        WHEN asked.count + CASE WHEN used.day >= asked.day THEN used.day_count ELSE 0 END
          > asked.daily_count THEN 'count_limit_exceeded'
        ELSE 'fits'
      END AS verdict
    FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9) WITH ORDINALITY AS asked
      (bank_id, card_token, card_version, day, amount, daily_amount, daily_count, monthly_amount, count, ordinal)
    JOIN card_usage AS used USING (bank_id, card_token)
    WHERE asked.card_version IS NOT NULL
    ORDER BY used.bank_id, used.card_token
    FOR UPDATE OF used
  ) AS locked;
  IF coalesce(array_remove(asks, NULL), '{}') <> '{}' AND ordinals IS NOT NULL THEN
    FOR n IN 1..cardinality(ordinals) LOOP
      at_item := ordinals[n];
      IF asks[at_item] ? 'limits' AND verdicts[n] IN ('fits', 'count_limit_exceeded') THEN
        further := card_limits_check(
          bank_ids[at_item], card_tokens[at_item], running_days[n], amounts[at_item], asks[at_item]
        );
        IF verdicts[n] = 'fits' OR further = 'amount_limit_exceeded' THEN
          verdicts[n] := further;
        END IF;
      END IF;
    END LOOP;
    verdicts := cap_usage_check(
      verdicts,
      (SELECT array_agg(days[at.item] ORDER BY at.n) FROM unnest(ordinals) WITH ORDINALITY AS at (item, n)),
      (SELECT array_agg(amounts[at.item] ORDER BY at.n) FROM unnest(ordinals) WITH ORDINALITY AS at (item, n)),
      (SELECT array_agg(asks[at.item] ORDER BY at.n) FROM unnest(ordinals) WITH ORDINALITY AS at (item, n))
    );
  END IF;
  RETURN QUERY SELECT * FROM unnest(ordinals, verdicts);
END
$function$;

CREATE OR REPLACE FUNCTION public.card_usage_count(bank_ids text[], card_tokens text[], days date[], amounts bigint[], counts integer[], asks jsonb[])
 RETURNS TABLE(bank_id text, card_token text, day date)
 LANGUAGE plpgsql
 SET enable_seqscan TO 'off'
 SET enable_hashjoin TO 'off'
 SET enable_mergejoin TO 'off'
AS $function$
#variable_conflict use_column
BEGIN
  RETURN QUERY
    UPDATE card_usage AS used
    SET
      day = GREATEST(used.day, counted.day),
      day_amount = counted.amount + CASE WHEN used.day >= counted.day THEN used.day_amount ELSE 0 END,
      day_count = counted.count + CASE WHEN used.day >= counted.day THEN used.day_count ELSE 0 END,
      month_amount = counted.amount
        + CASE WHEN used.day >= date_trunc('month', counted.day) THEN used.month_amount ELSE 0 END
    FROM unnest($1, $2, $3, $4, $5) AS counted (bank_id, card_token, day, amount, count)
    WHERE used.bank_id = counted.bank_id AND used.card_token = counted.card_token
    RETURNING used.bank_id, used.card_token, used.day;
  IF coalesce(array_remove(asks, NULL), '{}') <> '{}' THEN
    INSERT INTO cap_usage AS used (scope, day, day_amount, month_amount)
    SELECT cap.scope, max(counted.day), sum(counted.amount), sum(counted.amount)
    FROM unnest($1, $3, $4, $6) AS counted (bank_id, day, amount, ask)
    CROSS JOIN LATERAL (
      SELECT asked.scope FROM jsonb_to_recordset(counted.ask -> 'caps') AS asked (scope text)
      UNION ALL
      SELECT known.scope
      FROM cap_usage AS known
      WHERE known.scope IN ('bank/' || counted.bank_id, 'programme') AND counted.ask ? 'known_caps'
    ) AS cap
    WHERE counted.amount > 0
    GROUP BY cap.scope
    ORDER BY cap.scope
    ON CONFLICT ON CONSTRAINT cap_usage_pkey DO UPDATE SET
      day = GREATEST(used.day, EXCLUDED.day),
      day_amount = EXCLUDED.day_amount + CASE WHEN used.day >= EXCLUDED.day THEN used.day_amount ELSE 0 END,
      month_amount = EXCLUDED.month_amount
        + CASE WHEN used.day >= date_trunc('month', EXCLUDED.day) THEN used.month_amount ELSE 0 END;
  END IF;
END
$function$;

CREATE OR REPLACE FUNCTION public.card_usage_give_back(bank_ids text[], card_tokens text[], days date[], amounts bigint[], counts integer[])
 RETURNS bigint
 LANGUAGE plpgsql
 SET enable_seqscan TO 'off'
 SET enable_hashjoin TO 'off'
 SET enable_mergejoin TO 'off'
AS $function$
#variable_conflict use_column
DECLARE
  changed_cards bigint;
BEGIN
  IF bank_ids IS NULL THEN
    RETURN 0;
  END IF;
  WITH given AS (
    SELECT * FROM unnest($1, $2, $3, $4, $5) AS given (bank_id, card_token, day, amount, count)
    WHERE day IS NOT NULL
  ),
  locked AS MATERIALIZED (
    SELECT used.bank_id, used.card_token, used.day
    FROM card_usage AS used
    WHERE (used.bank_id, used.card_token) IN (SELECT given.bank_id, given.card_token FROM given)
    ORDER BY used.bank_id, used.card_token
    FOR UPDATE
  ),
  summed AS (
    SELECT
      given.bank_id,
      given.card_token,
      coalesce(sum(given.amount) FILTER (WHERE given.day = locked.day), 0)::bigint AS day_amount,
      coalesce(sum(given.count) FILTER (WHERE given.day = locked.day), 0)::integer AS day_count,
      coalesce(sum(given.amount) FILTER (WHERE given.day >= date_trunc('month', locked.day)), 0)::bigint AS month_amount
    FROM given JOIN locked USING (bank_id, card_token)
    GROUP BY given.bank_id, given.card_token
  ),
  changed AS (
    UPDATE card_usage AS used
    SET
      day_amount = used.day_amount - summed.day_amount,
      day_count = used.day_count - summed.day_count,
      month_amount = used.month_amount - summed.month_amount
    FROM summed
    WHERE used.bank_id = summed.bank_id AND used.card_token = summed.card_token
    RETURNING 1
  )
  SELECT count(*) INTO changed_cards FROM changed;

  WITH given AS (
    SELECT cap.scope, item.day, item.amount
    FROM unnest($1, $3, $4) AS item (bank_id, day, amount)
    CROSS JOIN LATERAL (VALUES ('bank/' || item.bank_id), ('programme')) AS cap (scope)
    WHERE item.day IS NOT NULL AND item.amount <> 0
  ),
  locked AS MATERIALIZED (
    SELECT used.scope, used.day
    FROM cap_usage AS used
    WHERE used.scope IN (SELECT given.scope FROM given)
    ORDER BY used.scope
    FOR UPDATE
  ),
  summed AS (
    SELECT
      scope,
      coalesce(sum(given.amount) FILTER (WHERE given.day = locked.day), 0) AS day_amount,
      coalesce(sum(given.amount) FILTER (
        WHERE given.day BETWEEN date_trunc('month', locked.day) AND locked.day
      ), 0) AS month_amount
    FROM given JOIN locked USING (scope)
    GROUP BY scope
  )
  UPDATE cap_usage AS used
  SET
    day_amount = GREATEST(used.day_amount - summed.day_amount, 0),
    month_amount = GREATEST(used.month_amount - summed.month_amount, 0)
  FROM summed
  WHERE used.scope = summed.scope;
  RETURN changed_cards;
END
$function$;

CREATE OR REPLACE FUNCTION public.card_wallet_linked()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
  IF TG_OP = 'INSERT' OR NEW.wallet_link IS DISTINCT FROM OLD.wallet_link THEN
    NEW.wallet_linked_at := clock_timestamp();
  END IF;
  RETURN NEW;
END
$function$;

CREATE OR REPLACE FUNCTION public.event_readers_restore()
 RETURNS bigint
 LANGUAGE plpgsql
AS $function$
DECLARE
  dumped bigint;
  owed bigint;
BEGIN
  LOCK TABLE authorization_event IN SHARE ROW EXCLUSIVE MODE;
  SELECT coalesce(max(sequence), 0) INTO dumped
  FROM authorization_event
  WHERE written_by >= pg_snapshot_xmax(pg_current_snapshot());
  IF NOT EXISTS (SELECT FROM event_reader WHERE read_xid > pg_snapshot_xmax(pg_current_snapshot())) THEN
    dumped := NULL;
  END IF;
  UPDATE authorization_event AS event
  SET written_by = CASE
    WHEN (event.written_by, event.sequence) >= (reader.read_xid, reader.read_sequence) OR event.sequence > dumped
      THEN pg_current_xact_id()
    ELSE '0'
  END
  FROM (SELECT read_xid, read_sequence FROM event_reader ORDER BY read_xid, read_sequence LIMIT 1) AS reader
  WHERE event.written_by > '0'::xid8;
  UPDATE event_reader SET read_xid = pg_current_xact_id(), read_sequence = 0, leased_until = '-infinity';
  SELECT count(*) INTO owed FROM authorization_event WHERE written_by = pg_current_xact_id();
  RETURN owed;
END
$function$;

CREATE OR REPLACE FUNCTION public.exposure_cancel(ids uuid[], amounts bigint[])
 RETURNS bigint
 LANGUAGE plpgsql
 SET enable_seqscan TO 'off'
 SET enable_hashjoin TO 'off'
 SET enable_mergejoin TO 'off'
AS $function$
DECLARE
  written bigint;
BEGIN
  UPDATE exposure AS stored
  SET
    cancelled = stored.cancelled + change.amount,
    state = CASE
      WHEN stored.state = 'open' AND stored.collected + stored.cancelled + change.amount = stored.amount THEN 'closed'
      ELSE stored.state
    END
  FROM (
    SELECT given.id, sum(given.amount)::bigint AS amount FROM unnest($1, $2) AS given (id, amount) GROUP BY given.id
  ) AS change
  WHERE stored.id = change.id;
  GET DIAGNOSTICS written = ROW_COUNT;
  RETURN written;
END
$function$;

CREATE OR REPLACE FUNCTION public.ledger_fold(most integer)
 RETURNS bigint
 LANGUAGE plpgsql
AS $function$
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
$function$;

CREATE OR REPLACE FUNCTION public.ledger_is_folded(account text)
 RETURNS boolean
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
RETURN (starts_with(account, 'programme_settlement/'::text) OR starts_with(account, 'conversion/'::text) OR starts_with(account, 'conversion_result/'::text) OR starts_with(account, 'exchange_fee/'::text) OR starts_with(account, 'unmatched/'::text));

CREATE OR REPLACE FUNCTION public.ledger_note_change()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
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
$function$;

CREATE OR REPLACE FUNCTION public.ledger_post(journal_ids text[], lines smallint[], authorization_ids uuid[], assets text[], amounts numeric[], debit_accounts text[], credit_accounts text[])
 RETURNS bigint
 LANGUAGE plpgsql
AS $function$
DECLARE
  posted bigint;
BEGIN
  INSERT INTO ledger_posting
    (journal_id, line, authorization_id, asset, amount, debit_account, credit_account)
  SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7);
  GET DIAGNOSTICS posted = ROW_COUNT;
  RETURN posted;
END
$function$;

CREATE OR REPLACE FUNCTION public.ledger_refuse_change()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
  RAISE EXCEPTION 'the ledger is append-only' USING ERRCODE = 'insufficient_privilege';
END
$function$;

CREATE OR REPLACE FUNCTION public.movement_conclude(movement_references text[], states text[], exchange_references text[], details text[])
 RETURNS bigint
 LANGUAGE plpgsql
 SET enable_seqscan TO 'off'
 SET enable_hashjoin TO 'off'
 SET enable_mergejoin TO 'off'
AS $function$
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
$function$;

CREATE OR REPLACE FUNCTION public.movement_credit(debit_references text[], amounts numeric[], released bigint[], credit_references text[], authorization_ids uuid[], purposes text[], refund_ids uuid[], refunded bigint[] DEFAULT '{}'::bigint[])
 RETURNS bigint
 LANGUAGE plpgsql
 SET enable_seqscan TO 'off'
 SET enable_hashjoin TO 'off'
 SET enable_mergejoin TO 'off'
AS $function$
DECLARE
  written bigint;
BEGIN
  UPDATE movement AS debit
  SET
    credited = debit.credited + change.amount,
    released = debit.released + change.released,
    refunded = debit.refunded + change.refunded
  FROM (
    SELECT
      given.reference,
      sum(given.amount) AS amount,
      sum(given.released)::bigint AS released,
      coalesce(sum(given.refunded), 0)::bigint AS refunded
    FROM unnest($1, $2, $3, $8) AS given (reference, amount, released, refunded)
    GROUP BY given.reference
  ) AS change
  WHERE debit.reference = change.reference;
  INSERT INTO movement (
    reference, authorization_id, kind, purpose, debit_reference, bank_id, card_token, exchange_id, rail, wallet, asset,
    amount, state, created_at, valid_until, next_step_at, refund_id
  )
  SELECT
    given.reference, given.authorization_id, 'credit', given.purpose, debit.reference, debit.bank_id, debit.card_token,
    debit.exchange_id, debit.rail, debit.wallet, debit.asset, given.amount, 'intended', clock_timestamp(),
    clock_timestamp(), clock_timestamp(), given.refund_id
  FROM unnest($1, $2, $4, $5, $6, $7) AS given
    (debit_reference, amount, reference, authorization_id, purpose, refund_id)
  JOIN movement AS debit ON debit.reference = given.debit_reference
  WHERE given.reference IS NOT NULL;
  GET DIAGNOSTICS written = ROW_COUNT;
  RETURN written;
END
$function$;

CREATE OR REPLACE FUNCTION public.movement_credits_owed()
 RETURNS TABLE(exchange_id text, asset text, amount numeric)
 LANGUAGE plpgsql
 STABLE
 SET enable_seqscan TO 'off'
AS $function$
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
$function$;

CREATE OR REPLACE FUNCTION public.uuid_from(instant timestamp with time zone)
 RETURNS uuid
 LANGUAGE sql
 STABLE
AS $function$
  SELECT (lpad(to_hex(floor(extract(epoch FROM instant) * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid
$function$;

CREATE VIEW ledger_balance AS
 SELECT entry.account,
    entry.asset,
    sum(entry.signed_amount) AS balance
   FROM ( SELECT ledger_posting.debit_account AS account,
            ledger_posting.asset,
            ledger_posting.amount AS signed_amount
           FROM ledger_posting
        UNION ALL
         SELECT ledger_posting.credit_account,
            ledger_posting.asset,
            (- ledger_posting.amount)
           FROM ledger_posting) entry
  GROUP BY entry.account, entry.asset;

CREATE VIEW ledger_running_balance AS
 SELECT entry.account,
    entry.asset,
    sum(entry.balance) AS balance
   FROM ( SELECT ledger_folded.account,
            ledger_folded.asset,
            ledger_folded.balance
           FROM ledger_folded
        UNION ALL
         SELECT ledger_change.account,
            ledger_change.asset,
            ledger_change.balance
           FROM ledger_change) entry
  GROUP BY entry.account, entry.asset;

CREATE VIEW told_event AS
 SELECT event.authorization_id,
    event.sequence,
    event.written_by,
    event.kind,
    event.detail,
    event.occurred_at,
    about.bank_id,
    about.card_token,
    about.kind AS authorization_kind,
    about.parent_id,
    about.type,
    about.billing_amount,
    ( SELECT jsonb_build_object('kind', movement.kind, 'purpose', movement.purpose, 'reference', movement.reference, 'exchange', movement.exchange_id, 'asset', movement.asset, 'amount', (movement.amount)::text) AS jsonb_build_object
           FROM movement
          WHERE (movement.reference = event.detail)) AS movement,
    ( SELECT jsonb_build_object('clearingId', ('clr_'::text || clearing.id), 'outcome', clearing.outcome, 'amount', (clearing.amount)::text, 'fromHold', (clearing.from_hold)::text, 'exposed', (clearing.exposed)::text, 'released', (clearing.released)::text, 'last', clearing.is_last) AS jsonb_build_object
           FROM clearing
          WHERE (clearing.id =
                CASE
                    WHEN (event.kind = ANY (ARRAY['cleared'::text, 'force_posted'::text])) THEN (substr(event.detail, 5))::uuid
                    ELSE NULL::uuid
                END)) AS clearing,
    ( SELECT jsonb_build_object('refundId', ('rfd_'::text || refund.id), 'amount', (refund.amount)::text) AS jsonb_build_object
           FROM refund
          WHERE (refund.id =
                CASE
                    WHEN (event.kind = 'refunded'::text) THEN (substr(event.detail, 5))::uuid
                    ELSE NULL::uuid
                END)) AS refund
   FROM (authorization_event event
     JOIN "authorization" about ON ((about.id = event.authorization_id)));

CREATE TRIGGER card_changed AFTER INSERT OR UPDATE ON public.card FOR EACH ROW EXECUTE FUNCTION card_changed();

CREATE TRIGGER card_wallet_linked BEFORE INSERT OR UPDATE ON public.card FOR EACH ROW EXECUTE FUNCTION card_wallet_linked();

CREATE TRIGGER ledger_posting_append_only BEFORE DELETE OR UPDATE ON public.ledger_posting FOR EACH ROW EXECUTE FUNCTION ledger_refuse_change();

CREATE TRIGGER ledger_posting_no_truncate BEFORE TRUNCATE ON public.ledger_posting FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();

CREATE TRIGGER ledger_posting_note_change AFTER INSERT ON public.ledger_posting REFERENCING NEW TABLE AS posted FOR EACH STATEMENT EXECUTE FUNCTION ledger_note_change();
