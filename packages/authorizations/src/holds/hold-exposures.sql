-- Locks the exposures of locked holds of which something is still owed, by id, and gives each row's in the order of
-- their birth: their ids are those of the messages that they come of, which were minted before the hold was locked.
-- $1 ids of authorizations, in order
SELECT exposure.*
FROM unnest($1::uuid[]) AS part (id)
CROSS JOIN LATERAL (
  SELECT id, authorization_id, amount - collected - cancelled AS owed, cancelled, created_at
  FROM exposure
  WHERE authorization_id = part.id AND amount > collected + cancelled
  ORDER BY id
  FOR UPDATE
) AS exposure
ORDER BY exposure.created_at, exposure.id
