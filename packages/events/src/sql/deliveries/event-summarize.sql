-- What waits for each destination: in how many authorizations, how many of them a person must see, and since when the
-- oldest waits. The stream, and what no reader has reached, are told by how old the first unread event is. Takes no
-- lock.
SELECT
  destination_id AS destination, count(*) AS pending, count(escalated_at) AS escalated,
  extract(epoch FROM now() - min(waiting_since))::double precision AS oldest_seconds
FROM event_delivery
GROUP BY destination_id
UNION ALL
SELECT
  reader.id, CASE WHEN first.occurred_at IS NULL THEN 0 ELSE 1 END, 0,
  coalesce(extract(epoch FROM now() - first.occurred_at)::double precision, 0)
FROM event_reader AS reader
LEFT JOIN LATERAL (
  SELECT occurred_at
  FROM authorization_event
  WHERE written_by > '0'::xid8 AND (written_by, sequence) >= (reader.read_xid, reader.read_sequence)
  ORDER BY written_by, sequence
  LIMIT 1
) AS first ON true
