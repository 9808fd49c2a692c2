-- Locks the hold of an exposure by its first authorization, so that nothing is released, cleared or collected of it
-- meanwhile, then the authorization that owes, whose events are about to be written. Run before any other lock of the
-- same database transaction.
-- $1 authorization id
WITH root AS MATERIALIZED (
  SELECT first.id
  FROM "authorization" AS first
  WHERE first.id = (SELECT coalesce(own.parent_id, own.id) FROM "authorization" AS own WHERE own.id = $1)
  FOR UPDATE
)
SELECT owing.id
FROM "authorization" AS owing
WHERE owing.id = $1 AND (SELECT count(*) FROM root) > 0
FOR UPDATE
