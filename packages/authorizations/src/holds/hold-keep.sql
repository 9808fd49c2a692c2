-- Notes that a bank counts on approvals that it may never have been answered, so that nobody withdraws them any more.
-- Their rows are locked.
-- $1 ids
UPDATE "authorization"
SET delivered_at = coalesce(delivered_at, clock_timestamp())
WHERE id = ANY ($1::uuid[]) AND state = 'approved'
