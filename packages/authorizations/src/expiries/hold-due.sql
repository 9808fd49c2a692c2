-- Holds whose time is over, from where the list was left off, in the order of their ends. One that another instance or
-- a message is working on is passed over; one that is still being decided is left to its movements. Takes row locks
-- without waiting for any, and keeps none: whoever ends a hold looks again under its lock.
-- $1 hold_until of the last one seen, $2 its id, $3 how many
SELECT stored.id, stored.bank_id, stored.hold_until::text
FROM "authorization" AS stored
WHERE stored.hold_until <= now()
  AND stored.state <> 'accepted'
  AND (stored.hold_until, stored.id) > ($1::timestamptz, $2::uuid)
ORDER BY stored.hold_until, stored.id
LIMIT $3
FOR KEY SHARE SKIP LOCKED
