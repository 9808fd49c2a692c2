-- What an open collection would take and what is still owed, with the highest ordinal that a credit of its
-- authorization bears, in base 36. The hold is locked. Locks the movement, then the exposure. No row: the claim was
-- lost.
-- $1 reference, $2 claim_epoch
SELECT
  movement.amount, movement.billing, movement.fee, movement.spread,
  exposure.amount - exposure.collected - exposure.cancelled AS owed,
  (
    SELECT max(substr(credit.reference, 4, 2) COLLATE "C") FROM movement AS credit
    WHERE credit.authorization_id = movement.authorization_id AND credit.kind = 'credit'
  ) AS last_credit
FROM movement JOIN exposure ON exposure.id = movement.exposure_id
WHERE movement.reference = $1
  AND movement.claim_epoch = $2
  AND movement.purpose = 'collection'
  AND movement.state IN ('intended', 'in_doubt')
FOR UPDATE OF movement, exposure
