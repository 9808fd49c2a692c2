-- I13 Every movement has come to its end.
SELECT format('%s %s (%s) is still %s: %s', kind, reference, purpose, state, detail) AS wrong
FROM movement
WHERE state IN ('intended', 'in_doubt')
