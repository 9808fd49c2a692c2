-- What is still owed of a claimed exposure whose hold is locked, and how many debits its authorization has had. Locks
-- the exposure. No row: the claim was lost, or nothing is open any more.
-- $1 exposure id, $2 claim_epoch
SELECT
  exposure.amount - exposure.collected - exposure.cancelled AS owed,
  (
    SELECT count(*) FROM movement
    WHERE movement.authorization_id = exposure.authorization_id AND movement.kind = 'debit'
  ) AS debits
FROM exposure
WHERE exposure.id = $1 AND exposure.claim_epoch = $2 AND exposure.state = 'open'
FOR UPDATE
