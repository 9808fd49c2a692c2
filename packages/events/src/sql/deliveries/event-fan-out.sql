-- Hands the next events on to banks' webhooks, in one statement: whatever is owed to a bank is a row of event_delivery
-- when the reader has moved on. Takes only what lies below the oldest running transaction, so nothing comes later in
-- front of where the reader stands; see migration 0018. What an authorization that waits already has besides only moves
-- its end. A new row begins before the first event that was not handed on, in front of the horizon or behind it.
-- Locks the reader without waiting for it, then rows of event_delivery. No row: another instance is at it.
-- $1 bank ids, $2 kinds that banks are told, $3 most events
WITH reader AS MATERIALIZED (
  SELECT read_xid, read_sequence, pg_snapshot_xmin(pg_current_snapshot()) AS horizon
  FROM event_reader
  WHERE id = 'webhooks'
  FOR UPDATE SKIP LOCKED
),
unread AS MATERIALIZED (
  SELECT event.*
  FROM reader
  CROSS JOIN LATERAL (
    SELECT authorization_id, sequence, kind, written_by
    FROM authorization_event
    WHERE written_by > '0'::xid8
      AND (written_by, sequence) >= (reader.read_xid, reader.read_sequence)
      AND written_by < reader.horizon
    ORDER BY written_by, sequence
    -- Where no bank is told anything, one is enough to know that there is something to pass over.
    LIMIT CASE WHEN cardinality($1::text[]) = 0 THEN 1 ELSE $3 END
  ) AS event
),
moved AS (
  UPDATE event_reader
  SET
    read_xid = coalesce(last.written_by, GREATEST(reader.read_xid, reader.horizon)),
    read_sequence = CASE
      WHEN last.written_by IS NOT NULL THEN last.sequence + 1
      WHEN reader.horizon > reader.read_xid THEN 0
      ELSE reader.read_sequence
    END
  FROM reader
  LEFT JOIN LATERAL (
    SELECT written_by, sequence
    FROM unread
    ORDER BY written_by, sequence
    OFFSET $3 - 1
  ) AS last ON true
  WHERE event_reader.id = 'webhooks' AND (SELECT count(*) FROM unread) > 0
),
owed AS (
  SELECT about.bank_id, unread.authorization_id, max(unread.sequence) AS last_sequence
  FROM unread
  CROSS JOIN LATERAL (
    SELECT bank_id FROM "authorization" WHERE id = unread.authorization_id LIMIT 1
  ) AS about
  WHERE about.bank_id = ANY ($1::text[]) AND unread.kind = ANY ($2::text[])
  GROUP BY about.bank_id, unread.authorization_id
),
handed AS (
  INSERT INTO event_delivery (destination_id, authorization_id, delivered_sequence, last_sequence)
  SELECT owed.bank_id, owed.authorization_id, first.sequence - 1, owed.last_sequence
  FROM owed
  CROSS JOIN reader
  CROSS JOIN LATERAL (
    SELECT min(sequence) AS sequence
    FROM authorization_event
    WHERE authorization_id = owed.authorization_id
      AND (written_by, sequence) >= (reader.read_xid, reader.read_sequence)
  ) AS first
  ON CONFLICT ON CONSTRAINT event_delivery_pkey DO UPDATE
    SET last_sequence = GREATEST(event_delivery.last_sequence, EXCLUDED.last_sequence)
  RETURNING 1
)
SELECT
  (SELECT count(*) FROM unread) AS events,
  (SELECT count(*) FROM handed) AS deliveries,
  reader.read_xid > pg_snapshot_xmax(pg_current_snapshot()) AS is_restored
FROM reader
