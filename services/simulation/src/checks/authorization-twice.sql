-- I3 Of each authorization at most one debit of an asset counts.
SELECT format('%s has %s executed debits of %s assets', authorization_id, count(*), count(DISTINCT asset)) AS wrong
FROM movement
WHERE kind = 'debit' AND purpose = 'authorization' AND state = 'executed'
GROUP BY authorization_id
HAVING count(*) > count(DISTINCT asset)
