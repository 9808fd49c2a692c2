-- What the message that holds a reversal's network key was answered. Run after the claim found the key taken, when that
-- message's transaction has ended.
-- $1 local_date, $2 bank_id, $3 network_key
SELECT message.fingerprint, reversal.response_body
FROM message
JOIN reversal ON reversal.id = message.record_id
WHERE message.local_date = $1 AND message.bank_id = $2 AND message.kind = 'reversal' AND message.network_key = $3
