-- I2, I8 and I9 What a bank heard of a request stands on record, to the byte.
-- $1 what banks heard, a JSON array
SELECT format('message %s heard %s, on record is %s', number, heard.body, stored.response_body) AS wrong
FROM jsonb_to_recordset($1::jsonb) AS heard (number integer, id uuid, body text)
LEFT JOIN "authorization" AS stored ON stored.id = heard.id
WHERE stored.response_body IS DISTINCT FROM heard.body
