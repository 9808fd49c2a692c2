-- Finds the original of a reversal by its network key; without an authorization_id it is a tombstone. Takes no lock:
-- ACCEPT locks the card's usage before it asks for this key, and a reversal locks that usage after it.
-- $1 local_date, $2 bank_id, $3 network_key
SELECT authorization_id
FROM message
WHERE local_date = $1 AND bank_id = $2 AND kind = 'authorization' AND network_key = $3
