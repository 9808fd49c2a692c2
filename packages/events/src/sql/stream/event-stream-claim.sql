-- Lends the stream to one instance, if nobody holds it. Does not wait for the reader's row. The number of the claim
-- shuts out whoever held it before. No row: somebody holds it.
-- $1 lease in ms
UPDATE event_reader AS claimed
SET claim_epoch = nextval('event_claim'), leased_until = now() + $1 * interval '1 millisecond'
FROM (
  SELECT id FROM event_reader WHERE id = 'stream' AND leased_until <= now() FOR UPDATE SKIP LOCKED
) AS free
WHERE claimed.id = free.id
RETURNING claimed.claim_epoch
