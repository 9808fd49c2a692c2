-- Locks the hold of an exposure by its first authorization, so that nothing is released, cleared or collected of it
-- meanwhile. Run before any other lock of the same database transaction.
-- $1 authorization id
SELECT root.id
FROM "authorization" AS root
WHERE root.id = (SELECT coalesce(own.parent_id, own.id) FROM "authorization" AS own WHERE own.id = $1)
FOR UPDATE
