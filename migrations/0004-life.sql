-- The whole life of an authorization: increments, advices, clearing, refunds, expiry, and what nothing covers yet.

-- A message of kind clearing or refund names its own row by record_id, as a reversal does. overtaken_as stands on a
-- tombstone: what came before its original, and the reason for which that original is declined when it arrives.
ALTER TABLE message RENAME COLUMN reversal_id TO record_id;
ALTER TABLE message ADD COLUMN overtaken_as text;
UPDATE message SET overtaken_as = 'reversed_before_authorization' WHERE fingerprint IS NULL;
ALTER TABLE message DROP CONSTRAINT message_kind_known;
ALTER TABLE message ADD CONSTRAINT message_kind_known
  CHECK (kind IN ('authorization', 'increment', 'advice', 'reversal', 'clearing', 'refund'));

-- Kinds: a request ('authorization'), an increment of the row parent_id, an advice that a bank decided, a force_post
-- that clearing brought without a request, an unmatched_refund. The last three are born approved or declined.
-- approved_amount is what an approval holds (in tiyn), of which released_amount went back or was never collected, and
-- cleared_amount is owed to the bank; what is neither is open. refunded_amount came back after all. cash_amount is the
-- part of billing_amount that is cash. A final authorization is owed to the bank at once; no clearing follows.
-- hold_until is when an open hold expires: absent where nothing is open. closed_as says why nothing is.
-- overtaken_as is set while the authorization is still accepted: the reason for which CONCLUDE will decline it.
ALTER TABLE "authorization"
  ADD COLUMN kind text NOT NULL DEFAULT 'authorization',
  ADD COLUMN parent_id uuid,
  ADD COLUMN channel text,
  ADD COLUMN cash_amount bigint NOT NULL DEFAULT 0,
  ADD COLUMN is_final boolean NOT NULL DEFAULT false,
  ADD COLUMN approved_amount bigint,
  ADD COLUMN released_amount bigint NOT NULL DEFAULT 0,
  ADD COLUMN cleared_amount bigint NOT NULL DEFAULT 0,
  ADD COLUMN refunded_amount bigint NOT NULL DEFAULT 0,
  ADD COLUMN hold_until timestamptz,
  ADD COLUMN closed_as text,
  ADD COLUMN overtaken_as text;
UPDATE "authorization" SET overtaken_as = 'reversed_before_authorization'
  WHERE state = 'accepted' AND reversal_id IS NOT NULL;
UPDATE "authorization" SET approved_amount = billing_amount WHERE state = 'approved';
UPDATE "authorization" SET released_amount = billing_amount, closed_as = 'reversed'
  WHERE state = 'approved' AND reversal_id IS NOT NULL;
UPDATE "authorization" SET hold_until = received_at + interval '7 days'
  WHERE state = 'approved' AND reversal_id IS NULL;
ALTER TABLE "authorization"
  ADD CONSTRAINT authorization_kind_known
    CHECK (kind IN ('authorization', 'increment', 'advice', 'force_post', 'unmatched_refund')),
  ADD CONSTRAINT authorization_parent_iff_increment CHECK ((kind = 'increment') = (parent_id IS NOT NULL)),
  ADD CONSTRAINT authorization_closed_as_known CHECK (closed_as IN ('reversed', 'cleared', 'expired')),
  ADD CONSTRAINT authorization_open_not_negative CHECK (
    released_amount >= 0 AND cleared_amount >= 0 AND refunded_amount >= 0
    AND released_amount + cleared_amount <= coalesce(approved_amount, 0)
  ),
  ADD CONSTRAINT authorization_amount_iff_approved CHECK ((state = 'approved') = (approved_amount IS NOT NULL));

-- Expiry's work list. hold_until is written with the row by ACCEPT and not by CONCLUDE, so that the decision stays a
-- HOT update.
CREATE INDEX authorization_hold_until ON "authorization" (hold_until) WHERE hold_until IS NOT NULL;
CREATE INDEX authorization_parent ON "authorization" (parent_id) WHERE parent_id IS NOT NULL;
-- A card's history in the order of receipt: for its bank's lists, and for limits over windows of their own.
CREATE INDEX authorization_card ON "authorization" (bank_id, card_token, id);

-- Purposes: 'authorization' (asked for inside the budget, never sent again), 'collection' (settlement debits what an
-- exposure owes), 'release' (a credit of what a hold no longer needs), 'refund' (a credit after the fact), 'undo' (a
-- credit of a debit that approved nothing).
-- billing, fee and spread (tiyn) are what a debit paid for, by the quote in its row or its authorization's;
-- released is how much of that billing was released again, and credited how much of its amount credits were intended
-- for, all purposes together: together never more than the debit.
ALTER TABLE movement
  ADD COLUMN purpose text,
  ADD COLUMN billing bigint,
  ADD COLUMN fee bigint,
  ADD COLUMN spread bigint,
  ADD COLUMN released bigint NOT NULL DEFAULT 0,
  ADD COLUMN credited numeric(38, 0) NOT NULL DEFAULT 0,
  ADD COLUMN quote text,
  ADD COLUMN exposure_id uuid,
  ADD COLUMN refund_id uuid;
UPDATE movement SET purpose = CASE kind WHEN 'debit' THEN 'authorization' ELSE 'undo' END;
UPDATE movement AS debit
SET
  billing = posted.billing, fee = posted.fee, spread = posted.spread
FROM (
  SELECT
    substr(journal_id, length('approval/') + 1) AS reference,
    coalesce(sum(amount) FILTER (WHERE credit_account LIKE 'held_for_authorizations/%'), 0) AS billing,
    coalesce(sum(amount) FILTER (WHERE credit_account = 'fee_income'), 0) AS fee,
    coalesce(sum(amount) FILTER (WHERE credit_account = 'spread_income'), 0) AS spread
  FROM ledger_posting
  WHERE journal_id LIKE 'approval/%' AND asset = 'KZT'
  GROUP BY 1
) AS posted
WHERE debit.reference = posted.reference;
UPDATE movement AS debit
SET credited = debit.amount, released = coalesce(debit.billing, 0)
FROM movement AS credit
WHERE credit.debit_reference = debit.reference AND credit.state <> 'refused';
ALTER TABLE movement
  ALTER COLUMN purpose SET NOT NULL,
  ADD CONSTRAINT movement_purpose_known
    CHECK (purpose IN ('authorization', 'collection', 'release', 'refund', 'undo')),
  ADD CONSTRAINT movement_released_in_bounds CHECK (released BETWEEN 0 AND coalesce(billing, released)),
  ADD CONSTRAINT movement_credited_in_bounds CHECK (credited BETWEEN 0 AND amount);

-- What is owed to a bank and no debit covers: an approval by advice, clearing beyond the hold, a force post. Settlement
-- collects it from the wallet; what cannot be collected stays, is shown, and is tried again. States: 'open' (to be
-- collected when next_step_at comes), 'collecting' (a debit is under way), 'closed' (nothing is owed any more).
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
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  next_step_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  attempts integer NOT NULL DEFAULT 0,
  claim_epoch integer NOT NULL DEFAULT 0,
  escalated_at timestamptz,
  CONSTRAINT exposure_pkey PRIMARY KEY (id),
  CONSTRAINT exposure_cause_known CHECK (cause IN ('advice', 'clearing', 'force_post')),
  CONSTRAINT exposure_state_known CHECK (state IN ('open', 'collecting', 'closed')),
  CONSTRAINT exposure_amount_positive CHECK (amount > 0),
  CONSTRAINT exposure_in_bounds CHECK (collected >= 0 AND cancelled >= 0 AND collected + cancelled <= amount)
);
CREATE INDEX exposure_open ON exposure (next_step_at) WHERE state <> 'closed';
CREATE INDEX exposure_authorization ON exposure (authorization_id);

-- One presentment that was accepted. authorization_id is what it cleared: the authorization that it named, or the
-- force_post row that was made for it; named_authorization_id is what it named, where that could not be cleared.
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
  received_at timestamptz NOT NULL,
  request_body text NOT NULL,
  response_body text NOT NULL,
  CONSTRAINT clearing_pkey PRIMARY KEY (id),
  CONSTRAINT clearing_adds_up CHECK (amount > 0 AND from_hold + exposed = amount)
);
CREATE INDEX clearing_authorization ON clearing (authorization_id);

-- One refund, approved or declined, with the exact bytes of its answer. authorization_id is the original, or the
-- unmatched_refund row that was made for it; absent when declined without one.
CREATE TABLE refund (
  id uuid NOT NULL,
  bank_id text NOT NULL,
  local_date date NOT NULL,
  network_key text NOT NULL,
  card_token text NOT NULL,
  authorization_id uuid,
  decline_reason text,
  amount bigint NOT NULL,
  received_at timestamptz NOT NULL,
  request_body text NOT NULL,
  response_body text NOT NULL,
  CONSTRAINT refund_pkey PRIMARY KEY (id),
  CONSTRAINT refund_amount_positive CHECK (amount > 0)
);
CREATE INDEX refund_authorization ON refund (authorization_id);

-- The cardholder's own controls (allow and deny lists, further limits), as the bank put them.
ALTER TABLE card ADD COLUMN controls jsonb NOT NULL DEFAULT '{}';

-- What a whole bank ('bank/<id>') or the whole programme ('programme') has approved in its running day and month: only
-- counted where the programme sets a cap. The last rows that ACCEPT locks, in key order.
CREATE TABLE cap_usage (
  scope text NOT NULL,
  day date NOT NULL,
  day_amount numeric(38, 0) NOT NULL DEFAULT 0,
  month_amount numeric(38, 0) NOT NULL DEFAULT 0,
  CONSTRAINT cap_usage_pkey PRIMARY KEY (scope),
  CONSTRAINT cap_usage_not_negative CHECK (day_amount >= 0 AND month_amount >= 0)
) WITH (fillfactor = 50);
