-- Records how far the stream came, and holds it for longer. No row: the claim was lost, and nothing was written.
-- $1 claim_epoch, $2 next xid, $3 next sequence, $4 lease in ms
UPDATE event_reader
SET
  read_xid = $2::text::xid8, read_sequence = $3,
  leased_until = clock_timestamp() + $4 * interval '1 millisecond'
WHERE id = 'stream' AND claim_epoch = $1
RETURNING id
