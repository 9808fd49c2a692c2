-- Takes a record that holds nothing off the list of what expires. Its row is locked.
-- $1 id
UPDATE "authorization" SET hold_until = NULL WHERE id = $1
