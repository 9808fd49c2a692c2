-- Locks the exposures of locked holds of which something is still owed, each row's in the order of their birth.
-- $1 ids of authorizations, in order
SELECT exposure.*
FROM unnest($1::uuid[]) AS part (id)
CROSS JOIN LATERAL (
  SELECT id, authorization_id, amount - collected - cancelled AS owed, cancelled
  FROM exposure
  WHERE authorization_id = part.id AND amount > collected + cancelled
  ORDER BY id
  FOR UPDATE
) AS exposure
