-- The next events for the stream, in the order of their sequence, and where the reader stands after them. With each
-- come those before it of the same authorization that lie beyond the horizon; see migration 0018. One row without an
-- event: there is nothing new. No row: the claim was lost. Takes no lock.
-- $1 claim_epoch, $2 most events
WITH reader AS MATERIALIZED (
  SELECT read_xid, read_sequence, pg_snapshot_xmin(pg_current_snapshot()) AS horizon
  FROM event_reader
  WHERE id = 'stream' AND claim_epoch = $1
),
unread AS MATERIALIZED (
  SELECT event.*
  FROM reader
  CROSS JOIN LATERAL (
    SELECT authorization_id, sequence, written_by
    FROM authorization_event
    WHERE written_by > '0'::xid8
      AND (written_by, sequence) >= (reader.read_xid, reader.read_sequence)
      AND written_by < reader.horizon
    ORDER BY written_by, sequence
    LIMIT $2
  ) AS event
),
place AS MATERIALIZED (
  SELECT
    coalesce(last.written_by, GREATEST(reader.read_xid, reader.horizon)) AS next_xid,
    CASE
      WHEN last.written_by IS NOT NULL THEN last.sequence + 1
      WHEN reader.horizon > reader.read_xid THEN 0
      ELSE reader.read_sequence
    END AS next_sequence,
    reader.read_xid > pg_snapshot_xmax(pg_current_snapshot()) AS is_restored
  FROM reader
  LEFT JOIN LATERAL (
    SELECT written_by, sequence FROM unread ORDER BY written_by, sequence OFFSET $2 - 1
  ) AS last ON true
),
taken AS (
  SELECT authorization_id, sequence FROM unread
  UNION
  SELECT earlier.authorization_id, earlier.sequence
  FROM unread
  CROSS JOIN place
  CROSS JOIN LATERAL (
    SELECT authorization_id, sequence
    FROM authorization_event
    WHERE authorization_id = unread.authorization_id
      AND sequence < unread.sequence
      AND (written_by, sequence) >= (place.next_xid, place.next_sequence)
  ) AS earlier
)
SELECT place.next_xid::text, place.next_sequence, place.is_restored, event.*
FROM place
LEFT JOIN (
  SELECT
    told.authorization_id, told.sequence, told.kind, told.detail, told.occurred_at, told.bank_id, told.card_token,
    told.authorization_kind, told.parent_id, told.type, told.billing_amount, told.movement, told.clearing, told.refund
  FROM taken
  CROSS JOIN LATERAL (
    SELECT * FROM told_event WHERE authorization_id = taken.authorization_id AND sequence = taken.sequence
  ) AS told
) AS event ON true
ORDER BY event.sequence
