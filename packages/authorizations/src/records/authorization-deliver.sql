-- Notes that a repeat is about to be answered with a fresh approval, so that nobody can withdraw it any more, and gives
-- the answer that stands. Competes with authorization-withdraw for the row's lock.
-- $1 id
UPDATE "authorization"
SET delivered_at = clock_timestamp()
WHERE id = $1
RETURNING response_body
