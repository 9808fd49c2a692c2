-- I13 Every authorization is decided.
SELECT format('%s %s is still %s', kind, id, state) AS wrong FROM "authorization" WHERE state = 'accepted'
