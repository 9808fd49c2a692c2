-- The outbox: every event is delivered at least once, in order per authorization, to webhooks and to the event stream.
--
-- Why written_by. Identity values are handed out before their transactions commit, so they become visible out of order:
-- a reader that remembers the highest sequence it saw loses what commits late. Transactions that end are never seen to
-- write again: of everything below pg_snapshot_xmin, the oldest transaction still running, a snapshot shows all that
-- there will ever be. So a reader takes events in the order (written_by, sequence), below that horizon only, and
-- remembers how far it came: it loses nothing.
--
-- Why that is not yet the order per authorization. Who writes an event has locked the row of its authorization before
-- the sequence is taken, and holds the lock until it commits. So sequences of one authorization are in the order of its
-- commits, and whoever sees an event sees all earlier ones. The order of transaction ids is another one: a transaction
-- gets its id with its first write, and may then wait for the row while a younger one goes first. With a third one
-- still running between the two, the horizon shows the second event and not yet the first. So readers take the order
-- from the sequence, and with an event also what they see before it of the same authorization, beyond the horizon.
-- What was taken so is met again behind the horizon and told again, under its same id.

-- What is here by now was never owed to anybody. A constant, so that the table is not written anew.
ALTER TABLE authorization_event ADD COLUMN written_by xid8 NOT NULL DEFAULT '0';

ALTER TABLE authorization_event ALTER COLUMN written_by SET DEFAULT pg_current_xact_id();

CREATE INDEX authorization_event_unread ON authorization_event (written_by, sequence) WHERE written_by > '0'::xid8;

-- How far each reader came: everything before (read_xid, read_sequence) was handed on. 'webhooks' hands on to
-- event_delivery, in one statement; 'stream' to the bus, under a lease.
CREATE TABLE event_reader (
  id text NOT NULL,
  read_xid xid8 NOT NULL,
  read_sequence bigint NOT NULL DEFAULT 0,
  claim_epoch bigint NOT NULL DEFAULT 0,
  leased_until timestamptz NOT NULL DEFAULT '-infinity',
  CONSTRAINT event_reader_pkey PRIMARY KEY (id),
  CONSTRAINT event_reader_known CHECK (id IN ('webhooks', 'stream'))
);

-- Not this transaction's own id: an older one may be waiting to write an event.
INSERT INTO event_reader (id, read_xid)
SELECT reader.id, pg_snapshot_xmin(pg_current_snapshot())
FROM (VALUES ('webhooks'), ('stream')) AS reader (id);

-- Numbers of claims. No two are the same, not even where a row went and came again.
CREATE SEQUENCE event_claim;

-- Authorizations of which events are owed to a bank's webhook: everything after delivered_sequence, of which
-- last_sequence is the last that is known of. Rows go when there is nothing owed, so what stands here is what waits.
CREATE TABLE event_delivery (
  destination_id text NOT NULL,
  authorization_id uuid NOT NULL,
  delivered_sequence bigint NOT NULL,
  last_sequence bigint NOT NULL,
  waiting_since timestamptz NOT NULL DEFAULT clock_timestamp(),
  next_step_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  attempts integer NOT NULL DEFAULT 0,
  claim_epoch bigint NOT NULL DEFAULT 0,
  escalated_at timestamptz,
  detail text,
  CONSTRAINT event_delivery_pkey PRIMARY KEY (destination_id, authorization_id)
) WITH (fillfactor = 60);

CREATE INDEX event_delivery_due ON event_delivery (destination_id, next_step_at);

-- An event with what never changes of what it is about, so that it is told in the same words however often.
CREATE VIEW told_event AS
SELECT
  event.authorization_id, event.sequence, event.written_by, event.kind, event.detail, event.occurred_at,
  about.bank_id, about.card_token, about.kind AS authorization_kind, about.parent_id, about.type, about.billing_amount,
  (
    SELECT jsonb_build_object(
      'kind', kind, 'purpose', purpose, 'reference', reference, 'exchange', exchange_id, 'asset', asset,
      'amount', amount::text
    )
    FROM movement
    WHERE reference = event.detail
  ) AS movement,
  (
    SELECT jsonb_build_object(
      'clearingId', 'clr_' || id, 'outcome', outcome, 'amount', amount::text, 'fromHold', from_hold::text,
      'exposed', exposed::text, 'released', released::text, 'last', is_last
    )
    FROM clearing
    WHERE id = CASE WHEN event.kind IN ('cleared', 'force_posted') THEN substr(event.detail, 5)::uuid END
  ) AS clearing,
  (
    SELECT jsonb_build_object('refundId', 'rfd_' || id, 'amount', amount::text)
    FROM refund
    WHERE id = CASE WHEN event.kind = 'refunded' THEN substr(event.detail, 5)::uuid END
  ) AS refund
FROM authorization_event AS event
JOIN "authorization" AS about ON about.id = event.authorization_id;

-- After a restore from a logical dump into another cluster, whose transaction ids are others: what was handed on is of
-- no transaction any more, what was not is of this one, and the readers go on from here. Stop settlement meanwhile.
-- Gives how many events are still owed.
CREATE FUNCTION event_readers_restore() RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  owed bigint;
BEGIN
  LOCK TABLE authorization_event IN SHARE ROW EXCLUSIVE MODE;
  UPDATE authorization_event AS event
  SET written_by = CASE
    WHEN (event.written_by, event.sequence) >= (reader.read_xid, reader.read_sequence) THEN pg_current_xact_id()
    ELSE '0'
  END
  FROM (SELECT read_xid, read_sequence FROM event_reader ORDER BY read_xid, read_sequence LIMIT 1) AS reader
  WHERE event.written_by > '0'::xid8;
  UPDATE event_reader SET read_xid = pg_current_xact_id(), read_sequence = 0, leased_until = '-infinity';
  SELECT count(*) INTO owed FROM authorization_event WHERE written_by = pg_current_xact_id();
  RETURN owed;
END
$$;
